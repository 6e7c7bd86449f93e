// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"maps"
	"slices"
	"strings"
)

// The kinds of statements that a policy allows or denies.
const (
	kindSelect      = "select"
	kindInsert      = "insert"
	kindUpdate      = "update"
	kindDelete      = "delete"
	kindDDL         = "ddl"
	kindCopy        = "copy"
	kindSet         = "set"
	kindShow        = "show"
	kindExplain     = "explain"
	kindTransaction = "transaction"
)

// effects are what a statement does when it runs, including everything nested in it.
type effects struct {
	kinds       map[string]bool
	writes      bool
	locks       bool // FOR UPDATE and the like
	destructive string
	whereless   string // the statement without WHERE
	uncountable string // why the rows that it affects cannot be counted
	writableCTE bool
	// refused is why the statement cannot be judged at all, or nil.
	refused *Decision
}

// ddlStatements change the schema and do nothing else. Those that map to true name all of their relations as relations and contain no
// code, so that a policy about relations can judge them.
var ddlStatements = map[string]bool{
	"AlterTableStmt": true, "CreateStmt": true, "CreateTableAsStmt": true, "IndexStmt": true, "ViewStmt": true, "RenameStmt": true,
	"GrantStmt": true, "TruncateStmt": true, "DropStmt": true, "VacuumStmt": true, "ClusterStmt": true, "ReindexStmt": true,
	"RefreshMatViewStmt": true, "LockStmt": true, "CreateSeqStmt": true, "AlterSeqStmt": true, "CreateSchemaStmt": true, "CreateEnumStmt": true,
	"AlterEnumStmt": true, "CompositeTypeStmt": true, "CreateRangeStmt": true, "AlterObjectSchemaStmt": true, "CreateStatsStmt": true,
	"ConstraintsSetStmt": true, "CreateDomainStmt": true, "DropdbStmt": true, "DropOwnedStmt": true,

	"CommentStmt": false, "CreateFunctionStmt": false, "AlterFunctionStmt": false, "CreateTrigStmt": false, "RuleStmt": false,
	"CreatePolicyStmt": false, "AlterPolicyStmt": false, "AlterDomainStmt": false, "AlterOwnerStmt": false, "AlterTypeStmt": false,
	"DefineStmt": false, "CreateCastStmt": false, "CreateOpClassStmt": false, "CreateOpFamilyStmt": false, "AlterOpFamilyStmt": false,
	"AlterOperatorStmt": false, "AlterStatsStmt": false, "AlterDefaultPrivilegesStmt": false, "CreateExtensionStmt": false,
	"AlterExtensionStmt": false, "AlterObjectDependsStmt": false, "AlterCollationStmt": false, "CreateConversionStmt": false,
	"AlterTSDictionaryStmt": false, "AlterTSConfigurationStmt": false,
}

// rowlessObjects are the objects whose removal loses no data.
var rowlessObjects = set("OBJECT_INDEX", "OBJECT_VIEW", "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE",
	"OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY", "OBJECT_STATISTIC_EXT", "OBJECT_OPERATOR", "OBJECT_CAST", "OBJECT_COLLATION",
	"OBJECT_CONVERSION", "OBJECT_TSCONFIGURATION", "OBJECT_TSDICTIONARY")

// effectsOf returns the effects of a statement.
func effectsOf(n node) *effects {
	e := &effects{kinds: map[string]bool{}}
	e.add(n)
	return e
}

func (e *effects) unsupported(kind, why string) {
	if e.refused == nil {
		e.refused = block(ruleUnsupported, statementName(kind)+" cannot be judged: "+why, "use a statement whose effects are visible in its text")
	}
}

