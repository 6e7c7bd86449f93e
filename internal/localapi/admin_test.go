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

// admin calls an admin endpoint without a key.
func (a *api) admin(method, path string, body any) *response {
	a.t.Helper()
	return a.do(method, "/_local/"+path, body, "Authorization", "")
}

func TestAdminObjects(t *testing.T) {
	a := start(t, Options{})
	project, database := a.project("shop")
	a.agent(project, "bot", a.policy(project, "p"))
	a.create(project+"/webhooks", fields{"url": "https://example.com", "secret": "hush"})
	view := a.admin(http.MethodGet, "objects", nil).wants(http.StatusOK)
	databases, _ := view.object("databases")["objects"].([]any)
	require.Len(t, databases, 1)
	assert.InDelta(t, 1, view.object("agents")["count"], 0)
	for _, secret := range []string{"s3cret", "hush", "pba_"} {
		assert.NotContains(t, string(view.raw), secret)
	}

	a.admin(http.MethodPatch, "objects/projects/"+tail(project), fields{"name": "renamed"}).wants(http.StatusNoContent)
	assert.Equal(t, "renamed", a.do(http.MethodGet, project, nil).text("name"))
	a.admin(http.MethodPatch, "objects/projects/"+tail(project), fields{"colour": "red"}).wants(http.StatusBadRequest)
	a.admin(http.MethodPatch, "objects/projects/prj_none", fields{"name": "x"}).wants(http.StatusBadRequest)
	a.admin(http.MethodPatch, "objects/projects/"+tail(project), "nonsense").wants(http.StatusBadRequest)
	a.admin(http.MethodPost, "objects/projects/"+tail(project), fields{}).wants(http.StatusNotFound)

	query := fields{"project_id": tail(project), "database_id": database, "query_hash": "a1b2c3d4e5f60718", "sql": "SELECT 1"}
	a.admin(http.MethodPost, "queries", query).wants(http.StatusNoContent)
	a.admin(http.MethodPatch, "objects/cache-rules/"+database+"/a1b2c3d4e5f60718", fields{"call_count": 9}).wants(http.StatusNoContent)
	assert.InDelta(t, 9, a.Objects("cache-rules")[0]["call_count"], 0)
	a.admin(http.MethodPost, "queries", fields{"query": "x"}).wants(http.StatusBadRequest)

	domain := a.create(project+"/domains", fields{"domain": "db.example.com"})
	a.admin(http.MethodPost, "dns", fields{"domain": "db.example.com"}).wants(http.StatusNoContent)
	assert.Equal(t, true, a.do(http.MethodPost, domain+"/verify", nil).body["verified"])

	a.admin(http.MethodDelete, "objects/projects/"+tail(project), nil).wants(http.StatusNoContent)
	a.do(http.MethodGet, project, nil).problem(http.StatusNotFound, "NOT_FOUND")
	a.admin(http.MethodGet, "nothing", nil).wants(http.StatusNotFound)
	a.admin(http.MethodGet, "objects/projects", nil).wants(http.StatusNotFound)
}

func TestAdminRequestsHaveNoSecrets(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.project("shop")
	a.agent(project, "bot", a.policy(project, "p"))
	a.do(http.MethodPost, project+"/webhooks", fields{"url": "https://example.com", "secret": "hush"}, keyHeader, "k1").wants(http.StatusCreated)
	a.do(http.MethodPost, project+"/policies", "no JSON with hush").rejects()
	view := a.admin(http.MethodGet, "requests", nil).wants(http.StatusOK)
	requests := view.list("requests")
	require.Len(t, requests, 5, "the admin endpoints are not recorded")
	assert.Equal(t, "k1", requests[3]["idempotency_key"])
	assert.NotEmpty(t, requests[3]["request_id"])
	for _, secret := range []string{"s3cret", "hush", "pba_", a.APIKey} {
		assert.NotContains(t, string(view.raw), secret)
	}
	assert.Contains(t, string(view.raw), "db.example.com")
}

func TestAdminFaultsAndReset(t *testing.T) {
	a := start(t, Options{})
	a.project("shop")
	fault := fields{
		"method": "get", "path": "/v1/regions", "status": 503, "times": 2, "retry_after": "1", "latency": "1ms", "code": "X", "detail": "d",
		"skip": 1, "drop": "", "legacy": false,
	}
	a.admin(http.MethodPost, "faults", fault).wants(http.StatusNoContent)
	assert.Equal(t, []fields{{
		"method": "GET", "path": "/v1/regions", "status": float64(503), "times": float64(2), "retry_after": "1", "latency": "1ms",
		"code": "X", "detail": "d", "skip": float64(1),
	}}, a.admin(http.MethodGet, "faults", nil).wants(http.StatusOK).list("faults"))
	a.do(http.MethodGet, "/v1/regions", nil).wants(http.StatusOK)
	assert.Equal(t, "d", a.do(http.MethodGet, "/v1/regions", nil).problem(503, "X").body["detail"])
	a.admin(http.MethodDelete, "faults", nil).wants(http.StatusNoContent)
	assert.Empty(t, a.admin(http.MethodGet, "faults", nil).list("faults"))
	for _, wrong := range []fields{{"status": 1}, {"latency": "soon"}, {"colour": "red"}, {"drop": "often"}} {
		a.admin(http.MethodPost, "faults", wrong).wants(http.StatusBadRequest)
	}

	a.AddFault(Fault{Path: "/v1/plans", Status: 503})
	a.admin(http.MethodPost, "reset", nil).wants(http.StatusNoContent)
	assert.Empty(t, a.Objects("projects"))
	assert.Empty(t, a.Requests())
	a.do(http.MethodGet, "/v1/plans", nil).wants(http.StatusOK)
	a.project("shop")
}

func TestAdminIsForThisMachineOnly(t *testing.T) {
	s, err := New(Options{})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		peer, host, origin string
		status             int
	}{
		"here":                {"127.0.0.1:1234", "127.0.0.1:80", "", http.StatusOK},
		"here by name":        {"[::1]:1234", "localhost", "", http.StatusOK},
		"another machine":     {"192.0.2.1:1234", "127.0.0.1:80", "", http.StatusForbidden},
		"a rebound host name": {"127.0.0.1:1234", "evil.example.com", "", http.StatusForbidden},
		"a web page":          {"127.0.0.1:1234", "127.0.0.1:80", "https://evil.example.com", http.StatusForbidden},
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
