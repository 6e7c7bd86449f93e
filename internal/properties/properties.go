// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

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

// Table describes the input properties of a resource or of a nested object, by name.
type Table map[string]Property

// Property describes one input property. The zero value is not useful: start
// with String, Integer, Number, Bool, Enum, List, Map or Object.
//
// A Property cannot be changed: each method returns a changed copy. It is a pointer
// in size, so that the code that makes a table of them stays small.
type Property struct{ *attributes }

type attributes struct {
	kind     kind
	item     *Property // element type of a list or a map
	fields   Table     // fields of an object
	typeName string    // Go type of an object, which is also its type in the schema

	required         bool
	requiredOnCreate bool
	mustBeKnown      bool
	namesChildren    bool
	replaces         bool
	writeOnly        bool
	secret           bool
	allowsNullString bool   // the string "null" is one of the allowed values
	serverDefault    bool   // the API chooses the default
	shared           string // kind of resource that can also set the value
	reference        string // prefix of the IDs that the property accepts
	defaultValue     *property.Value
	affects          []string
	autoName         int // maximum length of an automatic name

	ignoresCase bool // the spelling of the first inputs is kept

	rules []rule
	same  func(a, b property.Value) bool
}

// noProperty has no attributes. It stands for a property that a table lacks.
var noProperty = Property{&attributes{}}

// property returns a row of the table.
func (t Table) property(name string) Property {
	if p, ok := t[name]; ok {
		return p
	}
	return noProperty
}

func newProperty(k kind) Property { return Property{&attributes{kind: k}} }

// copied returns a copy that may be changed. If it were inlined, each table would
// contain a copy of its code for each call.
//
//go:noinline
func (p Property) copied() Property {
	attributes := *p.attributes
	return Property{&attributes}
}

// kind is the type of a property, phrased as it appears after "must be".
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

// String describes a string.
func String() Property { return newProperty(stringKind) }

// Integer describes a whole number that a float64 represents exactly.
func Integer() Property {
	return newProperty(integerKind).addRule(func(v, _ property.Value) string {
		if math.Abs(v.AsNumber()) >= IntegerLimit {
			return "must have a magnitude below 2^53 (9007199254740992), because larger whole numbers are not exact"
		}
		return ""
	})
}

// Number describes a number that may have a fraction.
func Number() Property { return newProperty(numberKind) }

// Bool describes a Boolean.
func Bool() Property { return newProperty(boolKind) }

// List describes a list of items.
func List(item Property) Property { return Property{&attributes{kind: listKind, item: &item}} }

// Map describes a map from strings to items.
func Map(item Property) Property { return Property{&attributes{kind: mapKind, item: &item}} }

// Object describes a nested object whose schema is generated from the type T.
func Object[T any](fields Table) Property {
	return Property{&attributes{kind: objectKind, fields: fields, typeName: reflect.TypeFor[T]().Name()}}
}

// Enum describes a string that is one of the values of the enum T.
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

// Required marks a property that a program must set. A required write-only
// property may be missing from a program that adopts an imported object, because
// the API never returns its value.
func (p Property) Required() Property { p = p.copied(); p.required = true; return p }

// RequiredOnCreate marks a property that is required to create an object but may
// be omitted once the object exists.
func (p Property) RequiredOnCreate() Property { p = p.copied(); p.requiredOnCreate = true; return p }

// Optional clears Required and RequiredOnCreate.
func (p Property) Optional() Property {
	p = p.copied()
	p.required, p.requiredOnCreate = false, false
	return p
}

// MustBeKnown marks a property of a component that determines which children the
// component has. Its value must be known during a preview, too.
func (p Property) MustBeKnown() Property { p = p.copied(); p.mustBeKnown = true; return p }

// NamesChildren marks a property of a component that becomes part of the names of
// children: a string, or a map whose keys do. Like them, it consists of letters, digits and
// "_.-", must be known during a preview, and cannot be a secret.
func (p Property) NamesChildren() Property {
	p = p.MustBeKnown()
	p.namesChildren = true
	if p.kind == stringKind {
		return childName(p)
	}
	return p
}

// childKey describes the keys of a map that names children.
var childKey = childName(String())

// childName describes a part of the name of a child.
func childName(p Property) Property {
	return p.Length(1, 64).Matches(`^[a-zA-Z0-9_.-]+$`, "contain only letters, digits, and _ . -")
}

// Replaces marks a property that the API cannot change on an existing object.
func (p Property) Replaces() Property { p = p.copied(); p.replaces = true; return p }

// WriteOnly marks a property that the API accepts but never returns.
func (p Property) WriteOnly() Property { p = p.copied(); p.writeOnly = true; return p }

// Secret marks a property whose value is secret.
func (p Property) Secret() Property { p = p.copied(); p.secret = true; return p }

// Default sets the value that the API uses if the property is omitted, and that
// an update restores when the property is removed from a program. The default
// nil means that the API has no such value, as with "no limit".
func (p Property) Default(v any) Property {
	value := Value(v)
	p = p.copied()
	p.defaultValue = &value
	return p
}

// ServerDefault marks a property whose default is chosen by the API and is
// undocumented or documented inconsistently. The API's choice is kept until a
// program sets the property.
func (p Property) ServerDefault() Property { p = p.copied(); p.serverDefault = true; return p }

// SharedWith marks a property that a resource of another kind can also set. An
// import leaves it out. A program that omits the property does not manage it: the
// value is kept, and is reset to its default only if the program itself set the
// property before.
func (p Property) SharedWith(kind string) Property { p = p.copied(); p.shared = kind; return p }

