// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"slices"
	"strconv"
	"strings"
)

func itoa(i int) string { return strconv.Itoa(i) }

// target analyzes an entry of a SELECT or RETURNING list. A masked column can stand there on its own, and keeps its mask.
func (a *analysis) target(n node, sc *scope, env *environment) []output {
	value := n.child("val")
	alias := strings.ToLower(n.text("name"))
	named := func(o output) []output {
		if alias != "" {
			o.name = alias
		}
		return []output{o}
	}
	switch value.kind {
	case "ColumnRef":
		names := lowerAll(value.names("fields"))
		if names[len(names)-1] == "*" {
			return a.star(names[:len(names)-1], sc)
		}
		return named(output{name: names[len(names)-1], mask: a.column(names, sc, "an expression")})
	case "A_Indirection":
		if names, ok := fieldOfRow(value); ok {
			if names[len(names)-1] == "*" {
				return a.star(names[:len(names)-1], sc)
			}
			return named(output{name: names[len(names)-1], mask: a.column(names, sc, "an expression")})
		}
	case "SubLink":
		if value.text("subLinkType") == "EXPR_SUBLINK" {
			outputs := a.query(value.child("subselect"), sc, env)
			if len(outputs) == 1 && !outputs[0].open {
				return named(outputs[0])
			}
			if o, ok := firstMasked(outputs); ok {
				a.refuseExpression("a subquery that returns " + o.name)
			}
			return named(output{name: "?column?"})
		}
	}
	a.forbid(value, sc, env, "an expression")
	return named(output{name: expressionName(value)})
}

// fieldOfRow returns the names in (row).column.
func fieldOfRow(n node) ([]string, bool) {
	row := n.child("arg")
	fields := n.names("indirection")
	if row.kind != "ColumnRef" || len(fields) != 1 || fields[0] == "" {
		return nil, false
	}
	names := append(row.names("fields"), fields[0])
	return lowerAll(names), true
}

// expressionName returns the name that PostgreSQL gives a column without an alias, for the expressions in which it matters.
func expressionName(n node) string {
	switch n.kind {
	case "FuncCall":
		names := n.names("funcname")
		return strings.ToLower(names[len(names)-1])
	case "TypeCast":
		return expressionName(n.child("arg"))
	case "ColumnRef":
		names := n.names("fields")
		return strings.ToLower(names[len(names)-1])
	case "CaseExpr":
		return "case"
	case "CoalesceExpr":
		return "coalesce"
	}
	return "?column?"
}

// star expands * or source.*.
func (a *analysis) star(qualifier []string, sc *scope) []output {
	if len(qualifier) > 0 {
		s := sc.findSource(qualifier)
		if s == nil {
			a.refuseUnknownQualifier(qualifier)
			return []output{{open: true}}
		}
		return s.outputs
	}
	var outputs []output
	for _, s := range sc.sources {
		outputs = append(outputs, s.outputs...)
	}
	return outputs
}

func (a *analysis) refuseUnknownQualifier(qualifier []string) {
	if len(a.policy.MaskingRules) > 0 {
		a.refuse(ruleUnsupported, "the relation "+strings.Join(qualifier, ".")+" is not in the FROM clause", "")
	}
}

// column returns the mask of a column reference. A whole row with a masked column is refused.
func (a *analysis) column(names []string, sc *scope, clause string) string {
	result, ok := sc.resolve(names)
	switch {
	case !ok:
		a.refuseUnknownQualifier(names[:len(names)-1])
	case result.wholeRow:
		a.refuseExpression(clause + " over a whole row")
	}
	return result.mask
}

// forbid analyzes an expression, which must not depend on a masked column.
func (a *analysis) forbid(n node, sc *scope, env *environment, clause string) {
	switch n.kind {
	case "ColumnRef":
		names := lowerAll(n.names("fields"))
		if names[len(names)-1] == "*" {
			if _, ok := firstMasked(a.star(names[:len(names)-1], sc)); ok {
				a.refuseExpression(clause)
			}
		} else if a.column(names, sc, clause) != "" {
			a.refuseExpression(clause)
		}
		return
	case "A_Indirection":
		if names, ok := fieldOfRow(n); ok && names[len(names)-1] != "*" {
			if a.column(names, sc, clause) != "" {
				a.refuseExpression(clause)
			}
			return
		}
	case "SubLink":
		a.forbid(n.child("testexpr"), sc, env, clause)
		outputs := a.query(n.child("subselect"), sc, env)
		if o, ok := firstMasked(outputs); ok && n.text("subLinkType") != "EXISTS_SUBLINK" {
			a.refuseExpression(clause + " over a subquery that returns " + o.name)
		}
		return
	case "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt":
		if o, ok := firstMasked(a.statement(n, sc, env)); ok {
			a.refuseExpression(clause + " over a query that returns " + o.name)
		}
		return
	}
	for child := range n.children() {
		a.forbid(child, sc, env, clause)
	}
}

