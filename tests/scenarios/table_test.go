// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

func TestBehavioursDifferInEverySwitch(t *testing.T) {
	t.Parallel()
	testedElsewhere := map[string]string{
		"DeletedProjectNameReusable": "prevents the replacement of a project, and has a test in resources",
		"FeatureOff":                 "prevents every create, and has a test in resources",
		"FeatureOffAnswers403":       "belongs to FeatureOff",
	}
	usual, other := reflect.ValueOf(scenario.Behaviours["usual"]), reflect.ValueOf(scenario.Behaviours["other"])
	for i := range usual.NumField() {
		name := usual.Type().Field(i).Name
		differs := !reflect.DeepEqual(usual.Field(i).Interface(), other.Field(i).Interface())
		assert.NotEqual(t, differs, testedElsewhere[name] != "", name)
	}
}

func TestTableHasARowForEveryResource(t *testing.T) {
	t.Parallel()
	var withObject, evaluations, discoveries, described, evaluated, discovered []string
	for _, resource := range resources.All() {
		switch {
		case resource.Evaluation != nil:
			evaluations = append(evaluations, resource.Kind())
		case resource.Discovery != nil:
			discoveries = append(discoveries, resource.Kind())
		default:
			withObject = append(withObject, resource.Kind())
		}
	}
	for _, k := range scenario.Kinds() {
		described = append(described, k.Name)
	}
	for _, e := range scenario.Evaluations() {
		evaluated = append(evaluated, e.Kind)
	}
	for _, d := range scenario.Discoveries() {
		discovered = append(discovered, d.Kind)
	}
	assert.Equal(t, withObject, described)
	assert.Equal(t, discoveries, discovered)
	assert.Equal(t, evaluations, evaluated)
}

// TestTableCoversEveryProperty requires that Full has every property, that every
// property with a documented default is removed, and that every other property
// whose change replaces the object is changed.
func TestTableCoversEveryProperty(t *testing.T) {
	t.Parallel()
	for _, k := range scenario.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, k, localapi.Options{})
			table := k.Resource().Properties
			for _, name := range table.Names() {
				if _, parent := c.Parents[name]; parent || table.SharedWith(name) != "" {
					continue // the kind that shares the property sets it
				}
				_, full := k.Full[name]
				assert.True(t, full, "Full has no %s", name)
				if slices.Contains(table.ReplacingNames(), name) {
					assert.Contains(t, k.Replacing, name)
					continue
				}
				removed := slices.ContainsFunc(k.Removable, func(r scenario.Removal) bool { return r.Property == name })
				_, excluded := k.NotRemovable[name]
				_, documented := table.Default(name)
				assert.Equal(t, documented, removed || excluded, "%s: Removable and NotRemovable have the properties with a default", name)
				assert.False(t, removed && excluded, name)
			}
		})
	}
}

// TestTableNamesEverySetting requires that a row describes a setting if and only
// if the resource declares one.
func TestTableNamesEverySetting(t *testing.T) {
	t.Parallel()
	settings := 0
	for _, k := range scenario.Kinds() {
		assert.Equal(t, k.IsSetting(), k.Setting != nil, k.Name)
		if k.Setting != nil {
			settings++
			require.Contains(t, k.Resource().Properties, k.Setting.Property, k.Name)
		}
	}
	assert.Positive(t, settings)
}
