// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

var uuid4 = `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`

func TestHeaders(t *testing.T) {
	t.Parallel()
	with := func(body, key bool) func(*testing.T, *http.Request) {
		return func(t *testing.T, r *http.Request) {
			t.Helper()
			assert.Equal(t, "Bearer "+testKey, r.Header.Get("Authorization"))
			assert.Equal(t, "pgbeam-go", r.Header.Get("User-Agent"))
			contentType := ""
			if body {
				contentType = "application/json"
			}
			assert.Equal(t, contentType, r.Header.Get("Content-Type"))
			if key {
				assert.Regexp(t, uuid4, r.Header.Get("Idempotency-Key"))
			} else {
				assert.NotContains(t, r.Header, "Idempotency-Key", "%s takes none", r.Method)
			}
		}
	}
	c, s := play(t,
		exchange{method: "GET", path: "/v1/projects/prj_1", status: 200, answer: project("prj_1"), check: with(false, false)},
		exchange{method: "PATCH", path: "/v1/projects/prj_1", body: `{"name":"b"}`, status: 200, answer: project("prj_1"), check: with(true, true)},
		exchange{method: "POST", path: "/v1/projects/prj_1/agents/agt_1/rotate", status: 200, answer: credentialSecrets("agt_1"), check: with(false, true)},
		exchange{
			method: "PUT", path: "/v1/organizations/org_1/spend-limit", body: `{"spend_limit":null}`, status: 200, answer: plan("org_1"),
			check: with(true, false),
		},
		exchange{method: "DELETE", path: "/v1/projects/prj_1", status: 204, check: with(false, false)},
	)
	ctx, name := t.Context(), "b"
	_, err := c.Projects().Get(ctx, "prj_1")
	require.NoError(t, err)
	_, err = c.Projects().Update(ctx, "prj_1", client.UpdateProjectRequest{Name: &name})
	require.NoError(t, err)
	_, err = c.AgentCredentials().Rotate(ctx, "prj_1", "agt_1")
	require.NoError(t, err)
	_, err = c.Organizations().UpdateSpendLimit(ctx, "org_1", nil)
	require.NoError(t, err)
	require.NoError(t, c.Projects().Delete(ctx, "prj_1"))
	assert.NotEqual(t, s.keys[1], s.keys[2], "each call has a key of its own")
}

func TestAnEmptyIDNeverReachesTheAPI(t *testing.T) {
	t.Parallel()
	c, _ := play(t)
	for name, call := range map[string]func() error{
		"the object's own":  func() error { return c.Projects().Delete(t.Context(), "") },
		"that of a parent":  func() error { _, err := c.Databases().Get(t.Context(), "", "db_1"); return err },
		"of a list":         func() error { _, err := c.Replicas().Get(t.Context(), "", "rep_1"); return err },
		"of an upsert":      func() error { _, err := c.Organizations().UpdateSpendLimit(t.Context(), "", nil); return err },
		"before the action": func() error { _, err := c.AgentCredentials().Rotate(t.Context(), "prj_1", ""); return err },
	} {
		require.ErrorContains(t, call(), "is empty", name)
	}
}

func TestIDsAreEscaped(t *testing.T) {
	t.Parallel()
	c, _ := play(t, exchange{method: "DELETE", path: "/v1/projects/a%2F..%2Fb%3Fc", status: 204})
	require.NoError(t, c.Projects().Delete(t.Context(), "a/../b?c"))
}

