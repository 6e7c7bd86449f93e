// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// healthy is an answer about the API's health.
var healthy = client.Whole[client.Health](nil)

// limited is an API that lets through so many requests a second, and as many at
// once after a pause.
type limited struct {
	fake
	mutex      sync.Mutex
	rate       float64
	burst      float64
	latency    time.Duration
	retryAfter string
	tokens     float64
	filled     time.Time
	served     int
	refused    int
	refusing   int // so many requests, whatever the rate
}

func newLimited(rate, burst float64) *limited {
	api := &limited{rate: rate, burst: burst, tokens: burst, filled: time.Now(), latency: 5 * time.Millisecond, retryAfter: "1"}
	api.answer = func(*http.Request) *http.Response {
		time.Sleep(api.latency)
		api.mutex.Lock()
		defer api.mutex.Unlock()
		now := time.Now()
		api.tokens = min(api.burst, api.tokens+now.Sub(api.filled).Seconds()*api.rate)
		api.filled = now
		if api.tokens < 1 || api.refusing > 0 {
			api.refused++
			api.refusing--
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

// calls makes calls, sixteen at once, and returns how long they took.
func calls(t *testing.T, c *client.Client, n int) time.Duration {
	t.Helper()
	began := time.Now()
	work := make(chan struct{})
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for range work {
				_, err := c.Health(t.Context())
				assert.NoError(t, err)
			}
		})
	}
	for range n {
		work <- struct{}{}
	}
	close(work)
	workers.Wait()
	return time.Since(began)
}

// TestPaceIsLearned: a client goes by what the API lets through. The times are
// those of the bubble, in which nothing but waiting takes any.
func TestPaceIsLearned(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rate, burst float64
		retryAfter  string
		latency     time.Duration
		calls       int
		most        float64 // of the time that the rate allows
		refused     float64 // of all requests
	}{
		"a second's worth at once": {rate: 50, burst: 50, retryAfter: "1", calls: 1000, most: 1.1, refused: 0.03},
		"across the world":         {rate: 50, burst: 50, retryAfter: "1", latency: 150 * time.Millisecond, calls: 1000, most: 1.15, refused: 0.05},
		"much at once":             {rate: 50, burst: 500, retryAfter: "1", calls: 2000, most: 1.1, refused: 0.03},
		"hardly any at once":       {rate: 50, burst: 2, retryAfter: "1", calls: 1000, most: 2, refused: 0.05},
		"no word of a wait":        {rate: 50, burst: 50, retryAfter: "", calls: 1000, most: 1.1, refused: 0.03},
		"a wait of nothing":        {rate: 50, burst: 50, retryAfter: "0", calls: 1000, most: 1.1, refused: 0.03},
		"slow":                     {rate: 4, burst: 4, retryAfter: "1", calls: 200, most: 1.5, refused: 0.2},
		"fast":                     {rate: 1000, burst: 1000, retryAfter: "1", calls: 10000, most: 1.15, refused: 0.01},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newLimited(test.rate, test.burst)
				api.retryAfter = test.retryAfter
				if test.latency > 0 {
					api.latency = test.latency
				}
				took := calls(t, api.client(t), test.calls)
				assert.Equal(t, test.calls, api.served)
				t.Logf("took %s, %d refused", took, api.refused)
				assert.LessOrEqual(t, took.Seconds(), test.most*float64(test.calls)/test.rate)
				assert.LessOrEqual(t, float64(api.refused), test.refused*float64(test.calls))
			})
		})
	}
}

// TestAPauseIsThatOfAll: while the API asks one call to wait, no other is made.
func TestAPauseIsThatOfAll(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			api := &fake{}
			began := time.Now()
			var first sync.Once
			var early int
			var mutex sync.Mutex
			api.answer = func(*http.Request) (response *http.Response) {
				response = respond(http.StatusOK, healthy)
				first.Do(func() { response = respond(status, nil, "Retry-After", "7") }) //nolint:bodyclose // closed by the client
				mutex.Lock()
				defer mutex.Unlock()
				if time.Since(began) < 7*time.Second {
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
				synctest.Wait() // the first has been refused before the second comes
			}
			work.Wait()
			assert.Equal(t, 1, early)
			assert.Equal(t, 51, api.count())
		})
	}
}

