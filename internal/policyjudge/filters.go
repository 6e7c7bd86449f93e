// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// edit replaces a range of the text.
type edit struct {
	start, end int
	text       string
}

// rewrite adds the row filters to the text: a relation that is read becomes a subquery, which is right for every kind of join; the
// target of a write gets the predicate in its WHERE clause. It returns the text and the predicates.
func rewrite(s *script, references []filteredReference) (text, predicate string, err error) {
	if err := s.checkColumnNames(); err != nil {
		return "", "", err
	}
	var edits []edit
	var predicates []string
	for _, reference := range references {
		combined, err := combine(reference.predicates)
		if err != nil {
			return "", "", err
		}
		added, err := s.filter(reference, combined)
		if err != nil {
			return "", "", err
		}
		for _, e := range added {
			if !slices.Contains(edits, e) { // a recursive query is analyzed twice
				edits = append(edits, e)
			}
		}
		if !slices.Contains(predicates, combined) {
			predicates = append(predicates, combined)
		}
	}
	// The later ones first, so that the offsets of the others stay valid.
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(b.start, a.start) })
	text = s.text
	for _, e := range edits {
		text = text[:e.start] + e.text + text[e.end:]
	}
	rewritten, err := parse(text)
	if err != nil {
		return "", "", fmt.Errorf("the rewritten statement cannot be parsed: %w", err)
	}
	if len(rewritten.statements) != len(s.statements) {
		return "", "", errors.New("the rewritten text has another number of statements")
	}
	return text, joinPredicates(predicates), nil
}

// checkColumnNames rejects columns with a schema in their name, such as public.users.id: a subquery has none.
func (s *script) checkColumnNames() (err error) {
	for _, st := range s.statements {
		st.walk(func(n node) bool {
			if names := n.names("fields"); n.kind == "ColumnRef" && len(names) > 2 {
				err = fmt.Errorf("the column %s has a schema in its name: use the name of the relation, or an alias", strings.Join(names, "."))
			}
			return true
		})
	}
	return err
}

// combine returns the conjunction of predicates, each of which must be a SQL expression and nothing more.
func combine(predicates []string) (string, error) {
	for _, predicate := range predicates {
		if err := checkPredicate(predicate); err != nil {
			return "", fmt.Errorf("row filter %q: %w", predicate, err)
		}
	}
	return joinPredicates(predicates), nil
}

func joinPredicates(predicates []string) string {
	if len(predicates) == 1 {
		return predicates[0]
	}
	return "(" + strings.Join(predicates, ") AND (") + ")"
}

func checkPredicate(predicate string) error {
	bare, err := parse("SELECT 1 WHERE " + predicate)
	if err != nil {
		return err
	}
	if bare.hasComment() {
		return errors.New("must not contain a comment")
	}
	inside, err := parse("SELECT 1 WHERE (" + predicate + ")")
	if err != nil {
		return err
	}
	for _, s := range []*script{bare, inside} {
		if len(s.statements) != 1 {
			return errors.New("must be one expression")
		}
		for field := range s.statements[0].fields {
			if !slices.Contains([]string{"targetList", "whereClause", "limitOption", "op"}, field) {
				return errors.New("must be an expression only")
			}
		}
	}
	return nil
}

// hasComment reports whether there is anything but white space between the tokens.
func (s *script) hasComment() bool {
	end := 0
	for _, t := range append(slices.Clone(s.tokens), token{len(s.text), len(s.text)}) {
		if strings.TrimSpace(s.text[end:t.start]) != "" {
			return true
		}
		end = t.end
	}
	return false
}

// filter returns the edits that apply a predicate to a reference.
func (s *script) filter(reference filteredReference, predicate string) ([]edit, error) {
	first := s.at(reference.rangeVar.number("location"))
	if first < 0 {
		return nil, errors.New("the relation was not found in the text")
	}
	if reference.write.exists() {
		return s.filterWrite(reference, first, predicate)
	}
	last := first
	for s.word(last+1) == "." {
		last += 2
	}
	if s.word(last+1) == "*" && isNameEnd(s.word(last+2)) {
		last++ // users * is the same as users
	}
	if !reference.rangeVar.flag("inh") {
		if first--; s.word(first) != "only" {
			return nil, errors.New("ONLY with parentheses is not supported")
		}
	}
	name := reference.rangeVar.text("relname")
	replacement := "(SELECT * FROM " + s.text[s.tokens[first].start:s.tokens[last].end] + " WHERE " + predicate + ")"
	if !reference.rangeVar.child("alias").exists() {
		replacement += ` AS "` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	e := edit{s.tokens[first].start, s.tokens[last].end, replacement}
	if s.word(first-1) == "table" { // TABLE users is short for SELECT * FROM users
		e.start, e.text = s.tokens[first-1].start, "SELECT * FROM "+e.text
	}
	return []edit{e}, nil
}

// isNameEnd reports whether a word can follow the star of users *, which is otherwise a multiplication or a list.
func isNameEnd(word string) bool {
	return word == "" || word == "," || word == ")" || word == ";" || word == "where" || word == "as"
}

// filterWrite adds a predicate to the WHERE clause of an UPDATE or DELETE.
func (s *script) filterWrite(reference filteredReference, target int, predicate string) ([]edit, error) {
	for _, others := range []string{"fromClause", "usingClause"} {
		if reference.write.has(others) {
			return nil, errors.New("a write that joins other relations is not supported")
		}
	}
	if reference.write.child("whereClause").kind == "CurrentOfExpr" {
		return nil, errors.New("WHERE CURRENT OF is not supported")
	}
	where, last, depth := -1, len(s.tokens)-1, 0
scan:
	for i := target; i < len(s.tokens); i++ {
		switch word := s.word(i); {
		case word == "(" || word == "[":
			depth++
		case word == ")" || word == "]":
			if depth--; depth < 0 {
				last = i - 1
				break scan
			}
		case depth == 0 && (word == ";" || word == "returning" && where >= 0):
			last = i - 1
			break scan
		case depth == 0 && word == "where" && where < 0:
			where = i
		}
	}
	if where < 0 || last <= where {
		return nil, errors.New("the WHERE clause was not found in the text")
	}
	return []edit{
		{s.tokens[where].end, s.tokens[where].end, " (" + predicate + ") AND ("},
		{s.tokens[last].end, s.tokens[last].end, ")"},
	}, nil
}
