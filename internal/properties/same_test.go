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

func TestCanonicalCIDR(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"10.0.0.0/8":      "10.0.0.0/8",
		"10.1.2.3/8":      "10.0.0.0/8",
		"10.0.0.1":        "10.0.0.1/32",
		"10.0.0.1/32":     "10.0.0.1/32",
		"10.1.2.3/0":      "0.0.0.0/0",
		"2001:DB8::/32":   "2001:db8::/32",
		"2001:db8:0:0::1": "2001:db8::1/128",
		"2001:0db8::1/32": "2001:db8::/32",
		"::":              "::/128",
		"::/0":            "::/0",

		// A mapped address is a range of IPv6: whether an API or a firewall takes
		// it for the IPv4 one is not known, so to change one for the other is a change.
		"::ffff:10.0.0.1":     "::ffff:10.0.0.1/128",
		"::FFFF:a00:1":        "::ffff:10.0.0.1/128",
		"::ffff:10.1.2.3/104": "::ffff:10.0.0.0/104",
		"::ffff:10.1.2.3/64":  "::/64",

		// No ranges.
		"":                "",
		"Example.com":     "Example.com",
		"10.0.0.0/33":     "10.0.0.0/33",
		"FE80::1%eth0":    "FE80::1%eth0",
		"FE80::%eth0/64":  "FE80::%eth0/64",
		" 2001:DB8::/32 ": " 2001:DB8::/32 ",
	} {
		assert.Equal(t, want, properties.CanonicalCIDR(from), "%q", from)
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	text := properties.String()
	cidrs := properties.List(text.CIDR()).ComparedBy(properties.SameCIDRs)
	labels := properties.Map(text).ComparedBy(properties.SameCIDRKeys)
	tags := properties.List(text).ComparedBy(properties.SameSet)
	instant, host := text.Timestamp(), text.Host()
	database := properties.Object[pool](properties.Table{
		"host":    host,
		"port":    properties.Integer(),
		"allowed": cidrs,
		"limits":  properties.Object[limits](properties.Table{"until": instant}),
	})
	plain := properties.List(text)
	for name, test := range map[string]struct {
		prop properties.Property
		a, b any
		want bool
	}{
		"text":               {text, "a", "a", true},
		"text, other case":   {text, "a", "A", false},
		"text, absent":       {text, nil, nil, true},
		"text, empty":        {text, "", nil, false},
		"number":             {properties.Integer(), 5, 5.0, true},
		"number, other":      {properties.Integer(), 5, 6, false},
		"number, other kind": {properties.Integer(), 5, "5", false},
		"bool":               {properties.Bool(), true, true, true},
		"bool, false":        {properties.Bool(), false, nil, false},

		"unknown":           {text, unknown, "a", false},
		"unknown, both":     {text, unknown, unknown, false},
		"unknown, absent":   {text, unknown, nil, false},
		"unknown in a list": {plain, []any{"a", unknown}, []any{"a", unknown}, false},
		"unknown in a set":  {tags, []any{"a", unknown}, []any{"a", unknown}, false},
		"unknown in fields": {database, fields{"port": unknown}, fields{"port": unknown}, false},

		"CIDRs, in any order":      {cidrs, []string{"10.0.0.0/8", "::1"}, []string{"::1", "10.0.0.0/8"}, true},
		"CIDRs, bare addresses":    {cidrs, []string{"10.0.0.1", "::1"}, []string{"10.0.0.1/32", "::1/128"}, true},
		"CIDRs, host bits":         {cidrs, []string{"10.1.2.3/8", "2001:db8::1/32"}, []string{"10.0.0.0/8", "2001:db8::/32"}, true},
		"CIDRs, long IPv6":         {cidrs, []string{"2001:0DB8:0:0:0:0:0:1"}, []string{"2001:db8::1"}, true},
		"CIDRs, twice":             {cidrs, []string{"10.0.0.1", "10.0.0.1/32"}, []string{"10.0.0.1"}, true},
		"CIDRs, mapped":            {cidrs, []string{"::ffff:10.0.0.1"}, []string{"::ffff:a00:1/128"}, true},
		"CIDRs, mapped and IPv4":   {cidrs, []string{"::ffff:10.0.0.1"}, []string{"10.0.0.1"}, false},
		"CIDRs, other length":      {cidrs, []string{"10.0.0.0/8"}, []string{"10.0.0.0/9"}, false},
		"CIDRs, the one more":      {cidrs, []string{"10.0.0.0/8"}, []string{"10.0.0.0/8", "::1"}, false},
		"CIDRs, none":              {cidrs, []string{}, []string{}, true},
		"CIDRs, none and absent":   {cidrs, []string{}, nil, false},
		"CIDRs, other kind":        {cidrs, []string{"::1"}, "::1", false},
		"CIDRs, no range":          {cidrs, []string{"a"}, []string{"b"}, false},
		"labels, keys spelled":     {labels, fields{"10.1.0.0/8": "a", "::1": "b"}, fields{"10.0.0.0/8": "a", "::1/128": "b"}, true},
		"labels, other label":      {labels, fields{"10.0.0.0/8": "a"}, fields{"10.0.0.0/8": "b"}, false},
		"labels, other range":      {labels, fields{"10.0.0.0/8": "a"}, fields{"11.0.0.0/8": "a"}, false},
		"labels, one more":         {labels, fields{"10.0.0.0/8": "a"}, fields{"10.0.0.0/8": "a", "::1": "b"}, false},
		"labels, other kind":       {labels, fields{"10.0.0.0/8": "a"}, []string{"a"}, false},
		"labels, two for a range":  {labels, fields{"10.0.0.0/8": "a", "10.1.0.0/8": "b"}, fields{"10.0.0.0/8": "a", "10.1.0.0/8": "b"}, true},
		"instant, offset":          {instant, "2027-01-01T00:00:00Z", "2027-01-01T05:30:00+05:30", true},
		"instant, precision":       {instant, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.000000Z", true},
		"instant, fraction":        {instant, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.999999Z", true},
		"instant, next second":     {instant, "2027-01-01T00:00:00.999999Z", "2027-01-01T00:00:01Z", false},
		"instant, same clock":      {instant, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00+01:00", false},
		"instant, none, the same":  {instant, "soon", "soon", true},
		"instant, none":            {instant, "soon", "later", false},
		"instant, none and one":    {instant, "soon", "2027-01-01T00:00:00Z", false},
		"instant, other kind":      {instant, 5, 5, true},
		"host, case":               {host, "DB.example.com", "db.Example.com", true},
		"host, other":              {host, "db.example.com", "db.example.org", false},
		"host, other kind":         {host, 5, 5, true},
		"set, order, repetition":   {tags, []string{"a", "b", "a"}, []string{"b", "a"}, true},
		"set, case":                {tags, []string{"a"}, []string{"A"}, false},
		"set, one more":            {tags, []string{"a"}, []string{"a", "b"}, false},
		"set, other kind":          {tags, "a", "a", true},
		"list":                     {plain, []string{"a", "b"}, []string{"a", "b"}, true},
		"list, order":              {plain, []string{"a", "b"}, []string{"b", "a"}, false},
		"list, repetition":         {plain, []string{"a", "a"}, []string{"a"}, false},
		"list, none":               {plain, []string{}, []string{}, true},
		"list, none and absent":    {plain, []string{}, nil, false},
		"list of hosts":            {properties.List(host), []string{"A", "b"}, []string{"a", "B"}, true},
		"list of lists":            {properties.List(cidrs), []any{[]string{"::1", "::2"}}, []any{[]string{"::2", "::1"}}, true},
		"list of objects":          {properties.List(database), []any{fields{"host": "A"}}, []any{fields{"host": "a", "port": nil}}, true},
		"list of objects, other":   {properties.List(database), []any{fields{"host": "A"}}, []any{fields{"host": "b"}}, false},
		"map":                      {properties.Map(host), fields{"a": "DB", "b": nil}, fields{"a": "db"}, true},
		"map, other value":         {properties.Map(host), fields{"a": "DB"}, fields{"a": "db2"}, false},
		"map, other key":           {properties.Map(text), fields{"a": "x"}, fields{"A": "x"}, false},
		"map, one more":            {properties.Map(text), fields{"a": "x"}, fields{"a": "x", "b": "x"}, false},
		"map, none":                {properties.Map(text), fields{}, fields{}, true},
		"object, by its fields":    {database, fields{"host": "DB", "allowed": []string{"::1", "::2"}}, fields{"host": "db", "allowed": []string{"::2", "::1"}}, true},
		"object in an object":      {database, fields{"limits": fields{"until": "2027-01-01T00:00:00Z"}}, fields{"limits": fields{"until": "2027-01-01T01:00:00+01:00"}}, true},
		"object, other in depth":   {database, fields{"limits": fields{"until": "2027-01-01T00:00:00Z"}}, fields{"limits": fields{"until": "2028-01-01T00:00:00Z"}}, false},
		"object, field absent":     {database, fields{"host": "db"}, fields{"host": "db", "port": 1}, false},
		"object, field null":       {database, fields{"host": "db", "port": nil}, fields{"host": "db"}, true},
		"object, name not in it":   {database, fields{"colour": "a"}, fields{"colour": "b"}, false},
		"object, kept from before": {database, fields{"colour": []any{"a", fields{}}}, fields{"colour": []any{"a", fields{}}}, true},
		"empty and null in depth":  {database, fields{"colour": []any{[]any{}}}, fields{"colour": []any{nil}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := properties.Value(test.a), properties.Value(test.b)
			assert.Equal(t, test.want, test.prop.Same(a, b))
			assert.Equal(t, test.want, test.prop.Same(b, a), "the other way round")
			assert.Equal(t, test.want, test.prop.Same(marked(a), b), "secretness and dependencies play no part")
			assert.Equal(t, test.want, test.prop.Same(a, marked(b)), "secretness and dependencies play no part")
		})
	}
}

// marked marks a value, and all in it, as secret and as depending on a resource.
func marked(v property.Value) property.Value {
	switch {
	case v.IsArray():
		items := v.AsArray().AsSlice()
		for i, item := range items {
			items[i] = marked(item)
		}
		v = property.New(property.NewArray(items))
	case v.IsMap():
		entries := v.AsMap()
		for key, entry := range entries.All {
			entries = entries.Set(key, marked(entry))
		}
		v = property.New(entries)
	}
	return v.WithSecret(true).WithDependencies([]urn.URN{"urn:pulumi:dev::shop::pgbeam:index:Project::shop"})
}

func TestComparedByIsNotAskedAboutUnknownAndAbsentValues(t *testing.T) {
	t.Parallel()
	list := properties.List(properties.String()).ComparedBy(func(a, b property.Value) bool {
		assert.False(t, a.HasComputed() || b.HasComputed() || a.IsNull() || b.IsNull())
		return true
	})
	a := properties.Value([]string{"a"})
	assert.True(t, list.Same(a, properties.Value([]string{"b"})))
	assert.False(t, list.Same(a, unknown))
	assert.False(t, list.Same(properties.Value([]any{unknown}), a))
	assert.False(t, list.Same(a, null))
	assert.True(t, list.Same(null, null))
}
