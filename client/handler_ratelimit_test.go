// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// healthy is the body of a valid response to a health request.
var healthy = client.MinimalBody[client.Health](nil)

// limitedAPI is an API with a token bucket: a rate in requests per second, and a
// burst.
type limitedAPI struct {
	fakeAPI
	mutex      sync.Mutex
	rate       float64
	burst      float64
	latency    time.Duration
	retryAfter string
	tokens     float64
	filled     time.Time
	served     int
	rejected   int
	rejectNext int // the number of requests to reject whatever the rate
}

func newLimitedAPI(rate, burst float64) *limitedAPI {
	api := &limitedAPI{rate: rate, burst: burst, tokens: burst, filled: time.Now(), latency: 5 * time.Millisecond, retryAfter: "1"}
	api.handle = func(*http.Request) *http.Response {
		time.Sleep(api.latency)
		api.mutex.Lock()
		defer api.mutex.Unlock()
		now := time.Now()
		api.tokens = min(api.burst, api.tokens+now.Sub(api.filled).Seconds()*api.rate)
		api.filled = now
		if api.tokens < 1 || api.rejectNext > 0 {
			api.rejected++
			api.rejectNext--
			response := respond(http.StatusTooManyRequests, map[string]any{"title": "Too many requests", "code": client.CodeRateLimited})
			if api.retryAfter != "" {
				response.Header.Set("Retry-After", api.retryAfter)
			}
			return response
		}
		api.tokens--
		api.served++
		return respond(http.StatusOK, healthy)
	}
	return api
}

// callHealth makes n calls, sixteen of them concurrently, and returns how long they
// took.
func callHealth(t *testing.T, c *client.Client, n int) time.Duration {
	t.Helper()
	return concurrently(n, 16, func(int) {
		_, err := c.Health(t.Context())
		assert.NoError(t, err)
	})
}

// concurrently calls f with 0 to n-1, several of them at a time, and returns how long
// that took.
func concurrently(n, atATime int, f func(i int)) time.Duration {
	start := time.Now()
	work := make(chan int)
	var workers sync.WaitGroup
	for range atATime {
		workers.Go(func() {
			for i := range work {
				f(i)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	workers.Wait()
	return time.Since(start)
}

// TestAdaptiveRate verifies that the client finds the rate of the API: it takes hardly
// longer than necessary, with few rejected requests.
func TestAdaptiveRate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rate, burst float64
		retryAfter  string
		latency     time.Duration
		calls       int
		maxTime     float64 // relative to the time that the rate allows
		maxRejected float64 // relative to all requests
	}{
		"burst of a second": {rate: 50, burst: 50, retryAfter: "1", calls: 1000, maxTime: 1.1, maxRejected: 0.03},
		"high latency":      {rate: 50, burst: 50, retryAfter: "1", latency: 150 * time.Millisecond, calls: 1000, maxTime: 1.15, maxRejected: 0.05},
		"large burst":       {rate: 50, burst: 500, retryAfter: "1", calls: 2000, maxTime: 1.1, maxRejected: 0.03},
		"small burst":       {rate: 50, burst: 2, retryAfter: "1", calls: 1000, maxTime: 2, maxRejected: 0.05},
		"no Retry-After":    {rate: 50, burst: 50, retryAfter: "", calls: 1000, maxTime: 1.1, maxRejected: 0.03},
		"Retry-After of 0":  {rate: 50, burst: 50, retryAfter: "0", calls: 1000, maxTime: 1.1, maxRejected: 0.03},
		"slow":              {rate: 4, burst: 4, retryAfter: "1", calls: 200, maxTime: 1.5, maxRejected: 0.2},
		"fast":              {rate: 1000, burst: 1000, retryAfter: "1", calls: 10000, maxTime: 1.15, maxRejected: 0.01},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newLimitedAPI(test.rate, test.burst)
				api.retryAfter = test.retryAfter
				if test.latency > 0 {
					api.latency = test.latency
				}
				elapsed := callHealth(t, api.client(t), test.calls)
				assert.Equal(t, test.calls, api.served)
				t.Logf("%s, %d rejected", elapsed, api.rejected)
				assert.LessOrEqual(t, elapsed.Seconds(), test.maxTime*float64(test.calls)/test.rate)
				assert.LessOrEqual(t, float64(api.rejected), test.maxRejected*float64(test.calls))
			})
		})
	}
}

