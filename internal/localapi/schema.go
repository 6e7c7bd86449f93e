// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "regexp"

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

// field is the schema of one JSON value: its type, its constraints, and its default.
type field struct {
	name         string
	typ          valueType
	required     bool
	nullable     bool
	writeOnly    bool // stored, but never returned
	volatile     bool // changes without a write: Edit does not touch updated_at
	int32        bool
	hasDefault   bool
	defaultValue any // of the type that decoder returns; immutable

	enum                 []string
	pattern              *regexp.Regexp
	minLength, maxLength int // code points of a string, items of an array; 0 means no limit
	min, max             *float64
	exclusiveMin         *float64 // the value must be greater
	items                *field   // of an array
	fields               schema   // of an object
}

// schema is the list of fields of an object, in the order in which they are encoded.
type schema []*field

// find returns the field with a name, or nil.
func (s schema) find(name string) *field {
	for _, f := range s {
		if f.name == name {
			return f
		}
	}
	return nil
}

// defaults returns the fields that have a default.
func (s schema) defaults() map[string]any {
	values := make(map[string]any, len(s)+4)
	for _, f := range s {
		if f.hasDefault {
			values[f.name] = f.defaultValue
		}
	}
	return values
}

type fieldOption func(*field)

func newField(name string, typ valueType, options []fieldOption) *field {
	f := &field{name: name, typ: typ}
	for _, option := range options {
		option(f)
	}
	return f
}

func stringField(name string, options ...fieldOption) *field {
	return newField(name, stringType, options)
}

func intField(name string, options ...fieldOption) *field {
	return newField(name, intType, options)
}

func numberField(name string, options ...fieldOption) *field {
	return newField(name, numberType, options)
}

func boolField(name string, options ...fieldOption) *field {
	return newField(name, boolType, options)
}

func timeField(name string, options ...fieldOption) *field {
	return newField(name, timeType, options)
}

func listField(name string, items *field, options ...fieldOption) *field {
	f := newField(name, listType, options)
	f.items = items
	return f
}

func objectField(name string, fields schema, options ...fieldOption) *field {
	f := newField(name, objectType, options)
	f.fields = fields
	return f
}

var (
	required    fieldOption = func(f *field) { f.required = true }
	nullable    fieldOption = func(f *field) { f.nullable = true }
	writeOnly   fieldOption = func(f *field) { f.writeOnly = true }
	volatile    fieldOption = func(f *field) { f.volatile = true }
	int32Format fieldOption = func(f *field) { f.int32 = true }
)

// defaultsTo sets the default. Integers must be int64, arrays []any.
func defaultsTo(value any) fieldOption {
	return func(f *field) { f.hasDefault, f.defaultValue = true, value }
}

func enum(values ...string) fieldOption {
	return func(f *field) { f.enum = values }
}

func pattern(expression *regexp.Regexp) fieldOption {
	return func(f *field) { f.pattern = expression }
}

// length limits the code points of a string or the items of an array; 0 means no limit.
func length(minLength, maxLength int) fieldOption {
	return func(f *field) { f.minLength, f.maxLength = minLength, maxLength }
}

func minimum(lower float64) fieldOption {
	return func(f *field) { f.min = &lower }
}

func between(lower, upper float64) fieldOption {
	return func(f *field) { f.min, f.max = &lower, &upper }
}

func greaterThan(lower float64) fieldOption {
	return func(f *field) { f.exclusiveMin = &lower }
}

// The patterns of the contract.
var (
	hostPattern   = regexp.MustCompile(`^[^\s\x00]+$`)
	noNUL         = regexp.MustCompile(`^[^\x00]*$`)
	nonEmptyNoNUL = regexp.MustCompile(`^[^\x00]+$`)
	idPattern     = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)
	hashPattern   = regexp.MustCompile(`^[a-f0-9]+$`)
	cidrPattern   = regexp.MustCompile(`^[0-9a-fA-F.:]+(/[0-9]+)?$`)
	domainPattern = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$`)
	orgPattern    = regexp.MustCompile(`^[\x20-\x7E]+$`)
)

// emptyList is the default of arrays.
var emptyList = []any{}

// timestamps are the last fields of most objects.
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
