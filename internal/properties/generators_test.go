// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"slices"
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"pgregory.net/rapid"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// schema is a randomly generated table. In contrast to a properties.Table, it
// exposes what the laws need to know about each property.
type schema map[string]*row

// row is a property with generators for its values.
type row struct {
	property      properties.Property
	fields        schema // of an object
	item          *row   // of a list or a map
	isList        bool
	secret        bool
	writeOnly     bool
	replaces      bool
	serverDefault bool
	shared        bool
	defaultValue  *property.Value

	// draw returns a value that is neither null nor, at the top level, unknown.
	draw func(t *rapid.T, opts options) property.Value
	// rewrite returns a known value in another form that has the same meaning.
	rewrite func(t *rapid.T, v property.Value) property.Value
}

// options select the values that a generator may return.
type options struct {
	complete   bool // every property is set, at any depth
	nulls      bool // omitted properties may be null
	unknowns   bool
	marks      bool // secret marks of the program
	wrongTypes bool
}

// tableOptions select the tables that a generator may return.
type tableOptions struct {
	// nested is the number of levels of objects.
	nested int
	// listItem restricts the table to the fields of an object in a list. A list is
	// sent as a whole, so its items cannot have defaults or write-only fields.
	listItem bool
}

func (s schema) table() properties.Table {
	table := properties.Table{}
	for name, r := range s {
		table[name] = r.property
	}
	return table
}

func (s schema) names() []string { return s.table().Names() }

// chance returns true in about one of n cases.
func chance(t *rapid.T, n int, label string) bool { return rapid.IntRange(1, n).Draw(t, label) == n }

func pick[T any](t *rapid.T, from []T, label string) T { return rapid.SampledFrom(from).Draw(t, label) }

// drawSchema generates a table of one to four properties.
func drawSchema(t *rapid.T, opts tableOptions) schema {
	s := schema{}
	for i := range rapid.IntRange(1, 4).Draw(t, "properties") {
		s["p"+strconv.Itoa(i)] = drawRow(t, opts)
	}
	return s
}

func drawRow(t *rapid.T, opts tableOptions) *row {
	kinds := []func(t *rapid.T, opts tableOptions) *row{
		stringRow, integerRow, boolRow, hostRow, timestampRow, periodRow, setRow, cidrsRow, listRow, mapRow, cidrKeysRow,
	}
	if opts.nested > 0 {
		kinds = append(kinds, objectRow, objectRow, objectListRow)
	}
	r := pick(t, kinds, "kind")(t, opts)
	if chance(t, 4, "secret") {
		r.secret, r.property = true, r.property.Secret()
	}
	if opts.listItem {
		return r
	}
	if chance(t, 4, "replaces") {
		r.replaces, r.property = true, r.property.Replaces()
	}
	if chance(t, 5, "write-only") {
		r.writeOnly, r.property = true, r.property.WriteOnly()
	}
	if rapid.Bool().Draw(t, "default") {
		value := null
		if !chance(t, 5, "null default") {
			value = r.readable(r.draw(t, options{complete: true}))
		}
		r.defaultValue, r.property = &value, r.property.Default(value)
	}
	// What the API chooses for a property that replaces is fixed on creation, so
	// that such a property cannot have a documented default as well.
	if (!r.replaces || r.defaultValue == nil) && chance(t, 4, "server default") {
		r.serverDefault, r.property = true, r.property.ServerDefault()
	}
	if chance(t, 5, "shared") {
		r.shared, r.property = true, r.property.SharedWith("Other")
	}
	return r
}

// enumRow returns a row of strings. Each group holds the forms of one value.
func enumRow(prop properties.Property, groups ...[]string) *row {
	return &row{
		property: prop,
		draw: func(t *rapid.T, _ options) property.Value {
			return property.New(pick(t, slices.Concat(groups...), "string"))
		},
		rewrite: func(t *rapid.T, v property.Value) property.Value {
			return property.WithGoValue(v, pick(t, formsOf(v.AsString(), groups), "form"))
		},
	}
}

func formsOf(s string, groups [][]string) []string {
	return groups[slices.IndexFunc(groups, func(forms []string) bool { return slices.Contains(forms, s) })]
}

func stringRow(*rapid.T, tableOptions) *row {
	return enumRow(properties.String(), []string{""}, []string{"a"}, []string{"A"})
}

