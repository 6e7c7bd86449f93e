// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// PolicyRule is a rule of the policy lint, which docs/policy-lint.md describes.
type PolicyRule struct {
	// Name is unique, except that a rule with two severities has a row for each.
	Name     string
	Severity kind.Severity
	check    func(policy, report)
}

// report reports a finding of a rule at a path.
type report func(path properties.Path, format string, args ...any)

// PolicyRules returns the rules of the policy lint. A condition that depends on an
// unknown value does not hold: the update checks the rule again.
func PolicyRules() []PolicyRule {
	return []PolicyRule{
		{"write-no-allowlist", kind.Warning, checkWriteAllowlist},
		{"unbounded-writes", kind.Warning, checkBoundedWrites},
		{"no-query-budget", kind.Warning, checkQueryBudget},
		{"no-read-ceiling", kind.Warning, checkReadCeilingOfMasks},
		{"no-read-ceiling", kind.Info, checkReadCeiling},
		{"dead-mask-rule", kind.Warning, checkDeadMasks},
		{"dead-row-filter", kind.Warning, checkDeadFilters},
		{"unmatchable-name", kind.Warning, checkNames},
		{"misspelled-mask-rule", kind.Warning, checkSpelling},
		{"write-settings-on-readonly", kind.Info, checkWriteSettings},
		{"allowlist-and-denylist", kind.Info, checkBothLists},
		{"allow-and-deny", kind.Info, checkStatementRules},
	}
}

// lintPolicyProfile implements kind.Definition.Lint.
func lintPolicyProfile(inputs property.Map) (findings []kind.Finding) {
	p := policy{PolicyProfileProperties().PreviewOutputs(inputs)}
	for _, rule := range PolicyRules() {
		rule.check(p, func(path properties.Path, format string, args ...any) {
			findings = append(findings, kind.Finding{
				Rule: rule.Name, Severity: rule.Severity, Path: path, Message: fmt.Sprintf(format, args...),
			})
		})
	}
	return findings
}

func checkWriteAllowlist(p policy, report report) {
	if p.hasValue("accessMode", "read_write") && p.isEmpty("tableAllowlist") {
		report("tableAllowlist", "is empty, so agents can write to every table: list the tables that they need, or set accessMode to read_only")
	}
}

func checkBoundedWrites(p policy, report report) {
	if p.hasValue("accessMode", "read_write") && p.hasValue("writeMode", "normal") && p.hasValue("approvalMode", "off") && p.isUnlimited("maxAffectedRows") {
		report("maxAffectedRows", "sets no limit, so a single write can change any number of rows without approval: "+
			"set it, or set approvalMode to writes or all, or writeMode to rollback or sandbox")
	}
}

func checkQueryBudget(p policy, report report) {
	if p.isUnlimited("budgetQueriesPerHour") && p.isUnlimited("budgetQueriesPerDay") {
		report("budgetQueriesPerHour", "sets no limit, and neither does budgetQueriesPerDay, so an agent in a loop can send any number of queries: "+
			"set one of the two")
	}
}

func (p policy) hasNoReadCeiling() bool {
	return p.isUnlimited("maxRows") && p.isUnlimited("egressBytesPerDay")
}

func checkReadCeilingOfMasks(p policy, report report) {
	if p.hasNoReadCeiling() && p.hasItems("maskingRules") {
		report("maxRows", "sets no limit, and neither does egressBytesPerDay, so agents can copy whole tables, except for the masked columns: "+
			"set one of the two")
	}
}

func checkReadCeiling(p policy, report report) {
	if p.hasNoReadCeiling() && p.isEmpty("maskingRules") {
		report("maxRows", "sets no limit, and neither does egressBytesPerDay, so agents can copy whole tables: set one of the two")
	}
}

func checkDeadMasks(p policy, report report) {
	p.checkDead("maskingRules", "rule", "so the rule masks nothing", report)
}

func checkDeadFilters(p policy, report report) {
	p.checkDead("rowFilters", "filter", "so the filter restricts nothing", report)
}

// checkDead reports the items of a list whose table no agent can access.
func (p policy) checkDead(list, item, effect string, report report) {
	allowed, denied := p.tables("tableAllowlist"), p.tables("tableDenylist")
	for _, ref := range p.tables(list) {
		if ref.table == nil {
			continue
		}
		deny := slices.IndexFunc(denied, func(entry reference) bool { return entry.table != nil && entry.table.denies(*ref.table) })
		switch {
		case deny >= 0:
			report(ref.path, "%sis denied by %s, %s: correct the name, or remove the %s", ref.quoted(), denied[deny].path, effect, item)
		case p.hasItems("tableAllowlist") && !slices.ContainsFunc(allowed, ref.mayHaveSameName):
			report(ref.path, "%sis not in tableAllowlist, %s: correct the name%s, or add the table to tableAllowlist",
				ref.quoted(), effect, ref.suggestion(allowed))
		}
	}
}

