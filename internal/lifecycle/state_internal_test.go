// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"fmt"
	"math"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// testSchema returns a schema that has properties of all types.
func testSchema() stateSchema {
	typeOf := func(name string) schema.TypeSpec { return schema.TypeSpec{Type: name} }
	ref := func(name string) schema.TypeSpec { return schema.TypeSpec{Ref: "#/types/x:index:" + name} }
	object := func(required []string, fields map[string]schema.TypeSpec) schema.ObjectTypeSpec {
		spec := schema.ObjectTypeSpec{Type: "object", Required: required, Properties: map[string]schema.PropertySpec{}}
		for name, typ := range fields {
			spec.Properties[name] = schema.PropertySpec{TypeSpec: typ}
		}
		return spec
	}
	rule, label := ref("Rule"), typeOf("string")
	return stateSchema{
		ObjectTypeSpec: object([]string{"name", "size", "limits"}, map[string]schema.TypeSpec{
			"name": typeOf("string"), "size": typeOf("integer"), "share": typeOf("number"), "on": typeOf("boolean"), "mode": ref("Mode"), "limits": ref("Limits"),
			"rules": {Type: "array", Items: &rule}, "labels": {Type: "object", AdditionalProperties: &label},
		}),
		types: map[string]schema.ComplexTypeSpec{
			"x:index:Mode":   {ObjectTypeSpec: schema.ObjectTypeSpec{Type: "string"}, Enum: []schema.EnumValueSpec{{Value: "a"}}},
			"x:index:Limits": {ObjectTypeSpec: object([]string{"deep", "max"}, map[string]schema.TypeSpec{"max": typeOf("integer"), "deep": ref("Deep"), "note": typeOf("string")})},
			"x:index:Deep":   {ObjectTypeSpec: object([]string{"tags"}, map[string]schema.TypeSpec{"tags": {Type: "array", Items: &label}})},
			"x:index:Rule":   {ObjectTypeSpec: object([]string{"table", "mode"}, map[string]schema.TypeSpec{"table": typeOf("string"), "mode": ref("Mode"), "max": typeOf("integer")})},
		},
	}
}

