// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
)

// TestAnomalyRuleMovesItsScopeInPlace, and is sent whole.
func TestAnomalyRuleMovesItsScopeInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	project := w.Project()
	agent := w.Agent(project, "bot")
	inputs := object{"projectId": project.ID, "metric": "queries_per_hour", "sigmaThreshold": 3.5}
	rule := w.Create("AnomalyRule", "rule", inputs)
	w.Local.ResetRequests()
	w.Up(rule, with(inputs, object{"credentialId": agent.ID}))
	assert.Equal(t, object{
		"credential_id": agent.ID, "metric": "queries_per_hour", "sigma_threshold": 3.5, "enabled": true, // left out or null is one
	}, sent(t, w, "PUT", "/v1/projects/*/anomaly-rules/*"))
	w.Up(rule, inputs)
	assert.Nil(t, w.Local.Objects("anomaly-rules")[0]["credential_id"])
}

// TestAnomalyRuleThresholdsWithoutARate are refused before any request.
func TestAnomalyRuleThresholdsWithoutARate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	project := w.Project().ID
	for _, metric := range []string{"distinct_shapes", "active_hours"} {
		_, failures := w.Engine.Check(&enginetest.Resource{Kind: "AnomalyRule", Name: "rule"}, enginetest.Inputs(object{
			"projectId": project, "metric": metric, "floor": 1, "sigmaThreshold": 2,
		}))
		require.Len(t, failures, 2)
		assert.Equal(t, "floor", failures[0].Property)
		assert.Equal(t, "sigmaThreshold", failures[1].Property)
		assert.Contains(t, failures[1].Reason, metric)
	}
	_, failures := w.Engine.Check(&enginetest.Resource{Kind: "AnomalyRule", Name: "rule"}, enginetest.Inputs(object{
		"projectId": project, "metric": enginetest.Unknown, "floor": 0, "sigmaThreshold": -1,
	}))
	assert.Len(t, failures, 2)
}

func TestAnomalyRuleOfAScopeThatHasOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := object{"projectId": w.Project().ID, "metric": "active_hours"}
	w.Create("AnomalyRule", "rule", inputs)
	result := w.Engine.Up(&enginetest.Resource{Kind: "AnomalyRule", Name: "second"}, enginetest.Inputs(inputs))
	require.ErrorContains(t, result.Err, "409 RESOURCE_EXISTS")
}
