// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"maps"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

func hasChanges(k scenario.Kind) bool    { return len(k.Changes) > 0 }
func hasRemovable(k scenario.Kind) bool  { return len(k.Removable) > 0 }
func hasReplacing(k scenario.Kind) bool  { return len(k.Replacing) > 0 }
func hasOperations(k scenario.Kind) bool { return len(k.Operations) > 0 }

func TestCreateWithMinimalInputs(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		inputs := c.Inputs(c.Kind.Minimal)
		resource := c.Create(c.Kind.Name, "thing", inputs)
		c.AssertRequests(1)
		c.RequireNoChanges(resource, inputs)
		created := resource.State
		c.Refresh(resource)
		assert.Equal(c, created, resource.State, "nothing has changed, so a refresh shows nothing")
		c.RequireNoChanges(resource, inputs)
	})
}

func TestCreateWithFullInputs(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		inputs := c.Inputs(c.Kind.Full)
		resource := c.CreateFull("thing")
		c.AssertRequests(c.Kind.Requests)
		c.AssertLive(resource, c.Kind.Live)
		for name, input := range enginetest.Inputs(c.Kind.Full).All {
			assertContains(c, name, input, resource.State.Get(name))
		}

		c.Local.ResetRequests()
		c.RequireNoChanges(resource, inputs)
		assert.Empty(c, c.Local.Requests(), "a preview makes no request")
		created := resource.State
		c.Refresh(resource)
		assert.Equal(c, created, resource.State, "nothing has changed, so a refresh shows nothing")
		c.RequireNoChanges(resource, inputs)
	})
}

// assertContains fails unless an output equals an input. An object may have more
// entries, which the API has added.
func assertContains(c *scenario.Case, path string, input, output property.Value) {
	c.Helper()
	if !input.IsMap() {
		assert.Equal(c, input, output.WithSecret(false), path)
		return
	}
	if assert.True(c, output.IsMap(), path) {
		for name, entry := range input.AsMap().All {
			assertContains(c, path+"."+name, entry, output.AsMap().Get(name))
		}
	}
}

// TestPreviewOfCreateMatchesCreate compares the planned outputs with those of the
// create that follows. Only what the API decides may be unknown.
func TestPreviewOfCreateMatchesCreate(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		for name, given := range map[string]object{"minimal": c.Kind.Minimal, "full": c.Kind.Full} {
			inputs := enginetest.Inputs(c.Inputs(given))
			process := enginetest.StartProcess(c, c.Local, enginetest.Run{ProviderID: "provider-1"}, provider.Options{})
			resource := c.New(name)
			c.Local.ResetRequests()
			preview := process.Preview(resource, inputs)
			require.Empty(c, preview.Failures)
			require.NoError(c, preview.Err)
			assert.Equal(c, enginetest.Create, preview.Op)
			assert.Empty(c, c.Local.Requests(), "a preview makes no request")

			require.NoError(c, process.Up(resource, inputs).Err)
			table := c.Kind.Resource().Properties
			for output := range c.Kind.Outputs() {
				planned, created := preview.Outputs.Get(output), resource.State.Get(output)
				byDefault, hasDefault := table.Default(output)
				if input, ok := resource.Inputs.GetOk(output); ok {
					assertPlanned(c, name+": "+output, input, planned, created)
				} else if hasDefault && !slices.Contains(c.Kind.ServerDefaults, output) {
					assert.Equal(c, valueOr(created, byDefault), valueOr(planned, byDefault), "%s: %s", name, output)
				} else if slices.Contains(c.Kind.OptionalOutputs, output) && created.IsNull() {
					assert.True(c, planned.IsNull() && !planned.IsComputed(), "%s: there is no %s, but the preview shows %#v", name, output, planned)
				} else {
					assert.True(c, planned.IsComputed(), "%s: the API decides %s, but the preview shows %#v", name, output, planned)
				}
			}
			require.NoError(c, c.Engine.Delete(resource))
		}
	})
}

