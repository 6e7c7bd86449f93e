// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

// insert analyzes an INSERT. Its source must not copy a masked column, whose values would be readable in the target.
func (a *analysis) insert(n node, outer *scope, env *environment) []output {
	env = a.with(n, env)
	target := a.base(n.child("relation"))
	if query := n.child("selectStmt"); query.exists() {
		if o, ok := firstMasked(a.query(query, outer, env)); ok {
			a.refuseExpression("the copy of " + o.name + " into another relation")
		}
	}
	sc := &scope{outer: outer, sources: []*source{target}}
	if conflict := n.child("onConflictClause"); conflict.exists() {
		a.forbid(conflict.child("infer"), sc, env, "ON CONFLICT")
		withExcluded := &scope{outer: outer, sources: []*source{target, openSource("excluded")}}
		a.assignments(conflict.list("targetList"), withExcluded, env)
		a.forbid(conflict.child("whereClause"), withExcluded, env, "WHERE")
		if conflict.text("action") == "ONCONFLICT_UPDATE" {
			a.refuseFilteredWrite(n.child("relation"), "ON CONFLICT DO UPDATE")
		}
	}
	return a.returning(n, sc, env)
}

// update analyzes an UPDATE or a DELETE. others is the field with the relations that it joins.
func (a *analysis) update(n node, outer *scope, env *environment, others string) []output {
	env = a.with(n, env)
	rangeVar := n.child("relation")
	sc := &scope{outer: outer, sources: []*source{a.base(rangeVar)}}
	if predicates := a.policy.filtersOf(relationOf(rangeVar)); len(predicates) > 0 && !a.policy.FilterReadsOnly {
		a.filtered = append(a.filtered, filteredReference{rangeVar: rangeVar, write: n, predicates: predicates})
	}
	for _, item := range n.list(others) {
		a.from(item, sc, env)
	}
	a.assignments(n.list("targetList"), sc, env)
	a.forbid(n.child("whereClause"), sc, env, "WHERE")
	return a.returning(n, sc, env)
}

func (a *analysis) merge(n node, outer *scope, env *environment) []output {
	env = a.with(n, env)
	rangeVar := n.child("relation")
	sc := &scope{outer: outer, sources: []*source{a.base(rangeVar)}}
	a.refuseFilteredWrite(rangeVar, "MERGE")
	a.from(n.child("sourceRelation"), sc, env)
	a.forbid(n.child("joinCondition"), sc, env, "ON")
	for _, clause := range n.list("mergeWhenClauses") {
		a.forbid(clause.child("condition"), sc, env, "WHEN")
		a.assignments(clause.list("targetList"), sc, env)
		for _, value := range clause.list("values") {
			a.forbid(value, sc, env, "VALUES")
		}
	}
	return a.returning(n, sc, env)
}

// refuseFilteredWrite refuses a write that has no place for a row filter, if the policy filters writes.
func (a *analysis) refuseFilteredWrite(rangeVar node, write string) {
	if r := relationOf(rangeVar); len(a.policy.filtersOf(r)) > 0 && !a.policy.FilterReadsOnly {
		a.refuseFilter("the row filter of " + r.String() + " cannot be applied to " + write)
	}
}

// assignments analyzes the values of SET. The assigned column itself may be masked.
func (a *analysis) assignments(targets []node, sc *scope, env *environment) {
	for _, target := range targets {
		a.forbid(target.child("val"), sc, env, "SET")
		for _, index := range target.list("indirection") {
			a.forbid(index, sc, env, "SET")
		}
	}
}

func (a *analysis) returning(n node, sc *scope, env *environment) []output {
	var outputs []output
	for _, target := range n.list("returningList") {
		outputs = append(outputs, a.target(target, sc, env)...)
	}
	return outputs
}
