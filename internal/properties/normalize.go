// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// WithoutNulls returns values without null fields of objects and null entries of
// maps, at any depth and whatever their marks: setting a property to null means
// not setting it. Nulls have to go because the SDK decodes a null that is secret
// or has dependencies as the zero value of its type, and zero often means "no
// limit". A null in a list stays, because removing it would shift the items after
// it; Check rejects it.
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
		return mapItems(v, func(_ int, item property.Value) property.Value { return withoutNulls(item) })
	case v.IsMap():
		return property.WithGoValue(v, WithoutNulls(v.AsMap()))
	}
	return v
}

// KeepSpelling returns inputs in which every name whose case is ignored is spelled
// as in the previous inputs, if it is the same name.
func (t Table) KeepSpelling(olds, news property.Map) property.Map {
	for name, prop := range t {
		oldInput, newInput := olds.Get(name), news.Get(name)
		if prop.ignoresCase && oldInput.IsString() && prop.Same(oldInput, newInput) {
			news = news.Set(name, property.WithGoValue(newInput, oldInput.AsString()))
		}
	}
	return news
}

// ResolveReferences returns inputs in which every reference in the form of an
// import ID, such as prj_1/pol_1, is replaced by the plain ID at its end. Any
// other value is unchanged, and left for Check to reject.
func (t Table) ResolveReferences(inputs property.Map) property.Map {
	for name, prop := range t {
		if input := inputs.Get(name); !input.IsNull() {
			inputs = inputs.Set(name, prop.resolveReferences(input))
		}
	}
	return inputs
}

func (p Property) resolveReferences(v property.Value) property.Value {
	switch {
	case p.reference != "" && v.IsString():
		segments := strings.Split(v.AsString(), "/")
		last := segments[len(segments)-1]
		if len(segments) > 1 && strings.HasPrefix(last, p.reference) && last != p.reference && !slices.ContainsFunc(segments, isNotID) {
			return property.WithGoValue(v, last)
		}
	case p.kind == objectKind && v.IsMap():
		return property.WithGoValue(v, p.fields.ResolveReferences(v.AsMap()))
	case p.item != nil && v.IsArray():
		return mapItems(v, func(_ int, item property.Value) property.Value { return p.item.resolveReferences(item) })
	case p.item != nil && v.IsMap():
		return mapEntries(v, func(_ string, entry property.Value) property.Value { return p.item.resolveReferences(entry) })
	}
	return v
}

func isNotID(s string) bool { return !IsID(s) }

// PropagateMarks returns inputs in which the marks of an object, or of a list or a map of
// objects, are moved to its fields: the inputs of a component are decoded into
// structs, which cannot be secret, unknown or dependent on resources as a whole,
// while their fields can.
func (t Table) PropagateMarks(inputs property.Map) property.Map {
	for name, prop := range t {
		value := inputs.Get(name)
		if value.IsNull() {
			continue
		}
		switch {
		case prop.mustBeKnown && value.IsComputed(): // for Check to reject
		case prop.mustBeKnown && value.IsBool():
			// Whether a child exists is not secret.
			inputs = inputs.Set(name, value.WithSecret(false).WithDependencies(nil))
		case prop.mustBeKnown && value.IsString():
			// The name of a child has no dependencies. Its secret mark is kept, so that it is rejected.
			inputs = inputs.Set(name, value.WithDependencies(nil))
		case prop.kind == listKind && prop.item.mustBeKnown && value.IsArray():
			// The same applies to a list of names.
			items := mapItems(value, func(_ int, item property.Value) property.Value {
				return withMarksOf(item, value).WithDependencies(nil)
			})
			inputs = inputs.Set(name, items.WithSecret(false).WithDependencies(nil))
		case prop.kind == objectKind:
			inputs = inputs.Set(name, prop.propagateMarks(value))
		case prop.isObjectList() && value.IsArray():
			items := mapItems(value, func(_ int, item property.Value) property.Value {
				return prop.item.propagateMarks(withMarksOf(item, value))
			})
			inputs = inputs.Set(name, items.WithSecret(false).WithDependencies(nil))
		case prop.isStructMap() && value.IsMap():
			entries := mapEntries(value, func(_ string, entry property.Value) property.Value {
				entry = withMarksOf(entry, value)
				if prop.item.kind == objectKind {
					entry = prop.item.propagateMarks(entry)
				}
				return entry
			})
			// The secret mark is kept if the keys become names of children, so that it is rejected.
			inputs = inputs.Set(name, entries.WithSecret(prop.namesChildren && value.Secret()).WithDependencies(nil))
		}
	}
	return inputs
}

func (p Property) propagateMarks(v property.Value) property.Value {
	if !v.IsMap() && !v.IsComputed() {
		return v // for Check to reject
	}
	fields := AsMap(v)
	for name, prop := range p.fields {
		field, ok := fields.GetOk(name)
		switch {
		case ok:
			fields = fields.Set(name, withMarksOf(field, v))
		case v.IsComputed() && prop.required:
			fields = fields.Set(name, withMarksOf(property.New(property.Computed), v))
		}
	}
	return property.New(p.fields.PropagateMarks(fields))
}

// withMarksOf returns v with the marks of another value added to its own.
func withMarksOf(v, other property.Value) property.Value {
	return v.WithSecret(v.Secret() || other.Secret()).
		WithDependencies(append(v.Dependencies(), other.Dependencies()...))
}

// mapItems returns the list v, including its marks, with every item replaced.
func mapItems(v property.Value, replace func(i int, item property.Value) property.Value) property.Value {
	items := v.AsArray().AsSlice()
	for i, item := range items {
		items[i] = replace(i, item)
	}
	// A nil slice, which AsSlice returns for an empty list, would become null.
	return property.WithGoValue(v, property.NewArray(items))
}

// mapEntries returns the map v, including its marks, with every entry replaced.
func mapEntries(v property.Value, replace func(key string, entry property.Value) property.Value) property.Value {
	entries := v.AsMap().AsMap() // Map.Set would copy the map for every entry
	for key, entry := range entries {
		entries[key] = replace(key, entry)
	}
	return property.WithGoValue(v, property.NewMap(entries))
}
