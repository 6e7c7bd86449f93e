// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// stateSchema is the schema of a resource's outputs together with the types that
// it refers to.
//
// A state may have been written by another release, or edited by hand, while
// infer decodes strictly and panics at some nulls. So a state is made to match
// the schema before infer sees it.
type stateSchema struct {
	schema.ObjectTypeSpec
	types map[string]schema.ComplexTypeSpec // by token
}

// mismatch is a place at which a state does not match the schema in a way that
// loses a value.
type mismatch struct {
	at   properties.Path
	want string
}

// match returns the part of a state that matches the schema, with an empty value
// for everything that is required and missing, at any depth. The result always
// decodes. Properties that the schema does not have are dropped. Values of
// another type than the schema's are dropped and reported, and so is a nested
// object that lacks a required field, because its other fields alone are not the
// value that the object had.
func (s stateSchema) match(state property.Map) (property.Map, []mismatch) {
	var found []mismatch
	return s.object("", s.ObjectTypeSpec, state, &found), found
}

func (s stateSchema) object(at properties.Path, spec schema.ObjectTypeSpec, values property.Map, found *[]mismatch) property.Map {
	matched := map[string]property.Value{}
	for name, value := range values.AllStable {
		field, ok := spec.Properties[name]
		if !ok || value.IsNull() {
			continue
		}
		if value, ok := s.value(at.Field(name), field.TypeSpec, value, found); ok {
			matched[name] = value
		}
	}
	for _, name := range slices.Sorted(slices.Values(spec.Required)) {
		if _, ok := matched[name]; ok {
			continue
		}
		if at != "" && values.Get(name).IsNull() {
			*found = append(*found, mismatch{at.Field(name), "there"})
		}
		matched[name] = s.empty(spec.Properties[name].TypeSpec)
	}
	return property.NewMap(matched)
}

// value returns a value as the schema has it, and false where it has to be dropped.
func (s stateSchema) value(at properties.Path, spec schema.TypeSpec, value property.Value, found *[]mismatch) (property.Value, bool) {
	if value.IsComputed() {
		return value, true
	}
	refuse := func(want string) (property.Value, bool) {
		*found = append(*found, mismatch{at, want})
		return property.Value{}, false
	}
	if spec.Ref != "" {
		named := s.named(spec.Ref)
		if named.Type != "object" {
			return s.value(at, schema.TypeSpec{Type: named.Type}, value, found)
		}
		if !value.IsMap() {
			return refuse("an object")
		}
		return property.WithGoValue(value, s.object(at, named.ObjectTypeSpec, value.AsMap(), found)), true
	}
	switch spec.Type {
	case "string":
		if !value.IsString() {
			return refuse("a string")
		}
	case "boolean":
		if !value.IsBool() {
			return refuse("true or false")
		}
	case "integer":
		if !isInteger(value) {
			return refuse("a whole number below 2^53")
		}
	case "number":
		if !value.IsNumber() || math.IsNaN(value.AsNumber()) || math.IsInf(value.AsNumber(), 0) {
			return refuse("a number")
		}
	case "array":
		if !value.IsArray() {
			return refuse("a list")
		}
		items := value.AsArray().AsSlice()
		for i, item := range items {
			item, ok := s.value(at.Index(i), *spec.Items, item, found)
			if !ok { // a list without one of its items is another list
				return property.Value{}, false
			}
			items[i] = item
		}
		return property.WithGoValue(value, property.NewArray(items)), true
	case "object":
		if !value.IsMap() {
			return refuse("a map")
		}
		entries := value.AsMap().AsMap()
		for key, entry := range value.AsMap().AllStable {
			entry, ok := s.value(at.Field(key), *spec.AdditionalProperties, entry, found)
			if !ok {
				return property.Value{}, false
			}
			entries[key] = entry
		}
		return property.WithGoValue(value, property.NewMap(entries)), true
	}
	return value, true
}

// isInteger tells whether a value is a whole number that a float64 holds without loss.
func isInteger(v property.Value) bool {
	return v.IsNumber() && v.AsNumber() == math.Trunc(v.AsNumber()) && math.Abs(v.AsNumber()) < properties.IntegerLimit
}

