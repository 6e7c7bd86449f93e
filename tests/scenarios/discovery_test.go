// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// assertFound fails the test unless outputs list what is found with these names.
func assertFound(c *scenario.DiscoveryCase, outputs property.Map, names ...string) {
	c.Helper()
	assert.Equal(c, c.Items(names...), properties.Plain(outputs.Get(c.Found())))
}

func TestDiscoveryExaminesOnceInARun(t *testing.T) {
	scenario.ForEachDiscovery(t, func(c *scenario.DiscoveryCase) {
		r, inputs := c.New(), c.Inputs(nil)
		c.Exists("a", "b")
		preview := c.Engine.Preview(r, enginetest.Inputs(inputs))
		require.NoError(c, preview.Err)
		assertFound(c, preview.Outputs, "a", "b")
		assert.Equal(c, 1, c.Requests(), "preview of a create")
		c.Up(r, inputs)
		assert.Equal(c, 1, c.Requests(), "create")
		assert.Equal(c, preview.Outputs, r.State)

		c.RequireNoChanges(r, inputs)
		assert.Equal(c, 1, c.Requests(), "unchanged preview")
		assert.Equal(c, enginetest.Same, c.Up(r, inputs).Op)
		assert.Equal(c, 1, c.Requests(), "unchanged update")
		c.Refresh(r)
		diff, err := c.Engine.Run().Server.Diff(p.DiffRequest{ID: r.ID, Urn: r.URN(), State: r.State, OldInputs: r.Inputs, Inputs: r.Inputs})
		require.NoError(c, err)
		assert.False(c, diff.HasChanges)
		assert.Zero(c, c.Requests(), "refresh, which ends with a diff")
		assert.Equal(c, preview.Outputs, r.State)

		for step, change := range map[string]func(){"the inputs": func() { inputs = c.Inputs(c.Changed) }, "the database": func() { c.Exists("a", "b", "c") }} {
			change()
			preview = c.Engine.Preview(r, enginetest.Inputs(inputs))
			assert.Equal(c, enginetest.Update, preview.Op, step)
			assert.Equal(c, 1, c.Requests(), "preview of an update of %s", step)
			id := r.ID
			assert.Equal(c, enginetest.Update, c.Up(r, inputs).Op, step)
			assert.Equal(c, 1, c.Requests(), "update of %s", step)
			assert.Equal(c, preview.Outputs, r.State)
			assert.Equal(c, id, r.ID)
		}
		assertFound(c, r.State, "a", "b", "c")
		require.NoError(c, c.Engine.Delete(r))
		assert.Zero(c, c.Requests(), "delete")
	})
}

func TestDiscoveryForgetsNothing(t *testing.T) {
	scenario.ForEachDiscovery(t, func(c *scenario.DiscoveryCase) {
		r, inputs := c.New(), c.Inputs(nil)
		c.Exists("b")
		c.Up(r, inputs)
		c.Exists()
		c.RequireNoChanges(r, inputs)
		c.Up(r, inputs)
		c.Refresh(r)
		c.Up(r, c.Inputs(c.Changed))
		assertFound(c, r.State, "b")
		c.Exists("c", "a")
		assert.Equal(c, enginetest.Update, c.Up(r, inputs).Op)
		assertFound(c, r.State, "a", "b", "c")
		c.Exists("c", "b")
		c.RequireNoChanges(r, inputs)

		assert.Equal(c, enginetest.Replace, c.Engine.ForceReplace(r, enginetest.Inputs(inputs), false).Op)
		assertFound(c, r.State, "b", "c")
	})
}

func TestDiscoveryInAnotherDatabase(t *testing.T) {
	scenario.ForEachDiscovery(t, func(c *scenario.DiscoveryCase) {
		r := c.New()
		c.Exists("a")
		c.Up(r, c.Inputs(nil))
		database := c.Create("Database", "other", enginetest.With(enginetest.DatabaseInputs, object{"projectId": c.Project.ID}))
		c.Local.ResetRequests()
		c.DatabaseID = database.ID
		c.Exists("b")
		assert.Equal(c, enginetest.Replace, c.Engine.Preview(r, enginetest.Inputs(c.Inputs(nil))).Op)
		assert.Equal(c, 1, c.Requests(), "preview")
		assert.Equal(c, enginetest.Replace, c.Up(r, c.Inputs(nil)).Op)
		assert.Equal(c, 1, c.Requests(), "update")
		assertFound(c, r.State, "b")
	})
}

func TestDiscoveryWithUnknownInputs(t *testing.T) {
	scenario.ForEachDiscovery(t, func(c *scenario.DiscoveryCase) {
		existing := c.New()
		c.Exists("a")
		c.Up(existing, c.Inputs(nil))
		c.Requests()
		for name := range enginetest.With(c.Inputs(nil), c.Changed) {
			for _, r := range []*enginetest.Resource{c.New(), existing} {
				result := c.Engine.Preview(r, enginetest.Inputs(c.Inputs(object{name: enginetest.Unknown})))
				require.NoError(c, result.Err, name)
				assert.NotEqual(c, enginetest.Same, result.Op, name)
				assert.True(c, result.Outputs.Get(c.Found()).IsComputed(), name)
				assert.Zero(c, c.Requests(), name)
			}
		}
	})
}

