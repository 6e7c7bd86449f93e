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

// Same tells whether two values of a property mean the same. Whether they are
// marked as secret plays no part. An unknown value means nothing that is known.
// Among known values it is an equivalence relation.
func (p Property) Same(a, b property.Value) bool {
	switch {
	case a.HasComputed() || b.HasComputed():
		return false
	case a.IsNull() || b.IsNull():
		return a.IsNull() == b.IsNull()
	case p.same != nil && p.kind.accepts(a) && p.kind.accepts(b):
		return p.same(a, b)
	case p.fields != nil && a.IsMap() && b.IsMap():
		return sameEntries(a.AsMap(), b.AsMap(), func(name string) Property { return p.fields[name] })
	case p.item != nil && a.IsMap() && b.IsMap():
		return sameEntries(a.AsMap(), b.AsMap(), func(string) Property { return *p.item })
	case p.item != nil && a.IsArray() && b.IsArray():
		return slices.EqualFunc(a.AsArray().AsSlice(), b.AsArray().AsSlice(), p.item.Same)
	default:
		return plain(a).Equals(plain(b))
	}
}

func sameEntries(a, b property.Map, of func(name string) Property) bool {
	for _, m := range []property.Map{a, b} {
		for name := range m.All {
			if !of(name).Same(a.Get(name), b.Get(name)) {
				return false
			}
		}
	}
	return true
}

// plain takes the marks off a value: secretness and dependencies, at any depth.
func plain(v property.Value) property.Value {
	v = v.WithSecret(false).WithDependencies(nil)
	switch {
	case v.IsArray():
		items := v.AsArray().AsSlice()
		for i, item := range items {
			items[i] = plain(item)
		}
		return property.New(property.NewArray(items)) // a nil slice would make null of an empty list
	case v.IsMap():
		entries := v.AsMap().AsMap()
		for key, entry := range entries {
			entries[key] = plain(entry)
		}
		return property.New(entries)
	}
	return v
}

// WholeSeconds returns a timestamp without a fraction of a second. That is what
// is sent to the API, so that it does not matter whether the API truncates or
// rounds a fraction: either way the instant that it returns is the one that was
// sent. What is not a timestamp is returned as it is.
func WholeSeconds(s string) string {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || at.Nanosecond() == 0 {
		return s
	}
	return at.Truncate(time.Second).Format(time.RFC3339)
}

// SameHost compares host names without regard to case.
func SameHost(a, b property.Value) bool {
	return a.IsString() && b.IsString() && strings.EqualFold(a.AsString(), b.AsString())
}

// SameTimestamp compares timestamps as instants to the second, whatever their
// offset. An API may keep fewer digits of a fraction than a program gives, and
// what it dropped is no change. Two instants are the same when they lie in the
// same second, not when they are close to each other, which would not be transitive.
func SameTimestamp(a, b property.Value) bool {
	if !a.IsString() || !b.IsString() {
		return false
	}
	at, errA := time.Parse(time.RFC3339Nano, a.AsString())
	bt, errB := time.Parse(time.RFC3339Nano, b.AsString())
	if errA != nil || errB != nil {
		return a.AsString() == b.AsString()
	}
	return at.Unix() == bt.Unix()
}

// SameSet compares lists of strings without regard to order and repetition.
func SameSet(a, b property.Value) bool {
	return sameStrings(a, b, func(s string) string { return s })
}

// SameCIDRs compares lists of ranges in any spelling and order.
func SameCIDRs(a, b property.Value) bool {
	return sameStrings(a, b, CanonicalCIDR)
}

// SameCIDRKeys compares maps whose keys are ranges in any spelling.
func SameCIDRKeys(a, b property.Value) bool {
	if !a.IsMap() || !b.IsMap() {
		return false
	}
	canonical := func(m property.Map) property.Map {
		entries := map[string]property.Value{}
		for key, entry := range m.AllStable { // so that of two keys for one range the same wins always
			entries[CanonicalCIDR(key)] = plain(entry)
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

// CanonicalCIDR returns the one spelling of a range that all of its spellings
// share: host bits cleared, a single address as a range of one, IPv6 in lower
// case and shortened. What is not a range is returned as it is.
func CanonicalCIDR(s string) string {
	if canonical, ok := canonicalCIDR(s); ok {
		return canonical
	}
	return s
}

func canonicalCIDR(s string) (string, bool) {
	if strings.Contains(s, "%") { // a zone names an interface of one machine, not a range
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
