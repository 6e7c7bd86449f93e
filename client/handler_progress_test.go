// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// notices records the progress messages of a client.
type notices struct {
	mutex    sync.Mutex
	messages []string
}

func (n *notices) option() client.Option {
	return client.WithNotify(func(_ context.Context, message string) {
		n.mutex.Lock()
		defer n.mutex.Unlock()
		n.messages = append(n.messages, message)
	})
}

// containing returns the messages that contain a text.
func (n *notices) containing(part string) (matching []string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for _, message := range n.messages {
		if strings.Contains(message, part) {
			matching = append(matching, message)
		}
	}
	return matching
}

// TestProgress verifies that a call reports what it is waiting for every two seconds,
// unless it has reported that already.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{}
		sent := &notices{}
		c := api.client(t, sent.option(), client.WithMaxConcurrency(1))
		api.handle = func(*http.Request) *http.Response {
			time.Sleep(1900 * time.Millisecond)
			return respond(http.StatusOK, healthy)
		}
		_, err := c.Health(t.Context())
		require.NoError(t, err)
		time.Sleep(10 * time.Second)
		assert.Empty(t, sent.messages, "fast requests are not reported")

		api.handle = func(*http.Request) *http.Response {
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
		assert.Len(t, sent.containing("waiting for the response (GET /v1/health)"), 2)
		assert.Len(t, sent.containing("waiting for other requests to finish (GET /v1/health)"), 1)
		assert.Len(t, sent.messages, 3)
	})
	synctest.Test(t, func(t *testing.T) {
		sent := &notices{}
		api := &fakeAPI{handle: func(*http.Request) *http.Response {
			return respond(http.StatusServiceUnavailable, map[string]any{"title": "Unavailable", "code": "SERVICE_UNAVAILABLE"}, "Retry-After", "5")
		}}
		_, err := api.client(t, sent.option(), client.WithMaxRetries(2)).Health(t.Context())
		require.Error(t, err)
		for _, retry := range []string{"retry 1 of 2 after 503 SERVICE_UNAVAILABLE (GET", "retry 2 of 2 after 503 SERVICE_UNAVAILABLE (GET"} {
			assert.Len(t, sent.containing(retry), 1, sent.messages)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		sent := &notices{}
		api := newReplicas(3)
		api.page = func(int) *http.Response { time.Sleep(5 * time.Second); return nil }
		c := api.client(t, sent.option())
		var readers sync.WaitGroup
		for _, id := range api.ids {
			readers.Go(func() {
				_, err := c.Replicas().Get(t.Context(), "db_1", id)
				assert.NoError(t, err)
			})
		}
		readers.Wait()
		assert.Len(t, sent.containing("waiting for a list that is already being read (GET /v1/databases/db_1/replicas)"), 2)
	})
}

// TestSlowNotifyFunction verifies that a slow notify function does not delay requests.
func TestSlowNotifyFunction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{handle: func(*http.Request) *http.Response {
			time.Sleep(3 * time.Second)
			return respond(http.StatusOK, healthy)
		}}
		var calls atomic.Int32
		c := api.client(t, client.WithNotify(func(context.Context, string) {
			calls.Add(1)
			time.Sleep(time.Hour)
		}))
		start := time.Now()
		_, err := c.Health(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 3*time.Second, time.Since(start))
		time.Sleep(2 * time.Hour)
		assert.EqualValues(t, 1, calls.Load(), "a finished call is not reported")
	})
}

// TestNoticesAreRedacted verifies that progress messages do not contain the API key, even
// if it looks like an error code or is an ID in the path.
func TestNoticesAreRedacted(t *testing.T) {
	t.Parallel()
	const key = "PBO_KEY_AS_A_CODE"
	api := &fakeAPI{handle: func(*http.Request) *http.Response {
		return respond(http.StatusServiceUnavailable, map[string]any{"title": "x", "code": key})
	}}
	sent := &notices{}
	c, err := client.New(key, client.WithHTTPClient(&http.Client{Transport: api}), client.WithMaxRetries(1),
		client.WithBackoff(time.Nanosecond, time.Nanosecond), sent.option())
	require.NoError(t, err)
	_, err = c.Projects().Get(t.Context(), key) // notices contain the path
	require.Error(t, err)
	var apiError *client.Error
	require.ErrorAs(t, err, &apiError)
	assert.Empty(t, apiError.Code, "the API has no such code")
	require.Len(t, sent.messages, 1)
	assert.NotContains(t, sent.messages[0], key)
	assert.Contains(t, sent.messages[0], "[secret]")
}
