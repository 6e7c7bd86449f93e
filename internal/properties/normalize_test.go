// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

func TestWithoutNulls(t *testing.T) {
	t.Parallel()
	depends := []urn.URN{"urn:pulumi:dev::shop::a::b"}
	inputs := property.NewMap(map[string]property.Value{
		"null":           null,
		"secret null":    null.WithSecret(true),
		"dependent null": null.WithDependencies(depends),
		"value":          property.New(0.0),
		"object":         property.New(map[string]property.Value{"null": null, "value": property.New("")}).WithSecret(true).WithDependencies(depends),
		"list": property.New([]property.Value{
			null, property.New(map[string]property.Value{"null": null.WithSecret(true), "value": property.New(false)}).WithSecret(true),
		}).WithDependencies(depends),
		"empty list":   property.New([]property.Value{}),
		"empty object": property.New(map[string]property.Value{}),
		"unknown":      property.New(property.Computed).WithDependencies(depends),
	})
	assert.Equal(t, property.NewMap(map[string]property.Value{
		"value":  property.New(0.0),
		"object": property.New(map[string]property.Value{"value": property.New("")}).WithSecret(true).WithDependencies(depends),
		"list": property.New([]property.Value{
			null, property.New(map[string]property.Value{"value": property.New(false)}).WithSecret(true),
		}).WithDependencies(depends),
		"empty list":   property.New([]property.Value{}),
		"empty object": property.New(map[string]property.Value{}),
		"unknown":      property.New(property.Computed).WithDependencies(depends),
	}), properties.WithoutNulls(inputs))
}

func TestKeepSpelling(t *testing.T) {
	t.Parallel()
	table := properties.Table{"table": properties.String().IgnoresCase(), "text": properties.String()}
	names := func(table, text property.Value) property.Map {
		return property.NewMap(map[string]property.Value{"table": table, "text": text})
	}
	olds := names(property.New("Users"), property.New("Text"))
	unknown := property.New(property.Computed)
	for _, test := range []struct{ news, want property.Map }{
		{names(property.New("uSERS").WithSecret(true), property.New("text")), names(property.New("Users").WithSecret(true), property.New("text"))},
		{names(property.New("orders"), unknown), names(property.New("orders"), unknown)},
		{names(unknown, null), names(unknown, null)},
		{names(null, null), names(null, null)},
	} {
		assert.Equal(t, test.want, table.KeepSpelling(olds, test.news))
		assert.Equal(t, test.news, table.KeepSpelling(property.Map{}, test.news), "a new object")
	}
	assert.Empty(t, table.Diff(olds, names(property.New("users"), property.New("Text"))))
	assert.NotEmpty(t, table.Diff(olds, names(property.New("user"), property.New("Text"))))
}

func TestResolveReferences(t *testing.T) {
	t.Parallel()
	inputs := values(fields{
		"projectId": secret("org_1/prj_1"),
		"pool":      fields{"host": "a/pol_1", "limits": fields{"policyId": "prj_1/db_1/pol_1"}},
		"rules":     []any{fields{"policyId": "prj_1/pol_1"}, fields{"policyId": "pol_2"}, fields{"policyId": unknown}},
		"byName":    fields{"a": "prj_1/pol_1", "b": "prj_1/xyz_1", "c": "prj_1/pol_", "d": "https://a/pol_1", "e": "../pol_1", "f": 5, "g": ""},
	})
	assertValues(t, values(fields{
		"projectId": secret("prj_1"),
		"pool":      fields{"host": "a/pol_1", "limits": fields{"policyId": "pol_1"}},
		"rules":     []any{fields{"policyId": "pol_1"}, fields{"policyId": "pol_2"}, fields{"policyId": unknown}},
		"byName":    fields{"a": "pol_1", "b": "prj_1/xyz_1", "c": "prj_1/pol_", "d": "https://a/pol_1", "e": "../pol_1", "f": 5, "g": ""},
	}), stateTable().ResolveReferences(inputs))
	empty := values(fields{"rules": []any{}, "byName": fields{}, "pool": unknown})
	assertValues(t, values(fields{"rules": []any{}, "byName": fields{}, "pool": unknown}), stateTable().ResolveReferences(empty))
}

