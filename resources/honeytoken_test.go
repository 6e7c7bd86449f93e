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

// TestHoneytokenSchemasOfTheSameMeaning: none, an empty one and public are one.
func TestHoneytokenSchemasOfTheSameMeaning(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{EmptySchemaNames: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := object{"projectId": w.Project().ID, "relationName": "salaries", "action": "kill"}
		token := w.Create("Honeytoken", "bait", inputs)
		w.Refresh(token)
		w.RequireNoChanges(token, inputs)
		w.Up(token, with(inputs, object{"schemaName": ""}))
		w.Refresh(token)
		w.RequireNoChanges(token, with(inputs, object{"schemaName": ""}))
		w.RequireNoChanges(token, with(inputs, object{"schemaName": "public"}))
		assert.Equal(t, enginetest.Update, w.Engine.Preview(token, enginetest.Inputs(with(inputs, object{"schemaName": "hr"}))).Op)
	})
}

// TestHoneytokenOfARelationThatHasOne is an error, and adopts nothing.
func TestHoneytokenOfARelationThatHasOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := object{"projectId": w.Project().ID, "relationName": "salaries", "action": "kill"}
	w.Create("Honeytoken", "bait", inputs)
	second := &enginetest.Resource{Kind: "Honeytoken", Name: "second"}
	result := w.Engine.Up(second, enginetest.Inputs(with(inputs, object{"action": "audit_only"})))
	require.ErrorContains(t, result.Err, "409 RESOURCE_EXISTS")
	assert.Empty(t, second.ID)
	assert.Equal(t, "kill", w.Local.Objects("honeytokens")[0]["action"])
}