// valueOr returns the value of an output, or the documented default if it is omitted.
func valueOr(output, byDefault property.Value) property.Value {
	if output.IsNull() {
		return byDefault
	}
	return output.WithSecret(false)
}

// assertPlanned fails unless a planned output equals the one that the create
// returned. An entry of an object may be unknown if the input does not have it.
func assertPlanned(c *scenario.Case, path string, input, planned, created property.Value) {
	c.Helper()
	if !planned.IsMap() || !created.IsMap() {
		assert.Equal(c, created, planned, path)
		return
	}
	assert.Equal(c, created.Secret(), planned.Secret(), path)
	given := property.Map{}
	if input.IsMap() {
		given = input.AsMap()
	}
	names := slices.Collect(maps.Keys(planned.AsMap().AsMap()))
	for name := range created.AsMap().All {
		names = append(names, name)
	}
	for _, name := range names {
		entry, ok := given.GetOk(name)
		if value := planned.AsMap().Get(name); ok || !value.IsComputed() {
			assertPlanned(c, path+"."+name, entry, value, created.AsMap().Get(name))
		}
	}
}

func TestPreviewOfCreateWithUnknownParents(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		unknown := object{}
		for name := range c.Parents {
			unknown[name] = enginetest.Unknown
		}
		result := c.Engine.Preview(c.New("thing"), enginetest.Inputs(scenario.Merge(unknown, c.Kind.Full)))
		require.Empty(c, result.Failures)
		require.NoError(c, result.Err)
		assert.Equal(c, enginetest.Create, result.Op)
		for name, input := range enginetest.Inputs(c.Kind.Full).All {
			assertContains(c, name, input, result.Outputs.Get(name))
		}
		for name := range c.Parents {
			assert.True(c, result.Outputs.Get(name).IsComputed(), "%s is unknown", name)
		}
		assert.Empty(c, c.Local.Requests())
	})
}

func TestUpdateSendsOnlyChanges(t *testing.T) {
	scenario.ForEach(t, hasChanges, func(c *scenario.Case) {
		for _, change := range c.Kind.Changes {
			resource := c.CreateFull("thing")
			id := resource.ID
			changed := c.Inputs(scenario.Merge(c.Kind.Full, object{change.Property: change.Value}))
			c.Local.ResetRequests()

			preview := c.Engine.Preview(resource, enginetest.Inputs(changed))
			assert.Equal(c, enginetest.Update, preview.Op, change.Property)
			assert.NotEmpty(c, preview.Diff.DetailedDiff, change.Property)
			for path := range preview.Diff.DetailedDiff {
				assert.True(c, strings.HasPrefix(path, change.Property), "a change of %s plans one of %s", change.Property, path)
			}
			assert.Empty(c, c.Local.Requests(), "a preview makes no request")
			for name, output := range preview.Outputs.All {
				affected := name == "updatedAt" || slices.Contains(c.Kind.Affects[change.Property], name)
				assert.Equal(c, affected, output.HasComputed(), "a change of %s: %s", change.Property, name)
			}

			result := c.Engine.Up(resource, enginetest.Inputs(changed))
			require.NoError(c, result.Err)
			assert.Equal(c, enginetest.Update, result.Op)
			assert.Equal(c, id, resource.ID)
			assert.Len(c, c.Local.Requests(), max(c.Kind.UpdateRequests, 1), "an update of %s", change.Property)
			c.AssertLive(resource, scenario.Merge(c.Kind.Live, object{change.Field: change.Live}))
			c.RequireNoChanges(resource, changed)
			require.NoError(c, c.Engine.Delete(resource))
		}
	})
}

