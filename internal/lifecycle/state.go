// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

// stateSchema is the schema of a resource's outputs, with the types that it refers
// to.
//
// Another release may have written the state, or a user may have edited it, but
// infer decodes strictly and panics on some nulls. So the state is made to match
// the schema before infer decodes it.
type stateSchema struct {
	schema.ObjectTypeSpec
	types map[string]schema.ComplexTypeSpec // by token
}

// mismatch is a value that was dropped from a state because it does not match the
// schema.
type mismatch struct {
	path properties.Path
	// want is what the schema has there, such as "a string", or wantPresent.
	want string
}

// wantPresent is the mismatch of a required field that is missing.
const wantPresent = "present"

// match returns the part of a state that matches the schema, with an empty value
// for every required property that is missing, at any depth. The result always
// decodes. Properties that are not in the schema are dropped. Values of the wrong
// type are dropped and reported. So is a nested object without a required field,
// because its other fields are not the value that the object had.
func (s stateSchema) match(state property.Map) (property.Map, []mismatch) {
	var mismatches []mismatch
	return s.matchObject("", s.ObjectTypeSpec, state, &mismatches), mismatches
}

func (s stateSchema) matchObject(path properties.Path, spec schema.ObjectTypeSpec, values property.Map, mismatches *[]mismatch) property.Map {
	matched := map[string]property.Value{}
	for name, value := range values.AllStable {
		field, ok := spec.Properties[name]
		if !ok || value.IsNull() {
			continue
		}
		if value, ok := s.matchValue(path.Field(name), field.TypeSpec, value, mismatches); ok {
			matched[name] = value
		}
	}
	for _, name := range slices.Sorted(slices.Values(spec.Required)) {
		if _, ok := matched[name]; ok {
			continue
		}
		if path != "" && values.Get(name).IsNull() {
			*mismatches = append(*mismatches, mismatch{path.Field(name), wantPresent})
		}
		matched[name] = s.empty(spec.Properties[name].TypeSpec)
	}
	return property.NewMap(matched)
}

// matchValue returns the part of a value that matches the schema. ok is false if the
// value has to be dropped.
func (s stateSchema) matchValue(path properties.Path, spec schema.TypeSpec, value property.Value, mismatches *[]mismatch) (matched property.Value, ok bool) {
	if value.IsComputed() {
		return value, true
	}
	drop := func(want string) (property.Value, bool) {
		*mismatches = append(*mismatches, mismatch{path, want})
		return property.Value{}, false
	}
	if spec.Ref != "" {
		named := s.resolve(spec.Ref)
		if named.Type != "object" {
			return s.matchValue(path, schema.TypeSpec{Type: named.Type}, value, mismatches)
		}
		if !value.IsMap() {
			return drop("an object")
		}
		return property.WithGoValue(value, s.matchObject(path, named.ObjectTypeSpec, value.AsMap(), mismatches)), true
	}
	switch spec.Type {
	case "string":
		if !value.IsString() {
			return drop("a string")
		}
	case "boolean":
		if !value.IsBool() {
			return drop("true or false")
		}
	case "integer":
		if !isSafeInteger(value) {
			return drop("a whole number below 2^53")
		}
	case "number":
		if !value.IsNumber() || math.IsNaN(value.AsNumber()) || math.IsInf(value.AsNumber(), 0) {
			return drop("a number")
		}
	case "array":
		if !value.IsArray() {
			return drop("a list")
		}
		items := value.AsArray().AsSlice()
		for i, item := range items {
			item, ok := s.matchValue(path.Index(i), *spec.Items, item, mismatches)
			if !ok { // a list without one of its items is a different list
				return property.Value{}, false
			}
			items[i] = item
		}
		return property.WithGoValue(value, property.NewArray(items)), true
	case "object":
		if !value.IsMap() {
			return drop("a map")
		}
		entries := value.AsMap().AsMap()
		for key, entry := range value.AsMap().AllStable {
			entry, ok := s.matchValue(path.Field(key), *spec.AdditionalProperties, entry, mismatches)
			if !ok {
				return property.Value{}, false
			}
			entries[key] = entry
		}
		return property.WithGoValue(value, property.NewMap(entries)), true
	}
	return value, true
}

