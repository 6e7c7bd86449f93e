// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The verdicts of a decision.
const (
	Allow         = "allow"
	Block         = "block"
	Mask          = "mask"
	FilterVerdict = "row-filter"
)

// The rules of decisions. Those up to ruleFilterUnsafe are the API's.
const (
	ruleOK               = "ok"
	ruleEmpty            = "empty"
	ruleParseError       = "parse_error"
	ruleReadOnly         = "read_only"
	ruleDestructive      = "destructive_ddl"
	ruleWhereless        = "whereless_write"
	ruleLocking          = "locking_select"
	ruleNotAllowed       = "statement_not_allowed"
	ruleDenied           = "statement_denied"
	ruleTableDenied      = "table_denied"
	ruleTableNotAllowed  = "table_not_allowed"
	ruleMaskedExpression = "masked_column_expression"
	ruleMaskedRename     = "masked_column_rename"
	ruleMigration        = "migration_block"
	ruleWritableCTE      = "max_affected_rows_writable_cte"
	ruleFilterUnsafe     = "row_filter_unsafe"
	ruleUncountable      = "max_affected_rows"
	ruleFunction         = "function_not_known"
	ruleSetting          = "setting_not_allowed"
	ruleCatalog          = "system_catalog"
	ruleUnsupported      = "statement_not_supported"
)

// Decision is what a policy says about a statement.
type Decision struct {
	// Verdict is Allow, Block, Mask or FilterVerdict. FilterVerdict can have masked columns, too.
	Verdict string
	// Rule is the rule that blocks the statement, or ok.
	Rule string
	// Reason says why, and Hint what to do instead.
	Reason, Hint string
	// Masked has the masked columns of the relations in the statement, and the columns of the result that are made from one, sorted.
	Masked []MaskedColumn
	// Predicate is the row filter, and RewrittenSQL the text with it.
	Predicate, RewrittenSQL string
	// Notes say what the decision does not cover.
	Notes []string
}

// MaskedColumn is a masked column. Kind is redact, null or hash.
type MaskedColumn struct{ Column, Kind string }

func block(rule, reason, hint string) *Decision {
	return &Decision{Verdict: Block, Rule: rule, Reason: reason, Hint: hint}
}

// Evaluate judges SQL text. If it has several statements, they are blocked together. Text that cannot be judged is blocked.
func Evaluate(p Policy, sql string) Decision {
	d := p.evaluate(sql)
	if p.namesMatter() {
		d.Notes = append(d.Notes, "relations are judged by their own names: what is below a view, a partition or a function is not seen")
	}
	return d
}

func (p *Policy) evaluate(sql string) (d Decision) {
	defer func() {
		if r := recover(); r != nil {
			d = *block(ruleUnsupported, fmt.Sprintf("the statement cannot be judged: %v", r), "")
		}
	}()
	if before, _, ok := strings.Cut(sql, "\x00"); ok && strings.TrimSpace(before) == "" {
		return *block(ruleEmpty, "the text contains no statement", "write a statement, without NUL bytes")
	}
	s, err := parse(sql)
	switch {
	case err != nil:
		return *block(ruleParseError, "the statement cannot be parsed: "+err.Error(), "correct the statement")
	case len(s.statements) == 0:
		return *block(ruleEmpty, "the text contains no statement", "write a statement")
	}
	return p.evaluateScript(s)
}

func (p *Policy) evaluateScript(s *script) Decision {
	d := Decision{Verdict: Allow, Rule: ruleOK, Reason: "the policy permits the statement"}
	masked := map[MaskedColumn]bool{}
	var filtered []filteredReference
	for _, st := range s.statements {
		a, blocked := p.judge(st)
		if blocked != nil {
			return *blocked
		}
		a.collectMasked(masked)
		filtered = append(filtered, a.filtered...)
		d.Notes = append(d.Notes, p.migrationNotes(st)...)
	}
	if len(masked) > 0 {
		d.Verdict, d.Reason = Mask, "columns of the relations are masked"
		d.Masked = slices.SortedFunc(maps.Keys(masked), func(a, b MaskedColumn) int {
			return strings.Compare(a.Column+":"+a.Kind, b.Column+":"+b.Kind)
		})
	}
	if len(filtered) > 0 {
		rewritten, predicate, err := rewrite(s, filtered)
		if err != nil {
			return *block(ruleFilterUnsafe, "the row filter cannot be applied: "+err.Error(), "simplify the statement, or correct the row filter")
		}
		d.Verdict, d.Reason, d.Predicate, d.RewrittenSQL = FilterVerdict, "rows of the relations are filtered", predicate, rewritten
	}
	return d
}

