// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"regexp"
)

type valueType uint8

const (
	textType valueType = iota + 1
	integerType
	numberType
	booleanType
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
	fallback   any // the default; an immutable value of the type that decode returns

	enum                 []string
	pattern              *regexp.Regexp
	minLength, maxLength int // code points of a text, items of a list; 0 is no bound
	min, max             *float64
	above                *float64 // exclusive minimum
	items                *field   // of a list
	fields               shape    // of an object
}

// shape is an object's fields, in the order in which they are written.
type shape []*field

// find returns the field of that name, or nil.
func (sh shape) find(name string) *field {
	for _, f := range sh {
		if f.name == name {
			return f
		}
	}
	return nil
}

// defaults returns the values of the fields that have one when absent.
func (sh shape) defaults() map[string]any {
	values := make(map[string]any, len(sh)+4)
	for _, f := range sh {
		if f.hasDefault {
			values[f.name] = f.fallback
		}
	}
	return values
}

type trait func(*field)

func newField(name string, typ valueType, traits []trait) *field {
	f := &field{name: name, typ: typ}
	for _, t := range traits {
		t(f)
	}
	return f
}

func text(name string, traits ...trait) *field    { return newField(name, textType, traits) }
func integer(name string, traits ...trait) *field { return newField(name, integerType, traits) }
func number(name string, traits ...trait) *field  { return newField(name, numberType, traits) }
func boolean(name string, traits ...trait) *field { return newField(name, booleanType, traits) }
func instant(name string, traits ...trait) *field { return newField(name, timeType, traits) }

func list(name string, items *field, traits ...trait) *field {
	f := newField(name, listType, traits)
	f.items = items
	return f
}

func nested(name string, fields shape, traits ...trait) *field {
	f := newField(name, objectType, traits)
	f.fields = fields
	return f
}

// Traits without a parameter.
var (
	required  trait = func(f *field) { f.required = true }
	nullable  trait = func(f *field) { f.nullable = true }
	writeOnly trait = func(f *field) { f.writeOnly = true }
	volatile  trait = func(f *field) { f.volatile = true }
	int32bits trait = func(f *field) { f.int32 = true }
)

// fallback states the value that an absent field stands for. Integers are int64, lists []any.
func fallback(value any) trait {
	return func(f *field) { f.hasDefault, f.fallback = true, value }
}

func oneOf(values ...string) trait {
	return func(f *field) { f.enum = values }
}

func pattern(expression *regexp.Regexp) trait {
	return func(f *field) { f.pattern = expression }
}

// length bounds a text's code points or a list's items; 0 is no bound.
func length(least, most int) trait {
	return func(f *field) { f.minLength, f.maxLength = least, most }
}

func atLeast(least float64) trait {
	return func(f *field) { f.min = &least }
}

func between(least, most float64) trait {
	return func(f *field) { f.min, f.max = &least, &most }
}

func above(bound float64) trait {
	return func(f *field) { f.above = &bound }
}

// The contract's patterns for texts.
var (
	hostPattern   = regexp.MustCompile(`^[^\s\x00]+$`)
	noNUL         = regexp.MustCompile(`^[^\x00]*$`)
	someNoNUL     = regexp.MustCompile(`^[^\x00]+$`)
	idPattern     = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)
	hashPattern   = regexp.MustCompile(`^[a-f0-9]+$`)
	cidrPattern   = regexp.MustCompile(`^[0-9a-fA-F.:]+(/[0-9]+)?$`)
	domainPattern = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$`)
	orgPattern    = regexp.MustCompile(`^[\x20-\x7E]+$`)
)

// emptyList is the fallback of lists.
var emptyList = []any{}

// stamps are the timestamps that nearly every object ends with.
func stamps() shape {
	return shape{instant("created_at", required), instant("updated_at", required)}
}

func join(parts ...shape) shape {
	var all shape
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}
