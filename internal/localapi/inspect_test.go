// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestObjects(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	a.createProject("second")
	objects := a.Objects("projects")
	require.Len(t, objects, 2)
	assert.Equal(t, a.do(http.MethodGet, project, nil).body, objects[0])
	assert.Equal(t, a.do(http.MethodGet, project+"/databases/"+database, nil).body, a.Objects("databases")[0])
	assert.NotNil(t, a.Objects("agents"))
	assert.Empty(t, a.Objects("agents"))
	assert.Nil(t, a.Objects("nothing"))
	for _, name := range []string{"self-host-enrollments", "enrollments", "anomaly_rules", "anomaly-rules", "plan"} {
		assert.NotNil(t, a.Objects(name), name)
	}
}

func TestEdit(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now})
	project, database := a.createProject("shop")
	id := lastSegment(project)
	now.advance(time.Minute)
	require.NoError(t, a.Edit("projects", id, fields{
		"name": "renamed", "cloud": "gcp", "status": "suspended", "queries_per_second": 7, "tags": []string{"x"},
		"allowed_cidrs": []fields{{"cidr": "10.0.0.0/8"}},
	}))
	read := a.do(http.MethodGet, project, nil).requireStatus(http.StatusOK)
	assertFields(t, fields{
		"name": "renamed", "cloud": "gcp", "status": "suspended", "queries_per_second": float64(7), "tags": []any{"x"},
		"updated_at": "2026-03-01T12:01:00Z",
	}, read.body)
	a.createProject("shop")
	require.Error(t, a.Edit("projects", id, fields{"name": "shop"}), "names remain unique")
	require.NoError(t, a.Edit("projects", id, fields{"updated_at": "2026-01-01T00:00:00Z", "name": "again"}))
	assert.Equal(t, "2026-01-01T00:00:00Z", a.do(http.MethodGet, project, nil).stringField("updated_at"))

	require.NoError(t, a.Edit("databases", database, fields{"password": "other"}))
	assert.Equal(t, "other", a.Secret("databases", database, "password"))
	agent := a.createAgent(project, "bot", a.createPolicy(project, "p"))
	require.NoError(t, a.Edit("agents", lastSegment(agent), fields{"last_used_at": now.Now(), "status": "revoked"}))
	assert.Equal(t, "2026-03-01T12:01:00Z", a.do(http.MethodGet, agent, nil).stringField("last_used_at"))
	a.createAgent(project, "bot", a.createPolicy(project, "p2"))

	require.Error(t, a.Edit("projects", id, fields{"colour": "red"}))
	require.Error(t, a.Edit("projects", id, fields{"name": 7}))
	require.Error(t, a.Edit("projects", id, fields{"name": nil}))
	require.Error(t, a.Edit("projects", "prj_none", fields{"name": "x"}))
	require.Error(t, a.Edit("nothing", id, fields{"name": "x"}))
	require.Error(t, a.Edit("projects", id, fields{"name": func() {}}))
}

func TestRemove(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	policy := a.createPolicy(project, "p")
	agent := a.createAgent(project, "bot", policy)
	require.ErrorContains(t, a.Remove("policies", policy), "CONFLICT")
	require.NoError(t, a.Remove("agents", lastSegment(agent)))
	assert.Equal(t, "revoked", a.do(http.MethodGet, agent, nil).stringField("status"))
	require.NoError(t, a.Remove("policies", policy))
	require.NoError(t, a.Remove("databases", database))
	require.NoError(t, a.Remove("projects", lastSegment(project)))
	a.do(http.MethodGet, project, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	require.Error(t, a.Remove("projects", lastSegment(project)))
	require.Error(t, a.Remove("nothing", "x"))
}

func TestRequests(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	a.ResetRequests()
	a.do(http.MethodGet, project+"/policies?page_size=5", nil).requireStatus(http.StatusOK)
	a.do(http.MethodPatch, project, fields{"name": "x"}, "If-Match", "*").requireStatus(http.StatusOK)
	a.do(http.MethodGet, "/v1/nothing", nil).requireStatus(http.StatusNotFound)
	requests := a.Requests()
	require.Len(t, requests, 3)
	assert.Equal(t, "5", requests[0].Query.Get("page_size"))
	assert.Equal(t, "Bearer "+a.APIKey, requests[0].Header.Get("Authorization"))
	assert.JSONEq(t, `{"policies":[]}`, string(requests[0].ResponseBody))
	assert.JSONEq(t, `{"name":"x"}`, string(requests[1].RequestBody))
	assert.Equal(t, "*", requests[1].Header.Get("If-Match"))
	assert.Equal(t, http.StatusOK, requests[1].Status)
	assert.Equal(t, []string{jsonType}, requests[1].ResponseHeader["Content-Type"])

	for pattern, want := range map[[2]string]int{
		{"GET", "/v1/projects/*/policies"}: 1, {"*", "/v1/projects/*"}: 1, {"", ""}: 3, {"GET", "/v1/projects/*"}: 0, {"*", "/v1/*"}: 1,
		{"PATCH", project}: 1,
	} {
		assert.Equal(t, want, a.Count(pattern[0], pattern[1]), pattern)
	}
}

func TestKeepRequests(t *testing.T) {
	kept := start(t, Options{KeepRequests: 2})
	for _, path := range []string{"/v1/health", "/v1/regions", "/v1/plans", "/v1/organizations", "/v1/regions", "/v1/health"} {
		kept.do(http.MethodGet, path, nil).requireStatus(http.StatusOK)
	}
	requests := kept.Requests()
	require.Len(t, requests, 2)
	assert.Equal(t, "/v1/regions", requests[0].Path)
	assert.Equal(t, "/v1/health", requests[1].Path)

	none := start(t, Options{DiscardRequests: true})
	none.do(http.MethodGet, "/v1/health", nil).requireStatus(http.StatusOK)
	assert.Empty(t, none.Requests())
}
