// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Same reports whether two values of a property have the same meaning. Secret
// marks and dependencies are ignored. An unknown value is never the same as
// another value, not even as itself. On known values Same is an equivalence
// relation.
func (p Property) Same(a, b property.Value) bool {
	switch {
	case a.HasComputed() || b.HasComputed():
		return false
	case a.IsNull() || b.IsNull():
		return a.IsNull() == b.IsNull()
	case p.same != nil && p.kind.accepts(a) && p.kind.accepts(b):
		return p.same(a, b)
	case p.fields != nil && a.IsMap() && b.IsMap():
		return sameEntries(a.AsMap(), b.AsMap(), func(name string) Property { return p.fields.property(name) })
	case p.item != nil && a.IsMap() && b.IsMap():
		return sameEntries(a.AsMap(), b.AsMap(), func(string) Property { return *p.item })
	case p.item != nil && a.IsArray() && b.IsArray():
		return slices.EqualFunc(a.AsArray().AsSlice(), b.AsArray().AsSlice(), p.item.Same)
	default:
		return Equal(a, b)
	}
}

// Equal reports whether two known values are equal, except for secret marks and dependencies.
func Equal(a, b property.Value) bool { return withoutMarks(a).Equals(withoutMarks(b)) }

func sameEntries(a, b property.Map, propertyFor func(name string) Property) bool {
	for _, m := range []property.Map{a, b} {
		for name := range m.All {
			if !propertyFor(name).Same(a.Get(name), b.Get(name)) {
				return false
			}
		}
	}
	return true
}

// withoutMarks removes secret marks and dependencies from a value, at any depth.
func withoutMarks(v property.Value) property.Value {
	v = v.WithSecret(false).WithDependencies(nil)
	switch {
	case v.IsArray():
		return mapItems(v, func(_ int, item property.Value) property.Value { return withoutMarks(item) })
	case v.IsMap():
		return mapEntries(v, func(_ string, entry property.Value) property.Value { return withoutMarks(entry) })
	}
	return v
}

// WholeSeconds returns a timestamp truncated to seconds. Timestamps are sent to
// the API in this form, so that the API returns the same instant no matter whether
// it truncates or rounds fractions. A string that is not a timestamp is returned
// unchanged.
func WholeSeconds(s string) string {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Nanosecond() == 0 {
		return s
	}
	return t.Truncate(time.Second).Format(time.RFC3339)
}

// SameHost compares host names case-insensitively.
func SameHost(a, b property.Value) bool {
	return a.IsString() && b.IsString() && strings.EqualFold(a.AsString(), b.AsString())
}

// SameTimestamp compares timestamps as instants with a precision of one second,
// regardless of their offset. The API may store fewer fractional digits than a
// program sets, which is not a change. Two instants are the same if they are in
// the same second, not if they are close to each other, because closeness is not
// transitive.
func SameTimestamp(a, b property.Value) bool {
	if !a.IsString() || !b.IsString() {
		return false
	}
	timeA, errA := time.Parse(time.RFC3339Nano, a.AsString())
	timeB, errB := time.Parse(time.RFC3339Nano, b.AsString())
	if errA != nil || errB != nil {
		return a.AsString() == b.AsString()
	}
	return timeA.Unix() == timeB.Unix()
}

// SameSet compares lists of strings as sets: order and duplicates are ignored.
func SameSet(a, b property.Value) bool {
	return sameStrings(a, b, func(s string) string { return s })
}

// SameCIDRs compares lists of CIDR ranges as sets, regardless of their notation.
func SameCIDRs(a, b property.Value) bool {
	return sameStrings(a, b, CanonicalCIDR)
}

// SameCIDRKeys compares maps whose keys are CIDR ranges, regardless of the
// notation of the keys.
func SameCIDRKeys(a, b property.Value) bool {
	if !a.IsMap() || !b.IsMap() {
		return false
	}
	canonical := func(m property.Map) property.Map {
		entries := map[string]property.Value{}
		for key, entry := range m.AllStable { // in a fixed order, so that the last of two keys for one range wins
			entries[CanonicalCIDR(key)] = withoutMarks(entry)
		}
		return property.NewMap(entries)
	}
	return property.New(canonical(a.AsMap())).Equals(property.New(canonical(b.AsMap())))
}

func sameStrings(a, b property.Value, canonical func(string) string) bool {
	if !a.IsArray() || !b.IsArray() {
		return false
	}
	set := func(v property.Value) []string {
		var items []string
		for _, item := range v.AsArray().All {
			if item.IsString() {
				items = append(items, canonical(item.AsString()))
			}
		}
		slices.Sort(items)
		return slices.Compact(items)
	}
	return slices.Equal(set(a), set(b))
}

// CanonicalCIDR returns the canonical notation of a CIDR range: host bits are
// cleared, a single address becomes a range of one address, and IPv6 addresses
// are lower-case and compressed. A string that is not a range is returned
// unchanged.
func CanonicalCIDR(s string) string {
	if canonical, ok := canonicalCIDR(s); ok {
		return canonical
	}
	return s
}

func canonicalCIDR(s string) (string, bool) {
	if strings.Contains(s, "%") { // a zone identifies an interface of one machine, not a range
		return "", false
	}
	if address, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(address, address.BitLen()).String(), true
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return "", false
	}
	return prefix.Masked().String(), true
}
