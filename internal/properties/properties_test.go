// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// fields is an object literal.
type fields = map[string]any

var (
	empty   = property.Map{}
	null    = property.New(property.Null)
	unknown = property.New(property.Computed)
)

func values(f fields) property.Map { return properties.Value(f).AsMap() }

// secret returns a value that is marked as secret.
func secret(v any) property.Value { return properties.Value(v).WithSecret(true) }

// assertValues compares values including their secret marks, at every depth.
func assertValues(t *testing.T, want, got property.Map, why ...string) {
	t.Helper()
	assert.Truef(t, got.Equals(want), "want %#v\n got %#v %v", want, got, why)
}

func assertValue(t *testing.T, want any, got property.Value) {
	t.Helper()
	assert.Truef(t, got.Equals(properties.Value(want)), "want %#v\n got %#v", properties.Value(want), got)
}

// Types of nested objects.
type (
	pool    struct{}
	limits  struct{}
	masking struct{}
)

// exampleTable returns a table that has properties with and without a default, and
// every kind of comparison.
func exampleTable() properties.Table {
	names := properties.List(properties.String()).ComparedBy(properties.SameSet).Default([]string{})
	return properties.Table{
		"description":  properties.String().Default(""),
		"enabled":      properties.Bool().Default(true),
		"region":       properties.String(),
		"host":         properties.String().Host(),
		"expiresAt":    properties.String().Timestamp(),
		"allowedCidrs": properties.List(properties.String()).ComparedBy(properties.SameCIDRs).Default([]string{}),
		"secret":       properties.String().Secret().WriteOnly().Default(""),
		"labels":       properties.Map(properties.String().Host()),
		"sslMode":      properties.String().Default("verify-full").ServerDefault(),
		"rules": properties.Object[masking](properties.Table{"allow": names, "deny": names}).
			Default(fields{"allow": []string{}, "deny": []string{}}),
		"pool": properties.Object[pool](properties.Table{
			"host":     properties.String().Host(),
			"size":     properties.Integer().Required(),
			"maxSize":  properties.Integer().Default(200),
			"mode":     properties.String(),
			"password": properties.String().Secret().WriteOnly(),
			"limits":   properties.Object[limits](properties.Table{"until": properties.String().Timestamp(), "soft": properties.Bool().Default(false)}),
		}),
	}
}

// stateTable returns a table with a property for each case that the state
// functions treat differently.
func stateTable() properties.Table {
	return properties.Table{
		"projectId":   properties.String().Required().Replaces().Reference("prj_"),
		"region":      properties.String().Replaces(),
		"description": properties.String().Default(""),
		"secret":      properties.String().Secret().WriteOnly(),
		"triggers":    properties.Map(properties.String()).Default(fields{}).Affects("token", "url"),
		"policyId":    properties.String().SharedWith("PolicyAttachment").Default(""),
		"pool": properties.Object[pool](properties.Table{
			"host":     properties.String(),
			"password": properties.String().Secret().WriteOnly(),
			"maxSize":  properties.Integer().Default(200),
			"policyId": properties.String().SharedWith("PolicyAttachment").Default(""),
			"limits": properties.Object[limits](properties.Table{
				"password": properties.String().WriteOnly(), "policyId": properties.String().Reference("pol_").Default(""),
			}),
		}),
		"rules": properties.List(properties.Object[masking](properties.Table{
			"kind": properties.String(), "policyId": properties.String().SharedWith("PolicyAttachment").Reference("pol_").Default(""),
		})),
		"byName": properties.Map(properties.String().Reference("pol_")),
	}
}

type mode string

func (mode) Values() []infer.EnumValue[mode] {
	return []infer.EnumValue[mode]{{Name: "ReadOnly", Value: "read_only"}, {Name: "ReadWrite", Value: "read_write"}}
}