func (e *effects) add(n node) {
	if _, ok := ddlStatements[n.kind]; ok {
		e.addDDL(n)
		return
	}
	switch n.kind {
	case "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt":
		e.addQuery(n)
	case "ExplainStmt":
		e.addExplain(n)
	case "CopyStmt":
		e.addCopy(n)
	case "VariableSetStmt":
		e.kinds[kindSet] = true
	case "VariableShowStmt":
		e.kinds[kindShow] = true
	case "TransactionStmt":
		e.kinds[kindTransaction] = true
		if strings.Contains(n.text("kind"), "PREPARE") {
			e.writes = true
		}
	case "PrepareStmt", "DeclareCursorStmt":
		e.add(n.child("query"))
	case "DeallocateStmt", "ClosePortalStmt":
		e.kinds[kindTransaction] = true
	case "ExecuteStmt", "FetchStmt":
		e.unsupported(n.kind, "the query that it runs is not part of it")
	case "DoStmt":
		e.writes = true
		e.unsupported(n.kind, "its code is a string")
	case "CallStmt":
		e.writes = true
		e.unsupported(n.kind, "what the procedure does is not known")
	default:
		e.unsupported(n.kind, "its effects are not known here")
	}
}

// addQuery adds a SELECT or a write with everything in it.
func (e *effects) addQuery(n node) {
	if n.kind == "SelectStmt" {
		e.kinds[kindSelect] = true
	}
	n.walk(func(inner node) bool {
		switch inner.kind {
		case "InsertStmt":
			e.addWrite(kindInsert)
			if inner.child("onConflictClause").text("action") == "ONCONFLICT_UPDATE" {
				e.addWrite(kindUpdate)
			}
		case "UpdateStmt":
			e.addWrite(kindUpdate)
			e.requireWhere(inner, "UPDATE")
		case "DeleteStmt":
			e.addWrite(kindDelete)
			e.requireWhere(inner, "DELETE")
		case "MergeStmt":
			e.addMerge(inner)
		case "SelectStmt":
			if inner.has("intoClause") {
				e.addWrite(kindDDL)
			}
		case "LockingClause":
			e.locks = true
		case "CommonTableExpr":
			if inner.child("ctequery").kind != "SelectStmt" {
				e.writableCTE = true
			}
		default:
			if inner.kind != "" && !queryNodes[inner.kind] {
				e.unsupported(n.kind, "it contains a "+inner.kind)
			}
		}
		return true
	})
}

func (e *effects) addWrite(kind string) { e.kinds[kind], e.writes = true, true }

func (e *effects) requireWhere(n node, name string) {
	if where := n.child("whereClause"); !where.exists() || isTrue(where) {
		e.whereless = name
	}
}

// isTrue reports whether a condition is a constant that is true, as in WHERE true and WHERE 1 = 1.
func isTrue(n node) bool {
	switch n.kind {
	case "A_Const":
		return n.child("boolval").flag("boolval")
	case "TypeCast":
		return isTrue(n.child("arg"))
	case "A_Expr":
		left, right := n.child("lexpr"), n.child("rexpr")
		return left.kind == "A_Const" && right.kind == "A_Const" && slices.Equal(n.names("name"), []string{"="}) && constant(left) == constant(right)
	case "BoolExpr":
		all := n.text("boolop") == "AND_EXPR"
		for _, argument := range n.list("args") {
			if isTrue(argument) != all {
				return !all
			}
		}
		return all
	}
	return false
}

// constant returns the value of a constant, without its position in the text.
func constant(n node) string {
	for _, key := range []string{"ival", "fval", "sval", "bsval", "boolval"} {
		if n.has(key) {
			for _, v := range n.child(key).fields {
				return key + ":" + strings.TrimSpace(jsonText(v))
			}
			return key
		}
	}
	return "null"
}

// addMerge requires no WHERE: the condition of ON limits the rows.
func (e *effects) addMerge(n node) {
	for _, clause := range n.list("mergeWhenClauses") {
		switch clause.text("commandType") {
		case "CMD_INSERT":
			e.addWrite(kindInsert)
		case "CMD_UPDATE":
			e.addWrite(kindUpdate)
		case "CMD_DELETE":
			e.addWrite(kindDelete)
		}
	}
	e.writes = true
	if condition := n.child("joinCondition"); isTrue(condition) {
		e.whereless = "MERGE"
	}
}

