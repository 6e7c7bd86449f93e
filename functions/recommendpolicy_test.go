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

const recommendationPath = "/v1/projects/*/agents/*/policy-recommendation"

// TestRecommendPolicyReturnsTheInputsOfAPolicy creates a policy profile from the candidate.
func TestRecommendPolicyReturnsTheInputsOfAPolicy(t *testing.T) {
	t.Parallel()
	for name, statements := range map[string][]string{
		"reads and writes": {"SELECT email FROM users", "UPDATE orders SET total = 1 WHERE id = 2"},
		"no table":         {"SELECT 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t, localapi.Options{QueryShapes: statements})
			result := env.invoke("recommendPolicy", env.inProject(object{"agentCredentialId": env.agent.ID}))
			assert.Equal(t, true, result["sufficientHistory"])
			assert.NotContains(t, result, "message")
			assert.Equal(t, float64(len(statements)), result["observedQueries"])
			assert.Equal(t, float64(len(statements)), result["observedEntries"])
			assert.IsType(t, []any{}, result["notes"])
			assert.NotEmpty(t, result["windowStart"])
			assert.NotEmpty(t, result["windowEnd"])
			replay := result["replay"].(object)
			assert.Len(t, replay["items"], len(statements))
			assert.Equal(t, 0.0, replay["summary"].(object)["newlyBlocked"])

			candidate := result["candidate"].(object)
			assert.NotContains(t, candidate, "maxRows", "the candidate does not limit it")
			policy := env.Create("PolicyProfile", "candidate", env.inProject(candidate))
			assert.Equal(t, candidate["accessMode"], policy.State.Get("accessMode").AsString())
			env.invoke("evaluatePolicy", env.inProject(object{"policy": candidate, "statements": []any{"SELECT 1"}}))
		})
	}
}

func TestRecommendPolicyWithoutEnoughHistory(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	result := env.invoke("recommendPolicy", env.inProject(object{"agentCredentialId": env.agent.ID}))
	assert.Equal(t, false, result["sufficientHistory"])
	assert.NotEmpty(t, result["message"])
	assert.NotContains(t, result, "candidate")
	assert.NotContains(t, result, "replay")
	assert.Equal(t, 0.0, result["observedQueries"])
	assert.Equal(t, []any{}, result["notes"])
}

func TestRecommendPolicySendsWhatIsSet(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{QueryShapes: []string{"SELECT 1", "SELECT a FROM b"}})
	inputs := env.inProject(object{"agentCredentialId": env.agent.ID, "lookbackDays": 365, "limit": 1})
	assert.Equal(t, 1.0, env.invoke("recommendPolicy", inputs)["observedQueries"])
	assert.Equal(t, object{"lookback_days": 365.0, "limit": 1.0}, env.RequestBody("POST", recommendationPath))
	env.invoke("recommendPolicy", enginetest.Without(inputs, "lookbackDays", "limit"))
	body := env.Local.Requests()[1].RequestBody
	require.Subset(t, []string{"", "{}"}, []string{string(body)}, "the API has its own defaults")
}
