// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requireLimit asserts the headers of a response that announce the rate limit.
func (r *apiResponse) requireLimit(policy, limit, quota, remaining string) *apiResponse {
	r.t.Helper()
	require.Equal(r.t, policy, r.header.Get("RateLimit-Policy"))
	require.Equal(r.t, limit, r.header.Get("RateLimit"))
	require.Equal(r.t, quota, r.header.Get("X-RateLimit-Limit"))
	require.Equal(r.t, remaining, r.header.Get("X-RateLimit-Remaining"))
	return r
}

func TestRateLimitWindows(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now})
	a.Limit(RateLimit{Requests: 3, Window: 2 * time.Second})
	const policy = `"default";q=3;w=2;qu="requests"`
	get := func() *apiResponse { return a.do(http.MethodGet, "/v1/regions", nil) }
	get().requireStatus(http.StatusOK).requireLimit(policy, `"default";r=2;t=2`, "3", "2")
	now.advance(1100 * time.Millisecond)
	get().requireStatus(http.StatusOK).requireLimit(policy, `"default";r=1;t=1`, "3", "1")
	a.do(http.MethodGet, "/v1/nothing", nil).requireStatus(http.StatusNotFound).requireLimit(policy, `"default";r=0;t=1`, "3", "0")
	for range 2 {
		rejected := get().requireProblem(http.StatusTooManyRequests, "RATE_LIMITED").requireLimit(policy, `"default";r=0;t=1`, "3", "0")
		assert.Equal(t, "1", rejected.header.Get("Retry-After"))
	}
	now.advance(899 * time.Millisecond)
	get().requireProblem(http.StatusTooManyRequests, "RATE_LIMITED")
	now.advance(time.Millisecond)
	for range 3 {
		get().requireStatus(http.StatusOK)
	}
	assert.Equal(t, "2", get().requireProblem(http.StatusTooManyRequests, "RATE_LIMITED").header.Get("Retry-After"))
}

func TestRateLimitRefillsContinuously(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now, Behaviour: Behaviour{RateLimitRefillsContinuously: true}})
	a.SetRateLimit(2)
	const policy = `"default";q=2;w=1;qu="requests"`
	get := func() *apiResponse { return a.do(http.MethodGet, "/v1/regions", nil) }
	get().requireStatus(http.StatusOK).requireLimit(policy, `"default";r=1;t=1`, "2", "1")
	get().requireStatus(http.StatusOK).requireLimit(policy, `"default";r=0;t=1`, "2", "0")
	for range 2 {
		rejected := get().requireProblem(http.StatusTooManyRequests, "RATE_LIMITED")
		assert.Equal(t, "1", rejected.header.Get("Retry-After"))
	}
	now.advance(500 * time.Millisecond)
	get().requireStatus(http.StatusOK)
	get().requireProblem(http.StatusTooManyRequests, "RATE_LIMITED")
	now.advance(time.Hour)
	for range 2 {
		get().requireStatus(http.StatusOK)
	}
	get().requireProblem(http.StatusTooManyRequests, "RATE_LIMITED")
}

// TestUnlimited verifies that every response announces a limit even if none was set, and
// that it can be removed.
func TestUnlimited(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now})
	const policy = `"default";q=1000000;w=1;qu="requests"`
	a.do(http.MethodGet, "/v1/regions", nil).requireLimit(policy, `"default";r=999999;t=1`, "1000000", "999999")
	a.AddFault(Fault{Status: http.StatusServiceUnavailable, Times: 1})
	a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusServiceUnavailable).
		requireLimit(policy, `"default";r=999999;t=1`, "1000000", "999999")
	a.SetRateLimit(1)
	a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK)
	a.do(http.MethodGet, "/v1/regions", nil).requireProblem(http.StatusTooManyRequests, "RATE_LIMITED")
	a.SetRateLimit(0)
	a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK)
}

func TestNoRateLimitHeaders(t *testing.T) {
	a := start(t, Options{Now: newFakeClock().Now, Behaviour: Behaviour{NoRateLimitHeaders: true}})
	a.SetRateLimit(1)
	a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK).requireLimit("", "", "", "")
	rejected := a.do(http.MethodGet, "/v1/regions", nil).requireProblem(http.StatusTooManyRequests, "RATE_LIMITED").requireLimit("", "", "", "")
	assert.Equal(t, "1", rejected.header.Get("Retry-After"))
}

func TestRateLimitedRequestIsNotStored(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now})
	a.SetRateLimit(1)
	a.do(http.MethodGet, "/v1/health", nil).requireStatus(http.StatusOK)
	a.do(http.MethodPost, "/v1/projects", a.projectBody("shop"), keyHeader, "k").requireProblem(http.StatusTooManyRequests, "RATE_LIMITED")
	now.advance(time.Second)
	a.do(http.MethodPost, "/v1/projects", a.projectBody("shop"), keyHeader, "k").requireStatus(http.StatusCreated)
}

func TestParseRateLimit(t *testing.T) {
	for text, want := range map[string]RateLimit{
		"0": {0, time.Second}, "100": {100, time.Second}, "200/2s": {200, 2 * time.Second}, "5000/1h": {5000, time.Hour},
	} {
		limit, err := ParseRateLimit(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, limit, text)
	}
	for _, text := range []string{"", "x", "-1", "1.5", "5/", "5/2", "5/0s", "5/-1s", "5/500ms", "5/1500ms", "/2s"} {
		_, err := ParseRateLimit(text)
		require.Error(t, err, text)
	}
}