// judge applies the rules to one statement: first those that hold for every policy, then those about kinds, and then those about
// relations and columns.
func (p *Policy) judge(st statement) (*analysis, *Decision) {
	e := effectsOf(st.node)
	for _, check := range []func() *Decision{
		func() *Decision { return p.checkFloors(e) },
		func() *Decision { return p.checkAccessMode(e) },
		func() *Decision { return e.refused },
		func() *Decision { return p.checkKinds(e) },
		func() *Decision { return p.checkCap(e) },
		func() *Decision { return p.checkMigration(st) },
		func() *Decision { return checkFunctions(p, st.node) },
	} {
		if blocked := check(); blocked != nil {
			return nil, blocked
		}
	}
	if st.kind == "VariableSetStmt" {
		if blocked := checkSetting(p, st.node); blocked != nil {
			return nil, blocked
		}
	}
	return p.analyze(st.node)
}

func (p *Policy) checkFloors(e *effects) *Decision {
	switch {
	case e.destructive != "":
		return block(ruleDestructive, e.destructive+" loses data", "have an administrator run it")
	case e.whereless != "":
		return block(ruleWhereless, e.whereless+" without a condition affects every row", "add a WHERE clause that limits the rows")
	}
	return nil
}

func (p *Policy) checkAccessMode(e *effects) *Decision {
	switch {
	case !p.readOnly():
	case e.writes:
		return block(ruleReadOnly, "the policy is read-only", "use a policy with access_mode read_write")
	case e.locks:
		return block(ruleLocking, "the policy is read-only, and the query locks rows", "remove FOR UPDATE, FOR SHARE or the like")
	}
	return nil
}

func (p *Policy) checkKinds(e *effects) *Decision {
	allow, deny := lowerAll(p.StatementAllow), lowerAll(p.StatementDeny)
	for _, kind := range slices.Sorted(maps.Keys(e.kinds)) {
		switch {
		case slices.Contains(deny, kind):
			return block(ruleDenied, "the policy denies "+kind+" statements", "change statement_rules")
		case len(allow) > 0 && !slices.Contains(allow, kind):
			return block(ruleNotAllowed, "the policy does not allow "+kind+" statements", "change statement_rules")
		}
	}
	if e.locks && (slices.Contains(deny, kindUpdate) || len(allow) > 0 && !slices.Contains(allow, kindUpdate)) {
		return block(ruleLocking, "the query locks rows, and the policy does not allow update statements", "remove FOR UPDATE, FOR SHARE or the like")
	}
	return nil
}

func (p *Policy) checkCap(e *effects) *Decision {
	switch {
	case p.MaxAffectedRows == 0:
	case e.writableCTE:
		return block(ruleWritableCTE, "the rows that a write in a WITH clause affects are not counted", "write it as a statement of its own")
	case e.uncountable != "":
		return block(ruleUncountable, e.uncountable+", and the policy limits it", "use INSERT, UPDATE or DELETE")
	}
	return nil
}

func (p *Policy) checkMigration(st statement) *Decision {
	if p.MigrationSafety != "block" {
		return nil
	}
	for _, finding := range lintStatement(st) {
		if finding.Severity != Info {
			return block(ruleMigration, finding.Message, finding.Hint)
		}
	}
	return nil
}

func (p *Policy) migrationNotes(st statement) []string {
	if p.MigrationSafety != "warn" {
		return nil
	}
	var notes []string
	for _, finding := range lintStatement(st) {
		notes = append(notes, "migration safety: "+finding.Rule+": "+finding.Message)
	}
	return notes
}
