// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"reflect"
	"slices"
	"strings"
)

// analysis follows the columns of a statement from the relations to the result.
type analysis struct {
	policy *Policy
	// refused is the first reason to block the statement, or nil.
	refused *Decision
	// touched are the relations of the database that the statement names.
	touched []relation
	// outputs are the columns of the result.
	outputs []output
	// filtered are the references to relations that have a row filter.
	filtered []filteredReference
	// visited has every RangeVar whose meaning is known.
	visited map[uintptr]bool
}

// filteredReference is a place in the text where a relation with a row filter is named.
type filteredReference struct {
	rangeVar   node
	write      node // the UPDATE or DELETE whose target it is, if any
	predicates []string
}

func (a *analysis) refuse(rule, reason, hint string) {
	if a.refused == nil {
		a.refused = block(rule, reason, hint)
	}
}

func (a *analysis) refuseExpression(what string) {
	a.refuse(ruleMaskedExpression, what+" uses a masked column", "select the column as it is, without an expression, a condition or an order over it")
}

func (a *analysis) refuseRename(what string) {
	a.refuse(ruleMaskedRename, what+" could detach a masked column from its mask", "keep the names of the columns")
}

func (a *analysis) refuseFilter(what string) {
	a.refuse(ruleFilterUnsafe, what, "use a plain SELECT, UPDATE or DELETE of the relation")
}

func (a *analysis) visit(rangeVar node) { a.visited[identity(rangeVar)] = true }

func identity(n node) uintptr { return reflect.ValueOf(n.fields).Pointer() }

// cte is a common table expression. Its columns are determined when it is first used.
type cte struct {
	query   node
	columns []string
	env     *environment
	recurse bool

	outputs   []output
	done      bool
	inUse     bool
	recursive bool // it was used within itself
}

// environment is the common table expressions that a query can name.
type environment struct {
	outer *environment
	ctes  map[string]*cte
}

func (e *environment) find(name string) *cte {
	for ; e != nil; e = e.outer {
		if c, ok := e.ctes[name]; ok {
			return c
		}
	}
	return nil
}

// with adds the WITH clause of a query to the environment, and analyzes its queries, because those that write run even if they are
// not used.
func (a *analysis) with(query node, env *environment) *environment {
	clause := query.child("withClause")
	if !clause.exists() {
		return env
	}
	recursive := clause.flag("recursive")
	shared := &environment{outer: env, ctes: map[string]*cte{}}
	var all []*cte
	for _, item := range clause.list("ctes") {
		if (item.has("search_clause") || item.has("cycle_clause")) && len(a.policy.MaskingRules) > 0 {
			a.refuseExpression("a SEARCH or CYCLE clause possibly")
		}
		c := &cte{query: item.child("ctequery"), columns: item.names("aliascolnames"), env: shared, recurse: recursive}
		if !recursive {
			// A query sees only those before it.
			c.env, shared = shared, &environment{outer: shared, ctes: map[string]*cte{}}
		}
		shared.ctes[strings.ToLower(item.text("ctename"))] = c
		all = append(all, c)
	}
	for _, c := range all {
		a.cteOutputs(c)
	}
	return shared
}

func (a *analysis) cteOutputs(c *cte) []output {
	if c.done {
		return c.outputs
	}
	if c.inUse {
		c.recursive = true
		return c.outputs
	}
	c.inUse = true
	if c.recurse && c.query.text("op") == "SETOP_UNION" {
		// The recursive part sees the columns of the part before it.
		start := a.query(c.query.child("larg"), nil, a.with(c.query, c.env))
		c.outputs = a.rename(start, c.columns)
	}
	outputs := a.rename(a.statement(c.query, nil, c.env), c.columns)
	if c.recursive && !slices.Equal(outputs, c.outputs) {
		if _, ok := firstMasked(outputs); ok {
			a.refuseExpression("a recursive query")
		}
	}
	c.outputs, c.done, c.inUse = outputs, true, false
	return outputs
}

// rename gives columns the names of an alias, by position.
func (a *analysis) rename(outputs []output, names []string) []output {
	if len(names) == 0 {
		return outputs
	}
	_, masked := firstMasked(outputs)
	renamed := slices.Clone(outputs)
	for i, name := range names {
		if i >= len(outputs) || outputs[i].open {
			if masked {
				a.refuseRename("a list of column names over columns whose positions are not known")
			}
			return append(renamed[:min(i, len(renamed))], output{open: true})
		}
		renamed[i].name = strings.ToLower(name)
	}
	return renamed
}

// statement analyzes a query or a write, and returns the columns of its result.
func (a *analysis) statement(n node, outer *scope, env *environment) []output {
	switch n.kind {
	case "SelectStmt":
		return a.query(n, outer, env)
	case "InsertStmt":
		return a.insert(n, outer, env)
	case "UpdateStmt":
		return a.update(n, outer, env, "fromClause")
	case "DeleteStmt":
		return a.update(n, outer, env, "usingClause")
	case "MergeStmt":
		return a.merge(n, outer, env)
	}
	a.refuse(ruleUnsupported, statementName(n.kind)+" cannot be judged here", "")
	return nil
}

