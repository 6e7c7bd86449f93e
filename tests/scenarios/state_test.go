// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// stateEdit is a way in which a value of a state may differ from what this
// release writes.
type stateEdit struct {
	name  string
	apply func(v property.Value) property.Value
	// wrongType is true if the new value has another type than the old one.
	wrongType bool
}

// removed is the result of an edit that removes the value.
var removed = property.New(property.Computed)

var stateEdits = []stateEdit{
	{"removed", func(property.Value) property.Value { return removed }, false},
	{"null", func(property.Value) property.Value { return property.New(property.Null) }, false},
	{"string", func(v property.Value) property.Value {
		if v.IsString() {
			return property.New(true)
		}
		return property.New("from another release")
	}, true},
	{"number", func(v property.Value) property.Value {
		if v.IsNumber() {
			return property.New(1e300) // neither an integer nor a valid amount
		}
		return property.New(-7.25)
	}, true},
	{"list", func(v property.Value) property.Value {
		if v.IsArray() {
			return property.New([]property.Value{property.New(property.Null)})
		}
		return property.New([]property.Value{property.New(property.Null), property.New("another")})
	}, true},
	{"object", func(v property.Value) property.Value {
		if v.IsMap() {
			return property.New([]property.Value{})
		}
		return property.New(map[string]property.Value{"a": property.New(property.Null)})
	}, true},
	{"additional entry", func(v property.Value) property.Value {
		if !v.IsMap() {
			return v
		}
		return property.WithGoValue(v, v.AsMap().Set(foreignName, property.New(map[string]property.Value{"a": property.New(property.Null)})))
	}, false},
}

// foreignName is an output that this release does not have.
const foreignName = "fromAnotherRelease"

// valuePaths returns the paths of all values in a state.
func valuePaths(v property.Value) [][]any {
	var paths [][]any
	add := func(key any, v property.Value) {
		paths = append(paths, []any{key})
		for _, path := range valuePaths(v) {
			paths = append(paths, append([]any{key}, path...))
		}
	}
	switch {
	case v.IsMap():
		for key, entry := range v.AsMap().AllStable {
			add(key, entry)
		}
	case v.IsArray():
		for i, item := range v.AsArray().All {
			add(i, item)
		}
	}
	return paths
}

// editAt returns a value with an edit applied at a path in it.
func editAt(v property.Value, path []any, apply func(property.Value) property.Value) property.Value {
	if len(path) == 0 {
		return apply(v).WithSecret(v.Secret())
	}
	switch key := path[0].(type) {
	case string:
		m := v.AsMap()
		if edited := editAt(m.Get(key), path[1:], apply); edited.IsComputed() {
			m = m.Delete(key)
		} else {
			m = m.Set(key, edited)
		}
		return property.WithGoValue(v, m)
	case int:
		items := v.AsArray().AsSlice()
		if edited := editAt(items[key], path[1:], apply); edited.IsComputed() {
			items = slices.Delete(items, key, key+1)
		} else {
			items[key] = edited
		}
		return property.WithGoValue(v, property.NewArray(items))
	}
	panic(fmt.Sprintf("%v is no path", path))
}

// TestRefreshRepairsAnyState edits every value of every kind's state, at every
// depth and in every way. A preview of an update either succeeds or names the
// property that it cannot read. A refresh repairs the state, after which the
// program plans nothing.
func TestRefreshRepairsAnyState(t *testing.T) {
	t.Parallel()
	for i, k := range scenario.Kinds() {
		if testing.Short() && i%4 != 0 {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, k, localapi.Options{})
			inputs := c.Inputs(k.Full)
			intact := c.CreateFull("any")
			c.Refresh(intact)
			outputs := k.Outputs()
			changed, hasChanges := k.ChangedInputs()
			tried := 0
			for _, path := range append(valuePaths(property.New(intact.State)), []any{foreignName}) {
				for _, edit := range stateEdits {
					name := fmt.Sprintf("%v %s", path, edit.name)
					root := path[0].(string)
					if isMap := outputs[root].AdditionalProperties != nil; isMap {
						if edit.name == "additional entry" {
							continue // the same as an entry of another type
						}
						if len(path) > 1 && edit.name == "removed" && slices.Contains(k.WriteOnly, root) {
							continue // the result is a valid map, and the API does not hold it
						}
					}
					tried++
					damaged := *intact
					damaged.State = editAt(property.New(intact.State), path, edit.apply).AsMap()

					if hasChanges {
						result := c.Engine.Preview(&damaged, enginetest.Inputs(c.Inputs(changed)))
						require.Empty(t, result.Failures, name)
						switch {
						case edit.wrongType && root != foreignName && !isValidNumber(outputs, path, intact.State, damaged.State):
							require.ErrorContains(t, result.Err, root, name)
							require.ErrorContains(t, result.Err, "pulumi refresh", name)
						case len(path) == 1:
							require.NoError(t, result.Err, name)
						}
					}

					c.Refresh(&damaged)
					for output, value := range intact.State.All {
						if output == root && slices.Contains(k.StateOnly, output) {
							continue
						}
						assert.Equal(t, value, damaged.State.Get(output), "%s: %s", name, output)
					}
					assert.True(t, damaged.State.Get(foreignName).IsNull(), name)
					c.RequireNoChanges(&damaged, inputs)
				}
			}
			assert.Greater(t, tried, 10)
			for _, parent := range k.Resource().ImportID.Parents {
				damaged := *intact
				damaged.State = damaged.State.Set(parent.Property, property.New("../.."))
				c.Refresh(&damaged)
				assert.Equal(t, intact.State, damaged.State)
			}
		})
	}
}

