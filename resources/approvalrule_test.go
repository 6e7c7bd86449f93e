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

// TestApprovalRuleUpdateSendsAllFields checks that a PUT omits no field: the API would
// reset it.
func TestApprovalRuleUpdateSendsAllFields(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{EmptySchemaNames: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := object{"projectId": env.Project().ID, "name": "Deletes", "statementKinds": []string{"delete"}, "minAffectedRows": 10}
		rule := env.Create("ApprovalRule", "rule", inputs)
		env.Refresh(rule)
		env.RequireNoChanges(rule, inputs)
		env.Local.ResetRequests()
		env.Up(rule, enginetest.With(inputs, object{"schemaName": "billing"}))
		assert.Equal(t, object{
			"name": "Deletes", "statement_kinds": []any{"delete"}, "schema_name": "billing", // an omitted field is null
			"min_affected_rows": 10.0, "enabled": true,
		}, env.RequestBody("PUT", "/v1/projects/*/approval-rules/*"))
		env.RequireNoChanges(rule, enginetest.With(inputs, object{"schemaName": "billing"}))
	})
}

func TestApprovalRuleNameIsUniqueAndNotBlank(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"projectId": env.Project().ID, "name": "Deletes"}
	env.Create("ApprovalRule", "rule", inputs)
	result := env.Engine.Up(&enginetest.Resource{Kind: "ApprovalRule", Name: "second"}, enginetest.Inputs(inputs))
	require.ErrorContains(t, result.Err, "409 RESOURCE_EXISTS")
	for name, problem := range map[string]string{"": "must not be empty", "  ": "must not be blank"} {
		_, failures := env.Engine.Check(&enginetest.Resource{Kind: "ApprovalRule", Name: "third"}, enginetest.Inputs(enginetest.With(inputs, object{"name": name})))
		require.Len(t, failures, 1)
		assert.Contains(t, failures[0].Reason, problem)
	}
}
