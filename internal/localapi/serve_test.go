// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAuthentication(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	for name, authorization := range map[string]string{
		"none": "", "unknown key": "Bearer pbo_other", "another scheme": "Basic " + a.APIKey, "no key": "Bearer", "bare key": a.APIKey,
	} {
		t.Run(name, func(t *testing.T) {
			res := a.do(http.MethodGet, project, nil, "Authorization", authorization, "X-API-Key", a.APIKey)
			res.requireProblem(http.StatusUnauthorized, "UNAUTHORIZED")
			assert.Equal(t, "Bearer", res.header.Get("WWW-Authenticate"))
		})
	}
	a.do(http.MethodGet, project, nil, "Authorization", "bearer "+a.APIKey).requireStatus(http.StatusOK)
	a.do(http.MethodGet, "/v1/health", nil, "Authorization", "").requireStatus(http.StatusOK)
}

func TestOrganizationIsolation(t *testing.T) {
	a := start(t, Options{APIKeys: map[string]string{"pbo_a": "org_a", "pbo_b": "org_b"}})
	project, database := a.createProject("shop")
	agent := a.createAgent(project, "bot", a.createPolicy(project, "p"))
	otherKey := []string{"Authorization", "Bearer pbo_b"}
	for _, path := range []string{
		project, project + "/databases", project + "/databases/" + database, agent, "/v1/databases/" + database + "/replicas",
	} {
		a.do(http.MethodGet, path, nil, otherKey...).requireProblem(http.StatusNotFound, "NOT_FOUND")
	}
	a.do(http.MethodDelete, project, nil, otherKey...).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodPost, agent+"/rotate", nil, otherKey...).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodPost, "/v1/projects", a.projectBody("x"), otherKey...).requireProblem(http.StatusForbidden, "FORBIDDEN")
	for _, path := range []string{"/v1/projects?org_id=org_a", "/v1/organizations/org_a/plan", "/v1/organizations/org_a/self-host-enrollments"} {
		a.do(http.MethodGet, path, nil, otherKey...).requireProblem(http.StatusForbidden, "FORBIDDEN")
	}
	a.do(http.MethodPut, "/v1/organizations/org_a/spend-limit", fields{"spend_limit": 1}, otherKey...).requireProblem(http.StatusForbidden, "FORBIDDEN")
	own := a.do(http.MethodGet, "/v1/organizations", nil, otherKey...).requireStatus(http.StatusOK).listField("organizations")
	require.Len(t, own, 1)
	assert.Equal(t, "org_b", own[0]["id"])
	assert.NotContains(t, own[0], "role")
}