func TestPropagateMarks(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name":     properties.String(),
		"enforce":  properties.Bool().MustBeKnown(),
		"database": exampleTable()["pool"].Required(),
		"sandbox":  exampleTable()["pool"].MustBeKnown(),
		"labels":   properties.Map(properties.String()),
		"replicas": properties.List(properties.Object[limits](properties.Table{
			"name": properties.String().MustBeKnown(),
			"host": properties.String().Required(),
			"port": properties.Integer(),
		})).MustBeKnown(),
		"agents":  properties.Map(properties.Object[limits](properties.Table{"host": properties.String().Required(), "port": properties.Integer()})).NamesChildren(),
		"rules":   properties.Map(properties.Object[limits](properties.Table{"host": properties.String()})),
		"tenants": properties.Map(properties.String()).NamesChildren(),
		"tables":  properties.List(properties.String().NamesChildren()).MustBeKnown(),
	}
	for name, test := range map[string]struct{ inputs, want fields }{
		"empty":        {fields{}, fields{}},
		"null":         {fields{"database": nil, "replicas": nil}, fields{"database": nil, "replicas": nil}},
		"plain values": {fields{"name": "a", "labels": fields{"a": "b"}}, fields{"name": "a", "labels": fields{"a": "b"}}},
		"object":       {fields{"database": fields{"size": 5}}, fields{"database": fields{"size": 5}}},
		"secret object": {
			fields{"database": secret(fields{"size": 5, "mode": secret("a"), "limits": fields{"soft": true}})},
			fields{"database": fields{"size": secret(5), "mode": secret("a"), "limits": fields{"soft": secret(true)}}},
		},
		"unknown object":        {fields{"database": unknown}, fields{"database": fields{"size": unknown}}},
		"unknown secret object": {fields{"database": unknown.WithSecret(true)}, fields{"database": fields{"size": unknown.WithSecret(true)}}},
		// An object that decides which children exist stays, for Check to reject.
		"unknown object that must be known": {fields{"sandbox": unknown}, fields{"sandbox": unknown}},
		"secret object that must be known":  {fields{"sandbox": secret(fields{"size": 5})}, fields{"sandbox": fields{"size": secret(5)}}},
		"secret list": {
			fields{"replicas": secret([]any{fields{"host": "a"}, fields{"host": "b", "port": 1}})},
			fields{"replicas": []any{fields{"host": secret("a")}, fields{"host": secret("b"), "port": secret(1)}}},
		},
		// The secret mark of a map whose keys name children stays, for Check to reject.
		"secret map that names children": {
			fields{"agents": secret(fields{"a": fields{"port": 1}})}, fields{"agents": secret(fields{"a": fields{"port": secret(1)}})},
		},
		"secret map of strings that names children": {fields{"tenants": secret(fields{"a": "1"})}, fields{"tenants": secret(fields{"a": secret("1")})}},
		"secret map of objects":                     {fields{"rules": secret(fields{"a": fields{"host": "b"}})}, fields{"rules": fields{"a": fields{"host": secret("b")}}}},
		// So does that of a list of names, at each of them.
		"secret list of names":      {fields{"tables": secret([]any{"a", nil})}, fields{"tables": []any{secret("a"), secret(nil)}}},
		"unknown list of names":     {fields{"tables": unknown}, fields{"tables": unknown}},
		"unknown name":              {fields{"tables": []any{unknown, secret("a")}}, fields{"tables": []any{unknown, secret("a")}}},
		"empty list of names":       {fields{"tables": []string{}}, fields{"tables": []string{}}},
		"secret entry":              {fields{"agents": fields{"a": secret(fields{"port": 1}), "b": fields{}}}, fields{"agents": fields{"a": fields{"port": secret(1)}, "b": fields{}}}},
		"unknown entry":             {fields{"agents": fields{"a": unknown}, "tenants": fields{"a": unknown}}, fields{"agents": fields{"a": fields{"host": unknown}}, "tenants": fields{"a": unknown}}},
		"unknown map":               {fields{"agents": unknown, "tenants": unknown}, fields{"agents": unknown, "tenants": unknown}},
		"unknown item":              {fields{"replicas": []any{unknown}}, fields{"replicas": []any{fields{"host": unknown}}}},
		"unknown list":              {fields{"replicas": unknown}, fields{"replicas": unknown}},
		"empty list":                {fields{"replicas": []string{}}, fields{"replicas": []string{}}},
		"secret that must be known": {fields{"enforce": secret(true)}, fields{"enforce": true}},
		"secret map":                {fields{"labels": secret(fields{"a": "b"})}, fields{"labels": secret(fields{"a": "b"})}},
		"not in the table":          {fields{"database": secret(fields{"colour": "a"})}, fields{"database": fields{"colour": "a"}}},
		"wrong types":               {fields{"database": "db", "replicas": []any{nil, "a"}, "enforce": secret("yes")}, fields{"database": "db", "replicas": []any{nil, "a"}, "enforce": secret("yes")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertValues(t, values(test.want), table.PropagateMarks(values(test.inputs)))
		})
	}

	t.Run("dependencies", func(t *testing.T) {
		t.Parallel()
		const one, other = urn.URN("urn:pulumi:dev::shop::pgbeam:index:Project::one"), urn.URN("urn:pulumi:dev::shop::pgbeam:index:Project::other")
		size := property.New(5.0).WithDependencies([]urn.URN{one})
		inputs := values(fields{
			"database": properties.Value(fields{"size": size, "mode": "a"}).WithDependencies([]urn.URN{other}),
			"enforce":  property.New(true).WithDependencies([]urn.URN{other}),
			"replicas": []any{fields{
				"name": property.New("a").WithDependencies([]urn.URN{other}).WithSecret(true), "host": property.New("b").WithDependencies([]urn.URN{other}),
			}},
		})
		got := table.PropagateMarks(inputs)
		tenants := table.PropagateMarks(values(fields{"tenants": properties.Value(fields{"a": "1"}).WithDependencies([]urn.URN{other})})).Get("tenants")
		assert.Empty(t, tenants.Dependencies())
		assert.Equal(t, []urn.URN{other}, tenants.AsMap().Get("a").Dependencies())
		tables := table.PropagateMarks(values(fields{
			"tables": properties.Value([]any{property.New("a").WithDependencies([]urn.URN{one})}).WithDependencies([]urn.URN{other}),
		})).Get("tables")
		assert.Empty(t, tables.Dependencies())
		assert.Empty(t, tables.AsArray().Get(0).Dependencies())
		database := got.Get("database")
		assert.Empty(t, database.Dependencies())
		assert.Equal(t, []urn.URN{one, other}, database.AsMap().Get("size").Dependencies())
		assert.Equal(t, []urn.URN{other}, database.AsMap().Get("mode").Dependencies())
		assert.Empty(t, got.Get("enforce").Dependencies())
		replica := got.Get("replicas").AsArray().Get(0).AsMap()
		assert.Empty(t, replica.Get("name").Dependencies())
		assert.True(t, replica.Get("name").Secret(), "kept, so that it is rejected")
		assert.Equal(t, []urn.URN{other}, replica.Get("host").Dependencies())
	})
}