func TestValue(t *testing.T) {
	t.Parallel()
	secretValue := property.New("a").WithSecret(true)
	for name, test := range map[string]struct {
		from any
		want property.Value
	}{
		"nil":            {nil, null},
		"string":         {"a", property.New("a")},
		"bool":           {true, property.New(true)},
		"int":            {7, property.New(7.0)},
		"float":          {1.5, property.New(1.5)},
		"strings":        {[]string{"a", "b"}, property.New([]property.Value{property.New("a"), property.New("b")})},
		"empty list":     {[]string(nil), property.New([]property.Value{})},
		"list":           {[]any{"a", 1, nil}, property.New([]property.Value{property.New("a"), property.New(1.0), null})},
		"map":            {fields{"a": fields{"b": true}}, property.New(map[string]property.Value{"a": property.New(map[string]property.Value{"b": property.New(true)})})},
		"empty map":      {fields(nil), property.New(map[string]property.Value{})},
		"property value": {secretValue, secretValue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertValue(t, test.want, properties.Value(test.from))
		})
	}
	assert.PanicsWithValue(t, "cannot convert int64 to a property value", func() { properties.Value(int64(1)) })
}

func TestTableNames(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"orgId":    properties.String().Required().Replaces(),
		"cloud":    properties.String().Replaces().Default("aws"),
		"name":     properties.String().AutoNamed(100),
		"database": properties.Object[pool](properties.Table{"password": properties.String().Required().Secret()}).RequiredOnCreate(),
		"apiKey":   properties.String().Required().Secret(),
		"port":     properties.Integer().Required().RequiredOnCreate().Optional(),
	}
	assert.Equal(t, []string{"apiKey", "cloud", "database", "name", "orgId", "port"}, table.Names())
	assert.Equal(t, []string{"apiKey", "orgId"}, table.RequiredNames())
	assert.Equal(t, []string{"cloud", "orgId"}, table.ReplacingNames())
	assert.Equal(t, []string{"apiKey"}, table.SecretNames())

	name, maxLength, ok := table.AutoName()
	assert.Equal(t, "name", name)
	assert.Equal(t, 100, maxLength)
	assert.True(t, ok)
	_, _, ok = table.Without("name").AutoName()
	assert.False(t, ok)
}

func TestTableDefault(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"cloud": properties.String().Default("aws"),
		"off":   properties.Bool().Default(false),
		"host":  properties.String(),
	}
	for name, want := range map[string]any{"cloud": "aws", "off": false} {
		value, ok := table.Default(name)
		require.True(t, ok, name)
		assertValue(t, want, value)
	}
	for _, name := range []string{"host", "missing"} {
		_, ok := table.Default(name)
		assert.False(t, ok, name)
	}
}

func TestTableWithAndWithoutCopyTheTable(t *testing.T) {
	t.Parallel()
	table := properties.Table{"host": properties.String().Required(), "port": properties.Integer()}

	assert.Equal(t, []string{"host"}, table.Without("port", "missing").Names())
	with := table.With(properties.Table{"host": properties.String(), "role": properties.String().Required()})
	assert.Equal(t, []string{"host", "port", "role"}, with.Names())
	assert.Equal(t, []string{"role"}, with.RequiredNames(), "rows of the other table take precedence")

	assert.Equal(t, []string{"host", "port"}, table.Names())
	assert.Equal(t, []string{"host"}, table.RequiredNames())
}

func TestTableObjects(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name":  properties.String(),
		"rules": properties.List(properties.Object[masking](properties.Table{"column": properties.String()})),
		"pool": properties.Object[pool](properties.Table{
			"limits": properties.Map(properties.Object[limits](properties.Table{"maxSize": properties.Integer()})),
		}),
	}
	objects := table.Objects()
	require.Len(t, objects, 3)
	assert.Equal(t, []string{"column"}, objects["masking"].Names())
	assert.Equal(t, []string{"limits"}, objects["pool"].Names())
	assert.Equal(t, []string{"maxSize"}, objects["limits"].Names())
}

// TestPropertiesAreImmutable: deriving a property from another does not change the
// other.
func TestPropertiesAreImmutable(t *testing.T) {
	t.Parallel()
	text := properties.String().Length(1, 0).NotBlank().Matches("^[a-z]+$", "be lower case")
	short, long := text.Length(0, 2), text.Length(4, 0)

	assert.Equal(t, "must have at most 2 characters, has 3; got \"abc\"", reason(t, short, "abc"))
	assert.Equal(t, "must have at least 4 characters; got \"abc\"", reason(t, long, "abc"))
	assert.Empty(t, reason(t, text, "abc"))

	_ = text.Required().Secret().Replaces().WriteOnly().Default("x")
	assert.Empty(t, properties.Table{"x": text}.Check(empty, empty))
	assert.Empty(t, properties.Table{"x": text}.SecretNames())
}