func TestPathsAndMethods(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	for _, path := range []string{"/", "/v1", "/v2/projects", "/v1/nothing", project + "/", project + "/nothing", "/v1/projects//databases"} {
		a.do(http.MethodGet, path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	}
	res := a.do(http.MethodPut, project, fields{}).requireProblem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
	assert.Equal(t, "DELETE, GET, PATCH", res.header.Get("Allow"))
	a.do(http.MethodGet, "/v1/projects/prj%20x", nil).requireInvalid("project_id")
	a.do(http.MethodGet, "/v1/projects/a%3Bb/databases", nil).requireInvalid("project_id")
	a.do(http.MethodGet, "/v1/projects/undefined/databases/undefined", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
}

// TestPathsThatServeMuxWouldChange requests paths that net/http would redirect or resolve.
func TestPathsThatServeMuxWouldChange(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	for _, path := range []string{
		"//", "//v1/health", "/v1//health", "/v1/health/", "/v1/./health", "/v1/x/../health", project + "//policies", project + "/policies/",
		project + "/policies/../policies/", "/_local", project + "/nothing/..",
	} {
		a.do(http.MethodGet, path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	}
	for _, id := range []string{".", "..", "%2e", "%2E%2e", "..."} {
		path := "/v1/projects/" + id
		a.do(http.MethodGet, path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
		a.do(http.MethodGet, path, nil, "Authorization", "").requireProblem(http.StatusUnauthorized, "UNAUTHORIZED")
		rejected := a.do(http.MethodPut, path+"/policies", fields{}).requireProblem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
		assert.Equal(t, "GET, POST", rejected.header.Get("Allow"), path)
	}
	for _, id := range []string{"%2F", "%2f", "a%2Fb", "%2F%2F", "%20"} {
		rejected := a.do(http.MethodGet, "/v1/projects/"+id+"/policies", nil)
		rejected.requireInvalid("project_id")
		assert.NotContains(t, rejected.body["instance"], "%", "the instance is the decoded path of the request")
	}
	assert.Equal(t, "/v1/projects/../policies", a.do(http.MethodGet, "/v1/projects/../policies", nil).body["instance"])
	a.do(http.MethodGet, strings.Replace(project, "projects", "%70rojects", 1), nil).requireStatus(http.StatusOK)
}

func TestHEADIsNotAllowed(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	rejected := a.do(http.MethodHead, project, nil).requireStatus(http.StatusMethodNotAllowed)
	assert.Equal(t, "DELETE, GET, PATCH", rejected.header.Get("Allow"))
}

func TestBodies(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	path := project + "/policies"
	for name, body := range map[string]string{
		"empty": "", "not JSON": "name=x", "truncated": `{"name":`, "two values": `{"name":"a"}{}`, "a list": `[]`, "null": "null", "a string": `"x"`,
	} {
		t.Run(name, func(*testing.T) { a.do(http.MethodPost, path, body).requireInvalid() })
	}
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json", "json"} {
		a.do(http.MethodPost, path, `{"name":"a"}`, "Content-Type", contentType).
			requireProblem(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	}
	assert.Empty(t, a.Objects("policies"))
	a.do(http.MethodPost, path, `{"name":"a"}`, "Content-Type", "application/json; charset=utf-8").requireStatus(http.StatusCreated)
}

func TestMaximumBodySize(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	policy := func(size int) string {
		const before, after = `{"name":"big","table_allowlist":["`, `"]}`
		return before + strings.Repeat("x", size-len(before)-len(after)) + after
	}
	a.do(http.MethodPost, project+"/policies", policy(maxBody+1)).requireProblem(http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE")
	a.do(http.MethodPost, project+"/policies", policy(maxBody)).requireStatus(http.StatusCreated)
}

func TestResponseHeaders(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now})
	project, _ := a.createProject("shop")
	seen := map[string]bool{}
	for _, res := range []*apiResponse{
		a.do(http.MethodGet, project, nil), a.do(http.MethodGet, project, nil), a.do(http.MethodGet, "/v1/nothing", nil),
		a.do(http.MethodPatch, project, fields{"name": ""}), a.do(http.MethodDelete, project, nil),
	} {
		id := res.header.Get("X-Request-Id")
		assert.NotEmpty(t, id)
		assert.False(t, seen[id], "request IDs are unique")
		seen[id] = true
		assert.Equal(t, "Sun, 01 Mar 2026 12:00:00 GMT", res.header.Get("Date"))
		if res.status >= http.StatusBadRequest {
			assert.Equal(t, id, res.body["request_id"])
			assert.NotEmpty(t, res.body["title"])
			assert.Contains(t, res.body["type"], "https://")
			assert.NotEmpty(t, res.body["instance"])
		}
	}
}

func TestMissingParentsAndObjects(t *testing.T) {
	a := start(t, Options{})
	const project = "/v1/projects/prj_none"
	for path, body := range map[string]fields{
		"/databases": databaseBody(), "/policies": {"name": "p"}, "/agents": {"name": "a", "policy_profile_id": "pol_none"},
		"/webhooks": {"url": "https://example.com"}, "/domains": {"domain": "example.com"},
		"/honeytokens": {"relation_name": "r", "action": "kill"}, "/anomaly-rules": {"metric": "active_hours"},
		"/approval-rules": {"name": "r"}, "/migrations:lint": {"sql": "SELECT 1"}, "/policy-evaluations": {"sql": "SELECT 1", "policy_id": "x"},
	} {
		a.do(http.MethodPost, project+path, body).requireProblem(http.StatusNotFound, "NOT_FOUND")
	}
	shop, _ := a.createProject("shop")
	for path, body := range map[string]fields{
		"/databases/db_none": nil, "/policies/pol_none": {"name": "p"}, "/agents/agt_none": nil, "/webhooks/whk_none": {"url": "https://example.com"},
		"/honeytokens/hnt_none": {"relation_name": "r", "action": "kill"}, "/anomaly-rules/anr_none": {"metric": "active_hours"},
		"/approval-rules/apl_none": {"name": "r"},
	} {
		a.do(http.MethodGet, shop+path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
		a.do(http.MethodDelete, shop+path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
		if body != nil {
			a.do(http.MethodPut, shop+path, body).requireProblem(http.StatusNotFound, "NOT_FOUND")
		}
	}
}

func TestHealth(t *testing.T) {
	a := start(t, Options{})
	assert.Equal(t, "ok", a.do(http.MethodGet, "/v1/health", nil).requireStatus(http.StatusOK).stringField("status"))
}

func TestInvalidOptions(t *testing.T) {
	for name, options := range map[string]Options{
		"empty key":    {APIKeys: map[string]string{"": "org_a"}},
		"organization": {APIKeys: map[string]string{"pbo_a": "org a"}},
		"plan":         {Plan: "golden"},
		"ssl_mode":     {Behaviour: Behaviour{DefaultSSLMode: "x"}},
		"pool_mode":    {Behaviour: Behaviour{DefaultPoolMode: "x"}},
	} {
		_, err := New(options)
		require.Error(t, err, name)
	}
}