// isValidNumber reports whether an edit put a number in the place of another one
// that need not be an integer.
func isValidNumber(outputs map[string]schema.PropertySpec, path []any, before, after property.Map) bool {
	name, ok := path[len(path)-1].(string)
	if len(path) != 1 || !ok || outputs[name].Type != "number" {
		return false
	}
	return before.Get(name).IsNumber() && after.Get(name).IsNumber()
}

// TestDeleteWorksFromAnyState deletes with states in which only the IDs of the
// parents are valid, either in the outputs or in the inputs.
func TestDeleteWorksFromAnyState(t *testing.T) {
	t.Parallel()
	for _, k := range scenario.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, k, localapi.Options{})
			importID := k.Resource().ImportID
			for _, edit := range stateEdits {
				for _, source := range []string{"outputs", "inputs"} {
					resource := c.CreateFull("any")
					before := c.LiveObject(resource)
					for _, path := range valuePaths(property.New(resource.State)) {
						if root := path[0].(string); len(path) == 1 && (!importID.HasParent(root) || source == "inputs") {
							resource.State = editAt(property.New(resource.State), path, edit.apply).AsMap()
						}
					}
					resource.State = resource.State.Set(foreignName, property.New(map[string]property.Value{"a": property.New(property.Null)}))
					if source == "outputs" {
						resource.Inputs = property.Map{}
					}
					if len(importID.Parents) > 0 && importID.Key == "" { // the ID does not name them
						orphan := *resource
						orphan.Inputs = property.Map{}
						for _, parent := range importID.Parents {
							orphan.State = orphan.State.Set(parent.Property, property.New(".."))
						}
						c.Local.ResetRequests()
						require.ErrorContains(t, c.Engine.Delete(&orphan), importID.Parents[0].Property)
						_, err := c.Engine.Refresh(&orphan)
						require.ErrorContains(t, err, importID.Parents[0].Property)
						assert.Empty(t, c.Local.Requests(), "no request has a path with an invalid ID")
					}
					require.NoError(t, c.Engine.Delete(resource), "%s, parents in the %s", edit.name, source)
					if k.IsSetting() {
						continue
					}
					for _, live := range c.Local.Objects(k.Collection) {
						assert.NotEqual(t, before["id"], live["id"], edit.name)
					}
				}
			}
		})
	}
}

// TestLostInputsReplaceNothing loses all inputs, or those whose change replaces
// the object, with and without a refresh before the update.
func TestLostInputsReplaceNothing(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		replacing := c.Kind.Resource().Properties.ReplacingNames()
		for name, given := range map[string]object{"full": c.Kind.Full, "minimal": c.Kind.Minimal} {
			inputs := c.Inputs(given)
			resource := c.Create(c.Kind.Name, name, inputs)
			id := resource.ID
			withoutReplacing := property.Map{}
			for key, value := range resource.Inputs.All {
				if !slices.Contains(replacing, key) {
					withoutReplacing = withoutReplacing.Set(key, value)
				}
			}
			for lost, remaining := range map[string]property.Map{"all": {}, "replacing": withoutReplacing} {
				for _, refresh := range []bool{false, true} {
					resource.Inputs = remaining
					if refresh {
						c.Refresh(resource)
					}
					c.Local.ResetRequests()
					result := c.Up(resource, inputs)
					allowed := []enginetest.Op{enginetest.Same}
					if name == "minimal" {
						allowed = append(allowed, enginetest.Update) // of what the API decided
					}
					assert.Contains(c, allowed, result.Op, "%s, lost: %s, refreshed: %t: %v", name, lost, refresh, result.Diff.DetailedDiff)
					assert.Equal(c, id, resource.ID)
					for _, request := range c.Local.Requests() {
						assert.NotEqual(c, http.MethodPost, request.Method, request.Path)
						assert.NotEqual(c, http.MethodDelete, request.Method, request.Path)
					}
				}
			}
			require.NoError(c, c.Engine.Delete(resource))
		}
	})
}

// TestLostInputsDoNotHideANewName requires a replacement if the name in the
// program differs from that in the state, although the inputs are lost.
func TestLostInputsDoNotHideANewName(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	agent := env.Agent(project, "first")
	inputs := object{"projectId": project.ID, "policyProfileId": agent.State.Get("policyProfileId").AsString(), "name": "second"}
	agent.Inputs = property.Map{}
	result := env.Engine.Preview(agent, enginetest.Inputs(inputs))
	require.Empty(t, result.Failures)
	assert.Equal(t, enginetest.Replace, result.Op)
	assert.True(t, properties.Replaces(result.Diff.DetailedDiff))
}
