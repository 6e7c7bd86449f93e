// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// TestRetries verifies which responses are retried for which kind of request, with the
// same idempotency key. Status 0 is a closed connection.
func TestRetries(t *testing.T) {
	t.Parallel()
	calls := map[string]struct {
		method, path, body, response string
		call                         func(context.Context, *client.Client) error
	}{
		"GET": {"GET", "/v1/projects/prj_1", "", project("prj_1"), func(ctx context.Context, c *client.Client) error {
			_, err := c.Projects().Get(ctx, "prj_1")
			return err
		}},
		"POST with a key": {"POST", "/v1/projects/prj_1/agents/agt_1/rotate", "", credentialSecrets("agt_1"), func(ctx context.Context, c *client.Client) error {
			_, err := c.AgentCredentials().Rotate(ctx, "prj_1", "agt_1")
			return err
		}},
		"POST that changes nothing": {
			"POST", "/v1/projects/prj_1/migrations:lint", `{"sql":"DROP TABLE users"}`, `{"safe":true,"findings":[]}`,
			func(ctx context.Context, c *client.Client) error {
				_, err := c.LintMigration(ctx, "prj_1", client.MigrationLintRequest{SQL: "DROP TABLE users"})
				return err
			},
		},
		"PATCH with a key": {
			"PATCH", "/v1/projects/prj_1/agents/agt_1", `{"status":"active"}`, client.MinimalJSON[client.AgentCredential](credential("agt_1")),
			func(ctx context.Context, c *client.Client) error {
				_, err := c.AgentCredentials().UpdateStatus(ctx, "prj_1", "agt_1", "active")
				return err
			},
		},
		"PUT": {"PUT", "/v1/organizations/org_1/spend-limit", `{"spend_limit":null}`, plan("org_1"), func(ctx context.Context, c *client.Client) error {
			_, err := c.Organizations().UpdateSpendLimit(ctx, "org_1", nil)
			return err
		}},
		"DELETE": {"DELETE", "/v1/projects/prj_1", "", "", func(ctx context.Context, c *client.Client) error {
			return c.Projects().Delete(ctx, "prj_1")
		}},
	}
	for name, call := range calls {
		for _, status := range []int{400, 401, 402, 403, 404, 405, 408, 409, 412, 413, 415, 429, 500, 501, 502, 503, 504, 0} {
			retried := status == 0 || status == 408 || status == 429 || status == 502 || status == 503 || status == 504 ||
				status == 500 && (name == "GET" || name == "POST that changes nothing" || strings.Contains(name, "key"))
			t.Run(fmt.Sprintf("%s %d", name, status), func(t *testing.T) {
				t.Parallel()
				failing := roundTrip{method: call.method, path: call.path, body: call.body, status: status, abort: status == 0, response: problem(status, "SOME_CODE", "no")}
				success := roundTrip{method: call.method, path: call.path, body: call.body, status: 200, response: call.response}
				if call.method == http.MethodDelete {
					success.status = 204
				}
				roundTrips := []roundTrip{failing}
				if retried {
					roundTrips = append(roundTrips, failing, success)
				}
				c, s := play(t, roundTrips...)
				err := call.call(t.Context(), c)
				if !retried {
					assert.True(t, client.IsStatus(err, status), "%v", err)
					return
				}
				require.NoError(t, err)
				require.Len(t, s.keys, 3)
				assert.Equal(t, s.keys[0], s.keys[1], "all attempts have the same key")
				assert.Equal(t, s.keys[0], s.keys[2])
				assert.Equal(t, strings.Contains(name, "key"), s.keys[0] != "")
			})
		}
	}
}

// TestMaxRetries verifies the number of attempts, and that the error names it.
func TestMaxRetries(t *testing.T) {
	t.Parallel()
	for _, maxRetries := range []int{0, 1, 3} {
		requests := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			w.Header().Set("X-Request-Id", "req_header")
			w.WriteHeader(503)
			_, _ = w.Write([]byte(problem(503, "SERVICE_UNAVAILABLE", "down")))
		}))
		sent := &notices{}
		c := newClient(t, server.URL, client.WithMaxRetries(maxRetries), sent.option())
		_, err := c.Projects().Get(t.Context(), "prj_1")
		c.CloseIdleConnections()
		server.Close()
		assert.True(t, client.IsError(err, "SERVICE_UNAVAILABLE"))
		assert.Equal(t, maxRetries+1, requests)
		assert.Equal(t, maxRetries > 0, strings.Contains(err.Error(), fmt.Sprintf("after %d attempts", maxRetries+1)), err)
		for _, notice := range sent.messages {
			assert.NotContains(t, notice, testKey)
		}
	}
}

// TestRetryAfterOverridesBackoff verifies that the Retry-After header takes precedence
// over the backoff, whose maximum is a day.
func TestRetryAfterOverridesBackoff(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"seconds":            "0",
		"a date in the past": time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat),
	} {
		for _, status := range []int{429, 503} {
			t.Run(fmt.Sprintf("%s %d", name, status), func(t *testing.T) {
				t.Parallel()
				path := "/v1/projects/prj_1"
				s := startScript(t,
					roundTrip{method: "DELETE", path: path, status: status, header: map[string]string{"Retry-After": header}, response: problem(status, "", "")},
					roundTrip{method: "DELETE", path: path, status: 204},
				)
				c := newClient(t, s.url, client.WithBackoff(time.Nanosecond, 24*time.Hour))
				require.NoError(t, c.Projects().Delete(t.Context(), "prj_1"))
			})
		}
	}
}

// TestMaxRetryAfter verifies that a request fails at once if it would have to wait too
// long.
func TestMaxRetryAfter(t *testing.T) {
	t.Parallel()
	c, _ := play(t, roundTrip{
		method: "DELETE", path: "/v1/projects/prj_1", status: 429, header: map[string]string{"Retry-After": "3600"},
		response: problem(429, "RATE_LIMITED", "slow down"),
	})
	err := c.Projects().Delete(t.Context(), "prj_1")
	require.ErrorContains(t, err, "the API asks to retry after 1h0m0s")
	assert.True(t, client.IsError(err, client.CodeRateLimited))
}

// TestCancelDuringBackoff verifies that the error names both the cause of the
// cancellation and the failure before it.
func TestCancelDuringBackoff(t *testing.T) {
	t.Parallel()
	s := startScript(t, roundTrip{
		method: "DELETE", path: "/v1/projects/prj_1", status: 503, header: map[string]string{"Retry-After": "200"},
		response: problem(503, "SERVICE_UNAVAILABLE", "down"),
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("the user pressed Ctrl-C")
	c := newClient(t, s.url, client.WithNotify(func(context.Context, string) { cancel(stopped) }))
	err := c.Projects().Delete(ctx, "prj_1")
	require.ErrorIs(t, err, stopped)
	assert.True(t, client.IsStatus(err, 503), "%v", err)
}

// TestCanceledContext verifies that no request is sent with a canceled context.
func TestCanceledContext(t *testing.T) {
	t.Parallel()
	c, _ := play(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Projects().Delete(ctx, "prj_1"), context.Canceled)
}
