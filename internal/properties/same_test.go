// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"
	"time"

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

		// A mapped address is an IPv6 range. The API may treat it differently from the
		// IPv4 address, so replacing one by the other is a change.
		"::ffff:10.0.0.1":     "::ffff:10.0.0.1/128",
		"::FFFF:a00:1":        "::ffff:10.0.0.1/128",
		"::ffff:10.1.2.3/104": "::ffff:10.0.0.0/104",
		"::ffff:10.1.2.3/64":  "::/64",

		// Not ranges.
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
	timestamp, host, period := text.Timestamp(), text.Host(), text.Period(24*time.Hour)
	database := properties.Object[pool](properties.Table{
		"host":    host,
		"port":    properties.Integer(),
		"allowed": cidrs,
		"limits":  properties.Object[limits](properties.Table{"until": timestamp}),
	})
	plain := properties.List(text)
	for name, test := range map[string]struct {
		prop properties.Property
		a, b any
		want bool
	}{
		"text":               {text, "a", "a", true},
		"text, case":         {text, "a", "A", false},
		"text, null":         {text, nil, nil, true},
		"text, empty":        {text, "", nil, false},
		"number":             {properties.Integer(), 5, 5.0, true},
		"number, other":      {properties.Integer(), 5, 6, false},
		"number, other type": {properties.Integer(), 5, "5", false},
		"bool":               {properties.Bool(), true, true, true},
		"bool, false":        {properties.Bool(), false, nil, false},

		"unknown":           {text, unknown, "a", false},
		"unknown, both":     {text, unknown, unknown, false},
		"unknown, null":     {text, unknown, nil, false},
		"unknown in a list": {plain, []any{"a", unknown}, []any{"a", unknown}, false},
		"unknown in a set":  {tags, []any{"a", unknown}, []any{"a", unknown}, false},
		"unknown in fields": {database, fields{"port": unknown}, fields{"port": unknown}, false},

		"CIDRs, order":                    {cidrs, []string{"10.0.0.0/8", "::1"}, []string{"::1", "10.0.0.0/8"}, true},
		"CIDRs, bare addresses":           {cidrs, []string{"10.0.0.1", "::1"}, []string{"10.0.0.1/32", "::1/128"}, true},
		"CIDRs, host bits":                {cidrs, []string{"10.1.2.3/8", "2001:db8::1/32"}, []string{"10.0.0.0/8", "2001:db8::/32"}, true},
		"CIDRs, long IPv6":                {cidrs, []string{"2001:0DB8:0:0:0:0:0:1"}, []string{"2001:db8::1"}, true},
		"CIDRs, duplicates":               {cidrs, []string{"10.0.0.1", "10.0.0.1/32"}, []string{"10.0.0.1"}, true},
		"CIDRs, mapped":                   {cidrs, []string{"::ffff:10.0.0.1"}, []string{"::ffff:a00:1/128"}, true},
		"CIDRs, mapped and IPv4":          {cidrs, []string{"::ffff:10.0.0.1"}, []string{"10.0.0.1"}, false},
		"CIDRs, other length":             {cidrs, []string{"10.0.0.0/8"}, []string{"10.0.0.0/9"}, false},
		"CIDRs, one more":                 {cidrs, []string{"10.0.0.0/8"}, []string{"10.0.0.0/8", "::1"}, false},
		"CIDRs, empty":                    {cidrs, []string{}, []string{}, true},
		"CIDRs, empty and null":           {cidrs, []string{}, nil, false},
		"CIDRs, other type":               {cidrs, []string{"::1"}, "::1", false},
		"CIDRs, not ranges":               {cidrs, []string{"a"}, []string{"b"}, false},
		"labels, notation of keys":        {labels, fields{"10.1.0.0/8": "a", "::1": "b"}, fields{"10.0.0.0/8": "a", "::1/128": "b"}, true},
		"labels, other label":             {labels, fields{"10.0.0.0/8": "a"}, fields{"10.0.0.0/8": "b"}, false},
		"labels, other range":             {labels, fields{"10.0.0.0/8": "a"}, fields{"11.0.0.0/8": "a"}, false},
		"labels, one more":                {labels, fields{"10.0.0.0/8": "a"}, fields{"10.0.0.0/8": "a", "::1": "b"}, false},
		"labels, other type":              {labels, fields{"10.0.0.0/8": "a"}, []string{"a"}, false},
		"labels, two keys for a range":    {labels, fields{"10.0.0.0/8": "a", "10.1.0.0/8": "b"}, fields{"10.0.0.0/8": "a", "10.1.0.0/8": "b"}, true},
		"timestamp, offset":               {timestamp, "2027-01-01T00:00:00Z", "2027-01-01T05:30:00+05:30", true},
		"timestamp, precision":            {timestamp, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.000000Z", true},
		"timestamp, fraction":             {timestamp, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.999999Z", true},
		"timestamp, next second":          {timestamp, "2027-01-01T00:00:00.999999Z", "2027-01-01T00:00:01Z", false},
		"timestamp, same clock":           {timestamp, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00+01:00", false},
		"timestamp, invalid, equal":       {timestamp, "soon", "soon", true},
		"timestamp, invalid":              {timestamp, "soon", "later", false},
		"timestamp, invalid and valid":    {timestamp, "soon", "2027-01-01T00:00:00Z", false},
		"timestamp, other type":           {timestamp, 5, 5, true},
		"period, unit":                    {period, "2w", "14d", true},
		"period, minutes":                 {period, "90m", "90m", true},
		"period, other":                   {period, "90m", "90h", false},
		"period, invalid":                 {period, "90", "090", false},
		"period, invalid, equal":          {period, "90", "90", true},
		"period, too long":                {period, "99999999999999999999d", "99999999999999999999w", false},
		"period, other type":              {period, 5, 5, true},
		"host, case":                      {host, "DB.example.com", "db.Example.com", true},
		"host, other":                     {host, "db.example.com", "db.example.org", false},
		"host, other type":                {host, 5, 5, true},
		"set, order, duplicates":          {tags, []string{"a", "b", "a"}, []string{"b", "a"}, true},
		"set, case":                       {tags, []string{"a"}, []string{"A"}, false},
		"set, one more":                   {tags, []string{"a"}, []string{"a", "b"}, false},
		"set, other type":                 {tags, "a", "a", true},
		"list":                            {plain, []string{"a", "b"}, []string{"a", "b"}, true},
		"list, order":                     {plain, []string{"a", "b"}, []string{"b", "a"}, false},
		"list, duplicates":                {plain, []string{"a", "a"}, []string{"a"}, false},
		"list, empty":                     {plain, []string{}, []string{}, true},
		"list, empty and null":            {plain, []string{}, nil, false},
		"list of hosts":                   {properties.List(host), []string{"A", "b"}, []string{"a", "B"}, true},
		"list of lists":                   {properties.List(cidrs), []any{[]string{"::1", "::2"}}, []any{[]string{"::2", "::1"}}, true},
		"list of objects":                 {properties.List(database), []any{fields{"host": "A"}}, []any{fields{"host": "a", "port": nil}}, true},
		"list of objects, other":          {properties.List(database), []any{fields{"host": "A"}}, []any{fields{"host": "b"}}, false},
		"map":                             {properties.Map(host), fields{"a": "DB", "b": nil}, fields{"a": "db"}, true},
		"map, other value":                {properties.Map(host), fields{"a": "DB"}, fields{"a": "db2"}, false},
		"map, other key":                  {properties.Map(text), fields{"a": "x"}, fields{"A": "x"}, false},
		"map, one more":                   {properties.Map(text), fields{"a": "x"}, fields{"a": "x", "b": "x"}, false},
		"map, empty":                      {properties.Map(text), fields{}, fields{}, true},
		"object, fields":                  {database, fields{"host": "DB", "allowed": []string{"::1", "::2"}}, fields{"host": "db", "allowed": []string{"::2", "::1"}}, true},
		"object in an object":             {database, fields{"limits": fields{"until": "2027-01-01T00:00:00Z"}}, fields{"limits": fields{"until": "2027-01-01T01:00:00+01:00"}}, true},
		"object, other nested value":      {database, fields{"limits": fields{"until": "2027-01-01T00:00:00Z"}}, fields{"limits": fields{"until": "2028-01-01T00:00:00Z"}}, false},
		"object, field missing":           {database, fields{"host": "db"}, fields{"host": "db", "port": 1}, false},
		"object, field null":              {database, fields{"host": "db", "port": nil}, fields{"host": "db"}, true},
		"object, not in the table":        {database, fields{"color": "a"}, fields{"color": "b"}, false},
		"object, not in the table, equal": {database, fields{"color": []any{"a", fields{}}}, fields{"color": []any{"a", fields{}}}, true},
		"nested empty and null":           {database, fields{"color": []any{[]any{}}}, fields{"color": []any{nil}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := properties.Value(test.a), properties.Value(test.b)
			assert.Equal(t, test.want, test.prop.Same(a, b))
			assert.Equal(t, test.want, test.prop.Same(b, a), "must be symmetric")
			assert.Equal(t, test.want, test.prop.Same(withMarks(a), b), "marks must be ignored")
			assert.Equal(t, test.want, test.prop.Same(a, withMarks(b)), "marks must be ignored")
		})
	}
}

// withMarks marks a value and everything nested in it as secret and as dependent on
// a resource.
func withMarks(v property.Value) property.Value {
	switch {
	case v.IsArray():
		items := v.AsArray().AsSlice()
		for i, item := range items {
			items[i] = withMarks(item)
		}
		v = property.New(property.NewArray(items))
	case v.IsMap():
		entries := v.AsMap()
		for key, entry := range entries.All {
			entries = entries.Set(key, withMarks(entry))
		}
		v = property.New(entries)
	}
	return v.WithSecret(true).WithDependencies([]urn.URN{"urn:pulumi:dev::shop::pgbeam:index:Project::shop"})
}

func TestComparedByIsNotCalledForUnknownAndNullValues(t *testing.T) {
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
