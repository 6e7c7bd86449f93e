// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// PlannedInputs returns the value that each property should have after an
// update, given the previous inputs, the current inputs and the state. A property
// that is missing from the state is one whose live value is not known.
//
//   - A property that the program sets gets that value.
//   - A property that was removed from the program is reset to the API's default,
//     if that is documented.
//   - Any other property keeps its value. If the state has none, it gets the
//     default, unless it is write-only (the object was imported, so its value is
//     not known) or another resource may have set it.
//
// A value that has the same meaning as the one in the state is written in the
// form of the state, so that comparing the two shows what an update has to send.
func (t Table) PlannedInputs(olds, news, state property.Map) property.Map {
	planned := map[string]property.Value{}
	for name, prop := range t {
		oldInput, newInput, current := olds.Get(name), news.Get(name), state.Get(name)
		value := current
		switch {
		case prop.kind == objectKind && newInput.IsMap():
			value = property.WithGoValue(newInput, prop.fields.PlannedInputs(AsMap(oldInput), newInput.AsMap(), AsMap(current)))
		case !newInput.IsNull():
			value = newInput
		case prop.defaultValue != nil && (!oldInput.IsNull() || current.IsNull() && !prop.writeOnly && prop.shared == ""):
			value = *prop.defaultValue
		}
		if prop.Same(value, current) {
			value = current
		}
		if !value.IsNull() {
			planned[name] = value
		}
	}
	return property.NewMap(planned)
}

// ResendWriteOnly returns the state without those write-only values that a
// program sets after having omitted them. They may have been changed outside of
// Pulumi in the meantime, which a refresh cannot detect, so the next update sends
// them even if they equal the values in the state.
func (t Table) ResendWriteOnly(olds, news, state property.Map) property.Map {
	for name, prop := range t {
		oldInput, newInput, current := olds.Get(name), news.Get(name), state.Get(name)
		switch {
		case newInput.IsNull() || current.IsNull():
		case prop.writeOnly && oldInput.IsNull():
			state = state.Delete(name)
		case prop.kind == objectKind && newInput.IsMap() && current.IsMap():
			state = state.Set(name, property.WithGoValue(current,
				prop.fields.ResendWriteOnly(AsMap(oldInput), newInput.AsMap(), current.AsMap())))
		}
	}
	return state
}

// DropUnapplied returns the outputs of an update that failed halfway, without the
// properties that the program removed and the update did not reset. Their live
// value is then treated as not known, so the next update sends it. This has no
// effect on write-only and shared properties, which PlannedInputs never resets
// unless the previous inputs have them: a resource whose update takes several
// requests must send those in the first one.
func (t Table) DropUnapplied(outputs, olds, news, planned property.Map) property.Map {
	for name, prop := range t {
		output, value := outputs.Get(name), planned.Get(name)
		switch {
		case output.IsNull() || prop.Same(output, value):
		case prop.kind == objectKind && output.IsMap() && news.Get(name).IsMap():
			outputs = outputs.Set(name, property.WithGoValue(output, prop.fields.DropUnapplied(
				output.AsMap(), AsMap(olds.Get(name)), news.Get(name).AsMap(), AsMap(value))))
		case news.Get(name).IsNull() && !olds.Get(name).IsNull():
			outputs = outputs.Delete(name)
		}
	}
	return outputs
}

// ChangedOutputs returns the outputs that get a new value when the inputs change
// from olds to news.
func (t Table) ChangedOutputs(olds, news property.Map) []string {
	var outputs []string
	for name, prop := range t {
		if len(prop.affects) > 0 && !prop.Same(olds.Get(name), news.Get(name)) {
			outputs = append(outputs, prop.affects...)
		}
	}
	return outputs
}

// PropertiesThatChange returns the properties that affect an output, sorted.
func (t Table) PropertiesThatChange(output string) []string {
	return t.names(func(p Property) bool { return slices.Contains(p.affects, output) })
}
