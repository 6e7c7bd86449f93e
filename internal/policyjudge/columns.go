// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"maps"
	"slices"
	"strings"
)

// output is a column that a query returns. It is masked if it is a masked column of a relation, whatever its name is.
type output struct {
	name string
	mask string // the kind of the mask, or ""
	// open stands for any number of columns, none of them masked, of a relation whose columns are not known.
	open bool
}

func firstMasked(outputs []output) (output, bool) {
	i := slices.IndexFunc(outputs, func(o output) bool { return o.mask != "" })
	if i < 0 {
		return output{}, false
	}
	return outputs[i], true
}

// source is an entry of a FROM clause, or the target of a write.
type source struct {
	alias    string
	relation relation // of the database, if the source has no alias that hides it
	outputs  []output
}

// relationSource returns the source of a relation of the database. Only its masked columns are known.
func (p *Policy) relationSource(r relation) *source {
	s := &source{alias: r.name, relation: r}
	masks := p.masksOf(r)
	for _, column := range slices.Sorted(maps.Keys(masks)) {
		s.outputs = append(s.outputs, output{name: column, mask: masks[column]})
	}
	s.outputs = append(s.outputs, output{open: true})
	return s
}

func openSource(alias string) *source {
	return &source{alias: strings.ToLower(alias), outputs: []output{{open: true}}}
}

func (s *source) isOpen() bool {
	return slices.ContainsFunc(s.outputs, func(o output) bool { return o.open })
}

func (s *source) hasMasks() bool {
	_, ok := firstMasked(s.outputs)
	return ok
}

// find returns the column with a name. If several have it, a masked one.
func (s *source) find(name string) (output, bool) {
	var result output
	found := false
	for _, o := range s.outputs {
		if !o.open && o.name == name && (!found || o.mask != "") {
			result, found = o, true
		}
	}
	return result, found
}

// scope is what names in a query can refer to. A name that is not found in it is looked up in the outer query.
type scope struct {
	outer   *scope
	sources []*source
}

// resolved is what a column reference refers to.
type resolved struct {
	mask     string
	wholeRow bool // of a source that has masked columns
}

// resolve looks up a reference. If it cannot be decided whether it refers to a masked column, it does.
func (sc *scope) resolve(names []string) (resolved, bool) {
	name := names[len(names)-1]
	if len(names) == 1 {
		return sc.resolveBare(name), true
	}
	s := sc.findSource(names[:len(names)-1])
	if s == nil {
		return resolved{}, false
	}
	if o, ok := s.find(name); ok {
		return resolved{mask: o.mask}, true
	}
	// users.row_to_json is another notation of row_to_json(users).
	return resolved{wholeRow: s.hasMasks() && takesRow[name]}, true
}

func (sc *scope) resolveBare(name string) resolved {
	for ; sc != nil; sc = sc.outer {
		exact := false
		for _, s := range sc.sources {
			if o, ok := s.find(name); ok {
				if o.mask != "" {
					return resolved{mask: o.mask}
				}
				exact = true
			}
		}
		if exact {
			return resolved{}
		}
		for _, s := range sc.sources {
			if s.alias == name && s.hasMasks() {
				return resolved{wholeRow: true}
			}
		}
	}
	return resolved{}
}

// findSource returns the source that a qualifier names.
func (sc *scope) findSource(qualifier []string) *source {
	name := qualifier[len(qualifier)-1]
	for ; sc != nil; sc = sc.outer {
		for _, s := range sc.sources {
			switch {
			case len(qualifier) == 1 && s.alias == name:
				return s
			case len(qualifier) > 1 && s.relation.name == name && s.relation.withSchema().schema == qualifier[len(qualifier)-2]:
				return s
			}
		}
	}
	return nil
}

// takesRow are the functions that accept a whole row.
var takesRow = set("row_to_json", "to_json", "to_jsonb", "json_build_array", "jsonb_build_array", "json_agg", "jsonb_agg", "json_agg_strict",
	"jsonb_agg_strict", "array_agg", "concat", "format", "text", "varchar", "bpchar", "name", "record_out", "record_send", "hash_record",
	"hash_record_extended", "quote_literal", "quote_nullable", "max", "min", "any_value", "string_agg", "xmlelement", "hstore", "first_value",
	"last_value", "lag", "lead", "nth_value", "pg_column_size", "record_image_eq", "json", "jsonb")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}
