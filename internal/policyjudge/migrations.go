// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"fmt"
	"strings"
)

// The severities of findings.
const (
	Error   = "error"
	Warning = "warning"
	Info    = "info"
)

// Finding is a risk of a statement in a migration.
type Finding struct {
	// Severity is Error for what loses data or fails on existing rows, Warning for what blocks other sessions, Info for the rest.
	Severity, Rule, Message string
	// Statement is the text of the statement. It is empty if the text cannot be parsed.
	Statement string
	// Hint is a safer alternative, if there is one.
	Hint string
}

// Lint returns the risks of a migration, in the order of its statements. Text that cannot be parsed, or that has no statement, is an error.
func Lint(sql string) (findings []Finding) {
	defer func() {
		if r := recover(); r != nil {
			findings = []Finding{unjudged(ruleParseError, fmt.Sprintf("the migration cannot be judged: %v", r))}
		}
	}()
	s, err := parse(sql)
	switch {
	case err != nil:
		return []Finding{unjudged(ruleParseError, "the migration cannot be parsed: "+err.Error())}
	case len(s.statements) == 0:
		return []Finding{unjudged(ruleEmpty, "the migration contains no statement")}
	}
	l := linter{created: map[relation]bool{}}
	for _, st := range s.statements {
		l.statement(st)
	}
	return l.findings
}

func unjudged(rule, message string) Finding {
	return Finding{Severity: Error, Rule: rule, Message: message, Hint: "correct the migration"}
}

// lintStatement returns the risks of one statement.
func lintStatement(st statement) []Finding {
	l := linter{created: map[relation]bool{}}
	l.statement(st)
	return l.findings
}

// linter collects the findings of a script.
type linter struct {
	findings      []Finding
	text          string            // of the current statement
	created       map[relation]bool // tables that the script has created, which no other session uses
	inTransaction bool
}

func (l *linter) add(severity, rule, message, hint string) {
	l.findings = append(l.findings, Finding{severity, rule, message, l.text, hint})
}

// isNew reports whether the relation in a field was created by the script.
func (l *linter) isNew(n node) bool { return l.created[relationOf(n.child("relation")).withSchema()] }

func (l *linter) statement(st statement) {
	l.text = st.text
	n := st.node
	switch n.kind {
	case "TransactionStmt":
		l.transaction(n)
	case "CreateStmt":
		l.created[relationOf(n.child("relation")).withSchema()] = true
	case "CreateTableAsStmt":
		l.created[relationOf(n.child("into").child("rel")).withSchema()] = true
	case "AlterTableStmt":
		l.alterTable(n)
	case "DoStmt", "CallStmt", "ExecuteStmt":
		l.add(Warning, "code_not_analyzed", "what "+statementName(n.kind)+" runs is not analyzed", "write the statements directly")
	default:
		l.simple(n)
	}
	if e := effectsOf(n); e.whereless != "" {
		l.add(Warning, ruleWhereless, e.whereless+" without a condition changes every row in one transaction", "change the rows in batches")
	}
}

func (l *linter) transaction(n node) {
	switch n.text("kind") {
	case "TRANS_STMT_BEGIN", "TRANS_STMT_START":
		l.inTransaction = true
	case "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK":
		l.inTransaction = false
	}
}

// concurrently reports whether a statement has CONCURRENTLY, which does not work in a transaction.
func (l *linter) concurrently(on bool) bool {
	if on && l.inTransaction {
		l.add(Error, "concurrently_in_transaction", "CONCURRENTLY fails in a transaction", "run the statement outside of the transaction")
	}
	return on
}

