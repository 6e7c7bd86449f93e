// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"
)

// rateLimiter is a token bucket with the capacity of one second.
type rateLimiter struct {
	mu        sync.Mutex
	perSecond float64 // 0 means no limit
	tokens    float64
	refilled  time.Time
}

// SetRateLimit limits API requests to a number per second, with a burst of the same size. Requests beyond it get a 429 response.
// 0 removes the limit. The limit depends on Options.Now: if that clock stands still, the limit does not recover.
func (s *Server) SetRateLimit(perSecond int) {
	l := &s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	l.perSecond, l.tokens, l.refilled = float64(perSecond), float64(perSecond), s.options.Now()
}

func (l *rateLimiter) refill(now time.Time) {
	if elapsed := now.Sub(l.refilled).Seconds(); elapsed > 0 {
		l.tokens = min(l.perSecond, l.tokens+elapsed*l.perSecond)
		l.refilled = now
	}
}

// take takes a token, or returns a 429 problem if there is none.
func (l *rateLimiter) take(now time.Time) *problem {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.perSecond <= 0 {
		return nil
	}
	l.refill(now)
	if l.tokens < 1 {
		return newProblem(http.StatusTooManyRequests, codeRateLimited, "too many requests").withHeader("Retry-After", "1")
	}
	l.tokens--
	return nil
}

// setHeader sets the RateLimit header if there is a limit.
func (l *rateLimiter) setHeader(header http.Header, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.perSecond <= 0 {
		return
	}
	l.refill(now)
	header.Set("RateLimit", fmt.Sprintf("limit=%d, remaining=%d, reset=1", int(l.perSecond), int(math.Floor(l.tokens))))
}
