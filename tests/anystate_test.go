// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// edit is one way in which a value of a state may be another than this release
// would have written.
type edit struct {
	name string
	to   func(v property.Value) property.Value
	// wrongType is true where a value is there that is of another type than any
	// value of the same kind.
	wrongType bool
}

// lacking is what a value is edited to that is to be left out.
var lacking = property.New(property.Computed)

// edits are all ways, at every depth.
var edits = []edit{
	{"lacks it", func(property.Value) property.Value { return lacking }, false},
	{"null", func(property.Value) property.Value { return property.New(property.Null) }, false},
	{"a string", func(v property.Value) property.Value {
		if v.IsString() {
			return property.New(true)
		}
		return property.New("of another release")
	}, true},
	{"a number", func(v property.Value) property.Value {
		if v.IsNumber() {
			return property.New(1e300) // which no integer is, and no amount either
		}
		return property.New(-7.25)
	}, true},
	{"a list", func(v property.Value) property.Value {
		if v.IsArray() {
			return property.New([]property.Value{property.New(property.Null)})
		}
		return property.New([]property.Value{property.New(property.Null), property.New("another")})
	}, true},
	{"an object", func(v property.Value) property.Value {
		if v.IsMap() {
			return property.New([]property.Value{})
		}
		return property.New(map[string]property.Value{"a": property.New(property.Null)})
	}, true},
	{"has one more", func(v property.Value) property.Value {
		if !v.IsMap() {
			return v
		}
		return property.WithGoValue(v, v.AsMap().Set("fromAnotherRelease", property.New(map[string]property.Value{"a": property.New(property.Null)})))
	}, false},
}

// places returns the paths of all values in a state.
func places(v property.Value) [][]any {
	var found [][]any
	below := func(key any, v property.Value) {
		found = append(found, []any{key})
		for _, place := range places(v) {
			found = append(found, append([]any{key}, place...))
		}
	}
	switch {
	case v.IsMap():
		for key, entry := range v.AsMap().AllStable {
			below(key, entry)
		}
	case v.IsArray():
		for i, item := range v.AsArray().All {
			below(i, item)
		}
	}
	return found
}

// editedAt returns a value with an edit at a place in it.
func editedAt(v property.Value, place []any, change func(property.Value) property.Value) property.Value {
	if len(place) == 0 {
		return change(v).WithSecret(v.Secret())
	}
	switch key := place[0].(type) {
	case string:
		m := v.AsMap()
		if now := editedAt(m.Get(key), place[1:], change); now.IsComputed() {
			m = m.Delete(key)
		} else {
			m = m.Set(key, now)
		}
		return property.WithGoValue(v, m)
	case int:
		items := v.AsArray().AsSlice()
		if now := editedAt(items[key], place[1:], change); now.IsComputed() {
			items = slices.Delete(items, key, key+1)
		} else {
			items[key] = now
		}
		return property.WithGoValue(v, property.NewArray(items))
	}
	panic("no place")
}

// onlyInState are the outputs that the API does not return again.
var onlyInState = []string{"connectionString", "mcpUrl", "mcpToken", "token", "password", "secret", "database", "dnsInstructions"}

// TestStateOfAnyShape edits every value of the state of every resource, at every
// depth and in every way. A refresh mends it, so that the program then is the
// same; a preview of an update either passes or says which property it cannot
// read; and neither panics.
func TestStateOfAnyShape(t *testing.T) {
	t.Parallel()
	for _, r := range rows {
		t.Run(r.kind, func(t *testing.T) {
			t.Parallel()
			w := enginetest.NewEnv(t, localapi.Options{})
			parents := r.parents(w)
			inputs := with(r.most, parents)
			right := w.Create(r.kind, "any", inputs)
			w.Refresh(right)
			table := definition(r.kind).Properties
			tried := 0
			for _, place := range append(places(property.New(right.State)), []any{"fromAnotherRelease"}) {
				for _, edit := range edits {
					name := fmt.Sprintf("%v %s", place, edit.name)
					wrong := *right
					wrong.State = editedAt(property.New(right.State), place, edit.to).AsMap()
					root := place[0].(string)
					if root == "rotationTriggers" && len(place) > 1 && edit.name == "lacks it" {
						continue // a map as good as the one before, of which the API knows nothing
					}
					if aMap := root == "rotationTriggers" || root == "cidrLabels"; aMap && edit.name == "has one more" {
						continue // an entry of another type: that is tried as such
					}
					tried++

					if _, updates := table[firstChange(r)]; updates {
						result := w.Engine.Preview(&wrong, enginetest.Inputs(with(inputs, object{firstChange(r): r.changes[0].to})))
						require.Empty(t, result.Failures, name)
						switch unknown := root == "fromAnotherRelease"; {
						case edit.wrongType && !unknown && !fits(place, right.State, wrong.State):
							require.ErrorContains(t, result.Err, root, name)
							require.ErrorContains(t, result.Err, "pulumi refresh", name)
						case len(place) == 1:
							require.NoError(t, result.Err, name)
						}
					}

					w.Refresh(&wrong)
					for _, output := range slices.Sorted(maps.Keys(right.State.AsMap())) {
						if output == root && slices.Contains(onlyInState, output) {
							continue
						}
						assert.Equal(t, right.State.Get(output), wrong.State.Get(output), "%s: %s", name, output)
					}
					assert.True(t, wrong.State.Get("fromAnotherRelease").IsNull(), name)
					w.RequireNoChanges(&wrong, inputs)
				}
			}
			assert.Greater(t, tried, 10)
			for _, parent := range definition(r.kind).ImportID.Parents {
				wrong := *right
				wrong.State = wrong.State.Set(parent.Property, property.New("../.."))
				w.Refresh(&wrong)
				assert.Equal(t, right.State, wrong.State)
			}
		})
	}
}

