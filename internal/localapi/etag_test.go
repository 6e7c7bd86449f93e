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

func TestGetReturnsETag(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	for _, path := range []string{
		"/v1/health", "/v1/regions", "/v1/plans", "/v1/organizations", "/v1/organizations/" + a.OrgID + "/plan", project,
		"/v1/projects?org_id=" + a.OrgID, project + "/databases/" + database, project + "/policies",
	} {
		first := a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK)
		tag := first.header.Get("ETag")
		assert.Regexp(t, `^"[0-9a-f]{32}"$`, tag, path)
		assert.Equal(t, "private, no-cache", first.header.Get("Cache-Control"), path)
		for _, held := range []string{tag, "*", `"other", ` + tag, "W/" + tag} {
			same := a.do(http.MethodGet, path, nil, "If-None-Match", held).requireStatus(http.StatusNotModified)
			assert.Empty(t, same.raw)
			assert.Equal(t, tag, same.header.Get("ETag"))
		}
		a.do(http.MethodGet, path, nil, "If-None-Match", `"other"`).requireStatus(http.StatusOK)
	}
	tag := a.do(http.MethodGet, project, nil).header.Get("ETag")
	a.do(http.MethodPatch, project, fields{"description": "d"}).requireStatus(http.StatusOK)
	a.do(http.MethodGet, project, nil, "If-None-Match", tag).requireStatus(http.StatusOK)
	a.do(http.MethodGet, project, nil, "If-None-Match", strings.Repeat("x", 1025)).requireInvalid("If-None-Match")
}

func TestIfMatch(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	policy := project + "/policies/" + a.createPolicy(project, "readers")
	agent := a.createAgent(project, "bot", lastSegment(policy))
	writes := map[string]struct {
		method string
		body   fields
	}{
		project:                            {http.MethodPatch, fields{"description": "d"}},
		project + "/databases/" + database: {http.MethodPatch, fields{"port": 1}},
		agent:                              {http.MethodPatch, fields{"status": "disabled"}},
		policy:                             {http.MethodPut, fields{"name": "readers", "max_rows": 1}},
		a.create(project+"/webhooks", fields{"url": "https://example.com"}): {http.MethodPut, fields{"url": "https://example.com/x"}},
		a.create(project+"/honeytokens", fields{"relation_name": "r", "action": "kill"}): {
			http.MethodPut, fields{"relation_name": "r", "action": "audit_only"},
		},
		a.create(project+"/anomaly-rules", fields{"metric": "active_hours"}): {http.MethodPut, fields{"metric": "distinct_shapes"}},
		a.create(project+"/approval-rules", fields{"name": "r"}):             {http.MethodPut, fields{"name": "r2"}},
	}
	if doc := loadContract(t); doc != nil {
		guarded := 0
		for _, op := range contractOperations(doc) {
			if op.parametersIn("header")["If-Match"] != nil {
				guarded++
			}
		}
		require.Len(t, writes, guarded)
	}
	for path, write := range writes {
		before := a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK)
		tag := before.header.Get("ETag")
		for _, stale := range []string{`"stale"`, "W/" + tag} {
			rejected := a.do(write.method, path, write.body, "If-Match", stale).requireProblem(http.StatusPreconditionFailed, "PRECONDITION_FAILED")
			assert.Equal(t, tag, rejected.header.Get("ETag"), path)
		}
		assert.Equal(t, before.raw, a.do(http.MethodGet, path, nil).raw, path)
		a.do(write.method, path, write.body, "If-Match", `"x", `+tag).requireStatus(http.StatusOK)
		a.do(write.method, path, write.body, "If-Match", tag).requireProblem(http.StatusPreconditionFailed, "PRECONDITION_FAILED")
		a.do(write.method, path, write.body, "If-Match", "*").requireStatus(http.StatusOK)
		a.do(write.method, path, write.body).requireStatus(http.StatusOK)
	}
	a.do(http.MethodPatch, "/v1/projects/prj_none", fields{}, "If-Match", "*").requireProblem(http.StatusNotFound, "NOT_FOUND")
}

func TestVolatileFieldChangesETag(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	before := a.do(http.MethodGet, project, nil)
	require.NoError(t, a.Edit("projects", lastSegment(project), fields{"active_connections": 3}))
	after := a.do(http.MethodGet, project, nil)
	assert.NotEqual(t, before.header.Get("ETag"), after.header.Get("ETag"))
	assert.Equal(t, before.body["updated_at"], after.body["updated_at"])
}
