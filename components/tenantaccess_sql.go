// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// tenantFilters returns one row filter for each table, which restricts it to the rows of a
// tenant and to those that satisfy other filters of the table. The inputs have been validated;
// here, what would not restrict a table is an error whatever the reason.
func tenantFilters(tables map[string]string, value string, others []pgbeam.RowFilter) ([]pgbeam.RowFilter, error) {
	if len(tables) == 0 {
		return nil, errors.New("there is no table with a tenant column")
	}
	literal, err := quoteLiteral(value)
	if err != nil {
		return nil, fmt.Errorf("the value of a tenant %w", err)
	}
	predicates := map[resources.TableName]string{}
	filters := make([]pgbeam.RowFilter, 0, len(tables))
	for _, other := range others {
		name, ok := resources.ParseTableName(other.Table)
		if !ok || !isSelfContained(other.Predicate) {
			return nil, errors.New("a row filter of the policy cannot be combined with that of a tenant")
		}
		predicates[name] += " AND (" + other.Predicate + ")"
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		name, ok := resources.ParseTableName(table)
		if !ok || tables[table] == "" {
			return nil, errors.New("a table has no tenant column")
		}
		filters = append(filters, pgbeam.RowFilter{Table: table, Predicate: quoteIdentifier(tables[table]) + " = " + literal + predicates[name]})
	}
	return filters, nil
}

// quoteLiteral returns a string as a SQL literal. PostgreSQL gives the literal the type of
// the column that it is compared with.
//
// Whether a backslash in '…' is an escape depends on standard_conforming_strings, which an
// agent may be able to change. In E'…' it always is.
func quoteLiteral(s string) (string, error) {
	switch {
	case s == "":
		return "", errors.New("must not be empty")
	case strings.ContainsRune(s, 0):
		return "", errors.New("must not contain a NUL character")
	}
	literal := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		literal = "E" + strings.ReplaceAll(literal, `\`, `\\`)
	}
	return literal, nil
}

// quoteIdentifier returns a name as a SQL identifier.
func quoteIdentifier(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

var quotedSQL = regexp.MustCompile(`'[^']*'|"[^"]*"`)

// isSelfContained reports whether a predicate cannot end the parentheses around it or hide
// what follows it. It may reject a predicate that PostgreSQL accepts: an escaped quote, whose
// meaning depends on a setting, a quote between dollar signs, and comments.
func isSelfContained(predicate string) bool {
	if strings.TrimSpace(predicate) == "" || strings.Contains(predicate, `\'`) {
		return false
	}
	unquoted := quotedSQL.ReplaceAllString(predicate, " ")
	if strings.ContainsAny(unquoted, "'\"$;\x00") || strings.Contains(unquoted, "--") || strings.Contains(unquoted, "/*") {
		return false
	}
	depth := 0
	for _, r := range unquoted {
		switch r {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0
}