// named returns the type that a schema refers to. A type that is not there would
// be a mistake in this program.
func (s stateSchema) named(ref string) schema.ComplexTypeSpec {
	named, ok := s.types[strings.TrimPrefix(ref, "#/types/")]
	if !ok {
		panic(fmt.Sprintf("the schema refers to %s, which it does not have", ref))
	}
	return named
}

// empty is the value of a required property that a state lacks.
func (s stateSchema) empty(spec schema.TypeSpec) property.Value {
	if spec.Ref != "" {
		named := s.named(spec.Ref)
		if named.Type != "object" {
			return s.empty(schema.TypeSpec{Type: named.Type})
		}
		fields := map[string]property.Value{}
		for _, name := range named.Required {
			fields[name] = s.empty(named.Properties[name].TypeSpec)
		}
		return property.New(fields)
	}
	return emptyValues[spec.Type]
}

var emptyValues = map[string]property.Value{
	"string":  property.New(""),
	"integer": property.New(0.0),
	"number":  property.New(0.0),
	"boolean": property.New(false),
	"array":   property.New([]property.Value{}),
	"object":  property.New(map[string]property.Value{}),
}

// tooLarge returns the paths of all integers that a property value cannot hold:
// numbers are float64 in Pulumi, so from 2^53 on neighbours are not told apart.
func (s stateSchema) tooLarge(values property.Map) []properties.Path {
	var found []properties.Path
	var walk func(at properties.Path, spec schema.TypeSpec, value property.Value)
	object := func(at properties.Path, spec schema.ObjectTypeSpec, values property.Map) {
		for name, value := range values.AllStable {
			if field, ok := spec.Properties[name]; ok {
				walk(at.Field(name), field.TypeSpec, value)
			}
		}
	}
	walk = func(at properties.Path, spec schema.TypeSpec, value property.Value) {
		switch {
		case spec.Ref != "" && value.IsMap():
			object(at, s.named(spec.Ref).ObjectTypeSpec, value.AsMap())
		case spec.Items != nil && value.IsArray():
			for i, item := range value.AsArray().All {
				walk(at.Index(i), *spec.Items, item)
			}
		case spec.AdditionalProperties != nil && value.IsMap():
			for key, entry := range value.AsMap().AllStable {
				walk(at.Field(key), *spec.AdditionalProperties, entry)
			}
		case spec.Type == "integer" && value.IsNumber() && !isInteger(value):
			found = append(found, at)
		}
	}
	object("", s.ObjectTypeSpec, values)
	return found
}

// tolerated returns a state that decodes, whatever wrote it.
func (r Served) tolerated(state property.Map) property.Map {
	if state.Len() == 0 {
		return state
	}
	matched, _ := r.state().match(state)
	return matched
}

// readable returns a state without anything that does not match the schema, and
// without the empty values that stand for what is missing.
func (r Served) readable(state property.Map) property.Map {
	matched, found := r.state().match(state)
	lost := map[string]bool{}
	for _, m := range found {
		lost[m.at.Root()] = true
	}
	for name := range matched.All {
		if lost[name] || state.Get(name).IsNull() {
			matched = matched.Delete(name)
		}
	}
	return matched
}

// stateToRead returns the state that Read begins from. An input that cannot be
// read from the state and that the API does not return is what the program gave
// last: without it, a refresh would make the next update apply it again, which
// rotates secrets. A write-only value is not filled in, so that the next update
// sends it.
func (r Served) stateToRead(state, inputs property.Map) property.Map {
	if state.Len() == 0 && inputs.Len() == 0 {
		return state // an import
	}
	have := r.Properties.FillFrom(r.readable(state), r.readable(inputs))
	for _, parent := range r.ImportID.Parents {
		have = parent.in(have, inputs)
	}
	matched, _ := r.state().match(have)
	return matched
}

// in returns a state with the ID of a parent, taken from the inputs where the
// state does not have it. An ID that is none leads to another object.
func (p Parent) in(state property.Map, inputs ...property.Map) property.Map {
	for _, from := range append([]property.Map{state}, inputs...) {
		if id := from.Get(p.Property); isID(id) {
			return state.Set(p.Property, id)
		}
	}
	return state.Delete(p.Property)
}

