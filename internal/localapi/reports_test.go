// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSchemaCatalog(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	path := project + "/databases/" + database
	catalog := a.do(http.MethodGet, path+"/schema-catalog", nil).requireStatus(http.StatusOK)
	names := map[any]any{}
	for _, relation := range catalog.listField("relations") {
		names[relation["name"]] = relation["kind"]
	}
	assert.Equal(t, map[any]any{"users": "table", "orders": "table", "active_users": "view"}, names)
	assert.NotContains(t, catalog.body, "error")

	a.do(http.MethodPatch, path, fields{"host": "db.invalid"}).requireStatus(http.StatusOK)
	failed := a.do(http.MethodGet, path+"/schema-catalog", nil).requireStatus(http.StatusOK)
	assert.Empty(t, failed.listField("relations"))
	assert.NotEmpty(t, failed.stringField("error"))
	a.do(http.MethodGet, project+"/databases/db_missing/schema-catalog", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
}

func TestAuditVerification(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	path := project + "/audit-logs/verify"
	assertFields(t, fields{"ok": true, "verified_count": 0.0, "failure_reason": nil}, a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK).body)
	a.do(http.MethodGet, path+"?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z", nil).requireStatus(http.StatusOK)
	a.do(http.MethodGet, path+"?start=yesterday", nil).requireInvalid("start")
	a.do(http.MethodGet, path+"?start=2026-02-01T00:00:00Z&end=2026-01-01T00:00:00Z", nil).requireInvalid("start")
	a.do(http.MethodGet, "/v1/projects/prj_missing/audit-logs/verify", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
}

func TestAgentUsage(t *testing.T) {
	a := start(t, Options{Plan: "scale"})
	project, _ := a.createProject("shop")
	path := project + "/usage/agents"
	report := a.do(http.MethodGet, path+"?end=2026-03-31T00:00:00Z", nil).requireStatus(http.StatusOK)
	assertFields(t, fields{"requested_start": "2026-03-01T00:00:00Z", "requested_end": "2026-03-31T00:00:00Z", "complete": true}, report.body)
	assert.Empty(t, report.listField("agents"))
	assertFields(t, fields{"plan": "scale"}, report.objectField("marginal_rates"))
	a.do(http.MethodGet, path+"?start=2026-01-01T00:00:00Z&end=2026-04-03T00:00:00Z", nil).requireStatus(http.StatusOK)
	a.do(http.MethodGet, path+"?start=2026-01-01T00:00:00Z&end=2026-04-04T00:00:00Z", nil).requireInvalid("start")
}
