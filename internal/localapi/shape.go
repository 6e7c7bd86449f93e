// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"regexp"
)

type valueType uint8

const (
	stringType valueType = iota + 1
	intType
	numberType
	boolType
	timeType
	listType
	objectType
)

// field describes one JSON value: its type, its constraints and what stands for it when it is absent.
type field struct {
	name       string
	typ        valueType
	required   bool
	nullable   bool
	writeOnly  bool // held, never returned
	volatile   bool // moves without a write: Edit leaves updated_at alone
	int32      bool
	hasDefault bool
	defaultValue   any // the default; an immutable value of the type that decode returns

	enum                 []string
	pattern              *regexp.Regexp
	minLength, maxLength int // code points of a text, items of a list; 0 is no bound
	min, max             *float64
	exclusiveMin                *float64 // exclusive minimum
	items                *field   // of a list
	fields               schema    // of an object
}

// schema is an object's fields, in the order in which they are written.
type schema []*field

// find returns the field of that name, or nil.
func (sh schema) find(name string) *field {
	for _, f := range sh {
		if f.name == name {
			return f
		}
	}
	return nil
}

// defaults returns the values of the fields that have one when absent.
func (sh schema) defaults() map[string]any {
	values := make(map[string]any, len(sh)+4)
	for _, f := range sh {
		if f.hasDefault {
			values[f.name] = f.defaultValue
		}
	}
	return values
}

type fieldOption func(*field)

func newField(name string, typ valueType, traits []fieldOption) *field {
	f := &field{name: name, typ: typ}
	for _, t := range traits {
		t(f)
	}
	return f
}

func stringField(name string, traits ...fieldOption) *field    { return newField(name, stringType, traits) }
func intField(name string, traits ...fieldOption) *field { return newField(name, intType, traits) }
func numberField(name string, traits ...fieldOption) *field  { return newField(name, numberType, traits) }
func boolField(name string, traits ...fieldOption) *field { return newField(name, boolType, traits) }
func timeField(name string, traits ...fieldOption) *field { return newField(name, timeType, traits) }

func listField(name string, items *field, traits ...fieldOption) *field {
	f := newField(name, listType, traits)
	f.items = items
	return f
}

func objectField(name string, fields schema, traits ...fieldOption) *field {
	f := newField(name, objectType, traits)
	f.fields = fields
	return f
}

// Traits without a parameter.
var (
	required  fieldOption = func(f *field) { f.required = true }
	nullable  fieldOption = func(f *field) { f.nullable = true }
	writeOnly fieldOption = func(f *field) { f.writeOnly = true }
	volatile  fieldOption = func(f *field) { f.volatile = true }
	int32Format fieldOption = func(f *field) { f.int32 = true }
)

// defaultsTo states the value that an absent field stands for. Integers are int64, lists []any.
func defaultsTo(value any) fieldOption {
	return func(f *field) { f.hasDefault, f.defaultValue = true, value }
}

func oneOfStrings(values ...string) fieldOption {
	return func(f *field) { f.enum = values }
}

func pattern(expression *regexp.Regexp) fieldOption {
	return func(f *field) { f.pattern = expression }
}

// length bounds a text's code points or a list's items; 0 is no bound.
func length(least, most int) fieldOption {
	return func(f *field) { f.minLength, f.maxLength = least, most }
}

func minimum(least float64) fieldOption {
	return func(f *field) { f.min = &least }
}

func between(least, most float64) fieldOption {
	return func(f *field) { f.min, f.max = &least, &most }
}

func greaterThan(bound float64) fieldOption {
	return func(f *field) { f.exclusiveMin = &bound }
}

// The contract's patterns for texts.
var (
	hostPattern   = regexp.MustCompile(`^[^\s\x00]+$`)
	noNUL         = regexp.MustCompile(`^[^\x00]*$`)
	nonEmptyNoNUL     = regexp.MustCompile(`^[^\x00]+$`)
	idPattern     = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)
	hashPattern   = regexp.MustCompile(`^[a-f0-9]+$`)
	cidrPattern   = regexp.MustCompile(`^[0-9a-fA-F.:]+(/[0-9]+)?$`)
	domainPattern = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$`)
	orgPattern    = regexp.MustCompile(`^[\x20-\x7E]+$`)
)

// emptyList is the fallback of lists.
var emptyList = []any{}

// timestamps are the timestamps that nearly every object ends with.
func timestamps() schema {
	return schema{timeField("created_at", required), timeField("updated_at", required)}
}

func joinSchemas(parts ...schema) schema {
	var all schema
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}
