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

// aSchema has a property of every kind that a schema has.
func testSchema() stateSchema {
	of := func(kind string) schema.TypeSpec { return schema.TypeSpec{Type: kind} }
	ref := func(name string) schema.TypeSpec { return schema.TypeSpec{Ref: "#/types/x:index:" + name} }
	object := func(required []string, fields map[string]schema.TypeSpec) schema.ObjectTypeSpec {
		spec := schema.ObjectTypeSpec{Type: "object", Required: required, Properties: map[string]schema.PropertySpec{}}
		for name, typ := range fields {
			spec.Properties[name] = schema.PropertySpec{TypeSpec: typ}
		}
		return spec
	}
	rules, labels := ref("Rule"), of("string")
	return stateSchema{
		ObjectTypeSpec: object([]string{"name", "size", "limits"}, map[string]schema.TypeSpec{
			"name": of("string"), "size": of("integer"), "share": of("number"), "on": of("boolean"), "mode": ref("Mode"), "limits": ref("Limits"),
			"rules": {Type: "array", Items: &rules}, "labels": {Type: "object", AdditionalProperties: &labels},
		}),
		types: map[string]schema.ComplexTypeSpec{
			"x:index:Mode":   {ObjectTypeSpec: schema.ObjectTypeSpec{Type: "string"}, Enum: []schema.EnumValueSpec{{Value: "a"}}},
			"x:index:Limits": {ObjectTypeSpec: object([]string{"deep", "most"}, map[string]schema.TypeSpec{"most": of("integer"), "deep": ref("Deep"), "note": of("string")})},
			"x:index:Deep":   {ObjectTypeSpec: object([]string{"tags"}, map[string]schema.TypeSpec{"tags": {Type: "array", Items: &labels}})},
			"x:index:Rule":   {ObjectTypeSpec: object([]string{"table", "mode"}, map[string]schema.TypeSpec{"table": of("string"), "mode": ref("Mode"), "most": of("integer")})},
		},
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	deep := object{"tags": []any{}}
	empty := object{"name": "", "size": 0, "limits": object{"most": 0, "deep": deep}}
	with := func(name string, value any) object {
		o := object{}
		for key, entry := range empty {
			o[key] = entry
		}
		o[name] = value
		return o
	}
	hidden := property.New("hidden").WithSecret(true)
	for name, test := range map[string]struct {
		state, want object
		found       []mismatch
	}{
		"nothing":               {object{}, empty, nil},
		"only nulls":            {object{"name": nil, "limits": nil, "rules": nil, "labels": nil, "share": nil}, empty, nil},
		"not in the schema":     {object{"colour": object{"a": nil}, "": 1}, empty, nil},
		"text":                  {object{"name": "a"}, with("name", "a"), nil},
		"secret":                {object{"name": hidden}, with("name", hidden), nil},
		"secret object":         {object{"labels": properties.Value(object{"a": hidden}).WithSecret(true)}, with("labels", properties.Value(object{"a": hidden}).WithSecret(true)), nil},
		"unknown":               {object{"name": property.New(property.Computed)}, with("name", property.New(property.Computed)), nil},
		"no text":               {object{"name": 5}, empty, []mismatch{{"name", "a string"}}},
		"no integer":            {object{"size": "5"}, empty, []mismatch{{"size", "a whole number below 2^53"}}},
		"fraction":              {object{"size": 0.5}, empty, []mismatch{{"size", "a whole number below 2^53"}}},
		"beyond every integer":  {object{"size": 1 << 53}, empty, []mismatch{{"size", "a whole number below 2^53"}}},
		"no number":             {object{"share": true}, empty, []mismatch{{"share", "a number"}}},
		"infinite":              {object{"share": math.Inf(1)}, empty, []mismatch{{"share", "a number"}}},
		"no truth":              {object{"on": "true"}, empty, []mismatch{{"on", "true or false"}}},
		"enum of another value": {object{"mode": "of another release"}, with("mode", "of another release"), nil},
		"no enum":               {object{"mode": 1}, empty, []mismatch{{"mode", "a string"}}},
		"no object":             {object{"limits": []any{}}, empty, []mismatch{{"limits", "an object"}}},
		"nested": {
			object{"limits": object{"most": 5, "note": nil, "more": 1, "deep": object{"tags": []any{"a"}}}},
			with("limits", object{"most": 5, "deep": object{"tags": []any{"a"}}}), nil,
		},
		"nested lacks": {object{"limits": object{"note": "a"}}, with("limits", object{"note": "a", "most": 0, "deep": deep}), []mismatch{{"limits.deep", wantPresent}, {"limits.most", wantPresent}}},
		"nested null":  {object{"limits": object{"most": nil, "deep": object{"tags": nil}}}, empty, []mismatch{{"limits.deep.tags", wantPresent}, {"limits.most", wantPresent}}},
		"nested other": {object{"limits": object{"most": object{}, "deep": object{"tags": []any{nil}}}}, empty, []mismatch{{"limits.deep.tags[0]", "a string"}, {"limits.most", "a whole number below 2^53"}}},
		"list":         {object{"rules": []any{object{"table": "a", "mode": "b"}}}, with("rules", []any{object{"table": "a", "mode": "b"}}), nil},
		"empty list":   {object{"rules": []any{}}, with("rules", []any{}), nil},
		"no list":      {object{"rules": object{}}, empty, []mismatch{{"rules", "a list"}}},
		"null item":    {object{"rules": []any{object{"table": "a", "mode": "b"}, nil}}, empty, []mismatch{{"rules[1]", "an object"}}},
		"item lacks":   {object{"rules": []any{object{"table": "a"}}}, with("rules", []any{object{"table": "a", "mode": ""}}), []mismatch{{"rules[0].mode", wantPresent}}},
		"map":          {object{"labels": object{"a": "b"}}, with("labels", object{"a": "b"}), nil},
		"no map":       {object{"labels": "a"}, empty, []mismatch{{"labels", "a map"}}},
		"null entry":   {object{"labels": object{"a": "b", "c": nil}}, empty, []mismatch{{"labels.c", "a string"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, found := testSchema().match(properties.Value(test.state).AsMap())
			assert.Equal(t, test.found, found)
			assert.True(t, properties.Value(test.want).Equals(property.New(got)), "%v", got)
			again, _ := testSchema().match(got)
			assert.True(t, property.New(got).Equals(property.New(again)), "what matches stays as it is")
		})
	}
}

func TestUnsafeIntegers(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	const most = 1<<53 - 1
	assert.Empty(t, testSchema().unsafeIntegers(properties.Value(object{
		"size": most, "share": 1e300, "limits": object{"most": -most}, "rules": []any{object{"most": most}}, "colour": 1e300,
	}).AsMap()))
	assert.Equal(t, []properties.Path{"limits.most", "rules[1].most", "size"}, testSchema().unsafeIntegers(properties.Value(object{
		"size": most + 1, "limits": object{"most": -most - 1}, "rules": []any{object{"most": 1}, object{"most": float64(math.MaxInt64)}},
	}).AsMap()))
}

// TestEverySchemaMatchesItsEmptyState: the empty state of every resource matches,
// so that every type of every schema is known.
func TestEverySchemaMatchesItsEmptyState(t *testing.T) {
	t.Parallel()
	for _, inner := range resources.All() {
		served := Wrap(Env{}, inner)
		state, found := served.state().match(property.Map{})
		assert.Empty(t, found, served.Kind())
		for name, spec := range served.spec().Properties {
			assert.NotPanics(t, func() { served.state().empty(spec.TypeSpec) }, "%s.%s", served.Kind(), name)
		}
		assert.Equal(t, len(served.spec().Required), state.Len(), served.Kind())
	}
}

// TestAutomaticNamesAreKnown: what autoName makes is taken for automatic, and no
// other name is.
func TestAutomaticNamesAreKnown(t *testing.T) {
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
