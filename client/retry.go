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
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// maxRetryAfter is the longest wait that the API may ask for. Whoever is to
// come back later than that is told so instead.
const maxRetryAfter = 5 * time.Minute

// retry calls attempt until it succeeds, fails for good, has been tried as often
// as is allowed, or the context ends.
func (c *Client) retry(ctx context.Context, call call, watch *watch, attempt func() error) error {
	exponential := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(c.initialBackoff),
		backoff.WithMaxInterval(c.maxBackoff),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0.5),
		backoff.WithMaxElapsedTime(0),
	)
	for tries := 1; ; tries++ {
		err := attempt()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", call, context.Cause(ctx))
		}
		wait := exponential.NextBackOff()
		var answer *Error
		if errors.As(err, &answer) && answer.HasRetryAfter {
			// A little on top, so that all who were refused do not come back at once.
			wait = answer.RetryAfter + time.Duration(rand.Int64N(int64(c.initialBackoff)+1)) //nolint:gosec // no secret
		}
		switch {
		case !call.retries(err):
			return err
		case tries > c.maxRetries:
			if tries == 1 {
				return err
			}
			return fmt.Errorf("%w, after %d attempts", err, tries)
		case answer != nil && answer.HasRetryAfter && answer.RetryAfter > maxRetryAfter:
			return fmt.Errorf("%w; the API asks to come back in %s", err, answer.RetryAfter.Round(time.Second))
		}
		watch.is(fmt.Sprintf("retry %d of %d after %s", tries, c.maxRetries, reason(err)))
		if answer != nil && answer.paused {
			watch.is(waitingForPace) // of which another call has told
		} else {
			c.tell(ctx, fmt.Sprintf("waiting %s before retry %d of %d of %s: %s",
				wait.Round(time.Millisecond), tries, c.maxRetries, call, reason(err)))
		}
		if sleep(ctx, wait) != nil {
			return fmt.Errorf("%s: %w while waiting to try again: %w", call, context.Cause(ctx), err)
		}
	}
}

// retries tells whether a failure may pass, and whether the request may be sent
// again: it may, because it changes nothing, sets what it names, or carries an
// idempotency key. Only for 500 the API's own advice differs by that.
func (c call) retries(err error) bool {
	var answer *Error
	if errors.As(err, &answer) {
		switch answer.StatusCode {
		case http.StatusRequestTimeout, http.StatusTooManyRequests,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		case http.StatusInternalServerError:
			return c.method == http.MethodGet || c.idempotencyKey != ""
		default:
			return false
		}
	}
	var invalid *InvalidResponseError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var certificate x509.CertificateInvalidError
	return !errors.As(err, &authority) && !errors.As(err, &hostname) && !errors.As(err, &certificate) &&
		(!errors.As(err, &invalid) || !invalid.final)
}

// passingCodes are the codes of answers that are asked for again.
var passingCodes = []string{CodeRateLimited, CodeInternalError, CodeBadGateway, CodeServiceUnavailable, CodeTimeout}

// reason is a failure in a few words, none of which the server has made up: a code
// that is not one of the contract may be anything.
func reason(err error) string {
	var answer *Error
	if errors.As(err, &answer) {
		if slices.Contains(passingCodes, answer.Code) {
			return fmt.Sprintf("%d %s", answer.StatusCode, answer.Code)
		}
		return strings.TrimSpace(fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode)))
	}
	var invalid *InvalidResponseError
	if errors.As(err, &invalid) {
		return fmt.Sprintf("an invalid response (status %d)", invalid.StatusCode)
	}
	return "the connection failed"
}
