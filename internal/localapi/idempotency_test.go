// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const keyHeader = "Idempotency-Key"

func TestIdempotencyKeyReplaysForADay(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now})
	first := a.do(http.MethodPost, "/v1/projects", a.projectBody("shop"), keyHeader, "k1").requireStatus(http.StatusCreated)
	now.advance(24*time.Hour - time.Second)
	again := a.do(http.MethodPost, "/v1/projects", a.projectBody("shop"), keyHeader, "k1").requireStatus(http.StatusCreated)
	assert.Equal(t, first.raw, again.raw)
	assert.Equal(t, first.header.Get("Content-Type"), again.header.Get("Content-Type"))
	assert.NotEqual(t, first.header.Get("X-Request-Id"), again.header.Get("X-Request-Id"))
	assert.Len(t, a.Objects("projects"), 1)
	requests := a.Requests()
	assert.False(t, requests[0].Replayed)
	assert.True(t, requests[1].Replayed)

	now.advance(time.Second)
	a.do(http.MethodPost, "/v1/projects", a.projectBody("shop"), keyHeader, "k1").requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
}

func TestIdempotencyKeyReplaysSecrets(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	body := fields{"name": "bot", "policy_profile_id": a.createPolicy(project, "p")}
	first := a.do(http.MethodPost, project+"/agents", body, keyHeader, "k1").requireStatus(http.StatusCreated)
	again := a.do(http.MethodPost, project+"/agents", body, keyHeader, "k1").requireStatus(http.StatusCreated)
	assert.Equal(t, first.raw, again.raw)
	id, _ := first.objectField("credential")["id"].(string)
	rotate := project + "/agents/" + id + "/rotate"
	rotated := a.do(http.MethodPost, rotate, nil, keyHeader, "k2").requireStatus(http.StatusOK)
	assert.Equal(t, rotated.raw, a.do(http.MethodPost, rotate, nil, keyHeader, "k2").requireStatus(http.StatusOK).raw)
	assert.NotEqual(t, rotated.raw, a.do(http.MethodPost, rotate, nil, keyHeader, "k3").requireStatus(http.StatusOK).raw)
}

func TestIdempotencyKeyReused(t *testing.T) {
	a := start(t, Options{APIKeys: map[string]string{"pbo_a": "org_a", "pbo_b": "org_b"}})
	project, _ := a.createProject("shop")
	path := project + "/policies"
	a.do(http.MethodPost, path, fields{"name": "a"}, keyHeader, "k").requireStatus(http.StatusCreated)
	a.do(http.MethodPost, path, fields{"name": "b"}, keyHeader, "k").requireProblem(http.StatusConflict, "IDEMPOTENCY_KEY_REUSED")
	a.do(http.MethodPost, path, fields{}, keyHeader, "k").requireProblem(http.StatusConflict, "IDEMPOTENCY_KEY_REUSED")
	a.do(http.MethodPost, project+"/webhooks", fields{"name": "a"}, keyHeader, "k").requireProblem(http.StatusConflict, "IDEMPOTENCY_KEY_REUSED")
	a.do(http.MethodPatch, project, fields{"name": "a"}, keyHeader, "k").requireProblem(http.StatusConflict, "IDEMPOTENCY_KEY_REUSED")
	// Keys of different organizations are independent.
	body := a.projectBody("theirs")
	body["org_id"] = "org_b"
	a.do(http.MethodPost, "/v1/projects", body, keyHeader, "k", "Authorization", "Bearer pbo_b").requireStatus(http.StatusCreated)

	a.do(http.MethodPost, path, fields{"name": "x"}, keyHeader, strings.Repeat("k", 256)).requireInvalid(keyHeader)
	a.do(http.MethodPost, path, fields{"name": "x"}, keyHeader, strings.Repeat("k", 255)).requireStatus(http.StatusCreated)
}

func TestIdempotencyKeyMethods(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	first := a.do(http.MethodPatch, project, fields{"description": "a"}, keyHeader, "k1").requireStatus(http.StatusOK)
	a.do(http.MethodPatch, project, fields{"description": "b"}).requireStatus(http.StatusOK)
	assert.Equal(t, first.raw, a.do(http.MethodPatch, project, fields{"description": "a"}, keyHeader, "k1").requireStatus(http.StatusOK).raw)
	assert.Equal(t, "b", a.do(http.MethodGet, project, nil).body["description"])

	policy := project + "/policies/" + a.createPolicy(project, "p")
	for _, rows := range []float64{1, 2} {
		changed := a.do(http.MethodPut, policy, fields{"name": "p", "max_rows": rows}, keyHeader, "k2").requireStatus(http.StatusOK)
		assert.InDelta(t, rows, changed.body["max_rows"], 0)
	}
	a.do(http.MethodDelete, policy, nil, keyHeader, "k2").requireStatus(http.StatusNoContent)
	a.do(http.MethodDelete, policy, nil, keyHeader, "k2").requireProblem(http.StatusNotFound, "NOT_FOUND")
}