// TestRetries: which answers are tried again, for which kind of request.
func TestRetries(t *testing.T) {
	t.Parallel()
	calls := map[string]struct {
		method, path, body, answer string
		call                       func(context.Context, *client.Client) error
	}{
		"read": {"GET", "/v1/projects/prj_1", "", project("prj_1"), func(ctx context.Context, c *client.Client) error {
			_, err := c.Projects().Get(ctx, "prj_1")
			return err
		}},
		"POST with a key": {"POST", "/v1/projects/prj_1/agents/agt_1/rotate", "", credentialSecrets("agt_1"), func(ctx context.Context, c *client.Client) error {
			_, err := c.AgentCredentials().Rotate(ctx, "prj_1", "agt_1")
			return err
		}},
		"PATCH with a key": {
			"PATCH", "/v1/projects/prj_1/agents/agt_1", `{"status":"active"}`, client.WholeText[client.AgentCredential](credential("agt_1")),
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
				status == 500 && (name == "read" || strings.Contains(name, "key"))
			t.Run(fmt.Sprintf("%s %d", name, status), func(t *testing.T) {
				t.Parallel()
				failing := exchange{method: call.method, path: call.path, body: call.body, status: status, drop: status == 0, answer: problem(status, "SOME_CODE", "no")}
				good := exchange{method: call.method, path: call.path, body: call.body, status: 200, answer: call.answer}
				if call.method == http.MethodDelete {
					good.status = 204
				}
				exchanges := []exchange{failing}
				if retried {
					exchanges = append(exchanges, failing, good)
				}
				c, s := play(t, exchanges...)
				err := call.call(t.Context(), c)
				if !retried {
					assert.True(t, client.IsStatus(err, status), "%v", err)
					return
				}
				require.NoError(t, err)
				require.Len(t, s.keys, 3)
				assert.Equal(t, s.keys[0], s.keys[1], "each try of a call has the same key")
				assert.Equal(t, s.keys[0], s.keys[2])
				assert.Equal(t, strings.Contains(name, "key"), s.keys[0] != "")
			})
		}
	}
}

func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	for _, most := range []int{0, 1, 3} {
		requests := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests++
			w.Header().Set("X-Request-Id", "req_header")
			w.WriteHeader(503)
			_, _ = w.Write([]byte(problem(503, "SERVICE_UNAVAILABLE", "down")))
		}))
		var notices []string
		c := newClient(t, server.URL, client.WithMaxRetries(most),
			client.WithNotify(func(_ context.Context, message string) { notices = append(notices, message) }))
		_, err := c.Projects().Get(t.Context(), "prj_1")
		c.CloseIdleConnections()
		server.Close()
		assert.True(t, client.IsError(err, "SERVICE_UNAVAILABLE"))
		assert.Equal(t, most+1, requests)
		assert.Equal(t, most > 0, strings.Contains(err.Error(), fmt.Sprintf("after %d attempts", most+1)), err)
		for _, notice := range notices {
			assert.NotContains(t, notice, testKey)
		}
	}
}

// TestRetryAfterWins: the wait that the API asks for is taken, in both forms,
// instead of one that would keep the test from ending.
func TestRetryAfterWins(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"seconds":             "0",
		"a date that is past": time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat),
	} {
		for _, status := range []int{429, 503} {
			t.Run(fmt.Sprintf("%s %d", name, status), func(t *testing.T) {
				t.Parallel()
				path := "/v1/projects/prj_1"
				c, _ := play(t,
					exchange{method: "DELETE", path: path, status: status, header: map[string]string{"Retry-After": header}, answer: problem(status, "", "")},
					exchange{method: "DELETE", path: path, status: 204},
				)
				client.WithBackoff(time.Nanosecond, 24*time.Hour)(c)
				require.NoError(t, c.Projects().Delete(t.Context(), "prj_1"))
			})
		}
	}
}

// TestTooLongAWaitIsTold: whoever is to come back in an hour is told so.
func TestTooLongAWaitIsTold(t *testing.T) {
	t.Parallel()
	c, _ := play(t, exchange{
		method: "DELETE", path: "/v1/projects/prj_1", status: 429, header: map[string]string{"Retry-After": "3600"},
		answer: problem(429, "RATE_LIMITED", "slow down"),
	})
	err := c.Projects().Delete(t.Context(), "prj_1")
	require.ErrorContains(t, err, "come back in 1h0m0s")
	assert.True(t, client.IsError(err, client.CodeRateLimited))
}

