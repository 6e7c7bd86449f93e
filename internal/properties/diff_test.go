// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

func diffTable() properties.Table {
	return properties.Table{
		"name":    properties.String(),
		"size":    properties.Integer().Default(5),
		"orgId":   properties.String().Replaces(),
		"cloud":   properties.String().Replaces().Default("aws"),
		"labels":  properties.Map(properties.String()),
		"tags":    properties.List(properties.String()).ComparedBy(properties.SameSet),
		"columns": properties.List(properties.String()),
		"rules": properties.List(properties.Object[masking](properties.Table{
			"column": properties.String(),
			"hosts":  properties.List(properties.String().Host()),
		})),
		"database": properties.Object[pool](properties.Table{
			"host":     properties.String().Host(),
			"mode":     properties.String().Default("session"),
			"password": properties.String().Secret().WriteOnly(),
			"engine":   properties.String().Replaces(),
			"limits":   properties.Object[limits](properties.Table{"maxSize": properties.Integer()}),
		}),
		"placement": properties.Object[limits](properties.Table{
			"zone":  properties.String(),
			"kind":  properties.String().Default("shared"),
			"racks": properties.List(properties.Integer()),
		}).Replaces(),
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	type kinds map[string]p.DiffKind
	for name, test := range map[string]struct {
		olds, news fields
		want       kinds
	}{
		"empty":           {fields{}, fields{}, kinds{}},
		"add":             {fields{}, fields{"name": "a"}, kinds{"name": p.Add}},
		"add empty":       {fields{}, fields{"name": "", "tags": []string{}}, kinds{"name": p.Add, "tags": p.Add}},
		"delete":          {fields{"size": 6}, fields{}, kinds{"size": p.Delete}},
		"update":          {fields{"name": "a"}, fields{"name": "b"}, kinds{"name": p.Update}},
		"null is omitted": {fields{"name": nil}, fields{"name": "a", "tags": nil}, kinds{"name": p.Add}},
		"to null":         {fields{"size": 6}, fields{"size": nil}, kinds{"size": p.Delete}},
		"several":         {fields{"name": "a", "orgId": "o"}, fields{"name": "b", "orgId": "p"}, kinds{"name": p.Update, "orgId": p.UpdateReplace}},
		"add, replace":    {fields{}, fields{"orgId": "o", "cloud": "gcp"}, kinds{"orgId": p.AddReplace, "cloud": p.AddReplace}},
		"delete, replace": {fields{"orgId": "o", "cloud": "gcp"}, fields{}, kinds{"orgId": p.DeleteReplace, "cloud": p.DeleteReplace}},
		"update, replace": {fields{"cloud": "aws"}, fields{"cloud": "gcp"}, kinds{"cloud": p.UpdateReplace}},

		// The value stays and is no longer managed.
		"delete, no default":         {fields{"name": "a", "columns": []string{"a"}, "database": fields{"mode": "a"}}, fields{}, kinds{}},
		"delete, nested, no default": {fields{"database": fields{"host": "db", "mode": "a"}}, fields{"database": fields{}}, kinds{"database.mode": p.Delete}},
		// The live value of an omitted property may have been changed outside of Pulumi.
		"default, set explicitly": {fields{}, fields{"size": 5}, kinds{"size": p.Add}},
		"default, removed":        {fields{"size": 5}, fields{}, kinds{"size": p.Delete}},

		// A property that cannot be updated had the default from the start.
		"default that replaces, set explicitly": {fields{}, fields{"cloud": "aws"}, kinds{}},
		"default that replaces, removed":        {fields{"cloud": "aws"}, fields{}, kinds{}},
		"default in an object that replaces":    {fields{"placement": fields{"zone": "a"}}, fields{"placement": fields{"zone": "a", "kind": "shared"}}, kinds{}},

		"same set":                 {fields{"tags": []string{"a", "b"}}, fields{"tags": []string{"b", "a"}}, kinds{}},
		"other set":                {fields{"tags": []string{"a", "b"}}, fields{"tags": []string{"a", "c"}}, kinds{"tags": p.Update}},
		"only marked secret":       {fields{"name": "a", "columns": []string{"a"}}, fields{"name": secret("a"), "columns": []any{secret("a")}}, kinds{}},
		"map":                      {fields{"labels": fields{"a": "x", "b": "y"}}, fields{"labels": fields{"a": "x", "b": "z"}}, kinds{"labels": p.Update}},
		"list, same length":        {fields{"columns": []string{"a", "b", "c"}}, fields{"columns": []string{"a", "x", "y"}}, kinds{"columns[1]": p.Update, "columns[2]": p.Update}},
		"list, longer":             {fields{"columns": []string{"a"}}, fields{"columns": []string{"a", "b"}}, kinds{"columns": p.Update}},
		"list, shorter":            {fields{"columns": []string{"a"}}, fields{"columns": []string{}}, kinds{"columns": p.Update}},
		"list of objects":          {fields{"rules": []any{fields{"column": "a"}, fields{"column": "b"}}}, fields{"rules": []any{fields{"column": "a"}, fields{"column": "c"}}}, kinds{"rules[1].column": p.Update}},
		"list in an object":        {fields{"rules": []any{fields{"hosts": []string{"DB", "a"}}}}, fields{"rules": []any{fields{"hosts": []string{"db", "b"}}}}, kinds{"rules[0].hosts[1]": p.Update}},
		"field of an item":         {fields{"rules": []any{fields{"column": "a"}}}, fields{"rules": []any{fields{"hosts": []string{"a"}}}}, kinds{"rules[0].hosts": p.Add}},
		"field removed from items": {fields{"rules": []any{fields{"column": "a", "hosts": []string{"a"}}, fields{"column": "b"}}}, fields{"rules": []any{fields{"column": "a"}, fields{}}}, kinds{"rules": p.Update}},
		"object, added":            {fields{}, fields{"database": fields{"host": "db"}}, kinds{"database": p.Add}},
		"field of an object":       {fields{"database": fields{"host": "DB", "password": "a"}}, fields{"database": fields{"host": "db", "password": "b"}}, kinds{"database.password": p.Update}},
		"nested field": {
			fields{"database": fields{"mode": "transaction", "limits": fields{"maxSize": 1}}},
			fields{"database": fields{"limits": fields{"maxSize": 2}}},
			kinds{"database.mode": p.Delete, "database.limits.maxSize": p.Update},
		},

		"replace, nested":         {fields{"database": fields{"host": "a", "engine": "x"}}, fields{"database": fields{"host": "b", "engine": "y"}}, kinds{"database.host": p.Update, "database.engine": p.UpdateReplace}},
		"replace, whole object":   {fields{"placement": fields{"zone": "a", "kind": "own", "racks": []any{1}}}, fields{"placement": fields{"zone": "b", "racks": []any{2}}}, kinds{"placement.zone": p.UpdateReplace, "placement.kind": p.DeleteReplace, "placement.racks[0]": p.UpdateReplace}},
		"replace, nested list":    {fields{"placement": fields{"racks": []any{1}}}, fields{"placement": fields{"racks": []any{1, 2}}}, kinds{"placement.racks": p.UpdateReplace}},
		"replace, object added":   {fields{}, fields{"placement": fields{"zone": "a"}}, kinds{"placement": p.AddReplace}},
		"replace, object removed": {fields{"placement": fields{"zone": "a"}}, fields{}, kinds{"placement": p.DeleteReplace}},
		"unknown":                 {fields{"name": "a"}, fields{"name": unknown}, kinds{"name": p.Update}},
		"unknown, added":          {fields{}, fields{"name": unknown}, kinds{"name": p.Add}},
		"unknown, replace":        {fields{"orgId": "o"}, fields{"orgId": unknown, "cloud": unknown}, kinds{"orgId": p.UpdateReplace, "cloud": p.AddReplace}},
		"unknown object":          {fields{"database": fields{"host": "db"}}, fields{"database": unknown}, kinds{"database": p.Update}},
		"unknown field":           {fields{"database": fields{"host": "db", "engine": "x"}}, fields{"database": fields{"host": "db", "engine": unknown}}, kinds{"database.engine": p.UpdateReplace}},
		"unknown item":            {fields{"columns": []string{"a", "b"}}, fields{"columns": []any{"a", unknown}}, kinds{"columns[1]": p.Update}},
		"unknown item of a set":   {fields{"tags": []string{"a", "b"}}, fields{"tags": []any{"a", unknown}}, kinds{"tags": p.Update}},
		"not in the table":        {fields{"__defaults": "a"}, fields{"__defaults": "b", "color": "c"}, kinds{}},
		"other type now":          {fields{"database": fields{"host": "db"}, "columns": []string{"a"}}, fields{"database": "db", "columns": "a"}, kinds{"database": p.Update, "columns": p.Update}},
		"other type before":       {fields{"database": "db", "columns": "a"}, fields{"database": fields{"host": "db"}, "columns": []string{"a"}}, kinds{"database": p.Update, "columns": p.Update}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := map[string]p.PropertyDiff{}
			replaces := false
			for path, kind := range test.want {
				want[path] = p.PropertyDiff{Kind: kind, InputDiff: true}
				replaces = replaces || kind == p.AddReplace || kind == p.DeleteReplace || kind == p.UpdateReplace
			}
			got := diffTable().Diff(values(test.olds), values(test.news))
			assert.Equal(t, want, got)
			assert.Equal(t, replaces, properties.Replaces(got))
		})
	}
}

