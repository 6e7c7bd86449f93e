// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// TestMaxConcurrency verifies that the maximum number of requests is in flight, and no
// more.
func TestMaxConcurrency(t *testing.T) {
	t.Parallel()
	const maxConcurrency, calls = 3, 12
	var mutex sync.Mutex
	current, highest := 0, 0
	full := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mutex.Lock()
		if current++; current > highest {
			highest = current
			if current == maxConcurrency {
				close(full)
			}
		}
		mutex.Unlock()
		<-full // hold all requests until the maximum is reached
		mutex.Lock()
		current--
		mutex.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	c := newClient(t, server.URL, client.WithMaxConcurrency(maxConcurrency))
	var group sync.WaitGroup
	for range calls {
		group.Go(func() { assert.NoError(t, c.Projects().Delete(t.Context(), "prj_1")) })
	}
	group.Wait()
	c.CloseIdleConnections()
	assert.Equal(t, maxConcurrency, highest)
}

// TestRateLimitAfterWaitingForSlot verifies that requests that waited for a slot still
// comply with the rate limit. Many slow requests finish together here while many
// others wait.
func TestRateLimitAfterWaitingForSlot(t *testing.T) {
	t.Parallel()
	for _, maxConcurrency := range []int{1, 4, 16} {
		synctest.Test(t, func(t *testing.T) {
			api := newLimitedAPI(50, 50)
			handle := api.handle
			finish := make(chan struct{})
			var n atomic.Int32
			api.handle = func(r *http.Request) *http.Response {
				if n.Add(1) > 100 {
					<-finish
				}
				return handle(r)
			}
			c := api.client(t, client.WithMaxConcurrency(maxConcurrency))
			go func() { time.Sleep(20 * time.Second); close(finish) }()
			elapsed := callHealthTogether(t, c, 400)
			assert.Equal(t, 400, api.served)
			t.Logf("concurrency %d: %s, %d rejected", maxConcurrency, elapsed, api.rejected)
			assert.LessOrEqual(t, api.rejected, 400*5/100+maxConcurrency)
			assert.Less(t, elapsed, time.Minute)
		})
	}
}

// callHealthTogether makes n concurrent calls and returns how long they took.
func callHealthTogether(t *testing.T, c *client.Client, n int) time.Duration {
	t.Helper()
	start := time.Now()
	var work sync.WaitGroup
	for range n {
		work.Go(func() {
			_, err := c.Health(t.Context())
			assert.NoError(t, err)
		})
	}
	work.Wait()
	return time.Since(start)
}
