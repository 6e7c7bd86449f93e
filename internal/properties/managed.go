// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// PlannedInputs returns every property as it should be after an update, from the
// inputs before it, the inputs now, and the state, in which a missing property
// is one whose value in the API is not known.
//
//   - What the program gives is wanted, in the spelling of the state where that means the same.
//   - What was taken out of the program goes back to the API's default, if it has a documented one.
//   - What the program never gave stays as it is. That goes for a write-only value
//     which is missing from the state too: the object was imported. And it goes for a
//     property that another resource can set, which may have done so.
func (t Table) PlannedInputs(olds, news, state property.Map) property.Map {
	desired := map[string]property.Value{}
	for name, prop := range t {
		before, now, have := olds.Get(name), news.Get(name), state.Get(name)
		want := have
		switch {
		case prop.kind == objectKind && now.IsMap():
			want = property.WithGoValue(now, prop.fields.PlannedInputs(asMap(before), now.AsMap(), asMap(have)))
			if prop.Same(want, have) {
				want = have
			}
		case !now.IsNull() && !prop.Same(now, have):
			want = now
		case now.IsNull() && (!before.IsNull() || have.IsNull() && !prop.writeOnly && prop.shared == "") && prop.defaultValue != nil:
			want = *prop.defaultValue
		}
		if !want.IsNull() {
			desired[name] = want
		}
	}
	return property.NewMap(desired)
}

// RefreshedInputs returns the inputs of an object after its live values were read: what
// the program gave before, with the live value where that differs in meaning.
// Properties that the program left out stay left out.
func (t Table) RefreshedInputs(inputs, live property.Map) property.Map {
	managed := map[string]property.Value{}
	for name, input := range inputs.All {
		prop, known := t[name]
		now := live.Get(name)
		switch {
		case !known || prop.writeOnly || prop.Same(input, now):
			managed[name] = input
		case now.IsNull():
			// Gone from the live object, so that the next diff adds it again.
		case prop.kind == objectKind && input.IsMap() && now.IsMap():
			managed[name] = property.WithGoValue(input, prop.fields.RefreshedInputs(input.AsMap(), now.AsMap()))
		default:
			managed[name] = now.WithSecret(input.Secret())
		}
	}
	return property.NewMap(managed)
}

// ResendWriteOnly returns a state without the write-only values that a program gives again
// after it had left them out: they may have been changed outside of Pulumi since,
// which nothing shows, so they are sent again even where they are as the state has them.
func (t Table) ResendWriteOnly(olds, news, state property.Map) property.Map {
	for name, prop := range t {
		before, now, have := olds.Get(name), news.Get(name), state.Get(name)
		switch {
		case now.IsNull() || have.IsNull():
		case prop.writeOnly && before.IsNull():
			state = state.Delete(name)
		case prop.kind == objectKind && now.IsMap() && have.IsMap():
			state = state.Set(name, property.WithGoValue(have, prop.fields.ResendWriteOnly(asMap(before), now.AsMap(), have.AsMap())))
		}
	}
	return state
}

// RecoverInputs returns the inputs that an object has, with what they lack taken from
// its outputs, where a program gives it now. Inputs that are lost altogether are
// recovered whole. Of inputs that are there, only those are recovered whose
// change would replace the object, because others can have been left out.
func (t Table) RecoverInputs(olds, news, state property.Map) property.Map {
	if olds.Len() == 0 {
		return t.selectUserInputs(state, news)
	}
	for name, prop := range t {
		if prop.replaces && olds.Get(name).IsNull() {
			if value := prop.selectUserInput(state.Get(name), news.Get(name)); !value.IsNull() {
				olds = olds.Set(name, value)
			}
		}
	}
	return olds
}

// selectUserInputs returns the outputs that a program gives as inputs, at any depth.
func (t Table) selectUserInputs(state, news property.Map) property.Map {
	given := map[string]property.Value{}
	for name, prop := range t {
		if value := prop.selectUserInput(state.Get(name), news.Get(name)); !value.IsNull() {
			given[name] = value
		}
	}
	return property.NewMap(given)
}

func (p Property) selectUserInput(have, now property.Value) property.Value {
	switch {
	case now.IsNull() || have.IsComputed():
		return property.Value{}
	case p.kind == objectKind && have.IsMap() && now.IsMap():
		return property.WithGoValue(have, p.fields.selectUserInputs(have.AsMap(), now.AsMap()))
	default:
		return have
	}
}