func hostRow(*rapid.T, tableOptions) *row {
	return enumRow(properties.String().Host(), []string{"db", "DB", "Db"}, []string{"replica.example.com", "Replica.Example.com"})
}

func timestampRow(*rapid.T, tableOptions) *row {
	return enumRow(properties.String().Timestamp(),
		[]string{"2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00", "2027-01-01T00:00:00.999Z", "2026-12-31T18:30:00.5-05:30"},
		[]string{"2027-01-01T00:00:01Z", "2027-01-01T00:00:01.0001Z"},
		[]string{"2027-01-01T00:00:00+01:00"})
}

func periodRow(*rapid.T, tableOptions) *row {
	return enumRow(properties.String().Period(3650*24*time.Hour), []string{"14d", "2w", "336h"}, []string{"13d"}, []string{"60m", "1h"})
}

var cidrGroups = [][]string{
	{"10.0.0.0/8", "10.1.2.3/8"},
	{"10.0.0.1", "10.0.0.1/32"},
	{"2001:db8::1", "2001:DB8:0:0::1/128", "2001:0db8::0001"},
	{"::/0", "2001:db8::/0"},
}

func scalarRow[T bool | float64](prop properties.Property, values ...T) *row {
	return &row{
		property: prop,
		draw:     func(t *rapid.T, _ options) property.Value { return property.New(pick(t, values, "scalar")) },
		rewrite:  func(_ *rapid.T, v property.Value) property.Value { return v },
	}
}

func integerRow(*rapid.T, tableOptions) *row { return scalarRow(properties.Integer(), 0.0, 1, 200) }

func boolRow(*rapid.T, tableOptions) *row { return scalarRow(properties.Bool(), false, true) }

func newListRow(item *row, unordered bool) *row {
	return &row{
		property: properties.List(item.property), item: item, isList: true,
		draw: func(t *rapid.T, opts options) property.Value {
			items := make([]property.Value, rapid.IntRange(0, 3).Draw(t, "items"))
			for i := range items {
				items[i] = item.drawMarked(t, opts)
			}
			return property.New(items)
		},
		rewrite: func(t *rapid.T, v property.Value) property.Value {
			items := v.AsArray().AsSlice()
			for i := range items {
				items[i] = item.rewrite(t, items[i])
			}
			if unordered && len(items) > 0 {
				if rapid.Bool().Draw(t, "duplicate") {
					items = append(items, items[0])
				}
				items = rapid.Permutation(items).Draw(t, "order")
			}
			return property.WithGoValue(v, property.NewArray(items))
		},
	}
}

func listRow(t *rapid.T, opts tableOptions) *row {
	item := pick(t, []func(*rapid.T, tableOptions) *row{hostRow, timestampRow, periodRow, integerRow}, "item")
	return newListRow(item(t, opts), false)
}

func setRow(t *rapid.T, opts tableOptions) *row {
	r := newListRow(stringRow(t, opts), true)
	r.property = r.property.ComparedBy(properties.SameSet)
	return r
}

func cidrsRow(*rapid.T, tableOptions) *row {
	r := newListRow(enumRow(properties.String().CIDR(), cidrGroups...), true)
	r.property = r.property.ComparedBy(properties.SameCIDRs)
	return r
}

func newMapRow(item *row, keys [][]string) *row {
	return &row{
		property: properties.Map(item.property), item: item,
		draw: func(t *rapid.T, opts options) property.Value {
			entries := map[string]property.Value{}
			for _, forms := range keys {
				if rapid.Bool().Draw(t, "entry") {
					entries[pick(t, forms, "key")] = item.drawMarked(t, opts)
				}
			}
			return property.New(entries)
		},
		rewrite: func(t *rapid.T, v property.Value) property.Value {
			entries := map[string]property.Value{}
			for key, entry := range v.AsMap().AllStable {
				entries[pick(t, formsOf(key, keys), "key")] = item.rewrite(t, entry)
			}
			return property.WithGoValue(v, property.NewMap(entries))
		},
	}
}

func mapRow(t *rapid.T, opts tableOptions) *row {
	return newMapRow(hostRow(t, opts), [][]string{{"a"}, {"A"}, {"10.0.0.1"}})
}

