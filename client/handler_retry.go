// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// maxRetryAfter is the longest delay that the API may ask for. A request that
// would have to wait longer fails instead.
const maxRetryAfter = 5 * time.Minute

// retryPolicy configures retries; see WithMaxRetries and WithBackoff.
type retryPolicy struct {
	maxRetries     int
	initialBackoff time.Duration
	maxBackoff     time.Duration
}

// retryHandler repeats a request that failed with a transient error, with
// exponential backoff or after the delay of the Retry-After header.
func retryHandler(policy retryPolicy, notify notifyFunc, next handler) handler {
	return func(ctx context.Context, req *request) (response, error) {
		exponential := backoff.NewExponentialBackOff(
			backoff.WithInitialInterval(policy.initialBackoff),
			backoff.WithMaxInterval(policy.maxBackoff),
			backoff.WithMultiplier(2),
			backoff.WithRandomizationFactor(0.5),
			backoff.WithMaxElapsedTime(0),
		)
		ambiguous := false // an attempt may have taken effect
		for attempts := 1; ; attempts++ {
			req.attempt = attempts
			resp, err := next(ctx, req)
			if err == nil {
				return resp, nil
			}
			if ctx.Err() != nil {
				return resp, fmt.Errorf("%s: %w", req, context.Cause(ctx))
			}
			delay := exponential.NextBackOff()
			var apiError *Error
			hasRetryAfter := errors.As(err, &apiError) && apiError.HasRetryAfter
			if apiError != nil {
				apiError.AfterAmbiguous = ambiguous
			}
			ambiguous = ambiguous || IsAmbiguous(err)
			if hasRetryAfter {
				// Jitter keeps requests that were rejected together from returning together.
				delay = apiError.RetryAfter + time.Duration(rand.Int64N(int64(policy.initialBackoff)+1)) //nolint:gosec // not security-sensitive
			}
			switch {
			case !isRetryable(req, err):
				return resp, err
			case attempts > policy.maxRetries:
				if attempts == 1 {
					return resp, err
				}
				return resp, fmt.Errorf("%w, after %d attempts", err, attempts)
			case hasRetryAfter && apiError.RetryAfter > maxRetryAfter:
				return resp, fmt.Errorf("%w; the API asks to retry after %s", err, apiError.RetryAfter.Round(time.Second))
			}
			if apiError != nil && apiError.paused {
				req.progress.setStage(stageRateLimit) // the request that caused the pause has sent a notice
			} else {
				req.progress.setStage(fmt.Sprintf("retry %d of %d after %s", attempts, policy.maxRetries, errorReason(err)))
				notify(ctx, fmt.Sprintf("waiting %s before retry %d of %d of %s: %s",
					delay.Round(time.Millisecond), attempts, policy.maxRetries, req, errorReason(err)))
			}
			failed := time.Now()
			if sleep(ctx, delay) != nil {
				return resp, fmt.Errorf("%s: %w while waiting to retry: %w", req, context.Cause(ctx), err)
			}
			if waited := time.Since(failed); IsStatus(err, http.StatusTooManyRequests) {
				req.waits = waits{rateLimit: waited}
			} else {
				req.waits = waits{retry: waited}
			}
		}
	}
}

// isRetryable reports whether an error is transient and the request can be sent
// again. Every request can: it changes nothing, or is idempotent by its method or by its
// key. Only for status 500 does the API's documentation distinguish them.
func isRetryable(req *request, err error) bool {
	var apiError *Error
	if errors.As(err, &apiError) {
		switch apiError.StatusCode {
		case http.StatusRequestTimeout, http.StatusTooManyRequests,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		case http.StatusInternalServerError:
			return !req.writes() || req.idempotencyKey != ""
		default:
			return false
		}
	}
	var invalid *InvalidResponseError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var certificate x509.CertificateInvalidError
	return !errors.As(err, &authority) && !errors.As(err, &hostname) && !errors.As(err, &certificate) &&
		(!errors.As(err, &invalid) || !invalid.permanent)
}

// errorReason summarizes an error of a request. It quotes only codes of the API
// contract, since an unknown code may contain anything.
func errorReason(err error) string {
	var apiError *Error
	if errors.As(err, &apiError) {
		if slices.Contains(knownCodes, apiError.Code) {
			return fmt.Sprintf("%d %s", apiError.StatusCode, apiError.Code)
		}
		return strings.TrimSpace(fmt.Sprintf("%d %s", apiError.StatusCode, http.StatusText(apiError.StatusCode)))
	}
	var invalid *InvalidResponseError
	if errors.As(err, &invalid) {
		return fmt.Sprintf("an invalid response (status %d)", invalid.StatusCode)
	}
	return "the connection failed"
}

// parseRetryAfter parses a Retry-After header, which holds a number of seconds or
// an HTTP date. A date in the past is no delay. ok is false if the header is
// missing or malformed.
func parseRetryAfter(header string, now time.Time) (delay time.Duration, ok bool) {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		const maxSeconds = int64(1<<63-1) / int64(time.Second)
		return time.Duration(min(max(seconds, 0), maxSeconds)) * time.Second, seconds >= 0
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0, false
	}
	return max(date.Sub(now), 0), true
}

// sleep waits until the delay has passed or the context ends.
func sleep(ctx context.Context, delay time.Duration) error {
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