func (a *analysis) query(n node, outer *scope, env *environment) []output {
	env = a.with(n, env)
	if op := n.text("op"); op != "SETOP_NONE" && op != "" {
		return a.setOperation(n, outer, env)
	}
	sc := &scope{outer: outer}
	for _, row := range n.list("valuesLists") {
		a.forbid(row, sc, env, "VALUES")
	}
	if n.has("valuesLists") {
		return a.valuesOutputs(n, sc, env)
	}
	for _, item := range n.list("fromClause") {
		a.from(item, sc, env)
	}
	var outputs []output
	for _, target := range n.list("targetList") {
		outputs = append(outputs, a.target(target, sc, env)...)
	}
	a.forbid(n.child("whereClause"), sc, env, "WHERE")
	a.forbid(n.child("havingClause"), sc, env, "HAVING")
	for _, window := range n.list("windowClause") {
		a.forbid(window, sc, env, "WINDOW")
	}
	a.keys(n.list("groupClause"), outputs, sc, env, "GROUP BY")
	a.distinct(n, outputs, sc, env)
	a.orderAndLimit(n, outputs, sc, env)
	return outputs
}

func (a *analysis) valuesOutputs(n node, sc *scope, env *environment) []output {
	var outputs []output
	rows := n.list("valuesLists")
	for i := range rows[0].list("items") {
		outputs = append(outputs, output{name: "column" + itoa(i+1)})
	}
	a.orderAndLimit(n, outputs, sc, env)
	return outputs
}

func (a *analysis) orderAndLimit(n node, outputs []output, sc *scope, env *environment) {
	a.keys(n.list("sortClause"), outputs, sc, env, "ORDER BY")
	a.forbid(n.child("limitCount"), sc, env, "LIMIT")
	a.forbid(n.child("limitOffset"), sc, env, "OFFSET")
	if o, ok := firstMasked(outputs); ok && n.has("intoClause") {
		a.refuseExpression("the copy of " + o.name + " into a new table")
	}
}

func (a *analysis) distinct(n node, outputs []output, sc *scope, env *environment) {
	if !n.has("distinctClause") {
		return
	}
	keys := slices.DeleteFunc(n.list("distinctClause"), func(key node) bool { return key.kind == "" })
	if len(keys) > 0 {
		a.keys(keys, outputs, sc, env, "DISTINCT ON")
		return
	}
	if o, ok := firstMasked(outputs); ok {
		a.refuseExpression("DISTINCT compares values of " + o.name + ", and")
	}
}

// keys analyzes the expressions of ORDER BY, GROUP BY and DISTINCT ON, which can name a column of the result, or its position.
func (a *analysis) keys(keys []node, outputs []output, sc *scope, env *environment, clause string) {
	for _, key := range keys {
		if key.kind == "SortBy" {
			key = key.child("node")
		}
		if key.kind == "GroupingSet" {
			a.keys(key.list("content"), outputs, sc, env, clause)
			continue
		}
		if key.kind == "ColumnRef" {
			if names := lowerAll(key.names("fields")); len(names) == 1 {
				result := source{outputs: outputs}
				if o, ok := result.find(names[0]); ok && o.mask != "" {
					a.refuseExpression(clause)
				} else if ok && clause != "GROUP BY" { // which prefers a column of the relations
					continue
				}
			}
		}
		if position, ok := integer(key); ok && a.positionMayBeMasked(outputs, position) {
			a.refuseExpression(clause)
		}
		a.forbid(key, sc, env, clause)
	}
}

func (a *analysis) positionMayBeMasked(outputs []output, position int) bool {
	for i, o := range outputs {
		if o.open {
			_, masked := firstMasked(outputs)
			return masked
		}
		if i == position-1 {
			return o.mask != ""
		}
	}
	return false
}

// setOperation combines the results of two queries by position. All but UNION ALL compare rows.
func (a *analysis) setOperation(n node, outer *scope, env *environment) []output {
	left := a.query(n.child("larg"), outer, env)
	right := a.query(n.child("rarg"), outer, env)
	_, leftMasked := firstMasked(left)
	_, rightMasked := firstMasked(right)
	if (leftMasked || rightMasked) && (n.text("op") != "SETOP_UNION" || !n.flag("all")) {
		a.refuseExpression("a set operation that compares rows")
	}
	outputs := slices.Clone(left)
	isOpen := func(o output) bool { return o.open }
	switch {
	case !rightMasked || slices.Equal(left, right):
	case slices.ContainsFunc(left, isOpen) || slices.ContainsFunc(right, isOpen) || len(left) != len(right):
		a.refuseRename("a set operation over columns whose positions are not known")
	default:
		for i, o := range right {
			if o.mask != "" && o.mask != left[i].mask {
				outputs[i].mask = mergeMasks(left[i].mask, o.mask)
			}
		}
	}
	a.orderAndLimit(n, outputs, &scope{outer: outer}, env)
	return outputs
}

// mergeMasks returns the kind of a column that is masked in one of two ways: NULL, unless there is only one way.
func mergeMasks(left, right string) string {
	if left == "" {
		return right
	}
	return "null"
}

func integer(n node) (int, bool) {
	if n.kind != "A_Const" || !n.has("ival") {
		return 0, false
	}
	return n.child("ival").number("ival"), true
}

func lowerAll(names []string) []string {
	lower := make([]string, len(names))
	for i, name := range names {
		lower[i] = strings.ToLower(name)
	}
	return lower
}
