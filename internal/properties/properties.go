// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package properties describes the inputs of a resource in a table, a row for
// each property, and does with that table all that is the same for every
// resource: checking inputs, comparing them by meaning, telling what a program
// manages from what it leaves to the API, and keeping secrets marked.
//
// It works on property maps and not on Go structs, because only these tell an
// unknown value from an empty one and a property left out from one that is
// zero.
package properties

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Table holds the input properties of a resource, or of a nested object, by name.
type Table map[string]Property

// Property is what the shared machinery knows of one input property. The zero
// value is not useful: begin with Text, Integer, Boolean, Enum, List, Map or Object.
type Property struct {
	kind     kind
	item     *Property // of a list or a map
	fields   Table     // of an object
	typeName string    // the Go type of an object, and so the schema's

	required         bool
	mustBeKnown      bool // known before anything is created
	requiredOnCreate bool // to make an object, not to keep one
	replaces         bool
	writeOnly        bool
	secret           bool
	allowsNullString bool   // "null" is one of the texts that it takes
	serverDefault    bool   // by the API where it is left out, in a way that is not documented
	shared           string // the kind of resource that can set the same value
	reference        string // the prefix of the IDs that it holds
	defaultValue     *property.Value
	affects          []string
	autoName         int

	rules []rule
	same  func(a, b property.Value) bool
}

type kind string

const (
	stringKind  kind = "a string"
	integerKind kind = "a whole number"
	numberKind  kind = "a number"
	boolKind    kind = "true or false"
	listKind    kind = "a list"
	mapKind     kind = "a map"
	objectKind  kind = "an object"
)

// String is a string.
func String() Property { return Property{kind: stringKind} }

// Integer is a whole number that a float64 holds exactly.
func Integer() Property {
	return Property{kind: integerKind}.addRule(func(v, _ property.Value) string {
		if math.Abs(v.AsNumber()) >= IntegerLimit {
			return "must be below 2^53 (9007199254740992): larger whole numbers are not exact"
		}
		return ""
	})
}

// Number is a number that may have a fraction.
func Number() Property { return Property{kind: numberKind} }

// Bool is true or false.
func Bool() Property { return Property{kind: boolKind} }

// List is a list whose items all follow one description.
func List(item Property) Property { return Property{kind: listKind, item: &item} }

// Map is a map from strings to values that all follow one description.
func Map(item Property) Property { return Property{kind: mapKind, item: &item} }

// Object is a nested object, which the schema makes of the type T.
func Object[T any](fields Table) Property {
	return Property{kind: objectKind, fields: fields, typeName: reflect.TypeFor[T]().Name()}
}

// Enum is a string out of the values that the type T lists for the schema.
func Enum[T interface {
	~string
	infer.Enum[T]
}]() Property {
	var t T
	var names []string
	for _, v := range t.Values() {
		names = append(names, string(v.Value))
	}
	return String().OneOf(names...)
}

// Required marks a property that must be given. A write-only property that is
// required may still be missing from an object that was imported, because
// nothing returns it.
func (p Property) Required() Property { p.required = true; return p }

// RequiredOnCreate marks a property that must be given to create an object, and
// may be left out of the program of one that exists.
func (p Property) RequiredOnCreate() Property { p.requiredOnCreate = true; return p }

// Replaces marks a property that the API cannot change on an existing object.
func (p Property) Replaces() Property { p.replaces = true; return p }

// WriteOnly marks a property that the API takes and never returns.
func (p Property) WriteOnly() Property { p.writeOnly = true; return p }

// Secret marks a property whose value is a secret.
func (p Property) Secret() Property { p.secret = true; return p }

// Default gives the value that the API uses when the property is left out, and
// to which a property returns when it is taken out of a program. A default of
// nil is one that the API has no word for, such as no limit.
func (p Property) Default(v any) Property {
	value := Value(v)
	p.defaultValue = &value
	return p
}

// ServerDefault marks a property whose default the API's documents do not agree on, or
// do not name: what the API chose is left alone until a program says otherwise.
func (p Property) ServerDefault() Property { p.serverDefault = true; return p }

// SharedWith marks a property that a resource of another kind can set as well. A
// program that does not give it does not manage it, whoever imported the object:
// it is left as it is, and never goes back to its default unless the program
// gave it before.
func (p Property) SharedWith(kind string) Property { p.shared = kind; return p }