// TestDiffAfterImport: a program that omits a value that the API chose does not
// remove it.
func TestDiffAfterImport(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name":    properties.String().Default(""),
		"sslMode": properties.String().Replaces().ServerDefault(),
		"pool": properties.Object[pool](properties.Table{
			"size":    properties.Integer().Default(10).ServerDefault(),
			"maxSize": properties.Integer().Default(200),
		}),
	}
	imported := table.ImportInputs(values(fields{"name": "a", "sslMode": "require", "pool": fields{"size": 20, "maxSize": 100}}))
	for name, test := range map[string]struct {
		news fields
		want []string
	}{
		"all set":                    {fields{"name": "a", "sslMode": "require", "pool": fields{"size": 20, "maxSize": 100}}, nil},
		"server defaults omitted":    {fields{"name": "a", "pool": fields{"maxSize": 100}}, nil},
		"server defaults overridden": {fields{"name": "a", "sslMode": "disable", "pool": fields{"size": 30, "maxSize": 100}}, []string{"sslMode", "pool.size"}},
		"others removed":             {fields{"pool": fields{}}, []string{"name", "pool.maxSize"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for path := range table.Diff(imported, values(test.news)) {
				got = append(got, path)
			}
			assert.ElementsMatch(t, test.want, got)
		})
	}
}

