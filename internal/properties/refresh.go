// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import "github.com/pulumi/pulumi/sdk/v3/go/property"

// RefreshedInputs returns the inputs after the live object was read: the inputs
// from before, with the live value wherever that has a different meaning.
// Properties that the program omits stay omitted.
func (t Table) RefreshedInputs(inputs, live property.Map) property.Map {
	refreshed := map[string]property.Value{}
	for name, input := range inputs.All {
		prop, ok := t[name]
		value := live.Get(name)
		switch {
		case !ok || prop.writeOnly || prop.Same(input, value):
			refreshed[name] = input
		case value.IsNull():
			// The live object has no value, so the input is dropped and the next diff adds it again.
		case prop.kind == objectKind && input.IsMap() && value.IsMap():
			refreshed[name] = property.WithGoValue(input, prop.fields.RefreshedInputs(input.AsMap(), value.AsMap()))
		default:
			refreshed[name] = value.WithSecret(input.Secret())
		}
	}
	return property.NewMap(refreshed)
}

// PreserveInputForm returns outputs in which every value that has the same
// meaning as the program's input is written in the same form as that input.
func (t Table) PreserveInputForm(outputs, inputs property.Map) property.Map {
	preserved := outputs.AsMap()
	for name, prop := range t {
		input, output := inputs.Get(name), outputs.Get(name)
		switch {
		case input.IsNull() || output.IsNull():
		case prop.kind == objectKind && input.IsMap() && output.IsMap():
			preserved[name] = property.WithGoValue(output, prop.fields.PreserveInputForm(output.AsMap(), input.AsMap()))
		case prop.Same(input, output):
			preserved[name] = input
		}
	}
	return property.NewMap(preserved)
}

// RecoverInputs returns the inputs of an existing object, with inputs that are
// missing from a damaged state restored from its outputs, as long as the program
// sets them now. If all inputs are missing, all of them are restored. Otherwise
// only those are whose change would replace the object: any other may have been
// omitted by the program.
func (t Table) RecoverInputs(olds, news, state property.Map) property.Map {
	if olds.Len() == 0 {
		return t.selectInputs(state, news)
	}
	for name, prop := range t {
		if prop.replaces && olds.Get(name).IsNull() {
			if value := prop.selectInput(state.Get(name), news.Get(name)); !value.IsNull() {
				olds = olds.Set(name, value)
			}
		}
	}
	return olds
}

// selectInputs returns the values in the state of those properties that the
// program sets, at any depth.
func (t Table) selectInputs(state, news property.Map) property.Map {
	selected := map[string]property.Value{}
	for name, prop := range t {
		if value := prop.selectInput(state.Get(name), news.Get(name)); !value.IsNull() {
			selected[name] = value
		}
	}
	return property.NewMap(selected)
}

func (p Property) selectInput(current, newInput property.Value) property.Value {
	switch {
	case newInput.IsNull() || current.IsComputed():
		return property.Value{}
	case p.kind == objectKind && current.IsMap() && newInput.IsMap():
		return property.WithGoValue(current, p.fields.selectInputs(current.AsMap(), newInput.AsMap()))
	default:
		return current
	}
}

// FillFrom returns the state with missing properties restored from the inputs
// that were applied last. It skips objects, because they have fields that only
// the API knows, and write-only values, because it is not known whether they were
// applied.
func (t Table) FillFrom(state, inputs property.Map) property.Map {
	for name, prop := range t {
		input := inputs.Get(name)
		if prop.kind != objectKind && !prop.writeOnly && state.Get(name).IsNull() && !input.IsNull() {
			state = state.Set(name, input)
		}
	}
	return state
}