func TestIdempotencyKeyStores4xxButNot5xx(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	webhooks, body := project+"/webhooks", fields{"url": "https://example.com"}
	clash := a.createPolicy(project, "p")
	rejected := a.do(http.MethodPost, project+"/policies", fields{"name": "p"}, keyHeader, "k1").requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	a.do(http.MethodDelete, project+"/policies/"+clash, nil).requireStatus(http.StatusNoContent)
	assert.Equal(t, rejected.raw, a.do(http.MethodPost, project+"/policies", fields{"name": "p"}, keyHeader, "k1").
		requireProblem(http.StatusConflict, "RESOURCE_EXISTS").raw)

	for _, status := range []int{500, 503, 429, 408, 403} {
		a.AddFault(Fault{Method: http.MethodPost, Path: webhooks, Times: 1, Status: status})
		a.do(http.MethodPost, webhooks, body, keyHeader, "k2").requireStatus(status)
	}
	assert.Empty(t, a.Objects("webhooks"))
	a.do(http.MethodPost, webhooks, body, keyHeader, "k2").requireStatus(http.StatusCreated)
	assert.Len(t, a.Objects("webhooks"), 1)
}

func TestIdempotencyKeyAfterLostResponse(t *testing.T) {
	for name, fault := range map[string]Fault{
		"dropped":      {Drop: DropAfter},
		"cut in half":  {Drop: DropHalf},
		"not JSON":     {Body: "<html>"},
		"error after":  {Status: http.StatusBadGateway, After: true},
		"forged 4xx":   {Status: http.StatusForbidden, After: true},
		"older format": {Status: http.StatusBadGateway, After: true, Legacy: true},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, Options{})
			// Without keep-alives: net/http retries requests that fail on a reused connection.
			a.client.Transport = &http.Transport{DisableKeepAlives: true}
			project, _ := a.createProject("shop")
			fault.Method, fault.Path, fault.Times = http.MethodPost, "/v1/projects/*/policies", 1
			a.AddFault(fault)
			// How the client sees a lost response is tested in faults_test.go.
			lost, err := a.doErr(http.MethodPost, project+"/policies", fields{"name": "p"}, keyHeader, "k")
			assert.True(t, err != nil || lost.status != http.StatusCreated)
			got := a.do(http.MethodPost, project+"/policies", fields{"name": "p"}, keyHeader, "k").requireStatus(http.StatusCreated)
			require.Len(t, a.Objects("policies"), 1)
			assert.Equal(t, a.Objects("policies")[0]["id"], got.body["id"])
		})
	}
}

func TestConcurrentRequestsWithOneKey(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	path := project + "/policies"
	a.AddFault(Fault{Method: http.MethodPost, Path: path, Times: 1, Latency: 300 * time.Millisecond})
	const clients = 5
	responses := make([]*apiResponse, clients)
	var wait sync.WaitGroup
	for i := range clients {
		wait.Go(func() {
			// A failed request leaves its response nil.
			responses[i], _ = a.doErr(http.MethodPost, path, fields{"name": "p"}, keyHeader, "k")
		})
	}
	wait.Wait()
	for _, res := range responses {
		require.NotNil(t, res)
		require.Equal(t, http.StatusCreated, res.status)
		assert.Equal(t, responses[0].raw, res.raw)
	}
	assert.Len(t, a.Objects("policies"), 1)
	replayed := 0
	for _, r := range a.Requests() {
		if r.Replayed {
			replayed++
		}
	}
	assert.Equal(t, clients-1, replayed)
}

func TestWaitingRequestRunsIfTheFirstIsNotFinal(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	body := `{"name":"p"}`
	first := &apiRequest{http: httptest.NewRequest(http.MethodPost, project+"/policies", nil), body: []byte(body)}
	entry, mine := a.claim(a.OrgID+"\x00k", first.fingerprint())
	require.True(t, mine)

	responses := make(chan *apiResponse, 1)
	go func() {
		// A failed request leaves its response nil.
		res, _ := a.doErr(http.MethodPost, project+"/policies", body, keyHeader, "k")
		responses <- res
	}()
	// As after a 5xx response: release the key and wake the waiting requests.
	a.mu.Lock()
	delete(a.idempotency.entries, entry.id)
	a.mu.Unlock()
	close(entry.done)
	res := <-responses
	require.NotNil(t, res)
	res.requireStatus(http.StatusCreated)
	assert.Equal(t, 1, a.Count(http.MethodPost, project+"/policies"))
}

func TestWaitEndsWithClientOrServer(t *testing.T) {
	disconnected, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ctx := range map[string]context.Context{"client": disconnected, "server": t.Context()} {
		s, err := New(Options{})
		require.NoError(t, err)
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/projects", nil)
		request.Header.Set("Authorization", "Bearer "+DefaultAPIKey)
		request.Header.Set(keyHeader, "k")
		_, mine := s.claim(DefaultOrgID+"\x00k", (&apiRequest{http: request, body: []byte{}}).fingerprint())
		require.True(t, mine, name)
		if name == "server" {
			require.NoError(t, s.Close())
			require.NoError(t, s.Close(), "closing twice is not an error")
		}
		assert.PanicsWithValue(t, http.ErrAbortHandler, func() { s.ServeHTTP(httptest.NewRecorder(), request) }, name)
		require.Len(t, s.Requests(), 1, name)
		assert.Zero(t, s.Requests()[0].Status, name)
	}
}

func TestCloseEndsLatency(t *testing.T) {
	s, err := New(Options{})
	require.NoError(t, err)
	s.AddFault(Fault{Latency: time.Hour})
	require.NoError(t, s.Close())
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/health", nil))
	assert.Equal(t, http.StatusOK, recorder.Code)
}