// from adds an entry of a FROM clause to the scope.
func (a *analysis) from(n node, sc *scope, env *environment) {
	switch n.kind {
	case "RangeVar":
		sc.sources = append(sc.sources, a.rangeVar(n, env))
	case "RangeSubselect":
		visible := sc.outer
		if n.flag("lateral") {
			visible = &scope{outer: sc.outer, sources: slices.Clone(sc.sources)}
		}
		outputs := a.query(n.child("subquery"), visible, env)
		alias := n.child("alias")
		sc.sources = append(sc.sources, &source{alias: strings.ToLower(alias.text("aliasname")), outputs: a.rename(outputs, alias.names("colnames"))})
	case "JoinExpr":
		a.join(n, sc, env)
	case "RangeTableSample":
		relation := n.child("relation")
		if relation.kind == "RangeVar" && len(a.policy.filtersOf(relationOf(relation))) > 0 {
			a.refuseFilter("a row filter cannot be applied to TABLESAMPLE")
		}
		a.from(relation, sc, env)
		for _, argument := range append(n.list("args"), n.child("repeatable")) {
			a.forbid(argument, sc, env, "TABLESAMPLE")
		}
	case "RangeFunction", "RangeTableFunc", "JsonTable":
		for child := range n.children() {
			a.forbid(child, sc, env, "a function in the FROM clause")
		}
		sc.sources = append(sc.sources, openSource(functionAlias(n)))
	default:
		a.refuse(ruleUnsupported, "an entry of the FROM clause cannot be judged", "")
	}
}

// functionAlias returns the name of a function in a FROM clause.
func functionAlias(n node) string {
	if alias := n.child("alias").text("aliasname"); alias != "" {
		return alias
	}
	for _, function := range n.list("functions") {
		for _, item := range function.list("items") {
			if item.kind == "FuncCall" {
				return expressionName(item)
			}
		}
	}
	return ""
}

// rangeVar returns the source of a name: a common table expression, or a relation of the database.
func (a *analysis) rangeVar(n node, env *environment) *source {
	a.visit(n)
	r := relationOf(n)
	alias := n.child("alias")
	if c := env.find(r.name); c != nil && r.schema == "" {
		s := &source{alias: r.name, outputs: a.rename(a.cteOutputs(c), alias.names("colnames"))}
		if alias.exists() {
			s.alias = strings.ToLower(alias.text("aliasname"))
		}
		return s
	}
	s := a.base(n)
	if predicates := a.policy.filtersOf(r); len(predicates) > 0 {
		a.filtered = append(a.filtered, filteredReference{rangeVar: n, predicates: predicates})
	}
	return s
}

// base returns the source of a relation of the database.
func (a *analysis) base(n node) *source {
	a.visit(n)
	r := relationOf(n)
	a.touched = append(a.touched, r)
	s := a.policy.relationSource(r)
	alias := n.child("alias")
	if alias.exists() {
		s.alias, s.relation = strings.ToLower(alias.text("aliasname")), relation{}
	}
	if len(alias.names("colnames")) > 0 && s.hasMasks() {
		a.refuseRename("a list of column names for " + r.String())
	}
	return s
}

func (a *analysis) join(n node, sc *scope, env *environment) {
	start := len(sc.sources)
	a.from(n.child("larg"), sc, env)
	middle := len(sc.sources)
	a.from(n.child("rarg"), sc, env)
	left, right := sc.sources[start:middle], sc.sources[middle:]
	both := sc.sources[start:]

	using := lowerAll(n.names("usingClause"))
	for _, s := range both {
		for _, o := range s.outputs {
			if o.mask != "" && slices.Contains(using, o.name) {
				a.refuseExpression("USING")
			}
		}
	}
	if n.flag("isNatural") && (sharesMasked(left, right) || sharesMasked(right, left)) {
		a.refuseExpression("NATURAL JOIN possibly")
	}
	a.forbid(n.child("quals"), &scope{outer: sc.outer, sources: slices.Clone(both)}, env, "ON")
	if alias := n.child("join_using_alias"); alias.exists() {
		s := &source{alias: strings.ToLower(alias.text("aliasname"))}
		for _, name := range using {
			s.outputs = append(s.outputs, output{name: name})
		}
		// Its columns are those of the joined relations: * must not list them twice.
		sc.outer = &scope{outer: sc.outer, sources: []*source{s}}
	}
	if alias := n.child("alias"); alias.exists() {
		a.joinAlias(alias, sc, start, len(using) > 0 || n.flag("isNatural"))
	}
}

// joinAlias replaces the sources of a join by one, because the alias hides them.
func (a *analysis) joinAlias(alias node, sc *scope, start int, reorders bool) {
	joined := &source{alias: strings.ToLower(alias.text("aliasname"))}
	for _, s := range sc.sources[start:] {
		joined.outputs = append(joined.outputs, s.outputs...)
	}
	names := alias.names("colnames")
	if len(names) > 0 && reorders && joined.hasMasks() {
		a.refuseRename("a list of column names for a join")
	}
	joined.outputs = a.rename(joined.outputs, names)
	sc.sources = append(sc.sources[:start], joined)
}

// sharesMasked reports whether a masked column of some sources may exist in others.
func sharesMasked(some, others []*source) bool {
	for _, s := range some {
		for _, o := range s.outputs {
			if o.mask == "" {
				continue
			}
			for _, other := range others {
				if _, ok := other.find(o.name); ok || other.isOpen() {
					return true
				}
			}
		}
	}
	return false
}