func TestRemovedPropertyReturnsToItsDefault(t *testing.T) {
	scenario.ForEach(t, hasRemovable, func(c *scenario.Case) {
		for _, removal := range c.Kind.Removable {
			resource := c.CreateFull("thing")
			remaining := scenario.Without(c.Inputs(c.Kind.Full), removal.Property)
			result := c.Engine.Up(resource, enginetest.Inputs(remaining))
			require.NoError(c, result.Err)
			assert.Equal(c, enginetest.Update, result.Op)
			c.AssertLive(resource, object{removal.Field: removal.Live})
			c.RequireNoChanges(resource, remaining)
			c.Refresh(resource)
			c.RequireNoChanges(resource, remaining)
			require.NoError(c, c.Engine.Delete(resource))
		}
	})
}

// TestSpecialUpdates covers rotations, verifications and updates of more than one
// object. The one-time secrets of the state are then those that work.
func TestSpecialUpdates(t *testing.T) {
	scenario.ForEach(t, hasOperations, func(c *scenario.Case) {
		for _, operation := range c.Kind.Operations {
			before := c.Inputs(scenario.Merge(c.Kind.Full, operation.Before))
			resource := c.Create(c.Kind.Name, "thing", before)
			id, inputs := resource.ID, scenario.Merge(before, operation.Change)
			result := c.Up(resource, inputs)
			assert.Equal(c, enginetest.Update, result.Op, operation.Name)
			assert.Equal(c, id, resource.ID, operation.Name)
			c.AssertSecrets(resource)
			c.RequireNoChanges(resource, inputs)
			c.Refresh(resource)
			c.RequireNoChanges(resource, inputs)
			require.NoError(c, c.Engine.Delete(resource))
		}
	})
}

func TestReplacingPropertyReplacesTheObject(t *testing.T) {
	scenario.ForEach(t, hasReplacing, func(c *scenario.Case) {
		uniqueBy := c.Kind.Resource().UniqueBy
		for name, value := range c.Kind.Replacing {
			resource := c.CreateFull("thing")
			id := resource.ID
			changed := c.Inputs(scenario.Merge(c.Kind.Full, object{name: value}))
			result := c.Engine.Up(resource, enginetest.Inputs(changed))
			require.NoError(c, result.Err, name)
			assert.Equal(c, enginetest.Replace, result.Op, name)
			require.Contains(c, result.Diff.DetailedDiff, name)
			assert.Equal(c, p.UpdateReplace, result.Diff.DetailedDiff[name].Kind)
			keepsUniqueKey := len(uniqueBy) > 0 && !slices.Contains(uniqueBy, name)
			assert.Equal(c, keepsUniqueKey, result.Diff.DeleteBeforeReplace, "%s: two objects cannot share the unique key", name)
			assert.NotEqual(c, id, resource.ID)
			c.RequireNoChanges(resource, changed)
			require.NoError(c, c.Engine.Delete(resource))
		}
	})
}

func TestRefreshDetectsDriftAndUpRevertsIt(t *testing.T) {
	scenario.ForEach(t, hasChanges, func(c *scenario.Case) {
		inputs := c.Inputs(c.Kind.Full)
		resource := c.CreateFull("thing")
		for _, change := range c.Kind.Changes {
			c.Edit(resource, change.Field, change.Live)
			c.Refresh(resource)
			preview := c.Engine.Preview(resource, enginetest.Inputs(inputs))
			assert.Equal(c, enginetest.Update, preview.Op, "drift of %s", change.Property)

			result := c.Engine.Up(resource, enginetest.Inputs(inputs))
			require.NoError(c, result.Err, change.Property)
			c.AssertLive(resource, c.Kind.Live)
			c.RequireNoChanges(resource, inputs)
		}
	})
}