// TestDiscoveryInADatabaseThatTheRunChanges requires that a preview neither fails nor claims
// anything because of the database before the change. The update may be what makes it readable.
func TestDiscoveryInADatabaseThatTheRunChanges(t *testing.T) {
	scenario.ForEachDiscovery(t, func(c *scenario.DiscoveryCase) {
		database := c.Create("Database", "other", enginetest.With(enginetest.DatabaseInputs, object{"projectId": c.Project.ID}))
		c.DatabaseID = database.ID
		c.Exists("a")
		r, inputs := c.New(), c.Inputs(nil)
		c.Up(r, inputs)
		project := object{"orgId": c.Local.OrgID, "name": "parent", "database": enginetest.DatabaseInputs, "description": "changed"}
		for _, subject := range []struct {
			resource *enginetest.Resource
			inputs   object
		}{
			{database, enginetest.With(enginetest.DatabaseInputs, object{"projectId": c.Project.ID, "password": "another"})},
			{c.Project, project},
		} {
			for _, each := range []*enginetest.Resource{r, c.New()} {
				run := c.Engine.Run()
				require.Equal(c, enginetest.Update, run.Preview(subject.resource, enginetest.Inputs(subject.inputs)).Op)
				c.Local.ResetRequests()
				result := run.Preview(each, enginetest.Inputs(inputs))
				require.NoError(c, result.Err)
				assert.NotEqual(c, enginetest.Same, result.Op)
				assert.True(c, result.Outputs.Get(c.Found()).IsComputed())
				assert.Zero(c, c.Requests())
			}
			run := c.Engine.Run()
			run.MustUp(subject.resource, subject.inputs)
			assert.Equal(c, enginetest.Same, run.MustUp(r, inputs).Op)
		}
	})
}

// TestDiscoveryThatFailsChangesNothing fails the request in several ways. Nothing is created,
// and nothing is forgotten.
func TestDiscoveryThatFailsChangesNothing(t *testing.T) {
	scenario.ForEachDiscovery(t, func(c *scenario.DiscoveryCase) {
		r, inputs := c.New(), c.Inputs(nil)
		c.Exists("a")
		c.Up(r, inputs)
		c.Exists("b")
		before := *r
		for name, fault := range map[string]localapi.Fault{
			"unreadable": {Body: c.Unreadable},
			"500":        {Status: 500},
			"403":        {Status: 403},
			"404":        {Status: 404},
			"dropped":    {Drop: localapi.DropBefore},
			"invalid":    {Body: c.Invalid},
			"no content": {Status: 204, Empty: true},
		} {
			fault.Method, fault.Path = "POST", c.Path
			c.Local.AddFault(fault)
			for step, run := range map[string]func(*enginetest.Resource, property.Map) enginetest.Result{"preview": c.Engine.Preview, "update": c.Engine.Up} {
				for _, changed := range []object{inputs, c.Inputs(c.Changed)} {
					require.ErrorContains(c, run(r, enginetest.Inputs(changed)).Err, `updating `+c.Kind+` "thing" (`+r.ID+`)`, "%s: %s", name, step)
				}
				assert.Equal(c, before, *r, "%s: %s", name, step)
				created := c.New()
				require.ErrorContains(c, run(created, enginetest.Inputs(inputs)).Err, `creating `+c.Kind+` "thing"`, "%s: %s", name, step)
				assert.Empty(c, created.ID)
			}
			c.Refresh(r)
			assert.Equal(c, before, *r, name)
			c.Local.ClearFaults()
		}
		keyless := enginetest.New(c, c.Local, map[string]string{"PGBEAM_API_KEY": ""})
		for _, each := range []*enginetest.Resource{r, c.New()} {
			require.ErrorContains(c, keyless.Preview(each, enginetest.Inputs(inputs)).Err, "no PgBeam API key")
		}
		require.NoError(c, keyless.Delete(r), "a delete makes no request")
	})
}

func TestDiscoveryHasNoObject(t *testing.T) {
	scenario.ForEachDiscovery(t, func(c *scenario.DiscoveryCase) { assertHasNoObject(c.Env, c.New(), c.Inputs(nil)) })
}

// TestDiscoveryWithADamagedState requires that a state that has lost what was found is an error.
func TestDiscoveryWithADamagedState(t *testing.T) {
	scenario.ForEachDiscovery(t, func(c *scenario.DiscoveryCase) {
		r, inputs := c.New(), c.Inputs(nil)
		c.Exists("a")
		c.Up(r, inputs)
		for _, value := range []any{nil, "?", object{}, []any{"?"}, []any{object{}}, []any{nil}, enginetest.Unknown} {
			damaged := *r
			damaged.State = r.State.Set(c.Found(), enginetest.Inputs(object{"v": value}).Get("v"))
			c.Refresh(&damaged)
			for _, run := range []func(*enginetest.Resource, property.Map) enginetest.Result{c.Engine.Preview, c.Engine.Up} {
				require.ErrorContains(c, run(&damaged, enginetest.Inputs(inputs)).Err, c.Found()+" in the state is not valid", "%v", value)
			}
			assert.Equal(c, enginetest.Replace, c.Engine.ForceReplace(&damaged, enginetest.Inputs(inputs), false).Op)
		}
		withoutInputs := *r
		withoutInputs.Inputs = property.Map{}
		c.Refresh(&withoutInputs)
		assert.Equal(c, r.Inputs, withoutInputs.Inputs)
		c.RequireNoChanges(&withoutInputs, inputs)
	})
}

func TestDiscoveryWithASecretInput(t *testing.T) {
	scenario.ForEachDiscovery(t, func(c *scenario.DiscoveryCase) {
		r := c.New()
		c.Exists("a")
		inputs := enginetest.Inputs(c.Inputs(c.Changed))
		for name := range c.Changed {
			inputs = inputs.Set(name, inputs.Get(name).WithSecret(true))
		}
		for _, outputs := range []property.Map{c.Engine.Preview(r, inputs).Outputs, c.Engine.Up(r, inputs).Outputs} {
			assert.True(c, outputs.Get(c.Found()).Secret())
		}
		assert.Equal(c, enginetest.Same, c.Engine.Preview(r, inputs).Op)
	})
}
