// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// FuzzCIDR checks that two ranges, in any notation, are the same exactly when they
// contain the same addresses.
func FuzzCIDR(f *testing.F) {
	for _, pair := range [][2]string{
		{"10.0.0.0/8", "10.1.2.3/8"},
		{"10.0.0.1", "10.0.0.1/32"},
		{"2001:DB8::/32", "2001:db8:0::/32"},
		{"::1", "::1/128"},
		{"::ffff:10.0.0.1", "10.0.0.1"},
		{"fe80::1%eth0", "fe80::1"},
		{"", "x"},
		{"10.0.0.0/33", "10.0.0.0/33"},
		{"::ffff:10.1.2.3/104", "::ffff:10.1.2.3/64"},
		{"0.0.0.0/0", "/"},
		{"a/b/c", "1.2.3.4/33"},
	} {
		f.Add(pair[0], pair[1])
	}
	ranges := func(items ...string) property.Value { return properties.Value(items) }
	f.Fuzz(func(t *testing.T, a, b string) {
		canonical := properties.CanonicalCIDR(a)
		if again := properties.CanonicalCIDR(canonical); again != canonical {
			t.Errorf("%q becomes %q and then %q", a, canonical, again)
		}
		if !properties.SameCIDRs(ranges(a), ranges(canonical)) {
			t.Errorf("%q and its canonical form %q are not the same", a, canonical)
		}
		if !properties.SameCIDRs(ranges(a, b), ranges(b, a, b)) {
			t.Errorf("the order of %q and %q matters", a, b)
		}
		same := properties.SameCIDRs(ranges(a), ranges(b))
		if same != properties.SameCIDRs(ranges(b), ranges(a)) {
			t.Errorf("%q and %q are the same in one direction only", a, b)
		}
		first, okA := prefix(a)
		second, okB := prefix(b)
		if okA && okB && same != (first == second) {
			t.Errorf("Same(%q, %q) = %t", a, b, same)
		}
		if okA != okB && same {
			t.Errorf("%q and %q are the same, but only one is a range", a, b)
		}
	})
}

// prefix parses a range with nothing but the standard library.
func prefix(s string) (netip.Prefix, bool) {
	if address, err := netip.ParseAddr(s); err == nil && address.Zone() == "" {
		p, err := address.Prefix(address.BitLen())
		return p, err == nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err == nil
}

// FuzzTimestamp checks that two timestamps, in any notation, are the same exactly
// when they are in the same second, and that WholeSeconds returns a timestamp that
// stays the same when the API truncates or rounds it.
func FuzzTimestamp(f *testing.F) {
	for _, pair := range [][2]string{
		{"2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00"},
		{"2027-01-01T00:00:00Z", "2027-01-01T00:00:00.000Z"},
		{"2027-01-01T00:00:00Z", "2027-01-01T00:00:01Z"},
		{"tomorrow", "tomorrow"},
		{"", ""},
		{"2027-02-30T00:00:00Z", "2027-03-02T00:00:00Z"},
		{"2027-01-01T00:00:00Z", "2027-01-01T00:00:00.5Z"},
		{"2027-01-01T00:00:00.000Z", "soon"},
		{"9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59"},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		same := properties.SameTimestamp(property.New(a), property.New(b))
		if same != properties.SameTimestamp(property.New(b), property.New(a)) {
			t.Errorf("%q and %q are the same in one direction only", a, b)
		}
		if !properties.SameTimestamp(property.New(a), property.New(a)) {
			t.Errorf("%q is not the same as itself", a)
		}
		at, errA := time.Parse(time.RFC3339Nano, a)
		bt, errB := time.Parse(time.RFC3339Nano, b)
		expected := a == b
		if errA == nil && errB == nil {
			expected = at.Unix() == bt.Unix()
		}
		if same != expected {
			t.Errorf("Same(%q, %q) = %t", a, b, same)
		}
		if errA != nil {
			return
		}
		sent, err := time.Parse(time.RFC3339Nano, properties.WholeSeconds(a))
		if err != nil {
			t.Fatalf("%q becomes %q: %v", a, properties.WholeSeconds(a), err)
		}
		for _, precision := range []time.Duration{time.Microsecond, time.Millisecond, time.Second} {
			for _, stored := range []time.Time{sent.Truncate(precision), sent.Round(precision)} {
				if !properties.SameTimestamp(property.New(a), property.New(stored.Format(time.RFC3339Nano))) {
					t.Errorf("%q is stored as %v, which is not the same", a, stored)
				}
			}
		}
	})
}

// FuzzSame checks that Same is an equivalence relation on known values of any
// type. Otherwise a refresh could show a change that an update does not make, or the
// other way round.
func FuzzSame(f *testing.F) {
	for _, seed := range [][3]string{
		{`{"expiresAt":"2027-01-01T00:00:00.4Z"}`, `{"expiresAt":"2027-01-01T00:00:00.9Z"}`, `{"expiresAt":"2027-01-01T00:00:01Z"}`},
		{`{"expiresAt":5,"host":true}`, `{"expiresAt":"5","host":[]}`, `{"expiresAt":[5]}`},
		{`{"allowedCidrs":["10.0.0.1","a"]}`, `{"allowedCidrs":["a","10.0.0.1/32"]}`, `{"allowedCidrs":[1,"a"]}`},
		{`{"rules":{"allow":["a","b","a"]}}`, `{"rules":{"allow":["b","a"]}}`, `{"rules":{"allow":["A","b"]}}`},
		{`{"host":"A","labels":{"a":"B"}}`, `{"host":"a","labels":{"a":"b"}}`, `{"host":"a","labels":{"a":"b","c":null}}`},
		{`{"pool":{"host":"A","limits":{"until":"soon"}}}`, `{"pool":null}`, `{"pool":{"host":"a","limits":{"until":"soon"}}}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	table := exampleTable()
	f.Fuzz(func(t *testing.T, first, second, third string) {
		var maps [3]property.Map
		for i, text := range []string{first, second, third} {
			var decoded map[string]any
			if json.Unmarshal([]byte(text), &decoded) != nil {
				return
			}
			maps[i] = values(decoded)
		}
		for name, prop := range table {
			a, b, c := maps[0].Get(name), maps[1].Get(name), maps[2].Get(name)
			if !prop.Same(a, a) {
				t.Errorf("%s: %v is not the same as itself", name, a)
			}
			if prop.Same(a, b) != prop.Same(b, a) {
				t.Errorf("%s: %v and %v are the same in one direction only", name, a, b)
			}
			if prop.Same(a, b) && prop.Same(b, c) && !prop.Same(a, c) {
				t.Errorf("%s: %v, %v and %v are not transitive", name, a, b, c)
			}
		}
	})
}
