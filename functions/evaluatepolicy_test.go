// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const evaluationsPath = "/v1/projects/*/policy-evaluations"

// TestEvaluatePolicyInEachForm evaluates the same policy by its ID, inline, and as that of a
// credential.
func TestEvaluatePolicyInEachForm(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	statements := []any{"SELECT email FROM users", "SELECT id FROM orders", "DROP TABLE users", "SELECT 1"}
	inline := object{
		"maskingRules": []any{object{"table": "users", "column": "email", "kind": "hash"}},
		"rowFilters":   []any{object{"table": "orders", "predicate": "region = 'eu'"}},
	}
	for _, form := range []struct {
		inputs   object
		requests int
	}{
		{object{"policyProfileId": env.policy.ID}, 4},
		{object{"policyProfileId": env.project.ID + "/" + env.policy.ID}, 4},
		{object{"policy": inline}, 4},
		{object{"agentCredentialId": env.agent.ID}, 5},
	} {
		env.Engine = enginetest.New(t, env.Local)
		env.Local.ResetRequests()
		results := env.invoke("evaluatePolicy", env.inProject(enginetest.With(form.inputs, object{"statements": statements})))["results"].([]any)
		assert.Len(t, env.Local.Requests(), form.requests, "%v", form.inputs)
		assert.Equal(t, 4, env.Local.Count("POST", evaluationsPath))
		require.Len(t, results, 4)
		masked, filtered, blocked, allowed := results[0].(object), results[1].(object), results[2].(object), results[3].(object)
		for i, result := range results {
			assert.Equal(t, statements[i], result.(object)["sql"], "in the order of the statements")
			assert.NotEmpty(t, result.(object)["reason"])
			assert.IsType(t, []any{}, result.(object)["notes"])
		}
		assert.Equal(t, "mask", masked["verdict"])
		assert.Equal(t, "ok", masked["rule"])
		assert.Equal(t, []any{object{"column": "email", "kind": "hash"}}, masked["maskedColumns"])
		assert.NotContains(t, masked, "rowFilterPredicate")
		assert.NotContains(t, masked, "rewrittenSql")
		assert.NotContains(t, masked, "hint")

		assert.Equal(t, "row-filter", filtered["verdict"])
		assert.Contains(t, filtered["rowFilterPredicate"], "region = 'eu'")
		assert.Contains(t, filtered["rewrittenSql"], "region = 'eu'")
		assert.Equal(t, []any{}, filtered["maskedColumns"])

		assert.Equal(t, "block", blocked["verdict"])
		assert.NotEqual(t, "ok", blocked["rule"])
		assert.NotEmpty(t, blocked["hint"])
		assert.Equal(t, []any{}, blocked["maskedColumns"])

		assert.Equal(t, "allow", allowed["verdict"])
	}
}

// TestEvaluatePolicySendsOneRequestForEqualStatements returns a result for each of them.
func TestEvaluatePolicySendsOneRequestForEqualStatements(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	statements := []any{"SELECT 1", "SELECT 2", "SELECT 1", "SELECT 1"}
	results := env.invoke("evaluatePolicy", env.inProject(object{"policyProfileId": env.policy.ID, "statements": statements}))["results"].([]any)
	assert.Equal(t, 2, env.Local.Count("POST", evaluationsPath))
	for i, result := range results {
		assert.Equal(t, statements[i], result.(object)["sql"])
		assert.Equal(t, "allow", result.(object)["verdict"])
	}
}

// TestEvaluatePolicySendsTheInlinePolicy with the name that the API requires.
func TestEvaluatePolicySendsTheInlinePolicy(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	inputs := object{"policy": object{"accessMode": "read_write", "tableAllowlist": []any{"orders"}}, "statements": []any{"SELECT 1"}}
	env.invoke("evaluatePolicy", env.inProject(inputs))
	policy := env.RequestBody("POST", evaluationsPath)["policy"].(object)
	assert.NotEmpty(t, policy["name"])
	assert.Equal(t, "read_write", policy["access_mode"])
	assert.Equal(t, []any{"orders"}, policy["table_allowlist"])
	inputs["policy"].(object)["name"] = "mine"
	env.invoke("evaluatePolicy", env.inProject(inputs))
	assert.Equal(t, "mine", env.RequestBody("POST", evaluationsPath)["policy"].(object)["name"])
}

func TestEvaluatePolicyFailsIfAnyStatementDoes(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.Local.AddFault(localapi.Fault{Method: "POST", Path: evaluationsPath, Skip: 1, Times: 1, Status: 400})
	message := env.InvokeError("evaluatePolicy", env.inProject(object{"policyProfileId": env.policy.ID, "statements": []any{"SELECT 1", "SELECT 2"}}))
	assert.Contains(t, message, "policy-evaluations: 400 INVALID_INPUT")

	message = env.InvokeError("evaluatePolicy", env.inProject(object{"policyProfileId": "pol_missing", "statements": []any{"SELECT 1"}}))
	assert.Contains(t, message, "policyProfileId: is not a policy profile of this project")

	require.NoError(t, env.Local.Remove("agents", env.agent.ID))
	message = env.InvokeError("evaluatePolicy", env.inProject(object{"agentCredentialId": env.agent.ID, "statements": []any{"SELECT 1"}}))
	assert.Contains(t, message, "invoking evaluatePolicy: the agent credential "+env.agent.ID+" has been revoked")
}
