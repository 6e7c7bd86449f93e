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

func TestWholeSecret(t *testing.T) {
	t.Parallel()
	const one, other = urn.URN("urn:pulumi:dev::shop::pgbeam:index:Project::one"), urn.URN("urn:pulumi:dev::shop::pgbeam:index:Project::other")
	entries := values(fields{"a": secret("x"), "b": "y", "c": unknown, "d": fields{"e": secret("z")}})
	entries = entries.Set("f", property.New("w").WithSecret(true).WithDependencies([]urn.URN{other}))
	whole := properties.WholeSecret(property.New(entries).WithDependencies([]urn.URN{one}))
	assert.True(t, whole.Secret())
	assert.Equal(t, []urn.URN{one, other}, whole.Dependencies())
	assertValues(t, values(fields{"a": "x", "b": "y", "c": unknown, "d": fields{"e": "z"}, "f": "w"}), whole.AsMap())
	assert.Equal(t, secret("x"), properties.WholeSecret(secret("x")))
	assert.Equal(t, unknown, properties.WholeSecret(unknown))
}

func TestMarkSecrets(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name":     properties.String(),
		"apiKey":   properties.String().Secret(),
		"tags":     properties.List(properties.String()),
		"tokens":   properties.List(properties.String().Secret()),
		"headers":  properties.Map(properties.String().Secret()),
		"triggers": properties.Map(properties.String()),
		"hooks": properties.List(properties.Object[limits](properties.Table{
			"url":    properties.String(),
			"secret": properties.String().Secret(),
		})),
		"database": properties.Object[pool](properties.Table{
			"host":     properties.String(),
			"password": properties.String().Secret(),
			"nested":   properties.Object[limits](properties.Table{"key": properties.String().Secret(), "id": properties.String()}),
		}),
	}
	for name, test := range map[string]struct{ values, inputs, want fields }{
		"property": {
			fields{"name": "a", "apiKey": "k"}, fields{}, fields{"name": "a", "apiKey": secret("k")},
		},
		"nested": {
			fields{
				"database": fields{"host": "db", "password": "p", "nested": fields{"key": "k", "id": "i"}},
				"hooks":    []any{fields{"url": "u", "secret": "a"}, fields{"url": "v", "secret": "b"}},
				"tokens":   []string{"a", "b"},
				"headers":  fields{"a": "b"},
			},
			fields{},
			fields{
				"database": fields{"host": "db", "password": secret("p"), "nested": fields{"key": secret("k"), "id": "i"}},
				"hooks":    []any{fields{"url": "u", "secret": secret("a")}, fields{"url": "v", "secret": secret("b")}},
				"tokens":   []any{secret("a"), secret("b")},
				"headers":  fields{"a": secret("b")},
			},
		},
		"other marks are removed": {
			fields{"name": secret("a"), "tags": secret([]any{secret("a")}), "database": secret(fields{"host": secret("db")}), "triggers": secret(fields{"a": secret("b")})},
			fields{"name": "a", "tags": []string{"a"}, "database": fields{"host": "db"}},
			fields{"name": "a", "tags": []string{"a"}, "database": fields{"host": "db"}, "triggers": fields{"a": "b"}},
		},
		"the program's marks": {
			fields{
				"name": "live", "tags": []string{"a", "b", "c"}, "triggers": fields{"a": "x", "b": "y"},
				"database": fields{"host": "db", "nested": fields{"id": "i"}}, "hooks": []any{fields{"url": "u"}, fields{"url": "v"}},
			},
			fields{
				"name": secret("input"), "tags": []any{"a", secret("b")}, "triggers": fields{"a": secret("x")},
				"database": fields{"host": "db", "nested": fields{"id": secret("i")}}, "hooks": []any{fields{"url": "u"}, fields{"url": secret("v")}},
			},
			fields{
				"name": secret("live"), "tags": []any{"a", secret("b"), "c"}, "triggers": fields{"a": secret("x"), "b": "y"},
				"database": fields{"host": "db", "nested": fields{"id": secret("i")}}, "hooks": []any{fields{"url": "u"}, fields{"url": secret("v")}},
			},
		},
		"the program's marks on containers": {
			fields{"database": fields{"host": "db", "password": "p"}, "tags": []string{"a"}, "triggers": fields{"a": "x"}},
			fields{"database": secret(fields{"host": "db"}), "tags": secret([]string{"b", "c"}), "triggers": secret(fields{})},
			fields{"database": secret(fields{"host": "db", "password": secret("p")}), "tags": secret([]string{"a"}), "triggers": secret(fields{"a": "x"})},
		},
		"other type than the input": {
			fields{"database": fields{"host": "db"}, "tags": []string{"a"}, "triggers": fields{"a": "x"}},
			fields{"database": "db", "tags": fields{"a": "b"}, "triggers": []any{secret("x")}},
			fields{"database": fields{"host": "db"}, "tags": []string{"a"}, "triggers": fields{"a": "x"}},
		},
		"outputs that are not inputs": {
			fields{"createdAt": secret("now"), "stats": fields{"a": []any{secret("b")}}}, fields{}, fields{"createdAt": "now", "stats": fields{"a": []string{"b"}}},
		},
		"unknown": {
			fields{"apiKey": unknown, "name": unknown, "database": fields{"password": unknown}},
			fields{},
			fields{"apiKey": unknown.WithSecret(true), "name": unknown, "database": fields{"password": unknown.WithSecret(true)}},
		},
		// An empty value is not null: it clears the value in the API.
		"empty": {
			fields{"name": "", "tags": []string{}, "triggers": fields{}, "database": fields{}, "hooks": []string{}},
			fields{"name": "", "tags": []string{}, "triggers": fields{}, "database": fields{}, "hooks": []string{}},
			fields{"name": "", "tags": []string{}, "triggers": fields{}, "database": fields{}, "hooks": []string{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs := values(test.inputs)
			got := table.MarkSecrets(values(test.values), inputs)
			assertValues(t, values(test.want), got)
			assertValues(t, got, table.MarkSecrets(got, inputs), "must be idempotent")
		})
	}
}