// FillFrom returns a state with what it lacks taken from the inputs that were
// applied last. Objects are left out, because they have fields that the API
// returns, and so are write-only values: whether one was applied is not known.
func (t Table) FillFrom(state, inputs property.Map) property.Map {
	for name, prop := range t {
		if value := inputs.Get(name); prop.kind != objectKind && !prop.writeOnly && state.Get(name).IsNull() && !value.IsNull() {
			state = state.Set(name, value)
		}
	}
	return state
}

// importedKey is an input that lists those that an import filled in and that may
// not be the program's to manage. Names that begin so are no properties to anybody.
const importedKey = "__imported"

// ImportInputs returns the inputs that describe an object which no program knew
// before: every live value that differs from the API's default. Those that the
// API may have chosen itself, or that another resource may manage, are noted, so
// that a program which does not give them does not mean to take them out.
func (t Table) ImportInputs(live property.Map) property.Map {
	inputs, noted := t.importInputs("", live)
	if len(noted) > 0 {
		slices.Sort(noted)
		inputs = inputs.Set(importedKey, Value(noted))
	}
	return inputs
}

func (t Table) importInputs(at Path, live property.Map) (inputs property.Map, noted []string) {
	for name, prop := range t {
		value := live.Get(name)
		if value.IsNull() || prop.defaultValue != nil && prop.Same(value, *prop.defaultValue) {
			continue
		}
		if prop.serverDefault || prop.shared != "" {
			noted = append(noted, string(at.Field(name)))
		}
		value, nested := prop.importValue(at.Field(name), value)
		inputs, noted = inputs.Set(name, value), append(noted, nested...)
	}
	return inputs, noted
}

func (p Property) importValue(at Path, value property.Value) (input property.Value, noted []string) {
	switch {
	case p.kind == objectKind && value.IsMap():
		fields, noted := p.fields.importInputs(at, value.AsMap())
		return property.WithGoValue(value, fields), noted
	case p.holdsObjects() && value.IsArray():
		items := value.AsArray().AsSlice()
		for i, item := range items {
			item, nested := p.item.importValue(at.Index(i), item)
			items[i], noted = item, append(noted, nested...)
		}
		return property.WithGoValue(value, property.NewArray(items)), noted
	default:
		return value, nil
	}
}

// holdsObjects tells whether a property is a list of objects.
func (p Property) holdsObjects() bool { return p.kind == listKind && p.item.kind == objectKind }

// UserInputs returns the inputs that a program has given: without what an import
// filled in and noted and the program does not give now.
func (t Table) UserInputs(olds, news property.Map) property.Map {
	noted := olds.Get(importedKey)
	if !noted.IsArray() {
		return olds
	}
	imported := map[string]bool{}
	for _, at := range noted.AsArray().All {
		if at.IsString() {
			imported[at.AsString()] = true
		}
	}
	return t.userInputs("", imported, olds, news)
}

func (t Table) userInputs(at Path, imported map[string]bool, olds, news property.Map) property.Map {
	for name, prop := range t {
		before, now := olds.Get(name), news.Get(name)
		switch {
		case imported[string(at.Field(name))] && now.IsNull():
			olds = olds.Delete(name)
		default:
			if given := prop.userValue(at.Field(name), imported, before, now); !given.IsNull() {
				olds = olds.Set(name, given)
			}
		}
	}
	return olds
}

func (p Property) userValue(at Path, imported map[string]bool, before, now property.Value) property.Value {
	switch {
	case p.kind == objectKind && before.IsMap() && now.IsMap():
		return property.WithGoValue(before, p.fields.userInputs(at, imported, before.AsMap(), now.AsMap()))
	case p.holdsObjects() && before.IsArray() && now.IsArray():
		items := before.AsArray().AsSlice()
		for i := range min(len(items), now.AsArray().Len()) {
			items[i] = p.item.userValue(at.Index(i), imported, items[i], now.AsArray().Get(i))
		}
		return property.WithGoValue(before, property.NewArray(items))
	default:
		return before
	}
}

// PreserveInputForm returns outputs in which every value that means the same as the
// program's input is written as the program writes it.
func (t Table) PreserveInputForm(outputs, inputs property.Map) property.Map {
	spelled := outputs.AsMap()
	for name, prop := range t {
		input, output := inputs.Get(name), outputs.Get(name)
		switch {
		case input.IsNull() || output.IsNull():
		case prop.kind == objectKind && input.IsMap() && output.IsMap():
			spelled[name] = property.WithGoValue(output, prop.fields.PreserveInputForm(output.AsMap(), input.AsMap()))
		case prop.Same(input, output):
			spelled[name] = input
		}
	}
	return property.NewMap(spelled)
}

