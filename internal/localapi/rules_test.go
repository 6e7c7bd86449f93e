// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHoneytokensWithCaseSensitiveNames(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{CaseSensitiveNames: true}})
	project, _ := a.createProject("shop")
	for _, name := range []string{"users", "Users"} {
		a.create(project+"/honeytokens", fields{"relation_name": name, "action": "kill"})
		a.do(http.MethodPost, project+"/honeytokens", fields{"relation_name": name, "action": "kill"}).
			requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	}
}

func TestHoneytokens(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	created := a.do(http.MethodPost, project+"/honeytokens", fields{"relation_name": "bait", "action": "kill", "schema_name": ""}).
		requireStatus(http.StatusCreated)
	assert.Regexp(t, `^hnt_`, created.body["id"])
	assertFields(t, fields{"relation_name": "bait", "action": "kill", "schema_name": nil, "project_id": lastSegment(project)}, created.body)
	path := project + "/honeytokens/" + created.stringField("id")
	assert.Equal(t, created.body, a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK).body)

	for _, schema := range []any{nil, "", "public", "Public"} {
		a.do(http.MethodPost, project+"/honeytokens", fields{"relation_name": "Bait", "action": "kill", "schema_name": schema}).
			requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	}
	second := a.create(project+"/honeytokens", fields{"relation_name": "bait", "action": "kill", "schema_name": "billing"})
	a.do(http.MethodPut, second, fields{"relation_name": "bait", "action": "kill"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	replaced := a.do(http.MethodPut, path, fields{"relation_name": "bait", "action": "audit_only"}).requireStatus(http.StatusOK)
	assert.Equal(t, "audit_only", replaced.body["action"])
	a.do(http.MethodDelete, path, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodPut, second, fields{"relation_name": "bait", "action": "kill"}).requireStatus(http.StatusOK)

	inputs := []invalidInput{
		{"nothing", fields{"relation_name": absent, "action": absent}, []string{"relation_name", "action"}},
		{"empty", fields{"relation_name": ""}, []string{"relation_name"}},
		{"long", fields{"relation_name": strings.Repeat("x", 256), "schema_name": strings.Repeat("x", 256)}, []string{"relation_name", "schema_name"}},
		{"action", fields{"action": "bark"}, []string{"action"}},
		{"enabled", fields{"enabled": true}, []string{"enabled"}},
	}
	a.requireAllInvalid(http.MethodPost, project+"/honeytokens", fields{"relation_name": "r", "action": "kill"}, inputs)
	a.requireAllInvalid(http.MethodPut, second, fields{"relation_name": "r", "action": "kill"}, inputs)
}

func TestAnomalyRules(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	other, _ := a.createProject("other")
	policy := a.createPolicy(project, "p")
	agent := lastSegment(a.createAgent(project, "bot", policy))
	revoked := a.createAgent(project, "gone", policy)
	a.do(http.MethodDelete, revoked, nil).requireStatus(http.StatusNoContent)
	otherAgent := lastSegment(a.createAgent(other, "bot", a.createPolicy(other, "p")))

	created := a.do(http.MethodPost, project+"/anomaly-rules", fields{
		"metric": "queries_per_hour", "credential_id": agent, "sigma_threshold": 2.5, "floor": 10, "enabled": false,
	}).requireStatus(http.StatusCreated)
	assert.Regexp(t, `^anr_`, created.body["id"])
	assertFields(t, fields{
		"metric": "queries_per_hour", "credential_id": agent, "sigma_threshold": 2.5, "floor": float64(10), "enabled": false,
	}, created.body)
	path := project + "/anomaly-rules/" + created.stringField("id")
	replaced := a.do(http.MethodPut, path, fields{"metric": "errors_per_hour"}).requireStatus(http.StatusOK)
	assertFields(t, fields{
		"metric": "errors_per_hour", "credential_id": nil, "sigma_threshold": nil, "floor": nil, "enabled": true,
	}, replaced.body)

	a.do(http.MethodPost, project+"/anomaly-rules", fields{"metric": "errors_per_hour"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	second := a.create(project+"/anomaly-rules", fields{"metric": "errors_per_hour", "credential_id": agent})
	a.do(http.MethodPut, second, fields{"metric": "errors_per_hour"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	a.create(project+"/anomaly-rules", fields{"metric": "active_hours", "sigma_threshold": nil, "floor": nil})

	inputs := []invalidInput{
		{"nothing", fields{"metric": absent}, []string{"metric"}},
		{"metric", fields{"metric": "mood"}, []string{"metric"}},
		{"zero", fields{"sigma_threshold": 0, "floor": 0}, []string{"sigma_threshold", "floor"}},
		{"negative", fields{"sigma_threshold": -1}, []string{"sigma_threshold"}},
		{"metric without thresholds", fields{"metric": "active_hours", "sigma_threshold": 1, "floor": 1}, []string{"sigma_threshold", "floor"}},
		{"shapes", fields{"metric": "distinct_shapes", "floor": 1}, []string{"floor"}},
		{"credential of another project", fields{"credential_id": otherAgent}, []string{"credential_id"}},
		{"revoked credential", fields{"credential_id": lastSegment(revoked)}, []string{"credential_id"}},
		{"no credential", fields{"credential_id": "agt_none"}, []string{"credential_id"}},
		{"null", fields{"enabled": nil}, []string{"enabled"}},
	}
	a.requireAllInvalid(http.MethodPost, project+"/anomaly-rules", fields{"metric": "bytes_per_hour"}, inputs)
	a.requireAllInvalid(http.MethodPut, second, fields{"metric": "bytes_per_hour"}, inputs)
	a.do(http.MethodDelete, path, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodGet, path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
}

func TestApprovalRules(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	other, _ := a.createProject("other")
	created := a.do(http.MethodPost, project+"/approval-rules", fields{
		"name": "writes", "statement_kinds": []string{"insert", "ddl"}, "schema_name": "billing", "relation_name": "invoices",
		"min_affected_rows": 10, "enabled": false,
	}).requireStatus(http.StatusCreated)
	assert.Regexp(t, `^apl_`, created.body["id"])
	assertFields(t, fields{
		"name": "writes", "statement_kinds": []any{"insert", "ddl"}, "schema_name": "billing", "relation_name": "invoices",
		"min_affected_rows": float64(10), "enabled": false,
	}, created.body)
	path := project + "/approval-rules/" + created.stringField("id")
	replaced := a.do(http.MethodPut, path, fields{"name": "writes", "schema_name": "", "relation_name": nil}).requireStatus(http.StatusOK)
	assertFields(t, fields{
		"statement_kinds": []any{}, "schema_name": nil, "relation_name": nil, "min_affected_rows": nil, "enabled": true,
	}, replaced.body)

	a.do(http.MethodPost, project+"/approval-rules", fields{"name": "writes"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	a.create(other+"/approval-rules", fields{"name": "writes"})
	second := a.create(project+"/approval-rules", fields{"name": "more"})
	a.do(http.MethodPut, second, fields{"name": "writes"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")

	inputs := []invalidInput{
		{"nothing", fields{"name": absent}, []string{"name"}},
		{"blank", fields{"name": " \t"}, []string{"name"}},
		{"long", fields{"name": strings.Repeat("x", 256)}, []string{"name"}},
		{"kind", fields{"statement_kinds": []string{"insert", "select"}}, []string{"statement_kinds.1"}},
		{"null kinds", fields{"statement_kinds": nil}, []string{"statement_kinds"}},
		{"no rows", fields{"min_affected_rows": 0}, []string{"min_affected_rows"}},
		{"beyond 32 bits", fields{"min_affected_rows": 1 << 31}, []string{"min_affected_rows"}},
		{"schema", fields{"schema_name": strings.Repeat("x", 256)}, []string{"schema_name"}},
	}
	a.requireAllInvalid(http.MethodPost, project+"/approval-rules", fields{"name": "r"}, inputs)
	a.requireAllInvalid(http.MethodPut, second, fields{"name": "r"}, inputs)
	a.do(http.MethodDelete, path, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodGet, path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
}
