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

// TestAnomalyRuleScopeChangesInPlace also checks that an update sends the whole rule.
func TestAnomalyRuleScopeChangesInPlace(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	agent := env.Agent(project, "bot")
	inputs := object{"projectId": project.ID, "metric": "queries_per_hour", "sigmaThreshold": 3.5}
	rule := env.Create("AnomalyRule", "rule", inputs)
	env.Local.ResetRequests()
	env.Up(rule, enginetest.With(inputs, object{"credentialId": agent.ID}))
	assert.Equal(t, object{
		"credential_id": agent.ID, "metric": "queries_per_hour", "sigma_threshold": 3.5, "enabled": true, // an omitted field is null
	}, env.RequestBody("PUT", "/v1/projects/*/anomaly-rules/*"))
	env.Up(rule, inputs)
	assert.Nil(t, env.Local.Objects("anomaly-rules")[0]["credential_id"])
}

// TestAnomalyRuleRejectsUnsupportedThresholds also checks that an unknown metric does not
// hide invalid thresholds.
func TestAnomalyRuleRejectsUnsupportedThresholds(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project().ID
	for _, metric := range []string{"distinct_shapes", "active_hours"} {
		_, failures := env.Engine.Check(&enginetest.Resource{Kind: "AnomalyRule", Name: "rule"}, enginetest.Inputs(object{
			"projectId": project, "metric": metric, "floor": 1, "sigmaThreshold": 2,
		}))
		require.Len(t, failures, 2)
		assert.Equal(t, "floor", failures[0].Property)
		assert.Equal(t, "sigmaThreshold", failures[1].Property)
		assert.Contains(t, failures[1].Reason, metric)
	}
	_, failures := env.Engine.Check(&enginetest.Resource{Kind: "AnomalyRule", Name: "rule"}, enginetest.Inputs(object{
		"projectId": project, "metric": enginetest.Unknown, "floor": 0, "sigmaThreshold": -1,
	}))
	assert.Len(t, failures, 2)
}

func TestAnomalyRuleIsUniqueInItsScope(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"projectId": env.Project().ID, "metric": "active_hours"}
	env.Create("AnomalyRule", "rule", inputs)
	result := env.Engine.Up(&enginetest.Resource{Kind: "AnomalyRule", Name: "second"}, enginetest.Inputs(inputs))
	require.ErrorContains(t, result.Err, "409 RESOURCE_EXISTS")
}
