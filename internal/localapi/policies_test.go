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

// fullPolicy sets every field to a value that is not its default.
func fullPolicy() fields {
	return fields{
		"name": "full", "access_mode": "read_write",
		"statement_rules": fields{"allow": []any{"select"}, "deny": []any{"copy"}},
		"table_allowlist": []any{"public.orders"}, "table_denylist": []any{"secrets"},
		"masking_rules":           []any{fields{"table": "users", "column": "email", "kind": "null"}},
		"row_filters":             []any{fields{"table": "orders", "predicate": "tenant = 1"}},
		"budget_queries_per_hour": float64(1), "budget_queries_per_day": float64(2), "max_rows": float64(3), "statement_timeout_ms": float64(4),
		"write_mode": "rollback", "approval_mode": "ddl", "approval_auto_max_rows": float64(5), "approval_timeout_seconds": float64(6),
		"migration_safety": "warn", "egress_bytes_per_day": float64(1 << 40), "max_affected_rows": float64(7),
		"content_scan_mode": "block", "content_scan_max_bytes": float64(8),
	}
}

func assertFields(t *testing.T, want, got fields) {
	t.Helper()
	for name, v := range want {
		assert.Equal(t, v, got[name], name)
	}
}

var policyDefaults = fields{
	"access_mode": "read_only", "table_allowlist": []any{}, "table_denylist": []any{}, "masking_rules": []any{}, "row_filters": []any{},
	"budget_queries_per_hour": float64(0), "budget_queries_per_day": float64(0), "max_rows": float64(0), "statement_timeout_ms": float64(0),
	"write_mode": "normal", "approval_mode": "off", "approval_auto_max_rows": float64(0), "approval_timeout_seconds": float64(300),
	"migration_safety": "off", "egress_bytes_per_day": float64(0), "max_affected_rows": float64(0), "content_scan_mode": "off",
	"content_scan_max_bytes": float64(0),
}

func TestReplacePolicy(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	created := a.do(http.MethodPost, project+"/policies", fullPolicy()).requireStatus(http.StatusCreated)
	assert.Regexp(t, `^pol_`, created.body["id"])
	assertFields(t, fullPolicy(), created.body)
	path := project + "/policies/" + created.stringField("id")
	assert.Equal(t, created.body, a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK).body)

	replaced := a.do(http.MethodPut, path, fields{"name": "bare"}).requireStatus(http.StatusOK)
	assertFields(t, policyDefaults, replaced.body)
	assert.NotContains(t, replaced.body, "statement_rules")
	assertFields(t, fields{"id": created.body["id"], "name": "bare", "created_at": created.body["created_at"]}, replaced.body)
	assert.Greater(t, replaced.stringField("updated_at"), created.stringField("updated_at"))
}

func TestPolicyRejectsInvalidInput(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	path := project + "/policies/" + a.createPolicy(project, "readers")
	inputs := []invalidInput{
		{"no name", fields{"name": absent}, []string{"name"}},
		{"long name", fields{"name": strings.Repeat("x", 129)}, []string{"name"}},
		{"access_mode", fields{"access_mode": "all"}, []string{"access_mode"}},
		{"write_mode", fields{"write_mode": "x"}, []string{"write_mode"}},
		{"approval_mode", fields{"approval_mode": "x"}, []string{"approval_mode"}},
		{"migration_safety", fields{"migration_safety": "x"}, []string{"migration_safety"}},
		{"content_scan_mode", fields{"content_scan_mode": "x"}, []string{"content_scan_mode"}},
		{
			"masking rule",
			fields{"masking_rules": []fields{{"table": "t", "column": "c", "kind": "hash"}, {"table": "t", "kind": "blur"}}},
			[]string{"masking_rules.1.column", "masking_rules.1.kind"},
		},
		{
			"kind is null",
			fields{"masking_rules": []fields{{"table": "t", "column": "c", "kind": nil}}},
			[]string{"masking_rules.0.kind"},
		},
		{"row filter", fields{"row_filters": []fields{{"table": "t"}}}, []string{"row_filters.0.predicate"}},
		{"list of numbers", fields{"table_allowlist": []int{1}}, []string{"table_allowlist.0"}},
		{"statement_rules", fields{"statement_rules": fields{"permit": []string{}}}, []string{"statement_rules.permit"}},
		{"nulls", fields{"max_rows": nil, "table_denylist": nil, "statement_rules": nil}, []string{"max_rows", "table_denylist", "statement_rules"}},
		{"read-only fields", fields{"id": "pol_x", "project_id": "prj_x"}, []string{"id", "project_id"}},
	}
	for _, name := range []string{
		"budget_queries_per_hour", "budget_queries_per_day", "max_rows", "statement_timeout_ms", "approval_auto_max_rows",
		"approval_timeout_seconds", "egress_bytes_per_day", "max_affected_rows", "content_scan_max_bytes",
	} {
		inputs = append(inputs, invalidInput{"negative " + name, fields{name: -1}, []string{name}})
	}
	a.requireAllInvalid(http.MethodPost, project+"/policies", fields{"name": "p"}, inputs)
	a.requireAllInvalid(http.MethodPut, path, fields{"name": "p"}, inputs)
	assert.Len(t, a.Objects("policies"), 1)
}