func TestMarkSecretsKeepsDependencies(t *testing.T) {
	t.Parallel()
	depends := []urn.URN{"urn:pulumi:dev::shop::pgbeam:index:Project::shop"}
	table := properties.Table{"tags": properties.List(properties.String()), "key": properties.String().Secret()}
	got := table.MarkSecrets(values(fields{
		"tags": properties.Value([]any{property.New("a").WithDependencies(depends)}).WithDependencies(depends),
		"key":  property.New("k").WithDependencies(depends),
	}), empty)
	assert.Equal(t, depends, got.Get("tags").Dependencies())
	assert.Equal(t, depends, got.Get("tags").AsArray().Get(0).Dependencies())
	assert.Equal(t, depends, got.Get("key").Dependencies())
}

func TestSecretStrings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		values []fields
		want   []string
	}{
		"none":               {[]fields{{"a": "open", "b": []string{"open"}, "c": fields{"d": "open"}}}, nil},
		"no arguments":       {nil, nil},
		"property":           {[]fields{{"a": "open", "b": secret("hidden")}}, []string{"hidden"}},
		"nested":             {[]fields{{"a": fields{"b": []any{"open", fields{"c": secret("hidden")}}}}}, []string{"hidden"}},
		"in a secret object": {[]fields{{"a": secret(fields{"b": []any{"hidden", fields{"c": "covert"}}})}}, []string{"covert", "hidden"}},
		"in a secret list":   {[]fields{{"a": secret([]string{"hidden"})}}, []string{"hidden"}},
		"longest first":      {[]fields{{"a": secret("key"), "b": secret("key of keys"), "c": secret("keys")}}, []string{"key of keys", "keys", "key"}},
		"no duplicates":      {[]fields{{"a": secret("ab"), "b": secret("cd"), "c": secret("ab"), "d": secret("cd")}, {"a": secret("ab")}}, []string{"ab", "cd"}},
		"several maps":       {[]fields{{"a": secret("ab")}, {"a": secret("c")}}, []string{"ab", "c"}},
		"no empty strings":   {[]fields{{"a": secret(""), "b": secret([]string{""})}}, nil},
		"only strings":       {[]fields{{"a": secret(5), "b": secret(true), "c": unknown.WithSecret(true), "d": secret(nil)}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var maps []property.Map
			for _, f := range test.values {
				maps = append(maps, values(f))
			}
			assert.Equal(t, test.want, properties.SecretStrings(maps...))
		})
	}
}