// TestALimitIsForgotten: a refusal in passing slows nobody down for long, also
// when little was asked for before it.
func TestALimitIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newLimited(1000000, 1000000)
		c := api.client(t)
		for range 3 {
			calls(t, c, 1)
			time.Sleep(time.Second)
		}
		api.refusing = 1
		calls(t, c, 1)
		require.Equal(t, 1, api.refused)

		assert.Less(t, calls(t, c, 100), 9*time.Second)
		time.Sleep(30 * time.Second)
		assert.Less(t, calls(t, c, 1000), time.Second)
	})
}

// TestWaitingForThePaceEnds with the context, and gives the turn back.
func TestWaitingForThePaceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &fake{answer: func(*http.Request) *http.Response {
			return respond(http.StatusTooManyRequests, nil, "Retry-After", "60")
		}}
		c := api.client(t, client.WithMaxRetries(0))
		_, err := c.Health(t.Context())
		require.True(t, client.IsStatus(err, http.StatusTooManyRequests))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		_, err = c.Health(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 5*time.Second, time.Since(began))
		assert.Equal(t, 1, api.count(), "the second call never was a request")
	})
}

// notices collects what a client tells.
type notices struct {
	mutex sync.Mutex
	told  []string
}

func (n *notices) option() client.Option {
	return client.WithNotify(func(_ context.Context, message string) {
		n.mutex.Lock()
		defer n.mutex.Unlock()
		n.told = append(n.told, message)
	})
}

func (n *notices) with(part string) (matching []string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for _, message := range n.told {
		if strings.Contains(message, part) {
			matching = append(matching, message)
		}
	}
	return matching
}

// TestALimitIsToldOf once for all that wait, and by each call that it keeps
// waiting for longer than two seconds.
func TestALimitIsToldOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newLimited(50, 50)
		told := &notices{}
		calls(t, api.client(t, told.option()), 200)
		require.Greater(t, api.refused, 10)
		assert.Len(t, told.told, 1)
		assert.Len(t, told.with("429 RATE_LIMITED"), 1)

		api = newLimited(1, 1)
		api.retryAfter = "5"
		told = &notices{}
		calls(t, api.client(t, told.option()), 16)
		assert.GreaterOrEqual(t, len(told.with("waiting because the API limits the rate of requests (GET /v1/health)")), 15)
	})
}

// TestLongWorkShowsItself: whatever a call waits for, it says so after two seconds.
func TestLongWorkShowsItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &fake{}
		told := &notices{}
		c := api.client(t, told.option(), client.WithMaxConcurrency(1))
		api.answer = func(*http.Request) *http.Response {
			time.Sleep(1900 * time.Millisecond)
			return respond(http.StatusOK, healthy)
		}
		_, err := c.Health(t.Context())
		require.NoError(t, err)
		time.Sleep(10 * time.Second)
		assert.Empty(t, told.told, "what does not take long is not told of")

		api.answer = func(*http.Request) *http.Response {
			time.Sleep(5 * time.Second)
			return respond(http.StatusOK, healthy)
		}
		var work sync.WaitGroup
		for range 2 {
			work.Go(func() {
				_, err := c.Health(t.Context())
				assert.NoError(t, err)
			})
		}
		work.Wait()
		time.Sleep(10 * time.Second)
		assert.Len(t, told.with("waiting for the answer (GET /v1/health)"), 2)
		assert.Len(t, told.with("waiting for other requests to end (GET /v1/health)"), 1)
		assert.Len(t, told.told, 3)
	})
	synctest.Test(t, func(t *testing.T) {
		told := &notices{}
		api := &fake{answer: func(*http.Request) *http.Response {
			return respond(http.StatusServiceUnavailable, map[string]any{"title": "Unavailable", "code": "SERVICE_UNAVAILABLE"}, "Retry-After", "5")
		}}
		_, err := api.client(t, told.option(), client.WithMaxRetries(2)).Health(t.Context())
		require.Error(t, err)
		for _, retry := range []string{"retry 1 of 2 after 503 SERVICE_UNAVAILABLE (GET", "retry 2 of 2 after 503 SERVICE_UNAVAILABLE (GET"} {
			assert.Len(t, told.with(retry), 1, told.told)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		told := &notices{}
		api := newReplicas(3)
		api.page = func(int) *http.Response { time.Sleep(5 * time.Second); return nil }
		c := api.client(t, told.option())
		var readers sync.WaitGroup
		for _, id := range api.ids {
			readers.Go(func() {
				_, err := c.Replicas().Get(t.Context(), "db_1", id)
				assert.NoError(t, err)
			})
		}
		readers.Wait()
		assert.Len(t, told.with("waiting for the list that others read too (GET /v1/databases/db_1/replicas)"), 2)
	})
}