// checkNames reports the names of masking rules and row filters that are not the name of
// one table or column.
func checkNames(p policy, report report) {
	for _, list := range []struct{ name, effect string }{
		{"maskingRules", "so the rule masks nothing"}, {"rowFilters", "so the filter restricts nothing"},
	} {
		for _, ref := range p.tables(list.name) {
			if ref.known && ref.table == nil {
				report(ref.path, "%sis not the name of a table, %s: name one table, with or without its schema", ref.quoted(), list.effect)
			}
		}
	}
	for _, ref := range p.references("maskingRules", "column") {
		if ref.known && !columnPattern.MatchString(ref.text) {
			report(ref.path, "%sis not the name of a column, so the rule masks nothing: name one column, without its table", ref.quoted())
		}
	}
}

// checkSpelling reports masking rules whose table is named by no other property, while a
// similar name is. Tables that are not in the allowlist are left to checkDeadMasks.
func checkSpelling(p policy, report report) {
	masked, filtered, allowed := p.tables("maskingRules"), p.tables("rowFilters"), p.tables("tableAllowlist")
	unknown := func(ref reference) bool { return !ref.known }
	if !p.isList("rowFilters") || !p.isList("tableAllowlist") || slices.ContainsFunc(slices.Concat(masked, filtered, allowed), unknown) {
		return
	}
	isNoTable := func(ref reference) bool { return ref.table == nil }
	masked, filtered = slices.DeleteFunc(masked, isNoTable), slices.DeleteFunc(filtered, isNoTable)
	named := slices.Concat(allowed, filtered)
	for _, ref := range masked {
		isDead := len(allowed) > 0 && !slices.ContainsFunc(allowed, ref.mayHaveSameName)
		if isDead || slices.ContainsFunc(named, ref.mayBeSame) {
			continue
		}
		candidates, i := named, slices.IndexFunc(named, ref.resembles)
		if i < 0 && len(allowed) == 0 {
			candidates, i = masked, slices.IndexFunc(masked, func(other reference) bool {
				return ref.resembles(other) && ref.isLessUsed(other, masked)
			})
		}
		if i >= 0 {
			report(ref.path, "%sis named by no other property, but the similar name%s is (%s): correct the name, or list both tables in tableAllowlist",
				ref.quoted(), candidates[i].quotedAfter(), candidates[i].path)
		}
	}
}

func checkWriteSettings(p policy, report report) {
	if !p.hasValue("accessMode", "read_only") {
		return
	}
	table := PolicyProfileProperties()
	for _, name := range []string{"writeMode", "approvalMode", "maxAffectedRows", "approvalAutoMaxRows"} {
		value := p.values.Get(name)
		if initial, _ := table.Default(name); !value.IsComputed() && !table[name].Same(value, initial) {
			report(properties.Path(name), "has no effect, because accessMode is read_only: remove it, or set accessMode to read_write")
		}
	}
}

func checkBothLists(p policy, report report) {
	if p.hasItems("tableAllowlist") && p.hasItems("tableDenylist") {
		report("tableDenylist", "only affects tables that tableAllowlist contains, too: one of the two lists is enough")
	}
}

func checkStatementRules(p policy, report report) {
	rules := policy{properties.AsMap(p.values.Get("statementRules"))}
	if rules.hasItems("allow") && rules.hasItems("deny") {
		report("statementRules.deny", "takes precedence over statementRules.allow: a kind of statement in both lists is denied")
	}
}

// policy contains the inputs of a PolicyProfile and the defaults of the others.
type policy struct{ values property.Map }

// hasValue reports whether a property has a known value.
func (p policy) hasValue(name, value string) bool { return convert.Text(p.values.Get(name)) == value }

// isUnlimited reports whether a limit is known to be 0, which means no limit.
func (p policy) isUnlimited(name string) bool {
	v := p.values.Get(name)
	return v.IsNumber() && v.AsNumber() == 0
}

// isList reports whether a list is known. Its items may be unknown.
func (p policy) isList(name string) bool { return p.values.Get(name).IsArray() }

// isEmpty reports whether a list is known to be empty.
func (p policy) isEmpty(name string) bool { return p.isList(name) && !p.hasItems(name) }

// hasItems reports whether a list is known to have items, which may be unknown.
func (p policy) hasItems(name string) bool {
	return p.isList(name) && p.values.Get(name).AsArray().Len() > 0
}
