// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// node is a node of PostgreSQL's parse tree. kind is its type, such as SelectStmt; it is empty for a node of a type that is used in
// one place only.
type node struct {
	kind   string
	fields map[string]any
}

// newNode reads a node from JSON. A node whose type the field does not imply is wrapped in an object with the type as its key.
func newNode(v any) node {
	fields, _ := v.(map[string]any)
	if len(fields) == 1 {
		for key, inner := range fields {
			if key[0] >= 'A' && key[0] <= 'Z' {
				innerFields, _ := inner.(map[string]any)
				return node{key, innerFields}
			}
		}
	}
	n := node{fields: fields}
	if _, ok := fields["relname"]; ok {
		n.kind = "RangeVar"
	} else if _, ok := fields["limitOption"]; ok {
		n.kind = "SelectStmt"
	}
	return n
}

func (n node) exists() bool { return n.kind != "" || n.fields != nil }

// child returns the node in a field, which may not exist.
func (n node) child(field string) node { return newNode(n.fields[field]) }

// list returns the nodes in a field.
func (n node) list(field string) []node {
	items, _ := n.fields[field].([]any)
	nodes := make([]node, len(items))
	for i, item := range items {
		nodes[i] = newNode(item)
	}
	return nodes
}

func (n node) has(field string) bool { _, ok := n.fields[field]; return ok }

func (n node) text(field string) string { s, _ := n.fields[field].(string); return s }

func (n node) flag(field string) bool { b, _ := n.fields[field].(bool); return b }

// number returns an integer; the parser omits 0.
func (n node) number(field string) int { f, _ := n.fields[field].(float64); return int(f) }

// names returns the strings in a list of names, such as the parts of a qualified name. A star is "*".
func (n node) names(field string) []string {
	var names []string
	for _, item := range n.list(field) {
		switch item.kind {
		case "String":
			names = append(names, item.text("sval"))
		case "A_Star":
			names = append(names, "*")
		default:
			names = append(names, "")
		}
	}
	return names
}

// children are the nodes directly below n, in a stable order.
func (n node) children() iter.Seq[node] {
	return func(yield func(node) bool) {
		for _, key := range slices.Sorted(maps.Keys(n.fields)) {
			switch v := n.fields[key].(type) {
			case map[string]any:
				if !yield(newNode(v)) {
					return
				}
			case []any:
				for _, item := range v {
					if !yield(newNode(item)) {
						return
					}
				}
			}
		}
	}
}

// walk calls visit for n and every node below it, until visit returns false for a node, whose children are then skipped.
func (n node) walk(visit func(node) bool) {
	if !n.exists() || !visit(n) {
		return
	}
	for child := range n.children() {
		child.walk(visit)
	}
}

// option reports whether an option of a statement, such as CONCURRENTLY, is on.
func (n node) option(list, name string) bool {
	on := false
	for _, option := range n.list(list) {
		if option.text("defname") != name {
			continue
		}
		on = true
		if value := option.child("arg"); value.exists() {
			on = !isOff(value)
		}
	}
	return on
}

func isOff(value node) bool {
	switch value.kind {
	case "Boolean":
		return !value.flag("boolval")
	case "Integer":
		return value.number("ival") == 0
	case "String":
		return slices.Contains([]string{"off", "false", "0", "no"}, strings.ToLower(value.text("sval")))
	}
	return false
}

// jsonText returns a value of the tree as text.
func jsonText(v any) string { return fmt.Sprint(v) }
