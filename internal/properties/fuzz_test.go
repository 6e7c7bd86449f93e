// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// FuzzCIDR compares ranges in whatever spelling: two are the same exactly when
// they hold the same addresses.
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
			t.Errorf("%q and its canonical spelling %q are not the same", a, canonical)
		}
		if !properties.SameCIDRs(ranges(a, b), ranges(b, a, b)) {
			t.Errorf("the order of %q and %q counts", a, b)
		}
		same := properties.SameCIDRs(ranges(a), ranges(b))
		if same != properties.SameCIDRs(ranges(b), ranges(a)) {
			t.Errorf("%q and %q are the same in one direction", a, b)
		}
		first, okA := prefix(a)
		second, okB := prefix(b)
		if okA && okB && same != (first == second) {
			t.Errorf("%q and %q are the same: %t", a, b, same)
		}
		if okA != okB && same {
			t.Errorf("%q and %q are the same, and one is no range", a, b)
		}
	})
}

// prefix reads a range by the standard library alone.
func prefix(s string) (netip.Prefix, bool) {
	if address, err := netip.ParseAddr(s); err == nil && address.Zone() == "" {
		p, err := address.Prefix(address.BitLen())
		return p, err == nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err == nil
}

// FuzzInstant compares timestamps in whatever spelling: two are the same exactly
// when they lie in the same second, whatever a server drops of the fraction, and
// what is sent comes back the same from a server that truncates or rounds.
func FuzzInstant(f *testing.F) {
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
			t.Errorf("%q and %q are the same in one direction", a, b)
		}
		if !properties.SameTimestamp(property.New(a), property.New(a)) {
			t.Errorf("%q is not itself", a)
		}
		at, errA := time.Parse(time.RFC3339Nano, a)
		bt, errB := time.Parse(time.RFC3339Nano, b)
		expected := a == b
		if errA == nil && errB == nil {
			expected = at.Unix() == bt.Unix()
		}
		if same != expected {
			t.Errorf("%q and %q are the same: %t", a, b, same)
		}
		if errA != nil {
			return
		}
		sent, err := time.Parse(time.RFC3339Nano, properties.WholeSeconds(a))
		if err != nil {
			t.Fatalf("%q becomes %q: %v", a, properties.WholeSeconds(a), err)
		}
		for _, precision := range []time.Duration{time.Microsecond, time.Millisecond, time.Second} {
			for _, kept := range []time.Time{sent.Truncate(precision), sent.Round(precision)} {
				if !properties.SameTimestamp(property.New(a), property.New(kept.Format(time.RFC3339Nano))) {
					t.Errorf("%q comes back as %v, which is not the same", a, kept)
				}
			}
		}
	})
}