func TestCancelDuringAWait(t *testing.T) {
	t.Parallel()
	c, _ := play(t, exchange{
		method: "DELETE", path: "/v1/projects/prj_1", status: 503, header: map[string]string{"Retry-After": "200"},
		answer: problem(503, "SERVICE_UNAVAILABLE", "down"),
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("the user pressed Ctrl-C")
	client.WithNotify(func(context.Context, string) { cancel(stopped) })(c)
	err := c.Projects().Delete(ctx, "prj_1")
	require.ErrorIs(t, err, stopped)
	assert.True(t, client.IsStatus(err, 503), "what went wrong before is told too")
}

func TestCancelBeforeTheRequest(t *testing.T) {
	t.Parallel()
	c, _ := play(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Projects().Delete(ctx, "prj_1"), context.Canceled)
}

// TestRequestsInFlight: no more than allowed are at the server at one time,
// and all of those that are allowed.
func TestRequestsInFlight(t *testing.T) {
	t.Parallel()
	const most, calls = 3, 12
	var mu sync.Mutex
	now, highest := 0, 0
	full := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		if now++; now > highest {
			highest = now
			if now == most {
				close(full)
			}
		}
		mu.Unlock()
		<-full // so that as many as may be are there together
		mu.Lock()
		now--
		mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	c := newClient(t, server.URL, client.WithMaxConcurrency(most))
	var group sync.WaitGroup
	for range calls {
		group.Go(func() { assert.NoError(t, c.Projects().Delete(t.Context(), "prj_1")) })
	}
	group.Wait()
	c.CloseIdleConnections()
	assert.Equal(t, most, highest)
}

// TestASlowAnswerIsTriedAgain: with the key of the first try, for that may have been carried out.
func TestASlowAnswerIsTriedAgain(t *testing.T) {
	t.Parallel()
	requests := make(chan string, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see the client go
		requests <- r.Header.Get("Idempotency-Key")
		if len(requests) == 1 {
			<-r.Context().Done() // never answered: the client gives up
			return
		}
		_, _ = w.Write([]byte(project("prj_1")))
	}))
	defer server.Close()
	c := newClient(t, server.URL, client.WithRequestTimeout(50*time.Millisecond))
	_, err := c.Projects().Update(t.Context(), "prj_1", client.UpdateProjectRequest{})
	require.NoError(t, err)
	c.CloseIdleConnections()
	first, second := <-requests, <-requests
	assert.Equal(t, first, second)
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c := newClient(t, server.URL, client.WithMaxRetries(2))
	_, err := c.Projects().Get(t.Context(), "prj_1")
	var unreachable *client.ConnectionError
	require.ErrorAs(t, err, &unreachable)
	assert.Equal(t, server.URL, unreachable.BaseURL)
	assert.Contains(t, err.Error(), "GET /v1/projects/prj_1: no answer from "+server.URL)
	assert.Contains(t, err.Error(), "after 3 attempts")
}

// TestAnswersThatAreNotJSON: the body is never quoted, for a page in between
// may hold anything; a read and a request with a key are tried again.
func TestAnswersThatAreNotJSON(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"<html>planted-body</html>", "", `{"id":"prj_1","name":"planted-bod`, project("prj_1") + "planted"} {
		broken := exchange{method: "GET", path: "/v1/projects/prj_1", status: 200, answer: answer, header: map[string]string{"X-Request-Id": "req_1"}}
		c, _ := play(t, broken, broken)
		client.WithMaxRetries(1)(c)
		_, err := c.Projects().Get(t.Context(), "prj_1")
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "planted")
		assert.Regexp(t, `GET /v1/projects/prj_1: the response of http://\S+ with status 200 is not one of the PgBeam API: the body is (not|more than one) JSON( value)? \(request ID req_1\), after 2 attempts`, err.Error())
	}
}

func TestOptionsThatAreWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key, url, problem string
	}{
		"no key":             {"", client.DefaultBaseURL, "the API key must not be empty"},
		"a key of two words": {"pbo a", client.DefaultBaseURL, "the API key must not contain white space"},
		"another scheme":     {testKey, "ftp://api.pgbeam.com", "must be a URL that begins with https://"},
		"no host":            {testKey, "https://", "must be a URL that begins with https://"},
		"clear text":         {testKey, "http://api.pgbeam.com", "in clear text"},
		"a user":             {testKey, "https://user:pass@api.pgbeam.com", "must have no user"},
		"a query":            {testKey, "https://api.pgbeam.com/?a=b", "must have no user, query or fragment"},
	} {
		_, err := client.New(test.key, client.WithBaseURL(test.url))
		require.ErrorContains(t, err, test.problem, name)
		if test.key != "" {
			assert.NotContains(t, err.Error(), test.key)
		}
	}
	for _, fine := range []string{"https://api.pgbeam.com/", "http://localhost:1", "http://127.0.0.2:1", "http://[::1]:1", "https://example.com/pgbeam"} {
		_, err := client.New(testKey, client.WithBaseURL(fine))
		assert.NoError(t, err, fine)
	}
}

func TestABaseURLWithAPath(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/gateway/v1/projects/prj_1", r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	c := newClient(t, server.URL+"/gateway/")
	require.NoError(t, c.Projects().Delete(t.Context(), "prj_1"))
	c.CloseIdleConnections()
}
