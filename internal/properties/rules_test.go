// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// reason returns what Check says about one value, "" for nothing.
func reason(t *testing.T, prop properties.Property, value any) string {
	t.Helper()
	failures := properties.Table{"x": prop}.Check(none, values(fields{"x": value}))
	if len(failures) == 0 {
		return ""
	}
	require.Len(t, failures, 1)
	assert.Equal(t, "x", failures[0].Property)
	words, ok := strings.CutPrefix(failures[0].Reason, "x ")
	assert.True(t, ok, "a reason begins with the path: %q", failures[0].Reason)
	return words
}

// noon is when the clocks of the tests stand.
var noon = time.Date(2027, time.January, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func TestRules(t *testing.T) {
	t.Parallel()
	text, integer := properties.String(), properties.Integer()
	const (
		noRange   = "must be an IPv4 or IPv6 range such as 203.0.113.0/24, or a single address; got "
		noURL     = "must be an absolute URL that begins with https://, such as https://example.com/hooks/pgbeam; got "
		noInstant = "must be a timestamp such as 2027-01-01T00:00:00Z (RFC 3339); got "
		noID      = "must be an ID of the API: letters, digits, and _ . - only; got "
		noHost    = "must be a host name or an address, without spaces; got "
		past      = "must be in the future; got "
	)
	type verdicts map[string]string // the reason, without the value at its end, by value
	for name, test := range map[string]struct {
		prop properties.Property
		want verdicts
	}{
		"OneOf": {text.OneOf("read", "write"), verdicts{
			"read": "", "write": "",
			"Read": `must be one of read, write; got "Read"`,
			"":     `must be one of read, write; got ""`,
		}},
		"Enum": {properties.Enum[mode](), verdicts{
			"read_only": "", "read_write": "",
			"ReadOnly": `must be one of read_only, read_write; got "ReadOnly"`,
		}},
		"Length without a maximum": {text.Length(1, 0), verdicts{
			"a": "", strings.Repeat("a", 5000): "",
			"": `must not be empty; got ""`,
		}},
		"Length": {text.Length(2, 4), verdicts{
			"ab": "", "abcd": "", "äöüß": "",
			"":      `must have at least 2 characters; got ""`,
			"ü":     `must have at least 2 characters; got "ü"`,
			"äöüß!": `must have at most 4 characters, has 5; got "äöüß!"`,
			"a\x00": `must not contain a NUL character; got "a\x00"`,
		}},
		"Length without limits": {text.Length(0, 0), verdicts{
			"": "", "abc": "",
			"a\x00b": `must not contain a NUL character; got "a\x00b"`,
		}},
		"NotBlank": {text.NotBlank(), verdicts{
			"": "", "a": "", " a ": "",
			" \t\n": `must not be blank; got " \t\n"`,
		}},
		"Matches": {text.Matches("^[a-f0-9]{4}$", "be 4 hexadecimal digits"), verdicts{
			"": "", "beef": "",
			"beefs":  `must be 4 hexadecimal digits; got "beefs"`,
			"beef\n": `must be 4 hexadecimal digits; got "beef\n"`,
		}},
		"ID": {text.PathSegment(), verdicts{
			"prj_1a.B-2": "",
			"":           `must not be empty; got ""`,
			"prj_1/..":   noID + `"prj_1/.."`,
			"prj 1":      noID + `"prj 1"`,
			"prj_1\n":    noID + `"prj_1\n"`,
		}},
		"Host": {text.Host(), verdicts{
			"db.example.com": "", "10.0.0.1": "", "2001:db8::1": "",
			"":           `must not be empty; got ""`,
			"db example": noHost + `"db example"`,
			"db\n":       noHost + `"db\n"`,
			"db\x00":     `must not contain a NUL character; got "db\x00"`,
		}},
		"CIDR": {text.CIDR(), verdicts{
			"10.0.0.0/8": "", "10.1.2.3/8": "", "10.0.0.1": "", "0.0.0.0/0": "", "::/0": "", "2001:DB8::/32": "", "::ffff:10.0.0.1": "",
			"":               noRange + `""`,
			"10.0.0.0/33":    noRange + `"10.0.0.0/33"`,
			"2001:db8::/129": noRange + `"2001:db8::/129"`,
			"10.0.0":         noRange + `"10.0.0"`,
			"10.0.0.01":      noRange + `"10.0.0.01"`,
			"10.0.0.0/":      noRange + `"10.0.0.0/"`,
			"10.0.0.0/-1":    noRange + `"10.0.0.0/-1"`,
			" 10.0.0.0/8":    noRange + `" 10.0.0.0/8"`,
			"fe80::1%eth0":   noRange + `"fe80::1%eth0"`,
			"example.com":    noRange + `"example.com"`,
		}},
		"HTTPURL": {text.HTTPURL(), verdicts{
			"https://example.com": "", "http://localhost:8080/a?b=c": "", "https://[2001:db8::1]/": "",
			"":                  noURL + `""`,
			"example.com/hook":  noURL + `"example.com/hook"`,
			"//example.com":     noURL + `"//example.com"`,
			"https://":          noURL + `"https://"`,
			"https:///path":     noURL + `"https:///path"`,
			"https://:443/path": noURL + `"https://:443/path"`,
			"ftp://example.com": noURL + `"ftp://example.com"`,
			"https://exa mple":  noURL + `"https://exa mple"`,
		}},
		"Satisfies": {text.Satisfies(func(s string) error {
			if s != "even" {
				return errors.New("must be even")
			}
			return nil
		}), verdicts{"even": "", "odd": `must be even; got "odd"`}},
		"Instant": {text.Timestamp(), verdicts{
			"2027-01-01T00:00:00Z": "", "2027-01-01T01:00:00.000001+01:00": "",
			"":                     noInstant + `""`,
			"2027-01-01":           noInstant + `"2027-01-01"`,
			"2027-01-01 00:00:00Z": noInstant + `"2027-01-01 00:00:00Z"`,
			"2027-01-01T00:00:00":  noInstant + `"2027-01-01T00:00:00"`,
			"2027-02-30T00:00:00Z": noInstant + `"2027-02-30T00:00:00Z"`,
		}},
		"FutureWhenNew": {text.Timestamp().FutureWhenNew(atNoon), verdicts{
			"2027-01-01T12:00:00.000000001Z": "",
			"2027-01-01T12:30:00+00:15":      "",
			"2027-01-01T12:00:00Z":           past + `"2027-01-01T12:00:00Z"`,
			"2027-01-01T12:30:00+01:00":      past + `"2027-01-01T12:30:00+01:00"`,
			"tomorrow":                       noInstant + `"tomorrow"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for value, want := range test.want {
				assert.Equal(t, want, reason(t, test.prop, value), "%.80q", value)
			}
		})
	}

	for name, test := range map[string]struct {
		prop  properties.Property
		value any
		want  string
	}{
		"Between, at least":     {integer.Between(1, 65535), 1, ""},
		"Between, at most":      {integer.Between(1, 65535), 65535, ""},
		"Between, below":        {integer.Between(1, 65535), 0, "must be between 1 and 65535; got 0"},
		"Between, above":        {integer.Between(1, 65535), 65536, "must be between 1 and 65535; got 65536"},
		"AtLeast":               {integer.AtLeast(0), 0, ""},
		"AtLeast, far above":    {integer.AtLeast(0), 1<<53 - 1, ""},
		"AtLeast, below":        {integer.AtLeast(0), -1, "must be at least 0; got -1"},
		"MaxItems":              {properties.List(text).MaxItems(2), []string{"a", "b"}, ""},
		"MaxItems, none":        {properties.List(text).MaxItems(2), []string{}, ""},
		"MaxItems, above":       {properties.List(text).MaxItems(2), []string{"a", "b", "c"}, "must have at most 2 items, has 3"},
		"MaxItems, above, some": {properties.List(text).MaxItems(1), []any{unknown, "b"}, "must have at most 1 items, has 2"},
		"the first rule broken": {text.Length(3, 0).OneOf("abc"), "a", `must have at least 3 characters; got "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, reason(t, test.prop, test.value))
		})
	}
}

func TestFutureWhenNewLetsAnObjectKeepWhatHasExpired(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"expiresAt": properties.String().Timestamp().FutureWhenNew(atNoon),
		"nested":    properties.Object[limits](properties.Table{"expiresAt": properties.String().Timestamp().FutureWhenNew(atNoon)}),
	}
	const expired = "2026-06-01T12:00:00Z"
	for name, test := range map[string]struct {
		before, now string
		refused     bool
	}{
		"the same":             {expired, expired, false},
		"in another offset":    {expired, "2026-06-01T14:00:00+02:00", false},
		"in another precision": {expired, "2026-06-01T12:00:00.000Z", false},
		"another in the past":  {expired, "2026-06-01T12:00:01Z", true},
		"from future to past":  {"2028-01-01T00:00:00Z", expired, true},
		"from past to future":  {expired, "2028-01-01T00:00:00Z", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			olds := values(fields{"expiresAt": test.before, "nested": fields{"expiresAt": test.before}})
			news := values(fields{"expiresAt": test.now, "nested": fields{"expiresAt": test.now}})
			var want []string
			if test.refused {
				want = []string{"expiresAt", "nested.expiresAt"}
			}
			assert.Equal(t, want, paths(table.Check(olds, news)))
		})
	}
}

func TestReasonsCutLongValues(t *testing.T) {
	t.Parallel()
	text := properties.String().OneOf("a")
	whole, long := strings.Repeat("ü", 80), strings.Repeat("ü", 81)
	assert.Equal(t, `must be one of a; got "`+whole+`"`, reason(t, text, whole))
	assert.Equal(t, `must be one of a; got "`+whole+`…"`, reason(t, text, long))
}