// addExplain adds the explained statement if ANALYZE runs it.
func (e *effects) addExplain(n node) {
	e.kinds[kindExplain] = true
	if !n.option("options", "analyze") {
		// What does not run has no effect, but it must be one of the statements that can be judged.
		e.refused = effectsOf(n.child("query")).refused
		return
	}
	e.add(n.child("query"))
	if e.writes {
		e.uncountable = "EXPLAIN ANALYZE does not return the number of rows"
	}
}

func (e *effects) addCopy(n node) {
	e.kinds[kindCopy] = true
	if n.flag("is_program") || n.text("filename") != "" {
		e.writes = true
		e.unsupported(n.kind, "it reads or writes a file or a program of the database server")
	}
	if query := n.child("query"); query.exists() {
		inner := effectsOf(query)
		e.writes = e.writes || inner.writes
		e.locks, e.destructive, e.whereless, e.writableCTE = inner.locks, inner.destructive, inner.whereless, inner.writableCTE
		maps.Copy(e.kinds, inner.kinds)
		delete(e.kinds, kindSelect) // COPY is the kind of a copied SELECT
		if e.refused == nil {
			e.refused = inner.refused
		}
	}
	if n.flag("is_from") {
		e.writes = true
		e.uncountable = "COPY FROM adds any number of rows"
	}
}

func (e *effects) addDDL(n node) {
	e.addWrite(kindDDL)
	switch n.kind {
	case "DropStmt":
		if !rowlessObjects[n.text("removeType")] || n.text("behavior") == "DROP_CASCADE" {
			e.destructive = "DROP"
		}
	case "DropdbStmt", "DropOwnedStmt":
		e.destructive = "DROP"
	case "TruncateStmt":
		e.destructive = "TRUNCATE"
	case "AlterTableStmt":
		for _, command := range n.list("cmds") {
			if command.text("subtype") == "AT_DropColumn" {
				e.destructive = "ALTER TABLE DROP COLUMN"
			}
		}
	case "CreateTableAsStmt":
		e.add(n.child("query"))
		delete(e.kinds, kindSelect)
	case "CreateSchemaStmt":
		for _, element := range n.list("schemaElts") {
			e.add(element)
		}
	}
}

// statementName returns the words of a type of the parse tree: CREATE FUNCTION for CreateFunctionStmt.
func statementName(kind string) string {
	kind = strings.TrimSuffix(kind, "Stmt")
	var b strings.Builder
	for i, r := range kind {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}

// queryNodes are the types of nodes that a query can consist of, besides those that addQuery handles.
var queryNodes = set(strings.Fields(`
	A_ArrayExpr A_Const A_Expr A_Indices A_Indirection A_Star Alias BitString BoolExpr Boolean BooleanTest CaseExpr CaseWhen
	CoalesceExpr CollateClause ColumnDef ColumnRef CurrentOfExpr DefElem Float FuncCall GroupingFunc GroupingSet IndexElem Integer JoinExpr
	JsonAggConstructor JsonArgument JsonArrayAgg JsonArrayConstructor JsonArrayQueryConstructor JsonBehavior JsonFormat JsonFuncExpr
	JsonIsPredicate JsonKeyValue JsonObjectAgg JsonObjectConstructor JsonOutput JsonParseExpr JsonReturning JsonScalarExpr
	JsonSerializeExpr JsonTable JsonTableColumn JsonTablePathSpec JsonValueExpr List MergeWhenClause MinMaxExpr MultiAssignRef
	NamedArgExpr NullTest ParamRef RangeFunction RangeSubselect RangeTableFunc RangeTableFuncCol RangeTableSample RangeVar ResTarget
	RowExpr SQLValueFunction SetToDefault SortBy String SubLink TypeCast TypeName WindowDef XmlExpr XmlSerialize
`)...)
