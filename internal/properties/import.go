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

// ImportInputs returns inputs for an object that Pulumi did not manage before:
// every live value that differs from the API's default. Values that the API may
// have chosen are listed under [importedKey], so that a program that omits them does
// not remove them.
//
// Values that another resource may manage are left out: the object
// keeps them until a program sets them with this resource, which [Table.AdoptShared]
// does not regard as a change. A program that is generated from the inputs would
// otherwise set them twice, and could not refer to what they refer to, which in turn
// refers to the object. Only those in the items of a list are not left out, because a
// list is sent as a whole.
func (t Table) ImportInputs(live property.Map) property.Map {
	inputs, unmanaged := t.importInputs("", false, live)
	if len(unmanaged) > 0 {
		slices.Sort(unmanaged)
		inputs = inputs.Set(importedKey, Value(unmanaged))
	}
	return inputs
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

// AdoptShared returns the previous inputs with those shared values that the program sets
// now and that the object has already, because another resource has set them or because
// it was imported. Setting such a value is not a change.
func (t Table) AdoptShared(olds, news, state property.Map) property.Map {
	for name, prop := range t {
		oldInput, newInput, current := olds.Get(name), news.Get(name), state.Get(name)
		switch {
		case newInput.IsNull() || current.IsNull():
		case prop.shared != "" && oldInput.IsNull() && prop.Same(newInput, current):
			olds = olds.Set(name, newInput)
		case prop.kind == objectKind && oldInput.IsMap() && newInput.IsMap() && current.IsMap():
			olds = olds.Set(name, property.WithGoValue(oldInput, prop.fields.AdoptShared(oldInput.AsMap(), newInput.AsMap(), current.AsMap())))
		}
	}
	return olds
}

// UserInputs returns the previous inputs that come from the program: all except
// those that an import listed under [importedKey] and the program still omits.
func (t Table) UserInputs(olds, news property.Map) property.Map {
	list := olds.Get(importedKey)
	if !list.IsArray() {
		return olds
	}
	imported := map[string]bool{}
	for _, path := range list.AsArray().All {
		if path.IsString() {
			imported[path.AsString()] = true
		}
	}
	return t.userInputs("", imported, olds, news)
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
