// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// TestLiveValuesAreNoChange imports an object, and sets every input to the value that the
// object has. An import omits those that are the API's default.
func TestLiveValuesAreNoChange(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		created := c.Create(c.Kind.Name, "thing", c.Inputs(c.Kind.Minimal))
		imported, err := c.Engine.Import(c.Kind.Name, "imported", c.ImportID(created))
		require.NoError(c, err)
		require.NotNil(c, imported)
		table, inputs := c.Kind.Resource().Properties, imported.Inputs
		for _, name := range table.Names() {
			if live := imported.State.Get(name); !live.IsNull() && table.SharedWith(name) == "" {
				inputs = inputs.Set(name, live)
			}
		}
		c.Local.ResetRequests()
		result := c.Engine.Up(imported, inputs.Delete("__imported"))
		require.Empty(c, result.Failures)
		require.NoError(c, result.Err)
		assert.Equal(c, enginetest.Same, result.Op, "%v", result.Diff.DetailedDiff)
		assert.Empty(c, c.Local.Requests())
	})
}
