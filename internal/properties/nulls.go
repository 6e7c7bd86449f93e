// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import "github.com/pulumi/pulumi/sdk/v3/go/property"

// WithoutNulls returns values without the fields of objects and the entries of
// maps that are null, at any depth and whatever their marks: a program that sets a
// property to null means that it does not set it. The SDK decodes a null that is
// secret, or that depends on a resource, as the zero value of its type, and zero
// often means "no limit". A null in a list stays, because removing it would move
// the items behind it: Check refuses it.
func WithoutNulls(values property.Map) property.Map {
	entries := values.AsMap()
	for name, entry := range entries {
		if entry.IsNull() {
			delete(entries, name)
		} else {
			entries[name] = withoutNulls(entry)
		}
	}
	return property.NewMap(entries)
}

func withoutNulls(v property.Value) property.Value {
	switch {
	case v.IsArray():
		items := v.AsArray().AsSlice()
		for i, item := range items {
			items[i] = withoutNulls(item)
		}
		return property.WithGoValue(v, property.NewArray(items)) // a nil slice would make null of an empty list
	case v.IsMap():
		return property.WithGoValue(v, WithoutNulls(v.AsMap()))
	}
	return v
}
