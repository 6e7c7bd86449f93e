// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// initialMinRate is the lowest rate, in requests per second, after a first
	// rejection. The throughput before it may be low because demand was low.
	initialMinRate = 10
	// minRate is the lowest rate after further rejections.
	minRate = 1
	// resetAfter is how long after the end of the last pause the limit is lifted.
	resetAfter = 30 * time.Second
	// doublesAfter is how long after the end of a pause the rate has doubled.
	doublesAfter = 8 * time.Second
)

// rateLimitHandler delays requests to stay within the API's rate limit.
func rateLimitHandler(limiter *rateLimiter, next handler) handler {
	return func(ctx context.Context, req *request) (response, error) {
		for {
			req.progress.setStage(stageRateLimit)
			start := time.Now()
			sent, err := limiter.wait(ctx)
			req.waits.rateLimit += time.Since(start)
			if err != nil {
				return response{}, err
			}
			req.sent = sent
			resp, err := next(ctx, req)
			limiter.announced.release()
			if !errors.Is(err, errRateLimitExpired) {
				return resp, err
			}
		}
	}
}

// rateLimiter keeps requests within the limits that the API announces, and within those
// that it does not announce but enforces.
//
// The second part is an adaptive token bucket. It does not limit requests until the API
// rejects one with status 429. All requests then pause, as the Retry-After header
// asks for, and the rate becomes the peak throughput before the rejection. From there
// it increases linearly (additive increase) until the next rejection, so that neither a
// low estimate nor a limit that has been lifted slows the client down for long.
type rateLimiter struct {
	announced    *announcedBudget
	defaultPause time.Duration // after a 429 without Retry-After

	mutex       sync.Mutex
	bucket      *rate.Limiter
	pausedUntil time.Time
	baseRate    float64 // requests per second, as of the last rejection
	limited     bool    // a request was rejected within resetAfter
	throughput  throughput
}

func newRateLimiter(defaultPause time.Duration) *rateLimiter {
	return &rateLimiter{announced: newAnnouncedBudget(), defaultPause: defaultPause, bucket: rate.NewLimiter(rate.Inf, 1)}
}

// wait blocks until a request may be sent. It must be released from the announced
// budget when it has been answered.
func (l *rateLimiter) wait(ctx context.Context) (sending, error) {
	for {
		if err := sleep(ctx, l.remainingPause(time.Now())); err != nil {
			return sending{}, err
		}
		reservation := l.bucket.Reserve()
		if err := sleep(ctx, reservation.Delay()); err != nil {
			reservation.Cancel()
			return sending{}, err
		}
		sent, err := l.announced.acquire(ctx)
		if err != nil {
			return sending{}, err
		}
		if l.remainingPause(time.Now()) <= 0 { // a pause may have begun in the meantime
			return sent, nil
		}
		l.announced.release()
	}
}

// ready reports whether a request that has passed wait earlier may be sent at once, and
// takes a token if so.
func (l *rateLimiter) ready(req *request, now time.Time) (ready bool) {
	if l.remainingPause(now) > 0 || !l.bucket.AllowN(now, 1) {
		return false
	}
	req.sent, ready = l.announced.renew(now)
	return ready
}

// remainingPause returns how long all requests remain paused, which is negative
// after the pause, and updates the rate.
func (l *rateLimiter) remainingPause(now time.Time) time.Duration {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	elapsed := now.Sub(l.pausedUntil)
	switch {
	case !l.limited:
	case elapsed > resetAfter:
		l.limited = false
		l.bucket.SetLimitAt(now, rate.Inf)
	case elapsed > 0:
		l.bucket.SetLimitAt(now, rate.Limit(l.baseRate*(1+elapsed.Seconds()/doublesAfter.Seconds())))
	}
	return -elapsed
}

// observe records a response to a request, with its error if its status is one. A Retry-After
// delay pauses all requests of the client, because the others would be rejected
// too. observe reports whether they were paused already.
func (l *rateLimiter) observe(req *request, header http.Header, apiError *Error, now time.Time) (alreadyPaused bool) {
	l.announced.observe(announcedLimits(header), req.sent, now)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	rejected := apiError != nil && apiError.StatusCode == http.StatusTooManyRequests
	if !rejected {
		l.throughput.add(now)
	}
	var pause time.Duration
	switch {
	case apiError != nil && apiError.HasRetryAfter && apiError.RetryAfter > 0:
		pause = apiError.RetryAfter
	case rejected:
		pause = l.defaultPause
	}
	if pause == 0 || pause > maxRetryAfter { // the retry handler does not wait that long
		return false
	}
	alreadyPaused = l.pausedUntil.After(now)
	if until := now.Add(pause); until.After(l.pausedUntil) {
		l.pausedUntil = until
	}
	if rejected && !alreadyPaused { // requests sent before the pause do not lower the rate again
		lowest := initialMinRate
		if l.limited {
			lowest = minRate
		}
		l.limited = true
		l.baseRate = max(l.throughput.peakRate(now, pause), float64(lowest))
		l.bucket.SetLimitAt(now, rate.Limit(l.baseRate))
	}
	return alreadyPaused
}

// throughput counts the requests of the last ten seconds that were not rejected, in
// a ring buffer with one bucket for each interval.
type throughput struct {
	buckets [100]struct {
		interval int64 // since the Unix epoch
		start    time.Time
		count    int
	}
}

const throughputInterval = 100 * time.Millisecond

// add counts a request.
func (t *throughput) add(now time.Time) {
	interval := now.UnixNano() / int64(throughputInterval)
	bucket := &t.buckets[interval%int64(len(t.buckets))]
	if bucket.interval != interval {
		bucket.interval, bucket.start, bucket.count = interval, now, 0
	}
	bucket.count++
}

// peakRate returns the highest rate, in requests per second, over any period that
// ends now and is followed by a pause.
func (t *throughput) peakRate(now time.Time, pause time.Duration) float64 {
	peak, count := 0.0, 0
	interval := now.UnixNano() / int64(throughputInterval)
	for age := range int64(len(t.buckets)) {
		bucket := t.buckets[(interval-age)%int64(len(t.buckets))]
		if bucket.interval != interval-age {
			continue
		}
		count += bucket.count
		peak = max(peak, float64(count)/(now.Sub(bucket.start)+pause).Seconds())
	}
	return peak
}