// Affects names the outputs that get a new value when the property changes.
func (p Property) Affects(outputs ...string) Property { p = p.copied(); p.affects = outputs; return p }

// AutoNamed marks a property that, if omitted, is generated from the logical name
// of the resource, with at most maxLength characters.
func (p Property) AutoNamed(maxLength int) Property { p = p.copied(); p.autoName = maxLength; return p }

// AffectedBy returns the outputs that get a new value when a property changes.
func (t Table) AffectedBy(name string) []string { return t.property(name).affects }

// ComparedBy sets the function that compares two values of the property where
// plain equality is too strict. It is never called with unknown or null values.
func (p Property) ComparedBy(same func(a, b property.Value) bool) Property {
	p = p.copied()
	p.same = same
	return p
}

// IgnoresCase marks a name that the API compares case-insensitively, or may do so. A
// change of the case alone is no change: the object keeps the spelling that it was
// created with, which is right for an API that distinguishes the case, too.
func (p Property) IgnoresCase() Property {
	p = p.copied()
	p.ignoresCase = true
	return p.ComparedBy(SameHost)
}

// SharedWith returns the kind of resource that can also set a property, or "".
func (t Table) SharedWith(name string) string { return t.property(name).shared }

// Default returns the documented default of a property, if it has one.
func (t Table) Default(name string) (property.Value, bool) {
	if p, ok := t[name]; ok && p.defaultValue != nil {
		return *p.defaultValue, true
	}
	return property.Value{}, false
}

// Names returns the names of all properties, sorted.
func (t Table) Names() []string { return t.names(func(Property) bool { return true }) }

// RequiredNames returns the names of the required properties, sorted.
func (t Table) RequiredNames() []string { return t.names(func(p Property) bool { return p.required }) }

// ReplacingNames returns the names of the properties whose change replaces the object, sorted.
func (t Table) ReplacingNames() []string { return t.names(func(p Property) bool { return p.replaces }) }

// SecretNames returns the names of the secret top-level properties, sorted.
func (t Table) SecretNames() []string { return t.names(func(p Property) bool { return p.secret }) }

// Reference returns the prefix of the IDs that a property accepts, or "" if it is no
// reference to an object.
func (t Table) Reference(name string) string { return t.property(name).reference }

// WriteOnlyPaths returns the paths of the properties that the API never returns, sorted:
// those that a new object needs, or the optional ones.
func (t Table) WriteOnlyPaths(required bool) []Path {
	var paths []Path
	for name, p := range t {
		if p.writeOnly && p.required == required {
			paths = append(paths, Path(name))
		}
		for _, nested := range p.fields.WriteOnlyPaths(required) {
			paths = append(paths, Path(name)+"."+nested)
		}
	}
	slices.Sort(paths)
	return paths
}

func (t Table) names(match func(Property) bool) []string {
	var names []string
	for name, p := range t {
		if match(p) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// AutoName returns the property that is generated from the logical name if it is
// omitted, and the maximum length of that name.
func (t Table) AutoName() (name string, maxLength int, ok bool) {
	for name, p := range t {
		if p.autoName > 0 {
			return name, p.autoName, true
		}
	}
	return "", 0, false
}

// Objects returns the tables of all nested objects, at any depth, by type name.
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

// Without returns a copy of the table without the named properties.
func (t Table) Without(names ...string) Table {
	t = maps.Clone(t)
	for _, name := range names {
		delete(t, name)
	}
	return t
}

// With returns a copy of the table with the rows of others added or replaced.
func (t Table) With(others Table) Table {
	t = maps.Clone(t)
	maps.Copy(t, others)
	return t
}

// hasSecret reports whether the property or anything nested in it is secret.
func (p Property) hasSecret() bool {
	return p.secret || p.item != nil && p.item.hasSecret() || len(p.fields.names(Property.hasSecret)) > 0
}

// isObjectList reports whether the property is a list of objects.
func (p Property) isObjectList() bool { return p.kind == listKind && p.item.kind == objectKind }

// isStructMap reports whether a map is decoded into a Go map, which cannot have marks as a
// whole, instead of an input.
func (p Property) isStructMap() bool {
	return p.kind == mapKind && (p.namesChildren || p.item.kind == objectKind)
}

// Value converts plain Go data to a property value: nil, a string, a bool, a
// number, or a slice or map of these. It panics on any other type, which is a bug
// in a table.
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
		panic(fmt.Sprintf("cannot convert %T to a property value", v))
	}
}

// Plain converts a known property value to plain Go data, without marks: the reverse of
// Value.
func Plain(v property.Value) any {
	switch {
	case v.IsString():
		return v.AsString()
	case v.IsBool():
		return v.AsBool()
	case v.IsNumber():
		return v.AsNumber()
	case v.IsArray():
		items := make([]any, 0, v.AsArray().Len())
		for _, item := range v.AsArray().All {
			items = append(items, Plain(item))
		}
		return items
	case v.IsMap():
		entries := make(map[string]any, v.AsMap().Len())
		for name, entry := range v.AsMap().All {
			entries[name] = Plain(entry)
		}
		return entries
	default:
		return nil
	}
}

// AsMap returns the map in v, or an empty map if v is not a map.
func AsMap(v property.Value) property.Map {
	if v.IsMap() {
		return v.AsMap()
	}
	return property.Map{}
}