// simple lints the statements that have one rule each.
func (l *linter) simple(n node) {
	switch n.kind {
	case "DropStmt":
		l.drop(n)
	case "DropdbStmt", "DropOwnedStmt":
		l.add(Error, "drop_database_objects", "drops everything in a database or of a role", "drop the objects one by one")
	case "TruncateStmt":
		l.add(Error, "truncate", "removes every row of a table", "")
	case "IndexStmt":
		if !l.concurrently(n.flag("concurrent")) && !l.isNew(n) {
			l.add(Warning, "create_index_blocking", "blocks writes while the index is built", "create the index concurrently")
		}
	case "RenameStmt":
		l.rename(n)
	case "AlterObjectSchemaStmt":
		if n.has("relation") {
			l.add(Warning, "set_schema", "breaks the queries that use the current name", "create a view with the old name in the same transaction")
		}
	case "ReindexStmt":
		if !l.concurrently(n.option("params", "concurrently")) {
			l.add(Warning, "reindex_blocking", "blocks writes while the index is rebuilt", "reindex concurrently")
		}
	case "RefreshMatViewStmt":
		if !n.flag("concurrent") {
			l.add(Warning, "refresh_blocking", "blocks reads while the view is refreshed", "refresh the view concurrently")
		}
	case "VacuumStmt":
		if n.option("options", "full") {
			l.add(Warning, "vacuum_full", "rewrites the table and blocks every access", "use VACUUM without FULL")
		}
	case "ClusterStmt":
		l.add(Warning, "cluster", "rewrites the table and blocks every access", "")
	case "LockStmt":
		l.add(Warning, "lock_table", "blocks other sessions until the transaction ends", "")
	case "CreateTrigStmt":
		if !l.isNew(n) {
			l.add(Warning, "create_trigger", "blocks writes, and the trigger then runs in every write", "set lock_timeout")
		}
	}
}

func (l *linter) drop(n node) {
	switch n.text("removeType") {
	case "OBJECT_TABLE", "OBJECT_FOREIGN_TABLE":
		l.add(Error, "drop_table", "drops a table and everything in it", "rename the table first and drop it later")
	case "OBJECT_SCHEMA":
		l.add(Error, "drop_schema", "drops a schema", "drop its objects one by one")
	case "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_TYPE", "OBJECT_DOMAIN", "OBJECT_EXTENSION":
		l.add(Error, "drop_object", "drops an object that tables or queries can depend on", "stop using it first and drop it later")
	case "OBJECT_INDEX":
		if !l.concurrently(n.flag("concurrent")) {
			l.add(Warning, "drop_index_blocking", "blocks every access to the table", "drop the index concurrently")
		}
	default:
		if n.text("behavior") == "DROP_CASCADE" {
			l.add(Error, "drop_cascade", "drops everything that depends on the object", "drop the dependent objects one by one")
		}
	}
}

func (l *linter) rename(n node) {
	switch n.text("renameType") {
	case "OBJECT_COLUMN", "OBJECT_ATTRIBUTE":
		l.add(Warning, "rename_column", "breaks the queries that use the current name", "add a new column and move the values")
	case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE", "OBJECT_SCHEMA":
		l.add(Warning, "rename_"+strings.ToLower(strings.TrimPrefix(n.text("renameType"), "OBJECT_")),
			"breaks the queries that use the current name", "create a view with the old name in the same transaction")
	}
}

// columnRules are the rules of the parts of ALTER TABLE that need no look at their details.
var columnRules = map[string]Finding{
	"AT_DropColumn":      {Severity: Error, Rule: "drop_column", Message: "drops a column and everything in it", Hint: "stop using the column first and drop it later"},
	"AT_AlterColumnType": {Severity: Warning, Rule: "alter_column_type", Message: "may rewrite the table", Hint: "add a new column and move the values"},
	"AT_SetNotNull": {
		Severity: Warning, Rule: "set_not_null", Message: "scans the table and blocks every access",
		Hint: "add a CHECK constraint with NOT VALID, validate it, and then set NOT NULL",
	},
	"AT_AttachPartition":    {Severity: Warning, Rule: "attach_partition", Message: "scans the new partition under a lock", Hint: "add a matching CHECK constraint to it first"},
	"AT_DetachPartition":    {Severity: Warning, Rule: "detach_partition", Message: "blocks every access to the table", Hint: "detach the partition concurrently"},
	"AT_SetTableSpace":      {Severity: Warning, Rule: "rewrite_table", Message: "rewrites the table and blocks every access"},
	"AT_SetLogged":          {Severity: Warning, Rule: "rewrite_table", Message: "rewrites the table and blocks every access"},
	"AT_SetUnLogged":        {Severity: Warning, Rule: "rewrite_table", Message: "rewrites the table and blocks every access"},
	"AT_SetAccessMethod":    {Severity: Warning, Rule: "rewrite_table", Message: "rewrites the table and blocks every access"},
	"AT_SetExpression":      {Severity: Warning, Rule: "rewrite_table", Message: "rewrites the table and blocks every access"},
	"AT_AddIdentity":        {Severity: Warning, Rule: "add_identity", Message: "blocks every access to the table", Hint: "set lock_timeout"},
	"AT_DropConstraint":     {Severity: Warning, Rule: "drop_constraint", Message: "removes a guarantee that queries can depend on"},
	"AT_DisableTrigAll":     {Severity: Warning, Rule: "disable_trigger", Message: "removes a guarantee that writes can depend on"},
	"AT_DisableRowSecurity": {Severity: Error, Rule: "disable_row_security", Message: "makes every row visible to users of the table"},
}

