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

// reason returns the reason why Check rejects a value, without its path, or "".
func reason(t *testing.T, prop properties.Property, value any) string {
	t.Helper()
	failures := properties.Table{"x": prop}.Check(empty, values(fields{"x": value}))
	if len(failures) == 0 {
		return ""
	}
	require.Len(t, failures, 1)
	assert.Equal(t, "x", failures[0].Property)
	reason, ok := strings.CutPrefix(failures[0].Reason, "x ")
	assert.True(t, ok, "reason must begin with the path: %q", failures[0].Reason)
	return reason
}

// noon is the current time in tests.
var noon = time.Date(2027, time.January, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func TestRules(t *testing.T) {
	t.Parallel()
	text, integer := properties.String(), properties.Integer()
	const (
		noCIDR      = "must be an IPv4 or IPv6 range such as 203.0.113.0/24, or a single IP address; got "
		noURL       = "must be an absolute URL that begins with https://, such as https://example.com/hooks/pgbeam; got "
		noTimestamp = "must be an RFC 3339 timestamp such as 2027-01-01T00:00:00Z; got "
		noID        = "must be an ID, with letters, digits, '_', '.' and '-' only; got "
		noHost      = "must be a host name or an IP address, without spaces; got "
		noPeriod    = "must be a whole number above 0 with a unit, one of m, h, d and w, such as 12h or 90d; got "
		tooLong     = "must be at most 3650d; got "
		past        = "must be in the future; got "
	)
	type reasons map[string]string // by value
	for name, test := range map[string]struct {
		prop properties.Property
		want reasons
	}{
		"OneOf": {text.OneOf("read", "write"), reasons{
			"read": "", "write": "",
			"Read": `must be one of read, write; got "Read"`,
			"":     `must be one of read, write; got ""`,
		}},
		"Enum": {properties.Enum[mode](), reasons{
			"read_only": "", "read_write": "",
			"ReadOnly": `must be one of read_only, read_write; got "ReadOnly"`,
		}},
		"Length without a maximum": {text.Length(1, 0), reasons{
			"a": "", strings.Repeat("a", 5000): "",
			"": `must not be empty; got ""`,
		}},
		"Length": {text.Length(2, 4), reasons{
			"ab": "", "abcd": "", "äöüß": "",
			"":      `must have at least 2 characters; got ""`,
			"ü":     `must have at least 2 characters; got "ü"`,
			"äöüß!": `must have at most 4 characters, has 5; got "äöüß!"`,
			"a\x00": `must not contain a NUL character; got "a\x00"`,
		}},
		"Length without limits": {text.Length(0, 0), reasons{
			"": "", "abc": "",
			"a\x00b": `must not contain a NUL character; got "a\x00b"`,
		}},
		"NotBlank": {text.NotBlank(), reasons{
			"": "", "a": "", " a ": "",
			" \t\n": `must not be blank; got " \t\n"`,
		}},
		"Matches": {text.Matches("^[a-f0-9]{4}$", "be 4 hexadecimal digits"), reasons{
			"": "", "beef": "",
			"beefs":  `must be 4 hexadecimal digits; got "beefs"`,
			"beef\n": `must be 4 hexadecimal digits; got "beef\n"`,
		}},
		"PathSegment": {text.PathSegment(), reasons{
			"prj_1a.B-2": "",
			"":           `must not be empty; got ""`,
			"prj_1/..":   noID + `"prj_1/.."`,
			"prj 1":      noID + `"prj 1"`,
			"prj_1\n":    noID + `"prj_1\n"`,
		}},
		"Host": {text.Host(), reasons{
			"db.example.com": "", "10.0.0.1": "", "2001:db8::1": "",
			"":           `must not be empty; got ""`,
			"db example": noHost + `"db example"`,
			"db\n":       noHost + `"db\n"`,
			"db\x00":     `must not contain a NUL character; got "db\x00"`,
		}},
		"CIDR": {text.CIDR(), reasons{
			"10.0.0.0/8": "", "10.1.2.3/8": "", "10.0.0.1": "", "0.0.0.0/0": "", "::/0": "", "2001:DB8::/32": "", "::ffff:10.0.0.1": "",
			"":               noCIDR + `""`,
			"10.0.0.0/33":    noCIDR + `"10.0.0.0/33"`,
			"2001:db8::/129": noCIDR + `"2001:db8::/129"`,
			"10.0.0":         noCIDR + `"10.0.0"`,
			"10.0.0.01":      noCIDR + `"10.0.0.01"`,
			"10.0.0.0/":      noCIDR + `"10.0.0.0/"`,
			"10.0.0.0/-1":    noCIDR + `"10.0.0.0/-1"`,
			" 10.0.0.0/8":    noCIDR + `" 10.0.0.0/8"`,
			"fe80::1%eth0":   noCIDR + `"fe80::1%eth0"`,
			"example.com":    noCIDR + `"example.com"`,
		}},
		"HTTPURL": {text.HTTPURL(), reasons{
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
		}), reasons{"even": "", "odd": `must be even; got "odd"`}},
		"Timestamp": {text.Timestamp(), reasons{
			"2027-01-01T00:00:00Z": "", "2027-01-01T01:00:00.000001+01:00": "",
			"":                     noTimestamp + `""`,
			"2027-01-01":           noTimestamp + `"2027-01-01"`,
			"2027-01-01 00:00:00Z": noTimestamp + `"2027-01-01 00:00:00Z"`,
			"2027-01-01T00:00:00":  noTimestamp + `"2027-01-01T00:00:00"`,
			"2027-02-30T00:00:00Z": noTimestamp + `"2027-02-30T00:00:00Z"`,
		}},
		"Period": {text.Period(3650 * 24 * time.Hour), reasons{
			"1m": "", "30m": "", "12h": "", "90d": "", "2w": "", "3650d": "", "521w": "", "87600h": "", "5256000m": "",
			"3651d": tooLong + `"3651d"`, "522w": tooLong + `"522w"`, "87601h": tooLong + `"87601h"`,
			"99999999999999999999999d": tooLong + `"99999999999999999999999d"`, "153722868w": tooLong + `"153722868w"`,
			"": noPeriod + `""`, "d": noPeriod + `"d"`, "90": noPeriod + `"90"`, "0": noPeriod + `"0"`, "0d": noPeriod + `"0d"`, "00d": noPeriod + `"00d"`,
			"-1d": noPeriod + `"-1d"`, "+1d": noPeriod + `"+1d"`, "090d": noPeriod + `"090d"`, "1.5d": noPeriod + `"1.5d"`, "1e3d": noPeriod + `"1e3d"`,
			"90D": noPeriod + `"90D"`, "90 d": noPeriod + `"90 d"`, " 90d": noPeriod + `" 90d"`, "90d ": noPeriod + `"90d "`, "90d\n": noPeriod + `"90d\n"`,
			"1d12h": noPeriod + `"1d12h"`, "90days": noPeriod + `"90days"`, "90s": noPeriod + `"90s"`, "3M": noPeriod + `"3M"`, "1y": noPeriod + `"1y"`,
			"P90D": noPeriod + `"P90D"`, "٩d": noPeriod + `"٩d"`, "90m0s": noPeriod + `"90m0s"`,
		}},
		"FutureWhenNew": {text.Timestamp().FutureWhenNew(atNoon), reasons{
			"2027-01-01T12:00:00.000000001Z": "",
			"2027-01-01T12:30:00+00:15":      "",
			"2027-01-01T12:00:00Z":           past + `"2027-01-01T12:00:00Z"`,
			"2027-01-01T12:30:00+01:00":      past + `"2027-01-01T12:30:00+01:00"`,
			"tomorrow":                       noTimestamp + `"tomorrow"`,
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
		"Between, at least":          {integer.Between(1, 65535), 1, ""},
		"Between, at most":           {integer.Between(1, 65535), 65535, ""},
		"Between, below":             {integer.Between(1, 65535), 0, "must be between 1 and 65535; got 0"},
		"Between, above":             {integer.Between(1, 65535), 65536, "must be between 1 and 65535; got 65536"},
		"AtLeast":                    {integer.AtLeast(0), 0, ""},
		"AtLeast, far above":         {integer.AtLeast(0), 1<<53 - 1, ""},
		"AtLeast, below":             {integer.AtLeast(0), -1, "must be at least 0; got -1"},
		"MaxItems":                   {properties.List(text).MaxItems(2), []string{"a", "b"}, ""},
		"MaxItems, none":             {properties.List(text).MaxItems(2), []string{}, ""},
		"MaxItems, above":            {properties.List(text).MaxItems(2), []string{"a", "b", "c"}, "must have at most 2 items, has 3"},
		"MaxItems, above, some":      {properties.List(text).MaxItems(1), []any{unknown, "b"}, "must have at most 1 items, has 2"},
		"only the first broken rule": {text.Length(3, 0).OneOf("abc"), "a", `must have at least 3 characters; got "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, reason(t, test.prop, test.value))
		})
	}
}

func TestFutureWhenNewAllowsUnchangedTimestamps(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"expiresAt": properties.String().Timestamp().FutureWhenNew(atNoon),
		"nested":    properties.Object[limits](properties.Table{"expiresAt": properties.String().Timestamp().FutureWhenNew(atNoon)}),
	}
	const expired = "2026-06-01T12:00:00Z"
	for name, test := range map[string]struct {
		before, after string
		rejected      bool
	}{
		"unchanged":              {expired, expired, false},
		"other offset":           {expired, "2026-06-01T14:00:00+02:00", false},
		"other precision":        {expired, "2026-06-01T12:00:00.000Z", false},
		"another past timestamp": {expired, "2026-06-01T12:00:01Z", true},
		"from future to past":    {"2028-01-01T00:00:00Z", expired, true},
		"from past to future":    {expired, "2028-01-01T00:00:00Z", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			olds := values(fields{"expiresAt": test.before, "nested": fields{"expiresAt": test.before}})
			news := values(fields{"expiresAt": test.after, "nested": fields{"expiresAt": test.after}})
			var want []string
			if test.rejected {
				want = []string{"expiresAt", "nested.expiresAt"}
			}
			assert.Equal(t, want, paths(table.Check(olds, news)))
		})
	}
}

func TestReasonsTruncateLongValues(t *testing.T) {
	t.Parallel()
	text := properties.String().OneOf("a")
	whole, long := strings.Repeat("ü", 80), strings.Repeat("ü", 81)
	assert.Equal(t, `must be one of a; got "`+whole+`"`, reason(t, text, whole))
	assert.Equal(t, `must be one of a; got "`+whole+`…"`, reason(t, text, long))
}

func TestReference(t *testing.T) {
	t.Parallel()
	const wrong = "must be an ID (pol_…) or an import ID that ends with one (such as prj_…/pol_…); got "
	reference := properties.String().Reference("pol_")
	for value, want := range map[string]string{
		"": "", "pol_1": "", "prj_1/xyz_1": wrong + `"prj_1/xyz_1"`, "/": wrong + `"/"`,
		"..": `must be an ID, not "." or ".."; got ".."`, "a b": `must be an ID, with letters, digits, '_', '.' and '-' only; got "a b"`,
	} {
		assert.Equal(t, want, reason(t, reference, value))
	}
}

func TestIsID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"pol_1": true, "a.b-c_D": true, "...": true, ".a": true, "": false, ".": false, "..": false, "a/b": false, "a b": false, "a\n": false, "ä": false,
	} {
		assert.Equal(t, want, properties.IsID(id), id)
	}
}

// TestReasonsRedactCredentials checks that an invalid value is quoted without what
// may be a password in it.
func TestReasonsRedactCredentials(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"postgres://user:planted@db.example.com/shop", "//user:planted@db", "user:planted@db.example.com", "postgres://u:pl/planted?#@x@db",
		"ftp://example.com/?password=planted", "host=db password=planted user=a", "https://planted@example.com", "PGPASSWORD = planted",
		"ftp://a/?api_key=planted&x=1", "a:b\nuser:planted@db", "ftp://example.com?X-Amz-Signature=planted",
		"x://u:" + string(make([]byte, 100)) + "planted@db",
	} {
		for _, prop := range []properties.Property{properties.String().OneOf("a"), properties.Integer(), properties.String().HTTPURL().OneOf("a")} {
			assert.NotContains(t, reason(t, prop, value), "planted", value)
		}
	}
	assert.Equal(t, `must be one of a; got "postgres://[hidden]@db"`, reason(t, properties.String().OneOf("a"), "postgres://user:planted@db"))
	assert.Equal(t, `must be one of a; got "2001:db8::1"`, reason(t, properties.String().OneOf("a"), "2001:db8::1"))
}