// TestMatchKeepsWhatTheSchemaHas checks both the resulting state and the mismatches.
func TestMatchKeepsWhatTheSchemaHas(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	deep := object{"tags": []any{}}
	empty := object{"name": "", "size": 0, "limits": object{"max": 0, "deep": deep}}
	emptyWith := func(name string, value any) object {
		o := object{}
		for key, entry := range empty {
			o[key] = entry
		}
		o[name] = value
		return o
	}
	secret := property.New("value").WithSecret(true)
	for name, test := range map[string]struct {
		state, want object
		mismatches  []mismatch
	}{
		"empty state":        {object{}, empty, nil},
		"only nulls":         {object{"name": nil, "limits": nil, "rules": nil, "labels": nil, "share": nil}, empty, nil},
		"unknown properties": {object{"colour": object{"a": nil}, "": 1}, empty, nil},
		"string":             {object{"name": "a"}, emptyWith("name", "a"), nil},
		"secret":             {object{"name": secret}, emptyWith("name", secret), nil},
		"secret object":      {object{"labels": properties.Value(object{"a": secret}).WithSecret(true)}, emptyWith("labels", properties.Value(object{"a": secret}).WithSecret(true)), nil},
		"unknown value":      {object{"name": property.New(property.Computed)}, emptyWith("name", property.New(property.Computed)), nil},
		"not a string":       {object{"name": 5}, empty, []mismatch{{"name", "a string"}}},
		"not an integer":     {object{"size": "5"}, empty, []mismatch{{"size", "a whole number below 2^53"}}},
		"fraction":           {object{"size": 0.5}, empty, []mismatch{{"size", "a whole number below 2^53"}}},
		"unsafe integer":     {object{"size": 1 << 53}, empty, []mismatch{{"size", "a whole number below 2^53"}}},
		"not a number":       {object{"share": true}, empty, []mismatch{{"share", "a number"}}},
		"infinity":           {object{"share": math.Inf(1)}, empty, []mismatch{{"share", "a number"}}},
		"not a boolean":      {object{"on": "true"}, empty, []mismatch{{"on", "true or false"}}},
		"unknown enum value": {object{"mode": "added"}, emptyWith("mode", "added"), nil},
		"not an enum value":  {object{"mode": 1}, empty, []mismatch{{"mode", "a string"}}},
		"not an object":      {object{"limits": []any{}}, empty, []mismatch{{"limits", "an object"}}},
		"nested object": {
			object{"limits": object{"max": 5, "note": nil, "more": 1, "deep": object{"tags": []any{"a"}}}},
			emptyWith("limits", object{"max": 5, "deep": object{"tags": []any{"a"}}}), nil,
		},
		"nested object without required fields": {object{"limits": object{"note": "a"}}, emptyWith("limits", object{"note": "a", "max": 0, "deep": deep}), []mismatch{{"limits.deep", wantPresent}, {"limits.max", wantPresent}}},
		"nested nulls":                          {object{"limits": object{"max": nil, "deep": object{"tags": nil}}}, empty, []mismatch{{"limits.deep.tags", wantPresent}, {"limits.max", wantPresent}}},
		"nested values of other types":          {object{"limits": object{"max": object{}, "deep": object{"tags": []any{nil}}}}, empty, []mismatch{{"limits.deep.tags[0]", "a string"}, {"limits.max", "a whole number below 2^53"}}},
		"list":                                  {object{"rules": []any{object{"table": "a", "mode": "b"}}}, emptyWith("rules", []any{object{"table": "a", "mode": "b"}}), nil},
		"empty list":                            {object{"rules": []any{}}, emptyWith("rules", []any{}), nil},
		"not a list":                            {object{"rules": object{}}, empty, []mismatch{{"rules", "a list"}}},
		"null item":                             {object{"rules": []any{object{"table": "a", "mode": "b"}, nil}}, empty, []mismatch{{"rules[1]", "an object"}}},
		"item without a required field":         {object{"rules": []any{object{"table": "a"}}}, emptyWith("rules", []any{object{"table": "a", "mode": ""}}), []mismatch{{"rules[0].mode", wantPresent}}},
		"map":                                   {object{"labels": object{"a": "b"}}, emptyWith("labels", object{"a": "b"}), nil},
		"not a map":                             {object{"labels": "a"}, empty, []mismatch{{"labels", "a map"}}},
		"null entry":                            {object{"labels": object{"a": "b", "c": nil}}, empty, []mismatch{{"labels.c", "a string"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, mismatches := testSchema().match(properties.Value(test.state).AsMap())
			assert.Equal(t, test.mismatches, mismatches)
			assert.True(t, properties.Value(test.want).Equals(property.New(got)), "%v", got)
			again, _ := testSchema().match(got)
			assert.True(t, property.New(got).Equals(property.New(again)), "match is idempotent")
		})
	}
}

func TestUnsafeIntegersAreFoundAtAnyDepth(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	const maxSafeInteger = 1<<53 - 1
	assert.Empty(t, testSchema().unsafeIntegers(properties.Value(object{
		"size": maxSafeInteger, "share": 1e300, "limits": object{"max": -maxSafeInteger}, "rules": []any{object{"max": maxSafeInteger}}, "colour": 1e300,
	}).AsMap()))
	assert.Equal(t, []properties.Path{"limits.max", "rules[1].max", "size"}, testSchema().unsafeIntegers(properties.Value(object{
		"size": maxSafeInteger + 1, "limits": object{"max": -maxSafeInteger - 1}, "rules": []any{object{"max": 1}, object{"max": float64(math.MaxInt64)}},
	}).AsMap()))
}

// TestEverySchemaMatchesAnEmptyState also checks that every schema resolves all types that
// it refers to.
func TestEverySchemaMatchesAnEmptyState(t *testing.T) {
	t.Parallel()
	for _, inner := range resources.All() {
		wrapped := Wrap(Env{}, inner)
		state, mismatches := wrapped.state().match(property.Map{})
		assert.Empty(t, mismatches, wrapped.Kind())
		for name, spec := range wrapped.spec().Properties {
			assert.NotPanics(t, func() { wrapped.state().empty(spec.TypeSpec) }, "%s.%s", wrapped.Kind(), name)
		}
		assert.Equal(t, len(wrapped.spec().Required), state.Len(), wrapped.Kind())
	}
}

func TestIsAutoNameRecognizesOnlyAutomaticNames(t *testing.T) {
	t.Parallel()
	for _, logical := range []string{"a", "with-a-dash", "ä-ö", fmt.Sprintf("%0200d", 1)} {
		urn := resource.NewURN("test", "project", "", tokens.Type("pgbeam:index:Project"), logical)
		name, err := autoName(urn, 100, []byte("seed"))
		require.NoError(t, err)
		assert.True(t, isAutoName(urn, property.New(name), 100), name)
		assert.True(t, isAutoName(urn, property.New(property.Computed), 100))
		for _, other := range []string{"", logical, logical + "-", logical + "-eu", logical + "-zzzzzzz", "x" + name, name + "0"} {
			assert.False(t, isAutoName(urn, property.New(other), 100), other)
		}
		assert.False(t, isAutoName(urn, property.New(5.0), 100))
	}
}