// ChangedOutputs returns the outputs that take a new value when an object goes from
// one set of inputs to another.
func (t Table) ChangedOutputs(olds, news property.Map) []string {
	var outputs []string
	for name, prop := range t {
		if len(prop.affects) > 0 && !prop.Same(olds.Get(name), news.Get(name)) {
			outputs = append(outputs, prop.affects...)
		}
	}
	return outputs
}

// PropertiesThatChange returns the properties whose change gives an output a new value, sorted.
func (t Table) PropertiesThatChange(output string) []string {
	return t.names(func(p Property) bool { return slices.Contains(p.affects, output) })
}

func asMap(v property.Value) property.Map {
	if v.IsMap() {
		return v.AsMap()
	}
	return property.Map{}
}

// PreviewOutputs returns the properties of an object that is yet to be created: those
// given, the API's defaults for those left out, and unknown where the API chooses.
func (t Table) PreviewOutputs(inputs property.Map) property.Map {
	for name, prop := range t {
		input := inputs.Get(name)
		switch {
		case prop.kind == objectKind && input.IsMap():
			inputs = inputs.Set(name, property.WithGoValue(input, prop.fields.PreviewOutputs(input.AsMap())))
		case !input.IsNull() || prop.writeOnly:
		case prop.defaultValue != nil && !prop.serverDefault:
			inputs = inputs.Set(name, *prop.defaultValue)
		default:
			inputs = inputs.Set(name, property.New(property.Computed))
		}
	}
	return inputs
}

// DropUnapplied takes out of the outputs of an update that failed half-way
// what the program took out and the update did not reach. A value missing from
// the state is one that is not known, so the next update sends it.
func (t Table) DropUnapplied(outputs, olds, news, desired property.Map) property.Map {
	for name, prop := range t {
		output, want := outputs.Get(name), desired.Get(name)
		switch {
		case output.IsNull() || prop.Same(output, want):
		case prop.kind == objectKind && output.IsMap() && news.Get(name).IsMap():
			outputs = outputs.Set(name, property.WithGoValue(output, prop.fields.DropUnapplied(
				output.AsMap(), asMap(olds.Get(name)), news.Get(name).AsMap(), asMap(want))))
		case news.Get(name).IsNull() && !olds.Get(name).IsNull():
			outputs = outputs.Delete(name)
		}
	}
	return outputs
}

// PropagateMarks returns inputs in which every object, and every object in a list,
// is there as such: where a program gives one that is secret, not known yet, or
// dependent on resources as a whole, its fields are that instead.
func (t Table) PropagateMarks(inputs property.Map) property.Map {
	for name, prop := range t {
		value, given := inputs.GetOk(name)
		if !given || value.IsNull() {
			continue
		}
		switch {
		case prop.mustBeKnown && value.IsBool():
			// The children that there are are no secret.
			inputs = inputs.Set(name, value.WithSecret(false).WithDependencies(nil))
		case prop.mustBeKnown && value.IsString():
			// Names of children depend on nothing. A secret stays one, to be refused.
			inputs = inputs.Set(name, value.WithDependencies(nil))
		case prop.kind == objectKind:
			inputs = inputs.Set(name, prop.propagateMarks(value))
		case prop.kind == listKind && prop.item.kind == objectKind && value.IsArray():
			items := value.AsArray().AsSlice()
			for i, item := range items {
				items[i] = prop.item.propagateMarks(withMarksOf(item, value))
			}
			inputs = inputs.Set(name, property.New(property.NewArray(items))) // a nil slice would make null of an empty list
		}
	}
	return inputs
}

func (p Property) propagateMarks(value property.Value) property.Value {
	if !value.IsMap() && !value.IsComputed() {
		return value // for Check to refuse
	}
	fields := asMap(value)
	for name, field := range p.fields {
		entry, given := fields.GetOk(name)
		switch {
		case given:
			fields = fields.Set(name, withMarksOf(entry, value))
		case value.IsComputed() && field.required:
			fields = fields.Set(name, withMarksOf(property.New(property.Computed), value))
		}
	}
	return property.New(p.fields.PropagateMarks(fields))
}

// withMarksOf returns a value with the marks that another has besides its own.
func withMarksOf(value, like property.Value) property.Value {
	return value.WithSecret(value.Secret() || like.Secret()).
		WithDependencies(append(value.Dependencies(), like.Dependencies()...))
}