// isSafeInteger reports whether a value is a whole number that a float64 represents exactly.
func isSafeInteger(v property.Value) bool {
	return v.IsNumber() && v.AsNumber() == math.Trunc(v.AsNumber()) && math.Abs(v.AsNumber()) < properties.IntegerLimit
}

// resolve returns the type that a schema refers to.
func (s stateSchema) resolve(ref string) schema.ComplexTypeSpec {
	named, ok := s.types[strings.TrimPrefix(ref, "#/types/")]
	if !ok {
		panic(fmt.Sprintf("the schema refers to the unknown type %s", ref))
	}
	return named
}

// empty returns the value of a required property that is missing from a state.
func (s stateSchema) empty(spec schema.TypeSpec) property.Value {
	if spec.Ref != "" {
		named := s.resolve(spec.Ref)
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

// unsafeIntegers returns the paths of all integers that a property value does not
// represent exactly: numbers are float64 in Pulumi.
func (s stateSchema) unsafeIntegers(values property.Map) []properties.Path {
	var paths []properties.Path
	var walk func(path properties.Path, spec schema.TypeSpec, value property.Value)
	walkObject := func(path properties.Path, spec schema.ObjectTypeSpec, values property.Map) {
		for name, value := range values.AllStable {
			if field, ok := spec.Properties[name]; ok {
				walk(path.Field(name), field.TypeSpec, value)
			}
		}
	}
	walk = func(path properties.Path, spec schema.TypeSpec, value property.Value) {
		switch {
		case spec.Ref != "" && value.IsMap():
			walkObject(path, s.resolve(spec.Ref).ObjectTypeSpec, value.AsMap())
		case spec.Items != nil && value.IsArray():
			for i, item := range value.AsArray().All {
				walk(path.Index(i), *spec.Items, item)
			}
		case spec.AdditionalProperties != nil && value.IsMap():
			for key, entry := range value.AsMap().AllStable {
				walk(path.Field(key), *spec.AdditionalProperties, entry)
			}
		case spec.Type == "integer" && value.IsNumber() && !isSafeInteger(value):
			paths = append(paths, path)
		}
	}
	walkObject("", s.ObjectTypeSpec, values)
	return paths
}

// decodable returns a state that infer can decode, whatever wrote it.
func (r *Resource) decodable(state property.Map) property.Map {
	matched, _ := r.state().match(state)
	return matched
}

// valid returns the values of a state that match the schema, without the empty
// values that match adds for missing ones.
func (r *Resource) valid(state property.Map) property.Map {
	matched, mismatches := r.state().match(state)
	dropped := map[string]bool{}
	for _, m := range mismatches {
		dropped[m.path.Root()] = true
	}
	var invalid []string
	for name := range matched.All {
		if dropped[name] || state.Get(name).IsNull() {
			invalid = append(invalid, name)
		}
	}
	if len(invalid) == 0 {
		return matched
	}
	return matched.Delete(invalid...)
}

// stateToRead returns the state for a Read. An input that the state lacks and that
// the API does not return is taken from the inputs: without it, a refresh would
// make the next update apply it again, which rotates secrets. A write-only value is
// not filled in, so that the next update sends it.
func (r *Resource) stateToRead(id string, state, inputs property.Map) property.Map {
	if state.Len() == 0 && inputs.Len() == 0 {
		return state // an import
	}
	return r.decodable(r.withParents(id, r.Properties.FillFrom(r.valid(state), r.valid(inputs)), inputs))
}

// stateToDelete returns the state for a Delete: the IDs of the parents and the
// inputs. Invalid outputs are left out, so that they cannot prevent a delete.
func (r *Resource) stateToDelete(req p.DeleteRequest) (property.Map, error) {
	outputs := r.valid(req.Properties)
	state := property.Map{}
	for _, name := range r.Properties.Names() {
		if value := outputs.Get(name); !value.IsNull() && !value.HasComputed() {
			state = state.Set(name, value)
		}
	}
	state = r.withParents(req.ID, r.Properties.FillFrom(state, r.valid(req.OldInputs)), req.OldInputs)
	if err := r.requireParents(state); err != nil {
		return property.Map{}, err
	}
	if !r.ImportID.IsValid(req.ID) {
		return property.Map{}, fmt.Errorf("the ID in the state, %q, is not valid", req.ID)
	}
	return r.decodable(state), nil
}

// stateToUpdate returns the state for an Update. A state with invalid values is
// refused, because the values in the API are not known.
func (r *Resource) stateToUpdate(req p.UpdateRequest) (property.Map, error) {
	matched, mismatches := r.state().match(req.State)
	var reasons []string
	for _, m := range mismatches {
		// An update does not need a nested output that an earlier release did not have.
		if m.want == wantPresent && !r.isInput(m.path) {
			continue
		}
		reasons = append(reasons, fmt.Sprintf("%s is not %s", m.path, m.want))
	}
	if len(reasons) > 0 {
		return property.Map{}, fmt.Errorf("the state was edited, or was written by another release of the plugin: %s. "+
			"Run `pulumi refresh`, which reads the live values, and then run the command again", strings.Join(reasons, "; "))
	}
	matched = r.withParents(req.ID, matched, req.OldInputs, req.Inputs)
	if req.DryRun {
		return matched, nil
	}
	return matched, r.requireParents(matched)
}

// withParents returns a state with the IDs of the parents, which are taken from the
// inputs, or from the resource's ID, if the state does not have a valid one. Any other
// value would lead to another object.
func (r *Resource) withParents(id string, state property.Map, inputs ...property.Map) property.Map {
	fromID := property.Map{}
	if r.ImportID.Key != "" {
		_, parents, _ := r.ImportID.Parse(id, fromID)
		for name, value := range parents {
			fromID = fromID.Set(name, property.New(value))
		}
	}
	for _, parent := range r.ImportID.Parents {
		candidates := append(append([]property.Map{state}, inputs...), fromID)
		i := slices.IndexFunc(candidates, func(from property.Map) bool { return isID(from.Get(parent.Property)) })
		if i < 0 {
			state = state.Delete(parent.Property)
		} else {
			state = state.Set(parent.Property, candidates[i].Get(parent.Property))
		}
	}
	return state
}

func (r *Resource) requireParents(state property.Map) error {
	for _, parent := range r.ImportID.Parents {
		if state.Get(parent.Property).IsNull() {
			return missingParentError(parent)
		}
	}
	return nil
}

// missingParentError is the error of a state that does not identify the object.
func missingParentError(parent kind.Parent) error {
	return fmt.Errorf("neither the outputs nor the inputs in the state have a valid %s, so the object cannot be found: "+
		"restore it with `pulumi stack export`, an edit and `pulumi stack import`", parent.Property)
}

func isID(v property.Value) bool { return v.IsString() && properties.IsID(v.AsString()) }

// isInput reports whether a path leads to, or into, an input.
func (r *Resource) isInput(path properties.Path) bool {
	_, ok := r.Properties[path.Root()]
	return ok
}

// inputsBefore returns the inputs of an object in the state. Those that the state
// has lost are recovered from the outputs.
func (r *Resource) inputsBefore(urn resource.URN, olds, news, state property.Map) property.Map {
	valid := r.valid(state)
	recovered := r.Properties.WithLive(r.Properties.RecoverInputs(olds, news, valid), news, valid)
	// If the inputs have lost an automatic name, Check has generated another one: it
	// does not see the outputs. That must not replace the object.
	if name, maxLength, ok := r.Properties.AutoName(); ok && olds.Get(name).IsNull() && !recovered.Get(name).IsNull() &&
		slices.Contains(r.Properties.ReplacingNames(), name) && (isAutoName(urn, news.Get(name), maxLength) || r.hasAutoName(urn, news.Get(name))) {
		recovered = recovered.Set(name, news.Get(name))
	}
	return recovered
}

// complete returns the outputs of a create or an update, and the error of one that
// was carried out in part.
func (r *Resource) complete(op operation, outputs, inputs, before property.Map, failed *p.InitializationFailed, err error,
) (property.Map, *p.InitializationFailed, error) {
	var reasons []string
	if failed != nil {
		reasons = append(reasons, op.explain(err).Error()+" "+op.resumption())
	}
	if paths := r.state().unsafeIntegers(outputs); len(paths) > 0 {
		outputs = dropRoots(outputs, paths, inputs, before)
		reasons = append(reasons, op.explain(r.unsafeIntegersError(paths)).Error())
	}
	outputs = r.outputs(outputs, inputs)
	if len(reasons) == 0 {
		return outputs, nil, err
	}
	secrets := longSecrets(properties.SecretStrings(outputs)) // which may be new
	for i, reason := range reasons {
		reasons[i] = redact.Text(reason, secrets...)
	}
	return outputs, &p.InitializationFailed{Reasons: reasons}, infer.ResourceInitFailedError{Reasons: reasons}
}

// dropRoots removes the properties that paths lead into. A property that the
// program does not set keeps its value in the state: without it, the next update
// would send the default.
func dropRoots(outputs property.Map, paths []properties.Path, inputs, before property.Map) property.Map {
	for _, path := range paths {
		name := path.Root()
		outputs = outputs.Delete(name)
		if value := before.Get(name); !value.IsNull() && inputs.Get(name).IsNull() {
			outputs = outputs.Set(name, value)
		}
	}
	return outputs
}

// unsafeIntegersError lists the integers of a response that cannot be stored.
func (r *Resource) unsafeIntegersError(paths []properties.Path) error {
	var inputs, outputs []string
	for _, path := range paths {
		if r.isInput(path) {
			inputs = append(inputs, string(path))
		} else {
			outputs = append(outputs, string(path))
		}
	}
	message := fmt.Sprintf("the API returned an integer of 2^53 (%d) or more for %s. Pulumi cannot represent it exactly, so it is not stored.",
		int64(properties.IntegerLimit), strings.Join(append(inputs, outputs...), ", "))
	if len(inputs) > 0 {
		message += fmt.Sprintf(" Set %s to a smaller value where it was set outside of Pulumi (for a limit, 0 usually means that there is none), "+
			"and then run the command again.", strings.Join(inputs, ", "))
	} else {
		message += " Please report this to PgBeam support."
	}
	return errors.New(message)
}

// oneTimeSecrets returns the names of the outputs that the API returns only once.
func (r *Resource) oneTimeSecrets() []string {
	return slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(r.secrets()), func(name string) bool {
		_, input := r.Properties[name]
		return input
	})))
}

// warnMissingSecrets warns, once for each resource and run, about one-time secrets
// that the state lacks, and how to issue new ones. renewed are outputs that the
// update is about to issue.
func (r *Resource) warnMissingSecrets(ctx context.Context, urn resource.URN, id string, state property.Map, renewed ...string) {
	var missing, triggers []string
	for _, name := range r.oneTimeSecrets() {
		value := state.Get(name)
		if value.IsComputed() || value.IsString() && value.AsString() != "" || slices.Contains(renewed, name) {
			continue
		}
		missing = append(missing, name)
		triggers = append(triggers, r.Properties.PropertiesThatChange(name)...)
	}
	if len(missing) == 0 || !r.env.Claims.FirstTime("missing secrets of "+string(urn)+" "+id) {
		return
	}
	slices.Sort(triggers)
	p.GetLogger(ctx).Warningf("%s %q (%s): the state has no %s. The API returns such secrets only once. "+
		"Clients that have them can keep using them. To issue new ones, add or change %s in the program. The secrets that are in use now then stop working.",
		r.Kind(), urn.Name(), id, strings.Join(missing, " and no "), strings.Join(slices.Compact(triggers), " or "))
}