func TestPolicyNameIsUniqueInTheProject(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	other, _ := a.createProject("other")
	a.createPolicy(project, "readers")
	a.createPolicy(other, "readers")
	a.do(http.MethodPost, project+"/policies", fields{"name": "readers"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	// The contract does not declare a 409 for PUT.
	path := project + "/policies/" + a.createPolicy(project, "writers")
	a.do(http.MethodPut, path, fields{"name": "readers"}).requireInvalid("name")
	a.do(http.MethodPut, path, fields{"name": "writers", "max_rows": 1}).requireStatus(http.StatusOK)
	a.do(http.MethodDelete, path, nil).requireStatus(http.StatusNoContent)
	a.createPolicy(project, "writers")
}

func TestPolicyInUseCannotBeDeleted(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	policy := a.createPolicy(project, "readers")
	agent := a.createAgent(project, "bot", policy)
	path := project + "/policies/" + policy
	rejected := a.do(http.MethodDelete, path, nil).requireProblem(http.StatusConflict, "CONFLICT")
	assert.NotContains(t, string(rejected.raw), "agent_")
	a.do(http.MethodPatch, agent, fields{"status": "disabled"}).requireStatus(http.StatusOK)
	a.do(http.MethodDelete, path, nil).requireProblem(http.StatusConflict, "CONFLICT")
	a.do(http.MethodDelete, agent, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodDelete, path, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodGet, path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
}

func TestDeletingTheDefaultPolicy(t *testing.T) {
	for name, rejected := range map[string]bool{"clears the default": false, "is rejected": true} {
		t.Run(name, func(t *testing.T) {
			a := start(t, Options{Behaviour: Behaviour{DefaultPolicyDeleteAnswers409: rejected}})
			project, _ := a.createProject("shop")
			policy := a.createPolicy(project, "readers")
			a.do(http.MethodPatch, project, fields{"default_policy_profile_id": policy}).requireStatus(http.StatusOK)
			if rejected {
				a.do(http.MethodDelete, project+"/policies/"+policy, nil).requireProblem(http.StatusConflict, "CONFLICT")
				require.Error(t, a.Remove("policies", policy))
				assert.Equal(t, policy, a.do(http.MethodGet, project, nil).body["default_policy_profile_id"])
				return
			}
			a.do(http.MethodDelete, project+"/policies/"+policy, nil).requireStatus(http.StatusNoContent)
			assert.Nil(t, a.do(http.MethodGet, project, nil).body["default_policy_profile_id"])
		})
	}
}

func TestOmitDefaults(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{OmitDefaults: true}})
	project, database := a.createProject("shop")
	keys := func(body fields) []string {
		var names []string
		for name := range body {
			names = append(names, name)
		}
		return names
	}
	assert.ElementsMatch(t, []string{"id", "org_id", "name", "proxy_host", "database_count", "status", "created_at", "updated_at"},
		keys(a.do(http.MethodGet, project, nil).body))
	policy := a.do(http.MethodPost, project+"/policies", fields{"name": "p", "max_rows": 5}).requireStatus(http.StatusCreated)
	assert.ElementsMatch(t, []string{
		"id", "project_id", "name", "access_mode", "table_allowlist", "table_denylist", "masking_rules", "max_rows", "created_at", "updated_at",
	}, keys(policy.body))
	agent := a.do(http.MethodPost, project+"/agents", fields{"name": "a", "policy_profile_id": policy.stringField("id")}).requireStatus(http.StatusCreated)
	assert.ElementsMatch(t, []string{
		"id", "project_id", "policy_profile_id", "name", "pg_username", "status", "created_at", "updated_at",
	}, keys(agent.objectField("credential")))
	read := a.do(http.MethodGet, project+"/databases/"+database, nil)
	assert.NotContains(t, read.body, "role")
	assert.NotContains(t, read.objectField("pool_config"), "max_active")
	assert.Contains(t, read.objectField("pool_config"), "pool_size")
}
