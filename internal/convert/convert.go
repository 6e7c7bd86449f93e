// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package convert converts between the values of a resource and those of the
// API client, where an optional value is a pointer and nil means that it is absent.
package convert

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// ValueOr returns the value of an optional field, or a fallback if it is absent.
func ValueOr[T any](v *T, fallback T) T {
	if v == nil {
		return fallback
	}
	return *v
}

// Or returns an optional field of a response as a value that is always present
// in the state.
func Or[T int | int64 | bool](v *T, fallback T) *T {
	value := ValueOr(v, fallback)
	return &value
}

// StringOr is Or for strings, which have an enum type in the state.
func StringOr[To, From ~string](v *From, fallback From) *To {
	value := To(ValueOr(v, fallback))
	return &value
}

// String converts an optional string of the inputs to the type of a request.
func String[To, From ~string](v *From) *To {
	if v == nil {
		return nil
	}
	value := To(*v)
	return &value
}

// Strings converts a list of strings. The result is never nil.
func Strings[To, From ~string](items []From) []To {
	return Items(items, func(item From) To { return To(item) })
}

// Items converts each item of a list. The result is never nil.
func Items[To, From any](items []From, convert func(From) To) []To {
	converted := make([]To, len(items))
	for i, item := range items {
		converted[i] = convert(item)
	}
	return converted
}

// ItemList converts each item of an optional list.
func ItemList[To, From any](items *[]From, convert func(From) To) *[]To {
	if items == nil {
		return nil
	}
	converted := Items(*items, convert)
	return &converted
}

// StringList converts an optional list of strings of the inputs to the type of a request.
func StringList[To, From ~string](items *[]From) *[]To {
	return ItemList(items, func(item From) To { return To(item) })
}

// NonEmpty returns nil for an empty string, if that means null to the API.
func NonEmpty(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return s
}

// NonNil returns an empty list instead of nil. JSON encodes nil as null, and the
// API treats an absent list as an empty one.
func NonNil[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// List returns an optional list of the inputs for a request. Infer decodes an
// empty list as nil.
func List[T any](items *[]T) *[]T {
	if items == nil {
		return nil
	}
	list := NonNil(*items)
	return &list
}

// WholeSeconds truncates an optional timestamp to seconds for a request.
func WholeSeconds(v *string) *string {
	if v == nil {
		return nil
	}
	truncated := properties.WholeSeconds(*v)
	return &truncated
}

// Changed returns the new value if it differs from the old one, and nil if there
// is nothing to send.
func Changed[T any](before, after *T) *T {
	if after == nil || before != nil && equal(*before, *after) {
		return nil
	}
	return after
}

// ChangedValue is Changed for values that are always present.
func ChangedValue[T comparable](before, after T) *T {
	if before == after {
		return nil
	}
	return &after
}

func equal[T any](a, b T) bool {
	av, bv := reflect.ValueOf(a), reflect.ValueOf(b)
	if av.Kind() == reflect.Slice && av.Len() == 0 && bv.Len() == 0 {
		return true // nil or empty
	}
	return reflect.DeepEqual(a, b)
}

// IsZero reports whether a request would change nothing.
func IsZero[T any](request T) bool { return reflect.ValueOf(request).IsZero() }

// Text returns the string that a property value holds, or "".
func Text(v property.Value) string {
	if v.IsString() {
		return v.AsString()
	}
	return ""
}
