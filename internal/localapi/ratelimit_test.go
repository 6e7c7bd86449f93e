// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestRateLimit(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now})
	assert.Empty(t, a.do(http.MethodGet, "/v1/regions", nil).header.Get("RateLimit"))
	a.SetRateLimit(2)
	assert.Equal(t, "limit=2, remaining=1, reset=1", a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK).header.Get("RateLimit"))
	assert.Equal(t, "limit=2, remaining=0, reset=1", a.do(http.MethodGet, "/v1/health", nil).requireStatus(http.StatusOK).header.Get("RateLimit"))
	for range 2 {
		rejected := a.do(http.MethodGet, "/v1/regions", nil).requireProblem(http.StatusTooManyRequests, "RATE_LIMITED")
		assert.Equal(t, "1", rejected.header.Get("Retry-After"))
	}
	now.advance(500 * time.Millisecond)
	a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK)
	a.do(http.MethodGet, "/v1/regions", nil).requireProblem(http.StatusTooManyRequests, "RATE_LIMITED")
	now.advance(time.Hour)
	for range 2 {
		a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK)
	}
	a.do(http.MethodGet, "/v1/regions", nil).requireProblem(http.StatusTooManyRequests, "RATE_LIMITED")
	a.SetRateLimit(0)
	a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK)
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
