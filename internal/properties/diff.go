// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Diff returns the properties whose meaning differs between the previous and the
// current inputs of an object, by path.
func (t Table) Diff(olds, news property.Map) map[string]p.PropertyDiff {
	diff := differ{}
	diff.object("", t, false, t.UserInputs(olds, news), news)
	return diff
}

// WithLive returns the previous inputs with those that the program did not set before, and
// now sets to the value that the object already has. Such an input changes nothing: an import
// omits every value that is the API's default, and a component sets some of them. It does not
// apply to values that the state cannot know, or that another resource may manage.
func (t Table) WithLive(olds, news, state property.Map) property.Map {
	for name, prop := range t {
		oldInput, newInput, live := olds.Get(name), news.Get(name), state.Get(name)
		switch {
		case newInput.IsNull() || live.IsNull() || prop.writeOnly || prop.shared != "":
		case oldInput.IsNull() && prop.Same(newInput, live):
			olds = olds.Set(name, newInput)
		case prop.kind == objectKind && oldInput.IsMap() && newInput.IsMap() && live.IsMap():
			olds = olds.Set(name, property.WithGoValue(oldInput, prop.fields.WithLive(oldInput.AsMap(), newInput.AsMap(), live.AsMap())))
		}
	}
	return olds
}

// Replaces reports whether a diff requires the object to be replaced.
func Replaces(diff map[string]p.PropertyDiff) bool {
	for _, d := range diff {
		switch d.Kind {
		case p.AddReplace, p.DeleteReplace, p.UpdateReplace:
			return true
		case p.Add, p.Delete, p.Update, p.Stable:
		}
	}
	return false
}

type differ map[string]p.PropertyDiff

func (d differ) object(path Path, t Table, replaces bool, olds, news property.Map) {
	for name, prop := range t {
		d.value(path.Field(name), prop, replaces || prop.replaces, olds.Get(name), news.Get(name))
	}
}

// value compares one property. It descends into objects and into lists of equal
// length, so that the diff names the nested value that changed. Everything nested
// in a property that replaces the object replaces it, too.
func (d differ) value(path Path, prop Property, replaces bool, oldInput, newInput property.Value) {
	if prop.Same(oldInput, newInput) {
		return
	}
	// A property that cannot be updated still has its default if it was never set.
	if replaces && prop.Same(prop.orDefault(oldInput), prop.orDefault(newInput)) {
		return
	}
	kind := p.Update
	switch {
	case oldInput.IsNull():
		kind = p.Add
	case newInput.IsNull() && prop.defaultValue == nil && !replaces:
		return // without a default there is nothing to reset it to: the value stays, unmanaged
	case newInput.IsNull():
		kind = p.Delete
	case prop.kind == objectKind && oldInput.IsMap() && newInput.IsMap():
		d.object(path, prop.fields, replaces, oldInput.AsMap(), newInput.AsMap())
		return
	case prop.kind == listKind && prop.same == nil && oldInput.IsArray() && newInput.IsArray() &&
		oldInput.AsArray().Len() == newInput.AsArray().Len():
		before := len(d)
		for i := range newInput.AsArray().Len() {
			d.value(path.Index(i), *prop.item, replaces, oldInput.AsArray().Get(i), newInput.AsArray().Get(i))
		}
		if len(d) > before {
			return
		}
		// An item lost a field without a default. A list is sent as a whole, so this clears the field.
	}
	if replaces {
		kind += "&replace"
	}
	d[string(path)] = p.PropertyDiff{Kind: kind, InputDiff: true}
}

func (p Property) orDefault(v property.Value) property.Value {
	if v.IsNull() && p.defaultValue != nil {
		return *p.defaultValue
	}
	return v
}