func cidrKeysRow(t *rapid.T, opts tableOptions) *row {
	r := newMapRow(stringRow(t, opts), cidrGroups)
	r.property = r.property.ComparedBy(properties.SameCIDRKeys)
	return r
}

func objectRow(t *rapid.T, opts tableOptions) *row {
	opts.nested--
	fields := drawSchema(t, opts)
	return &row{
		property: properties.Object[pool](fields.table()), fields: fields,
		draw: func(t *rapid.T, opts options) property.Value { return property.New(fields.draw(t, opts)) },
		rewrite: func(t *rapid.T, v property.Value) property.Value {
			return property.WithGoValue(v, fields.rewrite(t, v.AsMap()))
		},
	}
}

func objectListRow(t *rapid.T, opts tableOptions) *row {
	opts.listItem = true
	return newListRow(objectRow(t, opts), false)
}

// draw generates the values of a table.
func (s schema) draw(t *rapid.T, opts options) property.Map {
	entries := map[string]property.Value{}
	for _, name := range s.names() {
		if opts.complete || !chance(t, 3, name+" is omitted") {
			entries[name] = s[name].drawMarked(t, opts)
		} else if opts.nulls && rapid.Bool().Draw(t, name+" is null") {
			entries[name] = null
		}
	}
	return property.NewMap(entries)
}

// drawMarked generates a value that may also be unknown, marked as secret or of
// the wrong type.
func (r *row) drawMarked(t *rapid.T, opts options) property.Value {
	var v property.Value
	switch {
	case opts.unknowns && chance(t, 6, "unknown"):
		v = unknown
	case opts.wrongTypes && chance(t, 6, "wrong type"):
		v = pick(t, []property.Value{null, property.New("a"), property.New(1.0), property.New(true), properties.Value([]any{"a", 1}), properties.Value(fields{"p0": "a"})}, "value")
	default:
		v = r.draw(t, opts)
	}
	if opts.marks && chance(t, 4, "marked") {
		v = v.WithSecret(true)
	}
	return v
}

// rewrite writes known values in another form that has the same meaning.
func (s schema) rewrite(t *rapid.T, values property.Map) property.Map {
	for _, name := range s.names() {
		if v := values.Get(name); !v.IsNull() {
			values = values.Set(name, s[name].rewrite(t, v))
		}
	}
	return values
}

// live generates the live object of a program that has set the inputs: the inputs
// in any form, and any values where the program omits them, because the API has
// chosen them or they were changed outside of Pulumi. The write-only
// values of the inputs are included, as they are in a state.
func (s schema) live(t *rapid.T, inputs property.Map) property.Map { return s.liveIn(t, inputs, false) }

// liveIn is like live, for the fields of an object. fixed is set if the object
// cannot be updated, so that omitted fields have their defaults.
func (s schema) liveIn(t *rapid.T, inputs property.Map, fixed bool) property.Map {
	entries := map[string]property.Value{}
	for _, name := range s.names() {
		r, input := s[name], inputs.Get(name)
		fixed := fixed || r.replaces
		switch {
		case !input.IsNull() && r.fields != nil:
			entries[name] = property.New(r.fields.liveIn(t, input.AsMap(), fixed))
		case !input.IsNull():
			entries[name] = r.rewrite(t, input).WithSecret(false)
		case r.writeOnly && !fixed:
		case r.defaultValue != nil && (fixed || rapid.Bool().Draw(t, name+" has its default")):
			if !r.defaultValue.IsNull() {
				entries[name] = *r.defaultValue
			}
		case r.writeOnly || r.defaultValue == nil && rapid.Bool().Draw(t, name+" has no value"):
		default:
			entries[name] = r.readable(r.draw(t, options{complete: true}))
		}
	}
	return property.NewMap(entries)
}

// readable returns values as the API returns them: without write-only values.
func (s schema) readable(values property.Map) property.Map {
	for _, name := range s.names() {
		if s[name].writeOnly {
			values = values.Delete(name)
		} else if v := values.Get(name); !v.IsNull() {
			values = values.Set(name, s[name].readable(v))
		}
	}
	return values
}

func (r *row) readable(v property.Value) property.Value {
	if r.fields == nil {
		return v
	}
	return property.WithGoValue(v, r.fields.readable(v.AsMap()))
}
