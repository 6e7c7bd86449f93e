// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

const testKey = "pbo_test_key"

// exchange is one request that is expected, and what it is answered.
type exchange struct {
	method, path string
	// body is what the request must hold, as JSON; "" is nothing at all.
	body   string
	status int
	header map[string]string
	answer string
	// drop closes the connection instead of an answer.
	drop bool
	// check looks at the rest of the request.
	check func(t *testing.T, r *http.Request)
}

// script answers requests one after the other as they are written down, and
// fails the test on one that is missing, too many, or not as expected.
type script struct {
	t    *testing.T
	mu   sync.Mutex
	left []exchange
	keys []string // the Idempotency-Key of each request
}

// play starts a server that plays the exchanges, and returns a client of it
// that waits next to nothing between tries.
func play(t *testing.T, exchanges ...exchange) (*client.Client, *script) {
	t.Helper()
	s := &script{t: t, left: exchanges}
	server := httptest.NewServer(s)
	c := newClient(t, server.URL)
	t.Cleanup(func() {
		c.CloseIdleConnections()
		server.Close()
		assert.Empty(t, s.left, "requests that were never made")
	})
	return c, s
}

func newClient(t *testing.T, url string, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(testKey, append([]client.Option{
		client.WithBaseURL(url), client.WithBackoff(time.Microsecond, time.Millisecond),
	}, options...)...)
	require.NoError(t, err)
	return c
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if !assert.NoError(s.t, err) || !assert.NotEmpty(s.t, s.left, "%s %s is one request too many", r.Method, r.URL) {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	next := s.left[0]
	s.left = s.left[1:]
	s.keys = append(s.keys, r.Header.Get("Idempotency-Key"))
	assert.Equal(s.t, next.method+" "+next.path, r.Method+" "+r.URL.RequestURI())
	if next.body == "" {
		assert.Empty(s.t, string(body))
	} else {
		assert.JSONEq(s.t, next.body, string(body))
	}
	if next.check != nil {
		next.check(s.t, r)
	}
	if next.drop {
		panic(http.ErrAbortHandler)
	}
	for name, value := range next.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(next.status)
	_, _ = io.WriteString(w, next.answer)
}

// project, replica, credential and plan are responses with all that they must have.
func project(id string) string {
	return client.WholeText[client.Project](map[string]any{"id": id, "org_id": "org_1"})
}

func replica(id, host string) string {
	return client.WholeText[client.Replica](map[string]any{"id": id, "database_id": "db_1", "host": host})
}

func credential(id string) map[string]any {
	return client.Whole[client.AgentCredential](map[string]any{"id": id, "project_id": "prj_1"})
}

func credentialSecrets(id string) string {
	return client.WholeText[client.AgentCredentialSecrets](map[string]any{"credential": credential(id)})
}

func plan(orgID string) string {
	return client.WholeText[client.OrganizationPlan](map[string]any{"org_id": orgID})
}

// problem is an error of the API in its present format.
func problem(status int, code, detail string) string {
	document, _ := json.Marshal(map[string]any{
		"type": "https://pgbeam.com/docs/api/errors", "title": "A title", "status": status, "code": code, "detail": detail,
		"request_id": "req_body",
	})
	return string(document)
}