// TestDiffOfLiveValues sets inputs that the program had left to the API.
func TestDiffOfLiveValues(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name":     properties.String(),
		"size":     properties.Integer().Default(5),
		"sslMode":  properties.String().Default("verify-full").ServerDefault(),
		"password": properties.String().Secret().WriteOnly(),
		"policyId": properties.String().SharedWith("Other").Default(""),
		"tags":     properties.List(properties.String()).ComparedBy(properties.SameSet),
		"pool":     properties.Object[pool](properties.Table{"size": properties.Integer().Default(10), "maxSize": properties.Integer().Default(200)}),
	}
	olds := fields{"name": "a", "pool": fields{"size": 20}}
	state := values(fields{
		"name": "a", "size": 5, "sslMode": "require", "password": "planted", "policyId": "pol_1", "tags": []string{"a", "b"}, "pool": fields{"size": 20, "maxSize": 200},
	})
	for name, test := range map[string]struct {
		news fields
		want []string
	}{
		"live values":        {fields{"size": 5, "sslMode": "require", "tags": []string{"b", "a"}, "pool": fields{"size": 20, "maxSize": 200}}, nil},
		"other values":       {fields{"size": 6, "sslMode": "verify-full", "tags": []string{}, "pool": fields{"size": 20, "maxSize": 100}}, []string{"size", "sslMode", "tags", "pool.maxSize"}},
		"a write-only value": {fields{"password": "planted"}, []string{"password"}},
		"a shared value":     {fields{"policyId": "pol_1"}, nil},
		"an unknown value":   {fields{"size": property.New(property.Computed)}, []string{"size"}},
		"an old value":       {fields{"name": "b"}, []string{"name"}},
		"a removed value":    {fields{"pool": fields{"maxSize": 200}}, []string{"pool.size"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			news := values(olds)
			for name, value := range values(test.news).All {
				news = news.Set(name, value)
			}
			var got []string
			for path := range table.Diff(table.WithLive(values(olds), news, state), news) {
				got = append(got, path)
			}
			assert.ElementsMatch(t, test.want, got)
		})
	}
}

func TestReplaces(t *testing.T) {
	t.Parallel()
	for kind, want := range map[p.DiffKind]bool{
		p.Add: false, p.Delete: false, p.Update: false, p.Stable: false,
		p.AddReplace: true, p.DeleteReplace: true, p.UpdateReplace: true,
	} {
		diff := map[string]p.PropertyDiff{"a": {Kind: p.Update}, "b": {Kind: kind}}
		assert.Equal(t, want, properties.Replaces(diff), kind)
	}
	assert.False(t, properties.Replaces(nil))
}