func (l *linter) alterTable(n node) {
	for _, command := range n.list("cmds") {
		subtype := command.text("subtype")
		finding, ok := columnRules[subtype]
		if ok && subtype == "AT_DetachPartition" && l.concurrently(command.child("def").flag("concurrent")) {
			continue
		}
		switch {
		case l.isNew(n) && (!ok || finding.Severity != Error):
		case ok:
			l.add(finding.Severity, finding.Rule, finding.Message, finding.Hint)
		case subtype == "AT_AddColumn":
			l.addColumn(command.child("def"))
		case subtype == "AT_AddConstraint":
			l.addConstraint(command.child("def"))
		}
	}
}

func (l *linter) addColumn(column node) {
	var notNull, value bool
	for _, constraint := range column.list("constraints") {
		switch constraint.text("contype") {
		case "CONSTR_NOTNULL":
			notNull = true
		case "CONSTR_DEFAULT":
			value = value || constraint.child("raw_expr").exists() && !isNull(constraint.child("raw_expr"))
			if isVolatile(constraint.child("raw_expr")) {
				l.add(Warning, "add_column_volatile_default", "rewrites the table and blocks every access", "add the column, set its default, and then fill it")
			}
		case "CONSTR_GENERATED":
			value = true
			l.add(Warning, "add_generated_column", "rewrites the table and blocks every access", "add an ordinary column and fill it")
		case "CONSTR_IDENTITY":
			value = true
			l.add(Warning, "add_identity", "rewrites the table and blocks every access", "add the column and fill it first")
		case "CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_FOREIGN", "CONSTR_CHECK":
			notNull = notNull || constraint.text("contype") == "CONSTR_PRIMARY"
			l.addConstraint(constraint)
		}
	}
	if names := column.child("typeName").names("names"); len(names) > 0 && strings.HasSuffix(strings.ToLower(names[len(names)-1]), "serial") {
		notNull, value = true, true
		l.add(Warning, "add_column_volatile_default", "rewrites the table and blocks every access", "add the column, set its default, and then fill it")
	}
	if notNull && !value {
		l.add(Error, "add_not_null_no_default", "adds a column that existing rows cannot have", "give the column a default")
	}
}

func isNull(n node) bool { return n.kind == "A_Const" && n.flag("isnull") }

// stableFunctions return the same value throughout a statement, so that a default with one of them is computed once.
var stableFunctions = set("now", "transaction_timestamp", "statement_timestamp", "current_setting", "lower", "upper", "to_char", "to_date",
	"to_timestamp", "date_trunc", "make_date", "make_interval", "timezone", "jsonb_build_object", "jsonb_build_array", "json_build_object",
	"json_build_array", "array_fill", "coalesce", "md5", "sha256", "concat", "repeat", "numeric", "int4range", "int8range", "numrange",
	"tsrange", "tstzrange", "daterange")

// isVolatile reports whether a default may have another value for every row.
func isVolatile(n node) bool {
	volatile := false
	n.walk(func(inner node) bool {
		if inner.kind == "FuncCall" {
			names := lowerAll(inner.names("funcname"))
			volatile = volatile || !stableFunctions[names[len(names)-1]]
		}
		return true
	})
	return volatile
}

func (l *linter) addConstraint(constraint node) {
	switch constraint.text("contype") {
	case "CONSTR_FOREIGN":
		if !constraint.flag("skip_validation") {
			l.add(Warning, "add_foreign_key_blocking", "scans the table and blocks writes to both tables", "add the constraint with NOT VALID and validate it later")
		}
	case "CONSTR_CHECK", "CONSTR_NOTNULL":
		if !constraint.flag("skip_validation") {
			l.add(Warning, "add_check_blocking", "scans the table and blocks every access", "add the constraint with NOT VALID and validate it later")
		}
	case "CONSTR_PRIMARY", "CONSTR_UNIQUE":
		if constraint.text("indexname") == "" {
			l.add(Warning, "add_unique_blocking", "builds an index and blocks every access", "create a unique index concurrently and add the constraint USING INDEX")
		}
	case "CONSTR_EXCLUSION":
		l.add(Warning, "add_exclusion_blocking", "builds an index and blocks every access", "")
	}
}
