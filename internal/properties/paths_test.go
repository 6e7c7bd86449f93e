// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

func TestPath(t *testing.T) {
	t.Parallel()
	const root = properties.Path("")
	for name, test := range map[string]struct {
		path  properties.Path
		want  string
		parts resource.PropertyPath
	}{
		"name":            {root.Field("host"), "host", resource.PropertyPath{"host"}},
		"field of object": {root.Field("database").Field("host"), "database.host", resource.PropertyPath{"database", "host"}},
		"field of item": {
			root.Field("maskingRules").Index(1).Field("kind"), "maskingRules[1].kind",
			resource.PropertyPath{"maskingRules", 1, "kind"},
		},
		"item of item":     {root.Field("a").Index(0).Index(12), "a[0][12]", resource.PropertyPath{"a", 0, 12}},
		"underscore, $":    {root.Field("_a").Field("$b1"), "_a.$b1", resource.PropertyPath{"_a", "$b1"}},
		"key":              {root.Field("cidrLabels").Field("10.0.0.0/8"), `cidrLabels["10.0.0.0/8"]`, resource.PropertyPath{"cidrLabels", "10.0.0.0/8"}},
		"key at top level": {root.Field("a b").Field("c"), `["a b"].c`, resource.PropertyPath{"a b", "c"}},
		"leading digit":    {root.Field("a").Field("1b"), `a["1b"]`, resource.PropertyPath{"a", "1b"}},
		"empty key":        {root.Field("a").Field(""), `a[""]`, resource.PropertyPath{"a", ""}},
		"quotes":           {root.Field("a").Field(`say "hi"`), `a["say \"hi\""]`, resource.PropertyPath{"a", `say "hi"`}},
		"backslash":        {root.Field("a").Field(`b\c`), `a["b\c"]`, resource.PropertyPath{"a", `b\c`}},
		"line feed":        {root.Field("a").Field("b\n"), "a[\"b\n\"]", resource.PropertyPath{"a", "b\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, string(test.path))
			parts, err := resource.ParsePropertyPathStrict(string(test.path))
			require.NoError(t, err)
			assert.Equal(t, test.parts, parts, "as parsed by Pulumi")
		})
	}
}

func TestPathRoot(t *testing.T) {
	t.Parallel()
	for path, want := range map[properties.Path]string{"a": "a", "a.b[1].c": "a", "a[1].b": "a", `a["b c"].d`: "a"} {
		assert.Equal(t, want, path.Root())
	}
}

func TestPathMayBeSecret(t *testing.T) {
	t.Parallel()
	inputs := values(fields{
		"mode": "disable", "port": 1, "token": secret("a"), "tags": []any{"a", secret("b")}, "plain": []any{"a"},
		"database": fields{"host": "a", "password": secret("b")}, "policy": secret(fields{"name": "a"}),
		"webhook": fields{"url": "https://user:pw@example.com"}, "later": unknown,
	})
	for path, want := range map[properties.Path]bool{
		"mode": false, "port": false, "database.host": false, "tags[0]": false, "plain": false, "later": false,
		"missing": false, "database.missing": false, "tags[5]": false, // the engine has no value to print
		"token": true, "tags": true, "tags[1]": true, "database": true, "database.password": true,
		"policy": true, "policy.name": true, // part of a secret
		"webhook.url": true, "webhook": true, // a password in a text
		"a[": true, // not a path
	} {
		assert.Equal(t, want, path.MayBeSecret(inputs), path)
	}
}