// TestRetryAfterPausesAllRequests verifies that no request is sent while the API asks one
// of them to wait.
func TestRetryAfterPausesAllRequests(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			api := &fakeAPI{}
			start := time.Now()
			var first sync.Once
			var early int
			var mutex sync.Mutex
			api.handle = func(*http.Request) (response *http.Response) {
				response = respond(http.StatusOK, healthy)
				first.Do(func() { response = respond(status, nil, "Retry-After", "7") }) //nolint:bodyclose // closed by the client
				mutex.Lock()
				defer mutex.Unlock()
				if time.Since(start) < 7*time.Second {
					early++
				}
				return response
			}
			c := api.client(t)
			var work sync.WaitGroup
			for range 50 {
				work.Go(func() {
					_, err := c.Health(t.Context())
					assert.NoError(t, err)
				})
				synctest.Wait() // the first request is rejected before the second one begins
			}
			work.Wait()
			assert.Equal(t, 1, early)
			assert.Equal(t, 51, api.takeCount())
		})
	}
}

// TestRateRecovers verifies that a single rejection does not slow the client down for
// long, even if the throughput before it was low.
func TestRateRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newLimitedAPI(1000000, 1000000)
		c := api.client(t)
		for range 3 {
			callHealth(t, c, 1)
			time.Sleep(time.Second)
		}
		api.rejectNext = 1
		callHealth(t, c, 1)
		require.Equal(t, 1, api.rejected)

		assert.Less(t, callHealth(t, c, 100), 9*time.Second)
		time.Sleep(30 * time.Second)
		assert.Less(t, callHealth(t, c, 1000), time.Second)
	})
}

// TestRateLimitContext verifies that waiting for the rate limit ends with the context.
func TestRateLimitContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{handle: func(*http.Request) *http.Response {
			return respond(http.StatusTooManyRequests, nil, "Retry-After", "60")
		}}
		c := api.client(t, client.WithMaxRetries(0))
		_, err := c.Health(t.Context())
		require.True(t, client.IsStatus(err, http.StatusTooManyRequests))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		_, err = c.Health(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 5*time.Second, time.Since(start))
		assert.Equal(t, 1, api.takeCount(), "the second request is not sent")
	})
}

// TestRateLimitNotices verifies that a pause is reported once, and by each call that it
// delays by more than two seconds.
func TestRateLimitNotices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newLimitedAPI(50, 50)
		sent := &notices{}
		callHealth(t, api.client(t, sent.option()), 200)
		require.Greater(t, api.rejected, 10)
		assert.Len(t, sent.messages, 1)
		assert.Len(t, sent.containing("429 RATE_LIMITED"), 1)

		api = newLimitedAPI(1, 1)
		api.retryAfter = "5"
		sent = &notices{}
		callHealth(t, api.client(t, sent.option()), 16)
		assert.GreaterOrEqual(t, len(sent.containing("waiting for the API's rate limit (GET /v1/health)")), 15)
	})
}

// TestRateLimitHoldsNoSlot verifies that requests that wait for the rate limit hold no
// concurrency slot, which would make the others wait for the wrong reason.
func TestRateLimitHoldsNoSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var first sync.Once
		api := &fakeAPI{handle: func(*http.Request) (response *http.Response) {
			response = respond(http.StatusOK, healthy)
			first.Do(func() {
				response = respond(http.StatusTooManyRequests, //nolint:bodyclose // closed by the client
					map[string]any{"title": "x", "code": "RATE_LIMITED"}, "Retry-After", "10")
			})
			return response
		}}
		sent := &notices{}
		c := api.client(t, sent.option(), client.WithMaxConcurrency(1))
		var work sync.WaitGroup
		for range 5 {
			work.Go(func() {
				_, err := c.Health(t.Context())
				assert.NoError(t, err)
			})
			synctest.Wait()
		}
		work.Wait()
		assert.Equal(t, 6, api.takeCount())
		assert.Empty(t, sent.containing("waiting for other requests to finish"))
		assert.Len(t, sent.containing("waiting for the API's rate limit (GET /v1/health)"), 4, "the rejected request reports its retry instead")
	})
}
