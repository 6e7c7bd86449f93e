// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// comparison collects breaking changes.
type comparison struct{ changes []string }

func (c *comparison) report(format string, args ...any) {
	c.changes = append(c.changes, fmt.Sprintf(format, args...))
}

// breakingChanges returns what breaks programs that use the package, sorted by the token of
// the resource, function or type.
func breakingChanges(before, after schema.PackageSpec) []string {
	c := &comparison{}
	if before.Name != after.Name {
		c.report("the package %s is now named %s", before.Name, after.Name)
	}
	c.inputs("provider", before.Provider.InputProperties, after.Provider.InputProperties, before.Provider.RequiredInputs, after.Provider.RequiredInputs)
	c.inputs("configuration", before.Config.Variables, after.Config.Variables, before.Config.Required, after.Config.Required)
	for _, token := range slices.Sorted(maps.Keys(before.Resources)) {
		if now, ok := after.Resources[token]; ok {
			c.resource("resource "+token, before.Resources[token], now)
		} else {
			c.report("resource %s: removed", token)
		}
	}
	for _, token := range slices.Sorted(maps.Keys(before.Functions)) {
		if now, ok := after.Functions[token]; ok {
			c.function("function "+token, before.Functions[token], now)
		} else {
			c.report("function %s: removed", token)
		}
	}
	for _, token := range slices.Sorted(maps.Keys(before.Types)) {
		if now, ok := after.Types[token]; ok {
			c.namedType("type "+token, before.Types[token], now)
		} else {
			c.report("type %s: removed", token)
		}
	}
	return c.changes
}

func (c *comparison) resource(name string, before, after schema.ResourceSpec) {
	if before.IsComponent != after.IsComponent {
		c.report("%s: a component became a resource, or the reverse", name)
	}
	c.inputs(name, before.InputProperties, after.InputProperties, before.RequiredInputs, after.RequiredInputs)
	c.outputs(name, before.ObjectTypeSpec, after.ObjectTypeSpec)
}

func (c *comparison) function(name string, before, after schema.FunctionSpec) {
	old, now := object(before.Inputs), object(after.Inputs)
	c.inputs(name, old.Properties, now.Properties, old.Required, now.Required)
	c.outputs(name, results(before), results(after))
}

// results returns the outputs of a function.
func results(function schema.FunctionSpec) schema.ObjectTypeSpec {
	if function.ReturnType == nil { // or the deprecated form
		return object(function.Outputs)
	}
	return object(function.ReturnType.ObjectTypeSpec)
}

func object(spec *schema.ObjectTypeSpec) schema.ObjectTypeSpec {
	if spec == nil {
		return schema.ObjectTypeSpec{}
	}
	return *spec
}

// namedType compares a type both as an input and as an output, because a program can use it
// as either.
func (c *comparison) namedType(name string, before, after schema.ComplexTypeSpec) {
	if before.Type != after.Type {
		c.report("%s: the type changed from %s to %s", name, before.Type, after.Type)
	}
	remaining := map[string]bool{}
	for _, value := range after.Enum {
		remaining[fmt.Sprint(value.Name, "=", value.Value)] = true
	}
	for _, value := range before.Enum {
		if !remaining[fmt.Sprint(value.Name, "=", value.Value)] {
			c.report("%s: the value %v was removed or renamed", name, value.Value)
		}
	}
	c.inputs(name, before.Properties, after.Properties, before.Required, after.Required)
	for _, property := range before.Required {
		if _, ok := after.Properties[property]; ok && !slices.Contains(after.Required, property) {
			c.report("%s: the property %s became optional", name, property)
		}
	}
}

func (c *comparison) inputs(name string, before, after map[string]schema.PropertySpec, requiredBefore, requiredAfter []string) {
	for _, property := range slices.Sorted(maps.Keys(before)) {
		now, ok := after[property]
		if !ok {
			c.report("%s: the input %s was removed", name, property)
			continue
		}
		old := before[property]
		c.types(fmt.Sprintf("%s: the input %s", name, property), old.TypeSpec, now.TypeSpec)
		if now.Plain && !old.Plain {
			c.report("%s: the input %s no longer accepts an output", name, property)
		}
		if replaces(now) && !replaces(old) {
			c.report("%s: a change of the input %s now replaces the resource", name, property)
		}
	}
	for _, property := range slices.Sorted(slices.Values(requiredAfter)) {
		if !slices.Contains(requiredBefore, property) {
			c.report("%s: the input %s became required", name, property)
		}
	}
}

func replaces(spec schema.PropertySpec) bool {
	return spec.ReplaceOnChanges || spec.WillReplaceOnChanges
}

func (c *comparison) outputs(name string, before, after schema.ObjectTypeSpec) {
	for _, property := range slices.Sorted(maps.Keys(before.Properties)) {
		now, ok := after.Properties[property]
		if !ok {
			c.report("%s: the output %s was removed", name, property)
			continue
		}
		old := before.Properties[property]
		c.types(fmt.Sprintf("%s: the output %s", name, property), old.TypeSpec, now.TypeSpec)
		if old.Secret && !now.Secret {
			c.report("%s: the output %s is no longer secret", name, property)
		}
		if slices.Contains(before.Required, property) && !slices.Contains(after.Required, property) {
			c.report("%s: the output %s may now be missing", name, property)
		}
	}
}

// types reports a change of the type. Plain is compared elsewhere.
func (c *comparison) types(name string, before, after schema.TypeSpec) {
	if old, now := text(before), text(after); old != now {
		c.report("%s changed its type from %s to %s", name, old, now)
	}
}

// text returns a type as JSON, without what does not change the types in programs.
func text(spec schema.TypeSpec) string {
	spec.Plain = false
	encoded, err := json.Marshal(spec)
	if err != nil {
		return err.Error() // cannot happen: the type was decoded from JSON
	}
	return string(encoded)
}
