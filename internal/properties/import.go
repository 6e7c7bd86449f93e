// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// importedKey is an internal input that lists the paths of the inputs that an
// import filled in although the program may not want to manage them. Pulumi hides
// inputs whose name begins with two underscores from users.
const importedKey = "__imported"

// sharedKey is an internal input with those values, by the name of the property, that an
// import found and that another resource may manage. It lasts as long as the program sets
// the same values.
const sharedKey = "__shared"

// ImportInputs returns inputs for an object that Pulumi did not manage before:
// every live value that differs from the API's default. Values that the API may
// have chosen are listed under [importedKey], so that a program that omits them does
// not remove them.
//
// Values that another resource may manage are left out: the object
// keeps them until a program sets them with this resource, which [Table.WithLive]
// does not regard as a change. A program that is generated from the inputs would
// otherwise set them twice, and could not refer to what they refer to, which in turn
// refers to the object. They are recorded under [sharedKey]: a program that repeats
// one and later omits it does not remove it, either. Only those in the items of a list are not left out, because a
// list is sent as a whole.
func (t Table) ImportInputs(live property.Map) property.Map {
	inputs, unmanaged := t.importInputs("", false, live)
	if len(unmanaged) > 0 {
		slices.Sort(unmanaged)
		inputs = inputs.Set(importedKey, Value(unmanaged))
	}
	return withShared(inputs, t.sharedValues(live))
}

// sharedValues returns the values that another resource may manage and that differ from the
// API's default.
func (t Table) sharedValues(live property.Map) property.Map {
	shared := property.Map{}
	for name, prop := range t {
		value := live.Get(name)
		if prop.shared != "" && !value.IsNull() && (prop.defaultValue == nil || !prop.Same(value, *prop.defaultValue)) {
			shared = shared.Set(name, value)
		}
	}
	return shared
}

func withShared(inputs, shared property.Map) property.Map {
	if shared.Len() == 0 {
		return inputs
	}
	return inputs.Set(sharedKey, property.New(shared))
}

// importedShared returns the values that an import has recorded under [sharedKey], or
// among the inputs, as earlier releases did.
func (t Table) importedShared(inputs property.Map) property.Map {
	shared := AsMap(inputs.Get(sharedKey))
	imported := importedPaths(inputs)
	for name, prop := range t {
		if value := inputs.Get(name); prop.shared != "" && imported[name] && !value.IsNull() {
			shared = shared.Set(name, value)
		}
	}
	return shared
}

// KeepShared returns the inputs of a program with the record of those values that an import
// has found and that the program repeats.
func (t Table) KeepShared(olds, news property.Map) property.Map {
	kept := property.Map{}
	for name, value := range t.importedShared(olds).All {
		if prop, ok := t[name]; ok && prop.Same(value, news.Get(name)) {
			kept = kept.Set(name, value)
		}
	}
	return withShared(news, kept)
}

// ReleasedShared returns the names of those properties that an import has found, and that a
// program has repeated and now omits, sorted.
func (t Table) ReleasedShared(olds, news property.Map) []string {
	var released []string
	for name := range AsMap(olds.Get(sharedKey)).All {
		if !olds.Get(name).IsNull() && news.Get(name).IsNull() {
			released = append(released, name)
		}
	}
	slices.Sort(released)
	return released
}

func (t Table) importInputs(path Path, inItem bool, live property.Map) (inputs property.Map, unmanaged []string) {
	for name, prop := range t {
		value := live.Get(name)
		isShared := prop.shared != ""
		if value.IsNull() || isShared && !inItem || prop.defaultValue != nil && prop.Same(value, *prop.defaultValue) {
			continue
		}
		if prop.serverDefault || isShared {
			unmanaged = append(unmanaged, string(path.Field(name)))
		}
		value, nested := prop.importValue(path.Field(name), inItem, value)
		inputs, unmanaged = inputs.Set(name, value), append(unmanaged, nested...)
	}
	return inputs, unmanaged
}

func (p Property) importValue(path Path, inItem bool, value property.Value) (input property.Value, unmanaged []string) {
	switch {
	case p.kind == objectKind && value.IsMap():
		fields, unmanaged := p.fields.importInputs(path, inItem, value.AsMap())
		return property.WithGoValue(value, fields), unmanaged
	case p.isObjectList() && value.IsArray():
		input = mapItems(value, func(i int, item property.Value) property.Value {
			item, nested := p.item.importValue(path.Index(i), true, item)
			unmanaged = append(unmanaged, nested...)
			return item
		})
		return input, unmanaged
	default:
		return value, nil
	}
}

// WithLive returns the previous inputs with those that the program did not set before, and
// now sets to the value that the object has already. That is not a change: an import omits
// values that are the API's default or that another resource may manage, and a program or a
// component may set them. A write-only value is not known to be the same.
func (t Table) WithLive(olds, news, state property.Map) property.Map {
	for name, prop := range t {
		oldInput, newInput, live := olds.Get(name), news.Get(name), state.Get(name)
		switch {
		case newInput.IsNull() || live.IsNull() || prop.writeOnly:
		case oldInput.IsNull() && prop.Same(newInput, live):
			olds = olds.Set(name, newInput)
		case prop.kind == objectKind && oldInput.IsMap() && newInput.IsMap() && live.IsMap():
			olds = olds.Set(name, property.WithGoValue(oldInput, prop.fields.WithLive(oldInput.AsMap(), newInput.AsMap(), live.AsMap())))
		}
	}
	return olds
}

// UserInputs returns the previous inputs that come from the program: all except
// those that an import listed under [importedKey] or [sharedKey] and the program omits.
func (t Table) UserInputs(olds, news property.Map) property.Map {
	imported := importedPaths(olds)
	for name := range AsMap(olds.Get(sharedKey)).All {
		imported[name] = true
	}
	if len(imported) == 0 {
		return olds
	}
	return t.userInputs("", imported, olds, news)
}

// importedPaths returns the paths that an import listed under [importedKey].
func importedPaths(inputs property.Map) map[string]bool {
	imported := map[string]bool{}
	if list := inputs.Get(importedKey); list.IsArray() {
		for _, path := range list.AsArray().All {
			if path.IsString() {
				imported[path.AsString()] = true
			}
		}
	}
	return imported
}

func (t Table) userInputs(path Path, imported map[string]bool, olds, news property.Map) property.Map {
	for name, prop := range t {
		oldInput, newInput := olds.Get(name), news.Get(name)
		if imported[string(path.Field(name))] && newInput.IsNull() {
			olds = olds.Delete(name)
		} else if input := prop.userInput(path.Field(name), imported, oldInput, newInput); !input.IsNull() {
			olds = olds.Set(name, input)
		}
	}
	return olds
}

func (p Property) userInput(path Path, imported map[string]bool, oldInput, newInput property.Value) property.Value {
	switch {
	case p.kind == objectKind && oldInput.IsMap() && newInput.IsMap():
		return property.WithGoValue(oldInput, p.fields.userInputs(path, imported, oldInput.AsMap(), newInput.AsMap()))
	case p.isObjectList() && oldInput.IsArray() && newInput.IsArray():
		newItems := newInput.AsArray()
		return mapItems(oldInput, func(i int, item property.Value) property.Value {
			if i >= newItems.Len() {
				return item
			}
			return p.item.userInput(path.Index(i), imported, item, newItems.Get(i))
		})
	default:
		return oldInput
	}
}
