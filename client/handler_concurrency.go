// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"time"
)

// errRateLimitExpired is returned to the rate limit handler when a request that
// had passed the rate limit waited for a slot and may not be sent any more.
var errRateLimitExpired = errors.New("the request must pass the rate limit again")

// cancelDelay is how long the slot of a cancelled request stays taken. Most often, all
// requests are cancelled together, one after the other, and those that wait for a slot
// must not be sent in between.
const cancelDelay = time.Second

// concurrencyHandler limits the number of requests in flight. A request that had
// to wait for a slot is sent only if the rate limiter is still ready for it:
// otherwise all requests that waited together would exceed the rate.
func concurrencyHandler(maxConcurrency int, rateReady func(req *request, now time.Time) bool, next handler) handler {
	slots := make(chan struct{}, maxConcurrency)
	release := func(ctx context.Context) {
		if ctx.Err() == nil {
			<-slots
			return
		}
		time.AfterFunc(cancelDelay, func() { <-slots })
	}
	return func(ctx context.Context, req *request) (response, error) {
		select {
		case slots <- struct{}{}:
			defer release(ctx)
			return next(ctx, req)
		default:
		}
		req.progress.setStage(stageConcurrency)
		start := time.Now()
		select {
		case <-ctx.Done():
			return response{}, ctx.Err()
		case slots <- struct{}{}:
		}
		req.waits.concurrency += time.Since(start)
		defer release(ctx)
		if !rateReady(req, time.Now()) {
			return response{}, errRateLimitExpired
		}
		return next(ctx, req)
	}
}
