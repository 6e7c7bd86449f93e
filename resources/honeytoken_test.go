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

// TestHoneytokenSchemaDefaultsToPublic checks that an omitted, an empty and the public
// schema are equal.
func TestHoneytokenSchemaDefaultsToPublic(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{EmptySchemaNames: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := object{"projectId": env.Project().ID, "relationName": "salaries", "action": "kill"}
		token := env.Create("Honeytoken", "decoy", inputs)
		env.Refresh(token)
		env.RequireNoChanges(token, inputs)
		env.Up(token, enginetest.With(inputs, object{"schemaName": ""}))
		env.Refresh(token)
		env.RequireNoChanges(token, enginetest.With(inputs, object{"schemaName": ""}))
		env.RequireNoChanges(token, enginetest.With(inputs, object{"schemaName": "public"}))
		assert.Equal(t, enginetest.Update, env.Engine.Preview(token, enginetest.Inputs(enginetest.With(inputs, object{"schemaName": "hr"}))).Op)
	})
}

// TestHoneytokenIgnoresCase changes only the case of the names.
func TestHoneytokenIgnoresCase(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{CaseSensitiveNames: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := object{"projectId": env.Project().ID, "schemaName": "HR", "relationName": "Users", "action": "kill"}
		token := env.Create("Honeytoken", "decoy", inputs)
		other := enginetest.With(inputs, object{"schemaName": "hr", "relationName": "users"})
		env.RequireNoChanges(token, other)
		env.Up(token, enginetest.With(other, object{"action": "audit_only"}))
		env.Refresh(token)
		env.RequireNoChanges(token, enginetest.With(inputs, object{"action": "audit_only"}))
		live := env.Local.Objects("honeytokens")[0]
		assert.Equal(t, []any{"HR", "Users", "audit_only"}, []any{live["schema_name"], live["relation_name"], live["action"]})
	})
}

// TestHoneytokensThatDifferInCaseConflict also checks that the error names the existing
// one.
func TestHoneytokensThatDifferInCaseConflict(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"projectId": env.Project().ID, "relationName": "Users", "action": "kill"}
	existing := env.Create("Honeytoken", "decoy", inputs)
	second := &enginetest.Resource{Kind: "Honeytoken", Name: "second"}
	result := env.Engine.Up(second, enginetest.Inputs(enginetest.With(inputs, object{"relationName": "users", "schemaName": "Public"})))
	require.ErrorContains(t, result.Err, "409 RESOURCE_EXISTS")
	require.ErrorContains(t, result.Err, existing.ID)
	assert.Len(t, env.Local.Objects("honeytokens"), 1)
}

func TestHoneytokenIsUniqueForItsRelation(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"projectId": env.Project().ID, "relationName": "salaries", "action": "kill"}
	env.Create("Honeytoken", "decoy", inputs)
	second := &enginetest.Resource{Kind: "Honeytoken", Name: "second"}
	result := env.Engine.Up(second, enginetest.Inputs(enginetest.With(inputs, object{"action": "audit_only"})))
	require.ErrorContains(t, result.Err, "409 RESOURCE_EXISTS")
	assert.Empty(t, second.ID)
	assert.Equal(t, "kill", env.Local.Objects("honeytokens")[0]["action"])
}