func firstChange(r row) string {
	if len(r.changes) == 0 {
		return ""
	}
	return r.changes[0].property
}

// fits tells whether an edit put a value that is as good as the one before: into
// a number that is no integer, a number.
func fits(place []any, right, wrong property.Map) bool {
	before, now := property.New(right), property.New(wrong)
	for _, key := range place {
		switch key := key.(type) {
		case string:
			before, now = before.AsMap().Get(key), now.AsMap().Get(key)
		case int:
			before, now = before.AsArray().Get(key), now.AsArray().Get(key)
		}
	}
	return before.IsNumber() && now.IsNumber() && slices.Contains([]any{
		"spendLimit", "sigmaThreshold", "floor", "avgLatencyMs", "p95LatencyMs", "stabilityRate",
	}, place[len(place)-1])
}

// TestDeleteFromAnyState deletes from states of which nothing is right but the
// parents, which stand in the outputs or in the inputs alone.
func TestDeleteFromAnyState(t *testing.T) {
	t.Parallel()
	for _, r := range rows {
		t.Run(r.kind, func(t *testing.T) {
			t.Parallel()
			w := enginetest.NewEnv(t, localapi.Options{})
			parents := r.parents(w)
			inputs := with(r.most, parents)
			importID := definition(r.kind).ImportID
			for _, edit := range edits {
				for _, from := range []string{"outputs", "inputs"} {
					resource := w.Create(r.kind, "any", inputs)
					before := liveObject(w, r, resource)
					for _, place := range places(property.New(resource.State)) {
						if root := place[0].(string); len(place) == 1 && (!importID.HasParent(root) || from == "inputs") {
							resource.State = editedAt(property.New(resource.State), place, edit.to).AsMap()
						}
					}
					resource.State = resource.State.Set("fromAnotherRelease", property.New(map[string]property.Value{"a": property.New(property.Null)}))
					if from == "outputs" {
						resource.Inputs = property.Map{}
					}
					if len(importID.Parents) > 0 {
						nowhere := *resource
						nowhere.Inputs = property.Map{}
						for _, parent := range importID.Parents {
							nowhere.State = nowhere.State.Set(parent.Property, property.New(".."))
						}
						w.Local.ResetRequests()
						require.ErrorContains(t, w.Engine.Delete(&nowhere), importID.Parents[0].Property)
						_, err := w.Engine.Refresh(&nowhere)
						require.ErrorContains(t, err, importID.Parents[0].Property)
						assert.Empty(t, w.Local.Requests(), "nothing is asked for in another object's name")
					}
					require.NoError(t, w.Engine.Delete(resource), "%s, parents from the %s", edit.name, from)
					if r.stays != "" || r.kind == "ProjectDefaultPolicy" {
						continue
					}
					for _, live := range w.Local.Objects(r.list) {
						if live["id"] == before["id"] {
							assert.Contains(t, []any{"deleted", "revoked"}, live["status"], edit.name)
						}
					}
				}
			}
		})
	}
}

// TestStateWithoutInputs loses all inputs, or those whose change replaces the
// object: nothing is created or replaced for that, whether a refresh comes before
// the update or not.
func TestStateWithoutInputs(t *testing.T) {
	t.Parallel()
	each(t, func(w *world, r row, parents object) {
		for name, inputs := range map[string]object{"most": with(r.most, parents), "least": with(r.least, parents)} {
			resource := w.Create(r.kind, name, inputs)
			id, rest := resource.ID, resource.Inputs
			partly := property.Map{}
			for key, value := range rest.All {
				if !slices.Contains(definition(r.kind).Properties.ReplacingNames(), key) {
					partly = partly.Set(key, value)
				}
			}
			for what, lost := range map[string]property.Map{"all": {}, "replacing": partly} {
				for _, refresh := range []bool{false, true} {
					resource.Inputs = lost
					if refresh {
						w.Refresh(resource)
					}
					w.Local.ResetRequests()
					result := w.Up(resource, inputs)
					assert.Contains(w, []enginetest.Op{enginetest.Same, enginetest.Update}, result.Op,
						"%s, %s lost, refreshed: %t: %v", name, what, refresh, result.Diff.DetailedDiff)
					if name == "most" {
						assert.Equal(w, enginetest.Same, result.Op, "%s lost, refreshed: %t: %v", what, refresh, result.Diff.DetailedDiff)
					}
					assert.Equal(w, id, resource.ID)
					for _, request := range w.Local.Requests() {
						assert.NotEqual(w, http.MethodPost, request.Method, request.Path)
						assert.NotEqual(w, http.MethodDelete, request.Method, request.Path)
					}
				}
			}
			require.NoError(w, w.Engine.Delete(resource))
		}
	})
}

// TestStateWithoutInputsOfAForeignName: the name of a program is not that of the
// state, and says so by a replacement also where the inputs are lost.
func TestStateWithoutInputsOfAForeignName(t *testing.T) {
	t.Parallel()
	w := enginetest.NewEnv(t, localapi.Options{})
	project := w.Project()
	agent := w.Agent(project, "first")
	inputs := object{"projectId": project.ID, "policyProfileId": textAt(agent.State, "policyProfileId"), "name": "second"}
	agent.Inputs = property.Map{}
	result := w.Engine.Preview(agent, enginetest.Inputs(inputs))
	require.Empty(t, result.Failures)
	assert.Equal(t, enginetest.Replace, result.Op)
	assert.True(t, properties.Replaces(result.Diff.DetailedDiff))
}

func textAt(m property.Map, name string) string { return strings.TrimSpace(m.Get(name).AsString()) }
