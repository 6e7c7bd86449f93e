// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"slices"
	"strings"
)

// analyze applies the rules about relations and columns.
func (p *Policy) analyze(n node) (*analysis, *Decision) {
	a := &analysis{policy: p, visited: map[uintptr]bool{}}
	a.root(n)
	a.visitRest(n)
	for _, r := range a.touched {
		if blocked := p.checkRelation(r); blocked != nil {
			return nil, blocked
		}
	}
	return a, a.refused
}

// collectMasked adds the masked columns of the relations that the statement names.
func (a *analysis) collectMasked(masked map[MaskedColumn]bool) {
	for _, r := range a.touched {
		for column, kind := range a.policy.masksOf(r) {
			masked[MaskedColumn{column, kind}] = true
		}
	}
	for _, o := range a.outputs {
		if o.mask != "" {
			masked[MaskedColumn{o.name, o.mask}] = true
		}
	}
}

// checkRelation applies the lists of the policy.
func (p *Policy) checkRelation(r relation) *Decision {
	denied := slices.ContainsFunc(p.TableDenylist, r.isCovered)
	switch {
	case denied:
		return block(ruleTableDenied, "the policy denies "+r.String(), "change table_denylist")
	case len(p.TableAllowlist) > 0 && !r.isListed(p.TableAllowlist):
		return block(ruleTableNotAllowed, "the policy does not allow "+r.String(), "add it to table_allowlist")
	case p.namesMatter() && r.isCatalog() && !r.isListed(p.TableAllowlist) && !describesSchema(r):
		return block(ruleCatalog, "the system relation "+r.String()+" can show data of relations that the policy protects", "use information_schema")
	}
	return nil
}

// describesSchema reports whether a system relation shows names and types only. Statistics, for example, contain values.
func describesSchema(r relation) bool {
	return r.schema == "information_schema" || schemaCatalogs[r.name] && (r.schema == "" || r.schema == "pg_catalog")
}

var schemaCatalogs = set("pg_class", "pg_attribute", "pg_namespace", "pg_type", "pg_index", "pg_indexes", "pg_tables", "pg_constraint",
	"pg_description", "pg_enum", "pg_sequence", "pg_sequences", "pg_inherits", "pg_am", "pg_collation", "pg_database", "pg_tablespace",
	"pg_timezone_names", "pg_timezone_abbrevs", "pg_extension", "pg_range", "pg_operator", "pg_roles")

// root analyzes a whole statement.
func (a *analysis) root(n node) {
	switch n.kind {
	case "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt":
		a.outputs = a.statement(n, nil, nil)
	case "ExplainStmt", "PrepareStmt":
		a.root(n.child("query"))
		a.outputs = nil // PREPARE returns nothing, EXPLAIN only the plan
	case "DeclareCursorStmt":
		a.copied(n.child("query"), "a cursor")
	case "CreateTableAsStmt":
		a.copied(n.child("query"), "a new table")
	case "ViewStmt":
		a.copied(n.child("query"), "a view")
	case "CopyStmt":
		a.copy(n)
	default:
		if _, ok := ddlStatements[n.kind]; ok {
			a.ddl(n)
		}
	}
}

// copied analyzes a query whose result is stored, where the masks do not follow it.
func (a *analysis) copied(n node, destination string) {
	if o, ok := firstMasked(a.statement(n, nil, nil)); ok {
		a.refuseExpression("the copy of " + o.name + " into " + destination)
	}
}

func (a *analysis) copy(n node) {
	if query := n.child("query"); query.exists() {
		a.copied(query, "the output of COPY")
		return
	}
	rangeVar := n.child("relation")
	s := a.base(rangeVar)
	if n.flag("is_from") {
		a.forbid(n.child("whereClause"), &scope{sources: []*source{s}}, nil, "WHERE")
		return
	}
	columns := lowerAll(n.names("attlist"))
	for _, o := range s.outputs {
		if o.mask != "" && (len(columns) == 0 || slices.Contains(columns, o.name)) {
			a.refuseExpression("COPY, whose output has no masks,")
		}
	}
	if r := relationOf(rangeVar); len(a.policy.filtersOf(r)) > 0 {
		a.refuseFilter("the row filter of " + r.String() + " cannot be applied to COPY of a relation: copy a query")
	}
}

// ddl analyzes a change of the schema. It must not give a relation that the policy is about another name, or another way to its rows.
func (a *analysis) ddl(n node) {
	if !a.policy.namesMatter() {
		return
	}
	if !ddlStatements[n.kind] || !namesRelations(n) {
		a.refuse(ruleUnsupported, statementName(n.kind)+" may reach relations that it does not name, which the policy restricts", "")
		return
	}
	for _, element := range n.list("schemaElts") {
		a.root(element)
	}
	var columns []string
	protected := ""
	n.walk(func(inner node) bool {
		if inner.kind == "RangeVar" {
			r := relationOf(inner)
			for column := range a.policy.masksOf(r) {
				columns, protected = append(columns, column), r.String()
			}
			if len(a.policy.filtersOf(r)) > 0 {
				protected = r.String()
			}
		}
		return true
	})
	if protected != "" && movesRelation(n, columns) {
		a.refuseRename(statementName(n.kind) + " with " + protected)
	}
	n.walk(func(inner node) bool {
		if inner.kind == "ColumnRef" {
			if names := lowerAll(inner.names("fields")); slices.Contains(columns, names[len(names)-1]) {
				a.refuseExpression("an expression in " + statementName(n.kind))
			}
		}
		return true
	})
}

// namesRelations reports whether a change of the schema names every relation that it is about.
func namesRelations(n node) bool {
	switch n.kind {
	case "RenameStmt", "AlterObjectSchemaStmt":
		return n.has("relation")
	case "GrantStmt":
		return n.text("targtype") == "ACL_TARGET_OBJECT" && slices.Contains([]string{"OBJECT_TABLE", "OBJECT_SEQUENCE"}, n.text("objtype"))
	case "DropStmt":
		return slices.Contains([]string{"OBJECT_INDEX", "OBJECT_VIEW"}, n.text("removeType"))
	}
	return true
}

// movesRelation reports whether a change of the schema renames a protected relation or a masked column, or makes its rows readable
// through another relation.
func movesRelation(n node, masked []string) bool {
	switch n.kind {
	case "AlterObjectSchemaStmt":
		return true
	case "RenameStmt":
		return n.text("renameType") != "OBJECT_COLUMN" || slices.Contains(masked, strings.ToLower(n.text("subname")))
	case "CreateStmt":
		return n.has("inhRelations")
	case "AlterTableStmt":
		for _, command := range n.list("cmds") {
			switch command.text("subtype") {
			case "AT_AddInherit", "AT_DropInherit", "AT_AttachPartition", "AT_DetachPartition", "AT_AddOf":
				return true
			}
		}
	}
	return false
}

// visitRest adds the relations that the analysis of queries has not met: the targets of changes of the schema. A relation that was
// missed elsewhere is at least subject to the lists.
func (a *analysis) visitRest(n node) {
	n.walk(func(inner node) bool {
		switch inner.kind {
		case "LockingClause":
			return false // names entries of the FROM clause
		case "RangeVar":
			if !a.visited[identity(inner)] {
				a.touched = append(a.touched, relationOf(inner))
			}
		case "DropStmt":
			for _, object := range inner.list("objects") {
				if names := object.names("items"); len(names) > 0 {
					a.touched = append(a.touched, parseRelation(strings.Join(names, ".")))
				}
			}
		}
		return true
	})
}
