// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// MarkSecrets marks every value that the table calls secret, at any depth, and
// no other. A value that the program itself marks as secret keeps its mark when
// it stands in inputs at the same place.
func (t Table) MarkSecrets(values, inputs property.Map) property.Map {
	entries := values.AsMap() // Set would copy the map for each of them
	for name, value := range entries {
		entries[name] = t[name].markSecret(value, inputs.Get(name))
	}
	return property.NewMap(entries)
}

func (p Property) markSecret(value, input property.Value) property.Value {
	switch {
	case p.kind == objectKind && value.IsMap():
		value = property.WithGoValue(value, p.fields.MarkSecrets(value.AsMap(), asMap(input)))
	case value.IsMap():
		// A map, or an object whose shape is not known: the marks of the program alone.
		entries := value.AsMap().AsMap()
		for key, entry := range entries {
			entries[key] = p.itemOrZero().markSecret(entry, asMap(input).Get(key))
		}
		value = property.WithGoValue(value, property.NewMap(entries))
	case value.IsArray():
		items := value.AsArray().AsSlice()
		for i, item := range items {
			var given property.Value
			if input.IsArray() && i < input.AsArray().Len() {
				given = input.AsArray().Get(i)
			}
			items[i] = p.itemOrZero().markSecret(item, given)
		}
		value = property.WithGoValue(value, property.NewArray(items)) // a nil slice would make null of an empty list
	}
	return value.WithSecret(p.secret || input.Secret())
}

func (p Property) itemOrZero() Property {
	if p.item == nil {
		return Property{}
	}
	return *p.item
}

// SecretStrings returns every string that stands in a map under a mark of
// secrecy, the longest first, so that one can be taken out of a message that
// holds another.
func SecretStrings(values ...property.Map) []string {
	var found []string
	var walk func(v property.Value, secret bool)
	walk = func(v property.Value, secret bool) {
		secret = secret || v.Secret()
		switch {
		case v.IsString():
			if secret && v.AsString() != "" {
				found = append(found, v.AsString())
			}
		case v.IsMap():
			for _, entry := range v.AsMap().All {
				walk(entry, secret)
			}
		case v.IsArray():
			for _, item := range v.AsArray().All {
				walk(item, secret)
			}
		}
	}
	for _, m := range values {
		walk(property.New(m), false)
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(found)
}