func TestObjectDeletedOutsideOfPulumi(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsObject, func(c *scenario.Case) {
		inputs := c.Inputs(c.Kind.Full)
		resource := c.CreateFull("thing")
		require.NoError(c, c.Local.Remove(c.Kind.Collection, c.LiveID(resource)))

		if changed, ok := c.Kind.ChangedInputs(); ok {
			copied := *resource
			result := c.Engine.Up(&copied, enginetest.Inputs(c.Inputs(changed)))
			if c.Kind.IsSetting() || c.Kind.Resource().ImportID.Key != "" { // the update creates the object again, with another ID
				require.NoError(c, result.Err)
				c.Refresh(&copied)
				c.RequireNoChanges(&copied, c.Inputs(changed))
				require.NoError(c, c.Engine.Delete(&copied))
				assert.Zero(c, c.Count())
			} else {
				require.Error(c, result.Err)
				assert.Contains(c, result.Err.Error(), c.Kind.Name+` "thing"`)
				assert.Contains(c, result.Err.Error(), "pulumi refresh")
			}
		}
		copied := *resource
		require.NoError(c, c.Engine.Delete(&copied), "the delete of a missing object succeeds")

		exists, err := c.Engine.Refresh(resource)
		require.NoError(c, err)
		assert.False(c, exists)
		result := c.Engine.Up(resource, enginetest.Inputs(inputs))
		require.NoError(c, result.Err)
		assert.Equal(c, enginetest.Create, result.Op)
		c.LiveObject(resource)
	})
}

func TestImportReadsEveryInput(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		created := c.CreateFull("thing")
		imported, err := c.Engine.Import(c.Kind.Name, "imported", c.ImportID(created))
		require.NoError(c, err)
		require.NotNil(c, imported)
		assert.Equal(c, c.Kind.Resource().ImportID.AfterImport(created.ID, enginetest.Inputs(c.Parents)), imported.ID)

		result := c.Engine.Preview(imported, enginetest.Inputs(c.Inputs(c.Kind.Full)))
		require.Empty(c, result.Failures)
		for name, diff := range result.Diff.DetailedDiff {
			assert.Contains(c, c.Kind.WriteOnly, name)
			assert.Equal(c, p.Add, diff.Kind)
		}
		c.Refresh(imported)
	})
}

func TestImportOmitsDefaults(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		created := c.Create(c.Kind.Name, "thing", c.Inputs(c.Kind.Minimal))
		imported, err := c.Engine.Import(c.Kind.Name, "imported", c.ImportID(created))
		require.NoError(c, err)
		require.NotNil(c, imported)
		program := scenario.Without(c.Inputs(c.Kind.Minimal), c.Kind.WriteOnly...)
		if name, named := created.Inputs.GetOk("name"); named {
			program["name"] = name
		}
		c.RequireNoChanges(imported, program)
		allowed := append([]string{"__imported", "__shared"}, c.Kind.ServerDefaults...)
		for name := range imported.Inputs.All {
			_, given := created.Inputs.GetOk(name)
			assert.True(c, given || slices.Contains(allowed, name), "%s has its default and is an input", name)
		}
	})
}

func TestImportOfMissingObject(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		id := c.Kind.MissingID(c.Local.OrgID)
		if !c.Kind.Permanent {
			imported, err := c.Engine.Import(c.Kind.Name, "imported", id)
			require.NoError(c, err)
			assert.Nil(c, imported)
		}
		malformed := []string{id + "/more", "/" + id, id + " ", ""}
		if !c.Kind.ImportsAnyID() {
			malformed = append(malformed, "nonsense")
		}
		for _, id := range malformed {
			_, err := c.Engine.Import(c.Kind.Name, "imported", id)
			require.ErrorContains(c, err, c.Kind.Resource().ImportID.String(), id)
		}
	})
}

func TestFailedReadKeepsTheState(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		resource := c.Create(c.Kind.Name, "thing", c.Inputs(c.Kind.Minimal))
		before := resource.State
		for _, status := range []int{401, 403, 429, 500, 502, 503} {
			c.Local.AddFault(localapi.Fault{Method: "GET", Status: status, Code: "SOME_CODE", Detail: "it is raining"})
			exists, err := c.Engine.Refresh(resource)
			require.Error(c, err)
			assert.True(c, exists)
			assert.Contains(c, err.Error(), "it is raining")
			assert.Contains(c, err.Error(), "request ID")
			assert.Contains(c, err.Error(), resource.ID)
			c.Local.ClearFaults()
		}
		assert.Equal(c, before, resource.State)
	})
}
