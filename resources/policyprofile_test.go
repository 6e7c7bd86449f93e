// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestPolicyProfileUpdateSendsAllFields checks that a PUT omits no field: the API would
// reset it, which would loosen the policy.
func TestPolicyProfileUpdateSendsAllFields(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{
		"projectId": env.Project().ID, "name": "analytics", "tableAllowlist": []string{"orders"}, "maxRows": 100,
		"maskingRules": []any{object{"table": "users", "column": "phone", "kind": "null"}},
	}
	policy := env.Create("PolicyProfile", "analytics", inputs)
	// An update keeps a value that was set outside of Pulumi and read by a refresh.
	require.NoError(t, env.Local.Edit("policies", policy.ID, object{"statement_timeout_ms": 5000}))
	env.Refresh(policy)
	env.RequireNoChanges(policy, inputs)

	env.Local.ResetRequests()
	env.Up(policy, enginetest.With(inputs, object{"maxRows": 50}))
	body := env.RequestBody("PUT", "/v1/projects/*/policies/*")
	for _, field := range []string{
		"name", "access_mode", "statement_rules", "table_allowlist", "table_denylist", "masking_rules", "row_filters",
		"budget_queries_per_hour", "budget_queries_per_day", "max_rows", "max_affected_rows", "statement_timeout_ms", "write_mode",
		"approval_mode", "approval_auto_max_rows", "approval_timeout_seconds", "migration_safety", "egress_bytes_per_day",
		"content_scan_mode", "content_scan_max_bytes",
	} {
		assert.Contains(t, body, field)
	}
	assert.Len(t, body, 20)
	assert.Equal(t, 50.0, body["max_rows"])
	assert.Equal(t, 5000.0, body["statement_timeout_ms"])
	assert.Equal(t, []any{object{"table": "users", "column": "phone", "kind": "null"}}, body["masking_rules"], "null is a string")
	assert.Len(t, env.Local.Requests(), 1)
}

func TestPolicyProfileListsAreCompared(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"projectId": env.Project().ID, "tableDenylist": []string{"a", "b"}, "statementRules": object{"deny": []string{"copy", "ddl"}}}
	policy := env.Create("PolicyProfile", "analytics", inputs)
	env.RequireNoChanges(policy, enginetest.With(inputs, object{"tableDenylist": []string{"b", "a"}, "statementRules": object{"deny": []string{"ddl", "copy"}}}))
	masks := []any{object{"table": "users", "column": "a", "kind": "hash"}, object{"table": "users", "column": "b", "kind": "hash"}}
	env.Up(policy, enginetest.With(inputs, object{"maskingRules": masks}))
	preview := env.Engine.Preview(policy, enginetest.Inputs(enginetest.With(inputs, object{"maskingRules": []any{masks[0], object{"table": "users", "column": "b", "kind": "redact"}}})))
	assert.Contains(t, preview.Diff.DetailedDiff, "maskingRules[1].kind", "the diff has the path of the changed value")
	assert.Len(t, preview.Diff.DetailedDiff, 1)
}

func TestPolicyProfileInUseCannotBeDeleted(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	policy := env.Policy(project, "strict")
	agent := env.Create("AgentCredential", "bot", object{"projectId": project.ID, "policyProfileId": policy.ID, "name": "Support bot"})
	err := env.Engine.Delete(policy)
	require.Error(t, err)
	for _, part := range []string{"deleting PolicyProfile \"strict\" (" + policy.ID + ")", "409", agent.ID, "Support bot", "request ID"} {
		assert.Contains(t, err.Error(), part)
	}
	require.NoError(t, env.Engine.Delete(agent))
	require.NoError(t, env.Engine.Delete(policy))
}

// TestDefaultPolicyProfileCannotBeDeleted uses an API that refuses to delete the default
// profile of a project.
func TestDefaultPolicyProfileCannotBeDeleted(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{Behaviour: localapi.Behaviour{DefaultPolicyDeleteAnswers409: true}})
	project := env.Project()
	policy := env.Policy(project, "strict")
	defaultPolicy := env.Create("ProjectDefaultPolicy", "default", object{"projectId": project.ID, "policyProfileId": policy.ID})
	require.ErrorContains(t, env.Engine.Delete(policy), "the project's default may still use it")
	require.NoError(t, env.Engine.Delete(defaultPolicy))
	require.NoError(t, env.Engine.Delete(policy))
}

func TestErrorsOfFieldsNameTheProperty(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	env.Local.AddFault(localapi.Fault{
		Method: "POST", Path: "/v1/projects/*/policies", Status: 400, ContentType: "application/problem+json", After: true,
		Body: `{"type":"t","title":"Bad","status":400,"code":"INVALID_INPUT","errors":[{"field":"masking_rules.0.column","detail":"is not a column"}]}`,
	})
	result := env.Engine.Up(&enginetest.Resource{Kind: "PolicyProfile", Name: "strict"}, enginetest.Inputs(object{
		"projectId": env.Project().ID, "maskingRules": []any{object{"table": "users", "column": "x y", "kind": "redact"}},
	}))
	require.ErrorContains(t, result.Err, "maskingRules[0].column: is not a column")
}
