// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// admin calls an admin endpoint without an API key.
func (a *testAPI) admin(method, path string, body any) *apiResponse {
	a.t.Helper()
	return a.do(method, "/_local/"+path, body, "Authorization", "")
}

func TestAdminObjects(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	a.createAgent(project, "bot", a.createPolicy(project, "p"))
	a.create(project+"/webhooks", fields{"url": "https://example.com", "secret": "hush"})
	view := a.admin(http.MethodGet, "objects", nil).requireStatus(http.StatusOK)
	databases, _ := view.objectField("databases")["objects"].([]any)
	require.Len(t, databases, 1)
	assert.InDelta(t, 1, view.objectField("agents")["count"], 0)
	for _, secret := range []string{"s3cret", "hush", "pba_"} {
		assert.NotContains(t, string(view.raw), secret)
	}

	a.admin(http.MethodPatch, "objects/projects/"+lastSegment(project), fields{"name": "renamed"}).requireStatus(http.StatusNoContent)
	assert.Equal(t, "renamed", a.do(http.MethodGet, project, nil).stringField("name"))
	a.admin(http.MethodPatch, "objects/projects/"+lastSegment(project), fields{"colour": "red"}).requireStatus(http.StatusBadRequest)
	a.admin(http.MethodPatch, "objects/projects/prj_none", fields{"name": "x"}).requireStatus(http.StatusBadRequest)
	a.admin(http.MethodPatch, "objects/projects/"+lastSegment(project), "nonsense").requireStatus(http.StatusBadRequest)
	a.admin(http.MethodPost, "objects/projects/"+lastSegment(project), fields{}).requireStatus(http.StatusNotFound)

	query := fields{"project_id": lastSegment(project), "database_id": database, "query_hash": "a1b2c3d4e5f60718", "sql": "SELECT 1"}
	a.admin(http.MethodPost, "queries", query).requireStatus(http.StatusNoContent)
	a.admin(http.MethodPatch, "objects/cache-rules/"+database+"/a1b2c3d4e5f60718", fields{"call_count": 9}).requireStatus(http.StatusNoContent)
	assert.InDelta(t, 9, a.Objects("cache-rules")[0]["call_count"], 0)
	a.admin(http.MethodPost, "queries", fields{"query": "x"}).requireStatus(http.StatusBadRequest)

	domain := a.create(project+"/domains", fields{"domain": "db.example.com"})
	a.admin(http.MethodPost, "dns", fields{"domain": "db.example.com"}).requireStatus(http.StatusNoContent)
	assert.Equal(t, true, a.do(http.MethodPost, domain+"/verify", nil).body["verified"])

	a.admin(http.MethodDelete, "objects/projects/"+lastSegment(project), nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodGet, project, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.admin(http.MethodGet, "nothing", nil).requireStatus(http.StatusNotFound)
	a.admin(http.MethodGet, "objects/projects", nil).requireStatus(http.StatusNotFound)
	a.admin(http.MethodDelete, "objects/projects", nil).requireStatus(http.StatusNotFound)
	a.admin(http.MethodGet, "/objects", nil).requireStatus(http.StatusNotFound)
}

func TestAdminRequestsHaveNoSecrets(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	a.createAgent(project, "bot", a.createPolicy(project, "p"))
	a.do(http.MethodPost, project+"/webhooks", fields{"url": "https://example.com", "secret": "hush"}, keyHeader, "k1").requireStatus(http.StatusCreated)
	a.do(http.MethodPost, project+"/policies", "no JSON with hush").requireInvalid()
	view := a.admin(http.MethodGet, "requests", nil).requireStatus(http.StatusOK)
	requests := view.listField("requests")
	require.Len(t, requests, 5, "requests to admin endpoints are not recorded")
	assert.Equal(t, "k1", requests[3]["idempotency_key"])
	assert.NotEmpty(t, requests[3]["request_id"])
	for _, secret := range []string{"s3cret", "hush", "pba_", a.APIKey} {
		assert.NotContains(t, string(view.raw), secret)
	}
	assert.Contains(t, string(view.raw), "db.example.com")
}

func TestAdminFaultsAndReset(t *testing.T) {
	a := start(t, Options{})
	a.createProject("shop")
	fault := fields{
		"method": "get", "path": "/v1/regions", "status": 503, "times": 2, "retry_after": "1", "latency": "1ms", "code": "X", "detail": "d",
		"skip": 1, "drop": "", "legacy": false,
	}
	a.admin(http.MethodPost, "faults", fault).requireStatus(http.StatusNoContent)
	assert.Equal(t, []fields{{
		"method": "GET", "path": "/v1/regions", "status": float64(503), "times": float64(2), "retry_after": "1", "latency": "1ms",
		"code": "X", "detail": "d", "skip": float64(1),
	}}, a.admin(http.MethodGet, "faults", nil).requireStatus(http.StatusOK).listField("faults"))
	a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK)
	assert.Equal(t, "d", a.do(http.MethodGet, "/v1/regions", nil).requireProblem(503, "X").body["detail"])
	a.admin(http.MethodDelete, "faults", nil).requireStatus(http.StatusNoContent)
	assert.Empty(t, a.admin(http.MethodGet, "faults", nil).listField("faults"))
	for _, wrong := range []fields{{"status": 1}, {"latency": "soon"}, {"colour": "red"}, {"drop": "often"}} {
		a.admin(http.MethodPost, "faults", wrong).requireStatus(http.StatusBadRequest)
	}

	a.AddFault(Fault{Path: "/v1/plans", Status: 503})
	a.admin(http.MethodPost, "reset", nil).requireStatus(http.StatusNoContent)
	assert.Empty(t, a.Objects("projects"))
	assert.Empty(t, a.Requests())
	a.do(http.MethodGet, "/v1/plans", nil).requireStatus(http.StatusOK)
	a.createProject("shop")
}

func TestAdminRejectsRemoteRequests(t *testing.T) {
	s, err := New(Options{})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		peer, host, origin string
		status             int
	}{
		"loopback":          {"127.0.0.1:1234", "127.0.0.1:80", "", http.StatusOK},
		"localhost":         {"[::1]:1234", "localhost", "", http.StatusOK},
		"remote address":    {"192.0.2.1:1234", "127.0.0.1:80", "", http.StatusForbidden},
		"rebound host name": {"127.0.0.1:1234", "evil.example.com", "", http.StatusForbidden},
		"a web page":        {"127.0.0.1:1234", "127.0.0.1:80", "https://evil.example.com", http.StatusForbidden},
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_local/objects", nil)
		request.RemoteAddr, request.Host = test.peer, test.host
		if test.origin != "" {
			request.Header.Set("Origin", test.origin)
		}
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, request)
		assert.Equal(t, test.status, recorder.Code, name)
	}
}
