// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
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
	if p.is("accessMode", "read_write") && p.isEmpty("tableAllowlist") {
		report("tableAllowlist", "is empty, so agents can write to every table: list the tables that they need, or set accessMode to read_only")
	}
}

func checkBoundedWrites(p policy, report report) {
	if p.is("accessMode", "read_write") && p.is("writeMode", "normal") && p.is("approvalMode", "off") && p.isUnlimited("maxAffectedRows") {
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
	p.checkDead("maskingRules", "so the rule masks nothing", report)
}

func checkDeadFilters(p policy, report report) {
	p.checkDead("rowFilters", "so the filter restricts nothing", report)
}

// checkDead reports the items of a list whose table no agent can access.
func (p policy) checkDead(list, effect string, report report) {
	allowed, denied := p.tables("tableAllowlist"), p.tables("tableDenylist")
	for _, ref := range p.tables(list) {
		if ref.table == nil {
			continue
		}
		deny := slices.IndexFunc(denied, func(entry reference) bool { return entry.table != nil && entry.table.denies(*ref.table) })
		switch {
		case deny >= 0:
			report(ref.path, "%sis denied by %s, %s: correct the name, or remove one of the two", ref.quoted(), denied[deny].path, effect)
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
// similar name is. An allowlist names all tables that agents can access, so a policy that
// has one is left to checkDeadMasks.
func checkSpelling(p policy, report report) {
	masked, filtered := p.tables("maskingRules"), p.tables("rowFilters")
	unknown := func(ref reference) bool { return ref.table == nil }
	if !p.isEmpty("tableAllowlist") || !p.isKnown("rowFilters") || slices.ContainsFunc(masked, unknown) || slices.ContainsFunc(filtered, unknown) {
		return
	}
	for _, ref := range masked {
		if slices.ContainsFunc(filtered, ref.mayHaveSameName) {
			continue
		}
		similar := func(other reference) bool { return isMisspelling(ref.table.name, other.table.name) }
		i := slices.IndexFunc(filtered, similar)
		if i >= 0 {
			report(ref.path, misspelled, ref.quoted(), filtered[i].quotedAfter(), filtered[i].path)
			continue
		}
		i = slices.IndexFunc(masked, similar)
		if i >= 0 && isLessUsed(ref, masked[i], masked) {
			report(ref.path, misspelled, ref.quoted(), masked[i].quotedAfter(), masked[i].path)
		}
	}
}

// misspelled is the message of checkSpelling.
const misspelled = "%sis named by no other property, but a similar name%s is (%s): correct the name, or list both tables in tableAllowlist"

// isLessUsed reports whether fewer masking rules name the table of ref than that of
// other, or as many and later ones.
func isLessUsed(ref, other reference, masked []reference) bool {
	uses := func(of reference) (n int) {
		for _, rule := range masked {
			if rule.mayHaveSameName(of) {
				n++
			}
		}
		return n
	}
	first := func(of reference) int { return slices.IndexFunc(masked, of.mayHaveSameName) }
	if uses(ref) != uses(other) {
		return uses(ref) < uses(other)
	}
	return first(other) < first(ref)
}

// isMisspelling reports whether one of two names is probably a misspelling of the other:
// they differ in one word, in which there is a letter more, or two neighboring letters
// are exchanged, or, in a word of at least eight letters, there are up to two other
// differences. Words with digits and short words, as in orders_2026 and orders_eu, tell
// tables apart.
func isMisspelling(a, b string) bool {
	const minLength, minLongLength, maxEdits = 4, 8, 2
	wordsA, wordsB := strings.Split(a, "_"), strings.Split(b, "_")
	if len(wordsA) != len(wordsB) {
		return false
	}
	differs := -1
	for i := range wordsA {
		if wordsA[i] == wordsB[i] {
			continue
		}
		if differs >= 0 {
			return false
		}
		differs = i
	}
	if differs < 0 {
		return false
	}
	wordA, wordB := []rune(wordsA[differs]), []rune(wordsB[differs])
	if len(wordA) > len(wordB) {
		wordA, wordB = wordB, wordA
	}
	if len(wordA) < minLength || strings.ContainsAny(string(wordA)+string(wordB), "0123456789") {
		return false
	}
	edits := levenshtein.Distance(string(wordA), string(wordB), nil)
	return len(wordA) < len(wordB) && edits == 1 ||
		len(wordA) >= minLongLength && edits <= maxEdits ||
		isExchange(wordA, wordB)
}

// isExchange reports whether two words differ in two neighboring letters that are
// exchanged.
func isExchange(a, b []rune) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
		}
	}
	return false
}

func checkWriteSettings(p policy, report report) {
	if !p.is("accessMode", "read_only") {
		return
	}
	for _, name := range []string{"writeMode", "approvalMode", "maxAffectedRows", "approvalAutoMaxRows"} {
		if initial, _ := PolicyProfileProperties().Default(name); p.isKnown(name) && !p.values.Get(name).WithSecret(false).Equals(initial) {
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

// isKnown reports whether the value of a property is known, at any depth.
func (p policy) isKnown(name string) bool { return !p.values.Get(name).HasComputed() }

// is reports whether a property has a known value.
func (p policy) is(name, value string) bool { return convert.Text(p.values.Get(name)) == value }

// isUnlimited reports whether a limit is known to be 0, which means no limit.
func (p policy) isUnlimited(name string) bool {
	v := p.values.Get(name)
	return v.IsNumber() && v.AsNumber() == 0
}

// isEmpty reports whether a list is known to be empty.
func (p policy) isEmpty(name string) bool {
	v := p.values.Get(name)
	return v.IsArray() && v.AsArray().Len() == 0
}

// hasItems reports whether a list is known to have items, which may be unknown.
func (p policy) hasItems(name string) bool {
	v := p.values.Get(name)
	return v.IsArray() && v.AsArray().Len() > 0
}

// tables returns the tables that the items of a list name.
func (p policy) tables(list string) []reference { return p.references(list, "table") }

// references returns the names in a list: its items or, if these are objects, a field of
// each.
func (p policy) references(list, field string) []reference {
	value := p.values.Get(list)
	if !value.IsArray() {
		return nil
	}
	references := make([]reference, value.AsArray().Len())
	for i, item := range value.AsArray().All {
		path, secret := properties.Path(list).Index(i), value.Secret() || item.Secret()
		if item.IsMap() {
			path, item = path.Field(field), item.AsMap().Get(field)
			secret = secret || item.Secret()
		}
		references[i] = reference{path: path, known: item.IsString(), text: convert.Text(item), secret: secret}
		references[i].table = parseTable(references[i].text)
	}
	return references
}

// reference is the name of a table or a column at a path.
type reference struct {
	path   properties.Path
	known  bool
	secret bool
	text   string // as the program spells it
	table  *table // nil if the name is unknown, or not that of a table
}

// quoted returns the name for a message in which it follows the path, or "" if it is
// secret.
func (r reference) quoted() string {
	if r.secret {
		return ""
	}
	return fmt.Sprintf("%q ", r.text)
}

// quotedAfter is quoted for a name that follows a word.
func (r reference) quotedAfter() string { return strings.TrimRight(" "+r.quoted(), " ") }

// mayHaveSameName reports whether two references can be to the same table if their
// schemas are ignored.
func (r reference) mayHaveSameName(other reference) bool {
	return r.table == nil || other.table == nil || r.table.name == other.table.name
}

// suggestion returns a hint at the entry of a list that is closest to a misspelled name,
// or "" if none is close.
func (r reference) suggestion(entries []reference) string {
	var names []string
	for _, entry := range entries {
		if entry.table != nil && !entry.secret {
			names = append(names, entry.table.name)
		}
	}
	best := properties.Closest(r.table.name, names)
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// table is the name of a table in lower case, because names are compared in any case.
type table struct{ schema, name string }

// denies reports whether an entry of the denylist covers a table. An entry without a
// schema covers every schema. A table without a schema is that of the schema public.
func (t table) denies(other table) bool {
	if t.name != other.name {
		return false
	}
	schema := other.schema
	if schema == "" {
		schema = "public"
	}
	return t.schema == "" || t.schema == schema
}

const (
	// namePattern matches an identifier. Without quotes, it has no character that stands
	// for anything else in a name, a list of names, a pattern or SQL.
	namePattern = `(?:"((?:[^"]|"")+)"|([^\s.,;"'` + "`" + `*%?()\[\]{}]+))`
)

var (
	tablePattern  = regexp.MustCompile(`^(?:` + namePattern + `\.)?` + namePattern + `$`)
	columnPattern = regexp.MustCompile(`^` + namePattern + `$`)
)

// parseTable returns the table that a name refers to, or nil if it is not the name of one.
func parseTable(text string) *table {
	parts := tablePattern.FindStringSubmatch(text)
	if parts == nil {
		return nil
	}
	identifier := func(quoted, plain string) string {
		return strings.ToLower(strings.ReplaceAll(quoted, `""`, `"`) + plain)
	}
	return &table{identifier(parts[1], parts[2]), identifier(parts[3], parts[4])}
}
