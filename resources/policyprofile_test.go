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

// TestPolicyProfileIsAlwaysSentWhole: the API sets what is left out back to its
// default, which would loosen the policy.
func TestPolicyProfileIsAlwaysSentWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := object{
		"projectId": w.Project().ID, "name": "analytics", "tableAllowlist": []string{"orders"}, "maxRows": 100,
		"maskingRules": []any{object{"table": "users", "column": "phone", "kind": "null"}},
	}
	policy := w.Create("PolicyProfile", "analytics", inputs)
	// What a colleague set by hand, and a refresh has seen, stays too.
	require.NoError(t, w.Local.Edit("policies", policy.ID, object{"statement_timeout_ms": 5000}))
	w.Refresh(policy)
	w.RequireNoChanges(policy, inputs)

	w.Local.ResetRequests()
	w.Up(policy, with(inputs, object{"maxRows": 50}))
	body := sent(t, w, "PUT", "/v1/projects/*/policies/*")
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
	assert.Equal(t, []any{object{"table": "users", "column": "phone", "kind": "null"}}, body["masking_rules"], "null is the text")
	assert.Len(t, w.Local.Requests(), 1)
}

func TestPolicyProfileListsWithoutOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := object{"projectId": w.Project().ID, "tableDenylist": []string{"a", "b"}, "statementRules": object{"deny": []string{"copy", "ddl"}}}
	policy := w.Create("PolicyProfile", "analytics", inputs)
	w.RequireNoChanges(policy, with(inputs, object{"tableDenylist": []string{"b", "a"}, "statementRules": object{"deny": []string{"ddl", "copy"}}}))
	masks := []any{object{"table": "users", "column": "a", "kind": "hash"}, object{"table": "users", "column": "b", "kind": "hash"}}
	w.Up(policy, with(inputs, object{"maskingRules": masks}))
	preview := w.Engine.Preview(policy, enginetest.Inputs(with(inputs, object{"maskingRules": []any{masks[0], object{"table": "users", "column": "b", "kind": "redact"}}})))
	assert.Contains(t, preview.Diff.DetailedDiff, "maskingRules[1].kind", "the diff names the leaf")
	assert.Len(t, preview.Diff.DetailedDiff, 1)
}

// TestPolicyProfileInUse: an error says who stands in the way.
func TestPolicyProfileInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	project := w.Project()
	policy := w.Policy(project, "strict")
	agent := w.Create("AgentCredential", "bot", object{"projectId": project.ID, "policyProfileId": policy.ID, "name": "Support bot"})
	err := w.Engine.Delete(policy)
	require.Error(t, err)
	for _, part := range []string{"deleting PolicyProfile \"strict\" (" + policy.ID + ")", "409", agent.ID, "Support bot", "request ID"} {
		assert.Contains(t, err.Error(), part)
	}
	require.NoError(t, w.Engine.Delete(agent))
	require.NoError(t, w.Engine.Delete(policy))
}

// TestPolicyProfileThatIsAProjectsDefault: where the API refuses to delete it,
// that is told too.
func TestPolicyProfileThatIsAProjectsDefault(t *testing.T) {
	t.Parallel()
	w := enginetest.NewEnv(t, localapi.Options{Behaviour: localapi.Behaviour{DefaultPolicyDeleteAnswers409: true}})
	project := w.Project()
	policy := w.Policy(project, "strict")
	tie := w.Create("ProjectDefaultPolicy", "tie", object{"projectId": project.ID, "policyProfileId": policy.ID})
	require.ErrorContains(t, w.Engine.Delete(policy), "the project's default may still use it")
	require.NoError(t, w.Engine.Delete(tie))
	require.NoError(t, w.Engine.Delete(policy))
}

// TestPolicyProfileRefusedByTheAPI: its words about a field are put where the
// program has the property.
func TestPolicyProfileRefusedByTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Local.AddFault(localapi.Fault{
		Method: "POST", Path: "/v1/projects/*/policies", Status: 400, ContentType: "application/problem+json", After: true,
		Body: `{"type":"t","title":"Bad","status":400,"code":"INVALID_INPUT","errors":[{"field":"masking_rules.0.column","detail":"is not a column"}]}`,
	})
	result := w.Engine.Up(&enginetest.Resource{Kind: "PolicyProfile", Name: "strict"}, enginetest.Inputs(object{
		"projectId": w.Project().ID, "maskingRules": []any{object{"table": "users", "column": "x y", "kind": "redact"}},
	}))
	require.ErrorContains(t, result.Err, "maskingRules[0].column: is not a column")
}
