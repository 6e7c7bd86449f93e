// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// TestUpdateTakesAnImportID updates an object as `pulumi do … patch --stateless` does: it
// reads the object by an import ID, and passes that ID to Update as well.
func TestUpdateTakesAnImportID(t *testing.T) {
	scenario.ForEach(t, func(k scenario.Kind) bool { return len(k.Changes) > 0 }, func(c *scenario.Case) {
		id, change := c.ImportID(c.CreateFull("thing")), c.Kind.Changes[0]
		c.Engine.Stateless = true
		read, err := c.Engine.Import(c.Kind.Name, "thing", id)
		require.NoError(c, err)
		patch := object{change.Property: change.Value}
		if c.Kind.Name == "WebhookEndpoint" { // a request without the secret might clear it
			patch["secret"] = c.Kind.Full["secret"]
		}
		inputs := read.Inputs
		for name, value := range enginetest.Inputs(patch).All {
			inputs = inputs.Set(name, value)
		}
		checked, failures := c.Engine.Check(read, inputs)
		require.Empty(c, failures)
		_, err = c.Engine.Server.Update(p.UpdateRequest{ID: id, Urn: read.URN(), State: read.State, OldInputs: read.Inputs, Inputs: checked})
		require.NoError(c, err)
		after, err := c.Engine.Import(c.Kind.Name, "thing", id)
		require.NoError(c, err)
		c.AssertLive(after, object{change.Field: change.Live})
	})
}

// TestUpdateRefusesAReplacement requires that a change which needs another object is an
// error, not ignored, if a command without a state sends it as an update.
func TestUpdateRefusesAReplacement(t *testing.T) {
	scenario.ForEach(t, func(k scenario.Kind) bool { return len(k.Replacing) > 0 }, func(c *scenario.Case) {
		created := c.CreateFull("thing")
		c.Engine.Stateless = true
		for name := range c.Kind.Replacing {
			inputs := enginetest.Inputs(c.Inputs(scenario.Merge(c.Kind.Full, object{name: c.Kind.Replacing[name]})))
			checked, failures := c.Engine.Check(created, inputs)
			require.Empty(c, failures)
			c.Local.ResetRequests()
			for _, preview := range []bool{true, false} {
				_, err := c.Engine.Server.Update(p.UpdateRequest{
					ID: created.ID, Urn: created.URN(), State: created.State, OldInputs: created.Inputs, Inputs: checked, DryRun: preview,
				})
				require.ErrorContains(c, err, name+" cannot be changed in place. Create another object")
			}
			assert.Empty(c, c.Local.Requests())
		}
	})
}