// stateToDelete returns the state that Delete needs: the parents' IDs, and what
// can be read of the inputs. Everything else is empty, so that nothing in the
// outputs stands in the way of a delete.
func (r Served) stateToDelete(req p.DeleteRequest) (property.Map, error) {
	have := r.readable(req.Properties)
	state := property.Map{}
	for _, name := range r.Properties.Names() {
		if value := have.Get(name); !value.IsNull() && !value.HasComputed() {
			state = state.Set(name, value)
		}
	}
	for _, parent := range r.ImportID.Parents {
		state = parent.in(state, req.OldInputs)
		if state.Get(parent.Property).IsNull() {
			return property.Map{}, r.noParent(parent)
		}
	}
	if !properties.IsID(req.ID) {
		return property.Map{}, fmt.Errorf("the state has %q for the ID, which is not one", req.ID)
	}
	matched, _ := r.state().match(state)
	return matched, nil
}

// noParent is the error for a state that does not say which object it is of.
func (r Served) noParent(parent Parent) error {
	return fmt.Errorf("neither the outputs nor the inputs in the state have a valid %s, so the object cannot be found: "+
		"put it back with `pulumi stack export`, an edit and `pulumi stack import`", parent.Property)
}

func isID(v property.Value) bool { return v.IsString() && properties.IsID(v.AsString()) }

// stateToUpdate returns the state that Update begins from. Nothing is sent on the
// ground of a state that cannot be read: what is in the API then is not known.
func (r Served) stateToUpdate(req p.UpdateRequest) (property.Map, error) {
	matched, found := r.state().match(req.State)
	var reasons []string
	for _, m := range found {
		// A nested output that an earlier release did not have is of no matter to an update.
		if m.want == "there" && !r.isInput(m.at) {
			continue
		}
		reasons = append(reasons, fmt.Sprintf("%s is not %s", m.at, m.want))
	}
	if len(reasons) > 0 {
		return property.Map{}, fmt.Errorf("the state was not written by this release of the plugin or was edited: %s. "+
			"Run `pulumi refresh`, which takes the live values, and then run this again", strings.Join(reasons, "; "))
	}
	for _, parent := range r.ImportID.Parents {
		if matched = parent.in(matched, req.OldInputs, req.Inputs); matched.Get(parent.Property).IsNull() && !req.DryRun {
			return property.Map{}, r.noParent(parent)
		}
	}
	return matched, nil
}

// isInput tells whether a path is that of an input, or leads into one.
func (r Served) isInput(at properties.Path) bool {
	_, ok := r.Properties[at.Root()]
	return ok
}

// inputsBefore returns the inputs that an object has, with those that the state
// has lost taken from the outputs.
func (r Served) inputsBefore(urn resource.URN, olds, news, state property.Map) property.Map {
	recovered := r.Properties.RecoverInputs(olds, news, r.readable(state))
	// Check makes a new automatic name where the inputs have lost the old one, and
	// never sees the outputs. Where a name replaces, that must not replace the object.
	if name, maxLength, ok := r.Properties.AutoName(); ok && olds.Get(name).IsNull() && !recovered.Get(name).IsNull() &&
		slices.Contains(r.Properties.ReplacingNames(), name) && isAutomatic(urn, news.Get(name), maxLength) {
		recovered = recovered.Set(name, news.Get(name))
	}
	return recovered
}

// autoNameDigits is the length of the random end of an automatic name.
const autoNameDigits = 7

// isAutomatic tells whether a name may be one that autoName has made.
func isAutomatic(urn resource.URN, name property.Value, maxLength int) bool {
	if name.IsComputed() {
		return true
	}
	if !name.IsString() {
		return false
	}
	label, random, ok := cutLast(name.AsString(), "-")
	if !ok || len(random) != autoNameDigits {
		return false
	}
	if _, err := strconv.ParseUint(random, 16, 64); err != nil {
		return false
	}
	return label == autoNamePrefix(urn, maxLength)
}

// autoNamePrefix is what an automatic name begins with: the logical name, as far
// as there is room for it.
func autoNamePrefix(urn resource.URN, maxLength int) string {
	prefix := []rune(urn.Name())
	return string(prefix[:min(len(prefix), maxLength-autoNameDigits-1)])
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}

