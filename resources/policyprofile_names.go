// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

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

// isLessUsed reports whether fewer masking rules name the table of r than that of other, or
// as many and later ones.
func (r reference) isLessUsed(other reference, masked []reference) bool {
	uses := func(of reference) (n int) {
		for _, rule := range masked {
			if of.mayBeSame(rule) {
				n++
			}
		}
		return n
	}
	first := func(of reference) int { return slices.IndexFunc(masked, of.mayBeSame) }
	if own, others := uses(r), uses(other); own != others {
		return own < others
	}
	return first(other) < first(r)
}

// resembles reports whether one of two references is probably a misspelling of the other,
// in the table or in the schema.
func (r reference) resembles(other reference) bool {
	if r.table == nil || other.table == nil {
		return false
	}
	a, b := *r.table, *other.table
	return a.hasSchemaOf(b) && isMisspelling(a.name, b.name) || a.name == b.name && isMisspelling(a.schema, b.schema)
}

// mayBeSame reports whether two references can be to the same table.
func (r reference) mayBeSame(other reference) bool {
	return r.mayHaveSameName(other) && (r.table == nil || other.table == nil || r.table.hasSchemaOf(*other.table))
}

// mayHaveSameName reports whether two references can be to the same table if their
// schemas are ignored.
func (r reference) mayHaveSameName(other reference) bool {
	return r.table == nil || other.table == nil || r.table.name == other.table.name
}

// suggestion returns a hint at the entry of a list that is closest to a misspelled name,
// or "" if none is close.
func (r reference) suggestion(entries []reference) string {
	var names []string
	spelling := map[string]string{}
	for _, entry := range entries {
		if entry.table != nil && !entry.secret {
			names = append(names, entry.table.name)
			spelling[entry.table.name] = entry.text
		}
	}
	if best := properties.Closest(r.table.name, names); best != "" {
		return fmt.Sprintf(" (did you mean %q?)", spelling[best])
	}
	return ""
}

// table is the name of a table in lower case, because names are compared in any case.
type table struct{ schema, name string }

// hasSchemaOf reports whether two tables can be in the same schema.
func (t table) hasSchemaOf(other table) bool {
	return t.schema == other.schema || t.schema == "" || other.schema == ""
}

// denies reports whether an entry of the denylist covers a table. An entry without a
// schema covers every schema. A table without a schema is that of the schema public.
func (t table) denies(other table) bool {
	if t.name != other.name {
		return false
	}
	return t.schema == "" || t.schema == cmp.Or(other.schema, publicSchema)
}

// publicSchema is the schema of a table in a policy whose name has none.
const publicSchema = "public"

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

// TableName is the name of a table as an allowlist compares it: in lower case, and with the
// schema public if it is spelled without one.
type TableName struct{ Schema, Name string }

// ParseTableName returns the table that a name in a policy refers to, and whether it is the
// name of one table.
func ParseTableName(text string) (name TableName, ok bool) {
	parsed := parseTable(text)
	if parsed == nil {
		return TableName{}, false
	}
	return TableName{cmp.Or(parsed.schema, publicSchema), parsed.name}, true
}

// isMisspelling reports whether one of two names is probably a misspelling of the other:
// they differ in one word, in which there is a letter more, or two neighboring letters
// are exchanged, or, in a word of at least eight letters, there are up to two other
// differences. Words with digits and short words usually distinguish tables, as in
// orders_2026 and orders_eu.
func isMisspelling(a, b string) bool {
	const minLength, minLongLength, maxEdits = 4, 8, 2
	if a == b || max(len(a)-len(b), len(b)-len(a)) > maxEdits*utf8.UTFMax {
		return false
	}
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
