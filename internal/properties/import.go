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
// have chosen, or that another resource may manage, are listed under
// [importedKey], so that a program that omits them does not remove them.
func (t Table) ImportInputs(live property.Map) property.Map {
	return t.adoptedInputs(live, false)
}

// MigratedInputs returns inputs for an object that another tool has managed with a program
// of its own. Unlike those of an import, from which a program is generated, they have the
// values that do not differ from the API's default as well, listed under [importedKey]: the
// program may set them, or omit them.
func (t Table) MigratedInputs(live property.Map) property.Map {
	return t.adoptedInputs(live, true)
}

func (t Table) adoptedInputs(live property.Map, withDefaults bool) property.Map {
	inputs, unmanaged := t.importInputs("", live, withDefaults)
	if len(unmanaged) > 0 {
		slices.Sort(unmanaged)
		inputs = inputs.Set(importedKey, Value(unmanaged))
	}
	return inputs
}

func (t Table) importInputs(path Path, live property.Map, withDefaults bool) (inputs property.Map, unmanaged []string) {
	for name, prop := range t {
		value := live.Get(name)
		isDefault := prop.defaultValue != nil && prop.Same(value, *prop.defaultValue)
		if value.IsNull() || isDefault && !withDefaults {
			continue
		}
		if isDefault || prop.serverDefault || prop.shared != "" {
			unmanaged = append(unmanaged, string(path.Field(name)))
		}
		value, nested := prop.importValue(path.Field(name), value, withDefaults)
		inputs, unmanaged = inputs.Set(name, value), append(unmanaged, nested...)
	}
	return inputs, unmanaged
}

func (p Property) importValue(path Path, value property.Value, withDefaults bool) (input property.Value, unmanaged []string) {
	switch {
	case p.kind == objectKind && value.IsMap():
		fields, unmanaged := p.fields.importInputs(path, value.AsMap(), withDefaults)
		return property.WithGoValue(value, fields), unmanaged
	case p.isObjectList() && value.IsArray():
		input = mapItems(value, func(i int, item property.Value) property.Value {
			item, nested := p.item.importValue(path.Index(i), item, withDefaults)
			unmanaged = append(unmanaged, nested...)
			return item
		})
		return input, unmanaged
	default:
		return value, nil
	}
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