// tooLargeError says which integers of an answer cannot be stored.
func (r Served) tooLargeError(paths []properties.Path) error {
	var inputs, outputs []string
	for _, at := range paths {
		if r.isInput(at) {
			inputs = append(inputs, string(at))
		} else {
			outputs = append(outputs, string(at))
		}
	}
	message := fmt.Sprintf("the API has a whole number of 2^53 (%d) or more in %s, which Pulumi cannot hold exactly, so it is not stored.",
		int64(properties.IntegerLimit), strings.Join(append(inputs, outputs...), ", "))
	if len(inputs) > 0 {
		message += fmt.Sprintf(" Set %s to a smaller value where it was set outside of Pulumi (for a limit, 0 usually means that there is none), "+
			"and then run this again.", strings.Join(inputs, ", "))
	} else {
		message += " Please report this to PgBeam's support."
	}
	return errors.New(message)
}

// withoutTooLarge takes out of the answer to a create or an update the integers
// that Pulumi cannot hold. The object is kept in the state as partly created, so
// that it is not lost. have is the state before, whose value stays where the
// program does not give one: without it, the next update would send the default.
func (r Served) withoutTooLarge(op operation, outputs, inputs, have property.Map, failed *p.InitializationFailed) (property.Map, *p.InitializationFailed) {
	paths := r.state().tooLarge(outputs)
	if len(paths) == 0 {
		return outputs, failed
	}
	for _, at := range paths {
		name := at.Root()
		outputs = outputs.Delete(name)
		if before := have.Get(name); !before.IsNull() && inputs.Get(name).IsNull() {
			outputs = outputs.Set(name, before)
		}
	}
	reasons := []string{op.explain(r.tooLargeError(paths)).Error()}
	if failed != nil {
		reasons = append(slices.Clone(failed.Reasons), reasons...)
	}
	return outputs, &p.InitializationFailed{Reasons: reasons}
}

// notFinished is the error that goes with a partial state.
func notFinished(failed *p.InitializationFailed, err error) error {
	if failed == nil || err != nil {
		return err
	}
	return infer.ResourceInitFailedError{Reasons: failed.Reasons}
}

// idError returns why the ID of an object could not be made out: an import
// takes one of a certain form, while a state has to name the parents.
func (r Served) idError(req p.ReadRequest, err error) error {
	if req.Properties.Len() == 0 || strings.Contains(req.ID, "/") {
		return err
	}
	for _, parent := range r.ImportID.Parents {
		if !isID(req.Properties.Get(parent.Property)) && !isID(req.Inputs.Get(parent.Property)) {
			return r.noParent(parent)
		}
	}
	return err
}

// oneTimeSecrets returns the names of the outputs that the API shows once.
func (r Served) oneTimeSecrets() []string {
	return slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(r.secrets()), func(name string) bool {
		_, input := r.Properties[name]
		return input
	})))
}

// warnMissingSecrets says, once for each resource and run, which one-time secrets
// a state lacks, and how to get new ones. Those that an update is about to make
// anew are left out.
func (r Served) warnMissingSecrets(ctx context.Context, urn resource.URN, id string, state property.Map, renewed ...string) {
	var missing, triggers []string
	for _, name := range r.oneTimeSecrets() {
		value := state.Get(name)
		if value.IsComputed() || value.IsString() && value.AsString() != "" || slices.Contains(renewed, name) {
			continue
		}
		missing = append(missing, name)
		triggers = append(triggers, r.Properties.PropertiesThatChange(name)...)
	}
	if len(missing) == 0 {
		return
	}
	if !claimsOf(ctx).FirstTime("missing secrets of " + string(urn) + " " + id) {
		return
	}
	slices.Sort(triggers)
	p.GetLogger(ctx).Warningf("%s %q (%s): the state has no %s. The API shows such secrets only once. "+
		"To issue new ones, change %s; the secrets that are in use now stop working then.",
		r.kind, urn.Name(), id, strings.Join(missing, " and no "), strings.Join(slices.Compact(triggers), " or "))
}
