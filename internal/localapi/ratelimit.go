// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// RateLimit is a number of requests that the API accepts in each window. Its window is at least a second long and a whole number of
// seconds.
type RateLimit struct {
	Requests int
	Window   time.Duration
}

// unreachableRateLimit is the limit of a server that is not meant to limit requests. The API announces a limit in every response, so
// that there has to be one.
var unreachableRateLimit = RateLimit{Requests: 1_000_000, Window: time.Second}

// ParseRateLimit parses a number of requests per second, such as "100", or per window, such as "200/2s". "0" means no limit.
func ParseRateLimit(text string) (RateLimit, error) {
	number, window, hasWindow := strings.Cut(text, "/")
	limit := RateLimit{Window: time.Second}
	var err error
	if limit.Requests, err = strconv.Atoi(number); err != nil || limit.Requests < 0 {
		return limit, fmt.Errorf("%q must be a number of requests that is not negative, or one with a window, such as 200/2s", text)
	}
	if !hasWindow {
		return limit, nil
	}
	limit.Window, err = time.ParseDuration(window)
	if err != nil || limit.Window < time.Second || limit.Window%time.Second != 0 {
		return limit, errors.New("the window of a rate limit must be a whole number of seconds, such as 2s")
	}
	return limit, nil
}

// rateLimiter counts requests in windows of a fixed length, the first of which begins with the first request. As a token bucket, it
// refills the quota continuously.
type rateLimiter struct {
	tokenBucket bool // set by New

	mu       sync.Mutex
	limit    RateLimit
	tokens   float64   // requests that are left
	refilled time.Time // for windows, their beginning
}

// SetRateLimit limits API requests to a number per second; see Limit.
func (s *Server) SetRateLimit(perSecond int) { s.Limit(RateLimit{perSecond, time.Second}) }

// Limit limits API requests. Requests beyond the limit get a 429 response. A limit of 0 requests removes it: the API then announces
// one that cannot be reached. The limit depends on Options.Now: if that clock stands still, the limit does not recover.
func (s *Server) Limit(limit RateLimit) {
	if limit.Requests <= 0 {
		limit = unreachableRateLimit
	}
	l := &s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit, l.tokens, l.refilled = limit, float64(limit.Requests), time.Time{}
}

// perSecond is the rate at which a token bucket is refilled.
func (l *rateLimiter) perSecond() float64 {
	return float64(l.limit.Requests) / l.limit.Window.Seconds()
}

func (l *rateLimiter) refill(now time.Time) {
	quota, elapsed := float64(l.limit.Requests), now.Sub(l.refilled)
	switch {
	case elapsed >= l.limit.Window:
		l.tokens, l.refilled = quota, now
	case l.tokenBucket && elapsed > 0:
		l.tokens, l.refilled = min(quota, l.tokens+elapsed.Seconds()*l.perSecond()), now
	}
}

// take counts a request, or returns a 429 problem if none is left.
func (l *rateLimiter) take(now time.Time) *problem {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refill(now)
	if l.tokens < 1 {
		wait := l.refilled.Add(l.limit.Window).Sub(now).Seconds()
		if l.tokenBucket {
			wait = (1 - l.tokens) / l.perSecond()
		}
		return newProblem(http.StatusTooManyRequests, codeRateLimited, "too many requests").
			withHeader("Retry-After", wholeSeconds(wait))
	}
	l.tokens--
	return nil
}

// setHeader sets the headers that announce the limit.
func (l *rateLimiter) setHeader(header http.Header, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refill(now)
	reset := l.refilled.Add(l.limit.Window).Sub(now).Seconds()
	if l.tokenBucket {
		reset = (float64(l.limit.Requests) - l.tokens) / l.perSecond()
	}
	remaining := int(math.Floor(l.tokens))
	header.Set("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d;qu="requests"`, l.limit.Requests, int(l.limit.Window.Seconds())))
	header.Set("RateLimit", fmt.Sprintf(`"default";r=%d;t=%s`, remaining, wholeSeconds(reset)))
	header.Set("X-RateLimit-Limit", strconv.Itoa(l.limit.Requests))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
}

// wholeSeconds rounds a time up.
func wholeSeconds(seconds float64) string { return strconv.Itoa(max(int(math.Ceil(seconds)), 1)) }
