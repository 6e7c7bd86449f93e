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

// limiter is a token bucket that holds a second's worth of requests.
type limiter struct {
	mu        sync.Mutex
	perSecond float64 // 0 is off
	tokens    float64
	filled    time.Time
}

// SetRateLimit answers 429 to API requests beyond so many per second, with a burst of as many; 0 switches it off. Time is
// Options.Now: under a clock that stands still the bucket does not fill again.
func (s *Server) SetRateLimit(perSecond int) {
	l := &s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	l.perSecond, l.tokens, l.filled = float64(perSecond), float64(perSecond), s.options.Now()
}

func (l *limiter) fill(now time.Time) {
	if passed := now.Sub(l.filled).Seconds(); passed > 0 {
		l.tokens = min(l.perSecond, l.tokens+passed*l.perSecond)
		l.filled = now
	}
}

// take spends a token, or says how long to wait for one.
func (l *limiter) take(now time.Time) *problem {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.perSecond <= 0 {
		return nil
	}
	l.fill(now)
	if l.tokens < 1 {
		return newProblem(http.StatusTooManyRequests, codeRateLimited, "too many requests").withHeader("Retry-After", "1")
	}
	l.tokens--
	return nil
}

// describe adds the RateLimit header.
func (l *limiter) describe(header http.Header, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.perSecond <= 0 {
		return
	}
	l.fill(now)
	header.Set("RateLimit", fmt.Sprintf("limit=%d, remaining=%d, reset=1", int(l.perSecond), int(math.Floor(l.tokens))))
}
