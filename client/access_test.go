// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// TestConcurrentAccess verifies that concurrent callers share a request and its error,
// each until its own context ends.
func TestConcurrentAccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := http.StatusServiceUnavailable
		api := &fakeAPI{handle: func(*http.Request) *http.Response {
			time.Sleep(time.Second)
			return respond(status, map[string]any{"organizations": []any{client.MinimalBody[client.Organization](nil)}})
		}}
		c := api.client(t, client.WithMaxRetries(0))
		concurrently := func(n int, each func(ctx context.Context, i int)) {
			var callers sync.WaitGroup
			for i := range n {
				callers.Go(func() { each(t.Context(), i) })
				synctest.Wait()
			}
			callers.Wait()
		}
		concurrently(10, func(ctx context.Context, _ int) {
			_, err := c.Access(ctx)
			assert.True(t, client.IsStatus(err, http.StatusServiceUnavailable), "%v", err)
		})
		assert.Equal(t, 1, api.takeCount(), "the callers share the error")

		status = http.StatusOK
		canceled := errors.New("canceled")
		concurrently(10, func(ctx context.Context, i int) {
			if i > 1 {
				organizations, err := c.Access(ctx)
				checkError(t, err)
				assert.Len(t, organizations, 1)
				return
			}
			// The contexts of the caller that sends the request and of one that waits end.
			ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(500-100*i)*time.Millisecond, canceled)
			defer cancel()
			_, err := c.Access(ctx)
			assert.ErrorIs(t, err, canceled)
		})
		assert.Equal(t, 2, api.takeCount(), "the canceled request, and one for the other callers")
		_, err := c.Access(t.Context())
		require.NoError(t, err)
		assert.Zero(t, api.takeCount(), "the result is cached")
	})
}

// TestAccess verifies that a success is cached, and an error is not.
func TestAccess(t *testing.T) {
	t.Parallel()
	request := func(status int, response string) roundTrip {
		return roundTrip{method: "GET", path: "/v1/organizations", status: status, response: response}
	}
	s := startScript(t,
		request(404, "<html>"),
		request(200, `{"organizations":[{"id":"org_1","name":"Shop"}]}`),
		request(401, problem(401, "UNAUTHORIZED", "")),
		request(200, `{"organizations":[{"id":"org_1","name":"Shop","slug":"shop","role":"owner"}]}`),
	)
	c := newClient(t, s.url, client.WithMaxRetries(0))
	for range 3 {
		_, err := c.Access(t.Context())
		require.Error(t, err)
		assert.False(t, client.IsNotFound(err))
	}
	for range 3 {
		organizations, err := c.Access(t.Context())
		require.NoError(t, err)
		owner := "owner"
		assert.Equal(t, []client.Organization{{ID: "org_1", Name: "Shop", Slug: "shop", Role: &owner}}, organizations)
		organizations[0].ID = "changed" // each caller has its own copy
	}
}
