// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// MarkSecrets returns values with a secret mark on every value that the table
// declares secret, at any depth, and on no other. The exception are values that
// the program itself marks as secret: if a value in inputs is marked, the value
// at the same path is marked, too.
func (t Table) MarkSecrets(values, inputs property.Map) property.Map {
	entries := values.AsMap() // Map.Set would copy the map for every entry
	for name, value := range entries {
		entries[name] = t.property(name).markSecrets(value, inputs.Get(name))
	}
	return property.NewMap(entries)
}

func (p Property) markSecrets(value, input property.Value) property.Value {
	switch {
	case p.kind == objectKind && value.IsMap():
		value = property.WithGoValue(value, p.fields.MarkSecrets(value.AsMap(), AsMap(input)))
	case value.IsMap():
		// A map, or an object that the table does not describe: only the program's marks apply.
		value = mapEntries(value, func(key string, entry property.Value) property.Value {
			return p.itemOrZero().markSecrets(entry, AsMap(input).Get(key))
		})
	case value.IsArray():
		value = mapItems(value, func(i int, item property.Value) property.Value {
			var itemInput property.Value
			if input.IsArray() && i < input.AsArray().Len() {
				itemInput = input.AsArray().Get(i)
			}
			return p.itemOrZero().markSecrets(item, itemInput)
		})
	}
	return value.WithSecret(p.secret || input.Secret())
}

func (p Property) itemOrZero() Property {
	if p.item == nil {
		return noProperty
	}
	return *p.item
}

// WholeSecret returns a map whose entries may be secret as one secret: only the map itself is
// marked, with the dependencies of the entries.
func WholeSecret(v property.Value) property.Value {
	if !v.IsMap() {
		return v
	}
	dependencies := v.Dependencies()
	v = mapEntries(v, func(_ string, entry property.Value) property.Value {
		entry = WholeSecret(entry)
		dependencies = append(dependencies, entry.Dependencies()...)
		return entry.WithSecret(false).WithDependencies(nil)
	})
	return v.WithSecret(true).WithDependencies(dependencies)
}

// SecretStrings returns every non-empty string that is marked as secret, or is
// nested in a secret value. Longer strings come first, so that a caller that
// removes them from a message one by one does not leave a part of a longer one.
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
