// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// TestSchemaAnnotationKeys uses an API that ignores the case of names, and one that distinguishes it.
func TestSchemaAnnotationKeys(t *testing.T) {
	scenario.ForEach(t, func(k scenario.Kind) bool { return k.Name == "SchemaAnnotation" }, func(c *scenario.Case) {
		table := c.Create(c.Kind.Name, "table", c.Inputs(scenario.Object{"tableName": "Users", "description": "People"}))
		c.Create(c.Kind.Name, "column", c.Inputs(scenario.Object{"tableName": "Users", "columnName": "email", "description": "Address"}))
		c.Create(c.Kind.Name, "public", c.Inputs(scenario.Object{"schemaName": "public", "tableName": "Users", "description": "Customers"}))
		require.Equal(c, 3, c.Count())
		same := c.Inputs(scenario.Object{"schemaName": "", "tableName": "users", "columnName": "", "description": "Everyone"})
		refused := c.Engine.Up(c.New("other"), enginetest.Inputs(same))
		require.ErrorContains(c, refused.Err, "pulumi import pgbeam:index:SchemaAnnotation other "+c.ImportID(table))
		c.Up(table, same)
		c.AssertLive(table, scenario.Object{"table_name": "Users", "description": "Everyone"})
		run := c.Engine.Run()
		run.MustUp(c.New("twin"), same)
		require.NoError(c, run.Delete(table), "the run keeps the same key under another name")
		c.LiveObject(table)
		require.NoError(c, c.Engine.Delete(table))
		require.Equal(c, c.Behaviour.CaseSensitiveNames, c.Count() == 3, "an annotation whose key differs in case remains")
	})
}