// SharedWith returns the kind of resource that can set a property as well, if there is one.
func (t Table) SharedWith(name string) string { return t[name].shared }

// Affects names outputs that take a new value when the property changes.
func (p Property) Affects(outputs ...string) Property { p.affects = outputs; return p }

// AutoNamed marks a label that may be left out. It is then made from the
// resource's logical name, and is no longer than the property may be.
func (p Property) AutoNamed(maxLength int) Property { p.autoName = maxLength; return p }

// ComparedBy sets how two values of the property are told apart where equality
// is not the answer. Neither value is unknown.
func (p Property) ComparedBy(same func(a, b property.Value) bool) Property { p.same = same; return p }

// Default returns the API's default of a property, if it has a documented one.
func (t Table) Default(name string) (property.Value, bool) {
	if p, ok := t[name]; ok && p.defaultValue != nil {
		return *p.defaultValue, true
	}
	return property.Value{}, false
}

// RequiredNames returns the names of the properties that must be given, sorted.
func (t Table) RequiredNames() []string { return t.names(func(p Property) bool { return p.required }) }

// ReplacingNames returns the names of the properties whose change replaces the object, sorted.
func (t Table) ReplacingNames() []string { return t.names(func(p Property) bool { return p.replaces }) }

// SecretNames returns the names of the top-level properties that are secret, sorted.
func (t Table) SecretNames() []string { return t.names(func(p Property) bool { return p.secret }) }

// AutoName returns the property that is made from the logical name when it is
// left out, and the greatest length of it.
func (t Table) AutoName() (name string, maxLength int, ok bool) {
	for name, p := range t {
		if p.autoName > 0 {
			return name, p.autoName, true
		}
	}
	return "", 0, false
}

// Without returns the table less the properties named.
func (t Table) Without(names ...string) Table {
	t = maps.Clone(t)
	for _, name := range names {
		delete(t, name)
	}
	return t
}

// With returns the table with the rows of others added, or put in place of its own.
func (t Table) With(others Table) Table {
	t = maps.Clone(t)
	maps.Copy(t, others)
	return t
}

// hasSecret tells whether a property is secret, or holds something that is.
func (p Property) hasSecret() bool {
	return p.secret || p.item != nil && p.item.hasSecret() || len(p.fields.names(Property.hasSecret)) > 0
}

func (t Table) names(which func(Property) bool) []string {
	var names []string
	for name, p := range t {
		if which(p) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Value makes a property value from plain Go data: nil, a string, a bool, a
// number, a slice or a map of those. It panics on anything else, which is a
// mistake in a table.
func Value(v any) property.Value {
	switch v := v.(type) {
	case nil:
		return property.New(property.Null)
	case property.Value:
		return v
	case string:
		return property.New(v)
	case bool:
		return property.New(v)
	case int:
		return property.New(float64(v))
	case float64:
		return property.New(v)
	case []string:
		items := make([]property.Value, len(v))
		for i, s := range v {
			items[i] = property.New(s)
		}
		return property.New(items)
	case []any:
		items := make([]property.Value, len(v))
		for i, item := range v {
			items[i] = Value(item)
		}
		return property.New(items)
	case map[string]any:
		entries := make(map[string]property.Value, len(v))
		for key, item := range v {
			entries[key] = Value(item)
		}
		return property.New(entries)
	default:
		panic(fmt.Sprintf("no property value can be made from a %T", v))
	}
}

// Names returns the names of all properties, sorted.
func (t Table) Names() []string { return t.names(func(Property) bool { return true }) }

// Objects returns the tables of all objects nested in the table, at any depth,
// by the name of their type.
func (t Table) Objects() map[string]Table {
	nested := map[string]Table{}
	for _, prop := range t {
		for prop.item != nil {
			prop = *prop.item
		}
		if prop.kind == objectKind {
			nested[prop.typeName] = prop.fields
			maps.Copy(nested, prop.fields.Objects())
		}
	}
	return nested
}

// MustBeKnown marks a property of a component that decides which children there
// are, and so must be known in a preview too.
func (p Property) MustBeKnown() Property { p.mustBeKnown = true; return p }

// Optional returns the property as one that need not be given.
func (p Property) Optional() Property { p.required, p.requiredOnCreate = false, false; return p }
