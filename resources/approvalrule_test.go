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

// TestApprovalRuleIsAlwaysSentWhole: what is left out of a PUT has its default.
func TestApprovalRuleIsAlwaysSentWhole(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{EmptySchemaNames: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := object{"projectId": w.Project().ID, "name": "Deletes", "statementKinds": []string{"delete"}, "minAffectedRows": 10}
		rule := w.Create("ApprovalRule", "rule", inputs)
		w.Refresh(rule)
		w.RequireNoChanges(rule, inputs)
		w.Local.ResetRequests()
		w.Up(rule, with(inputs, object{"schemaName": "billing"}))
		assert.Equal(t, object{
			"name": "Deletes", "statement_kinds": []any{"delete"}, "schema_name": "billing", // left out or null is one
			"min_affected_rows": 10.0, "enabled": true,
		}, sent(t, w, "PUT", "/v1/projects/*/approval-rules/*"))
		w.RequireNoChanges(rule, with(inputs, object{"schemaName": "billing"}))
	})
}

func TestApprovalRuleNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := object{"projectId": w.Project().ID, "name": "Deletes"}
	w.Create("ApprovalRule", "rule", inputs)
	result := w.Engine.Up(&enginetest.Resource{Kind: "ApprovalRule", Name: "second"}, enginetest.Inputs(inputs))
	require.ErrorContains(t, result.Err, "409 RESOURCE_EXISTS")
	for name, problem := range map[string]string{"": "must not be empty", "  ": "must not be blank"} {
		_, failures := w.Engine.Check(&enginetest.Resource{Kind: "ApprovalRule", Name: "third"}, enginetest.Inputs(with(inputs, object{"name": name})))
		require.Len(t, failures, 1)
		assert.Contains(t, failures[0].Reason, problem)
	}
}
