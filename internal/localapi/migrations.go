// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"regexp"
	"strings"
)

var migrationInput = schema{
	stringField("sql", required, length(1, 1048576)),
	stringField("database_id"),
}

type migrationFinding struct {
	Severity  string `json:"severity"`
	Rule      string `json:"rule"`
	Message   string `json:"message"`
	Statement string `json:"statement"`
	Hint      string `json:"hint,omitempty"`
}

// migrationRule finds the statements that match its pattern but not its exception.
type migrationRule struct {
	severity, rule, message, hint string
	match, except                 *regexp.Regexp
}

var migrationRules = []migrationRule{
	{
		"error", "drop_table", "drops a table and everything in it", "rename the table first and drop it later",
		regexp.MustCompile(`(?is)^\s*drop\s+table\b`), nil,
	},
	{
		"error", "drop_column", "drops a column and everything in it", "stop using the column first and drop it later",
		regexp.MustCompile(`(?is)^\s*alter\s+table\b.*\bdrop\s+column\b`), nil,
	},
	{
		"error", "truncate", "removes every row of a table", "",
		regexp.MustCompile(`(?is)^\s*truncate\b`), nil,
	},
	{
		"error", "add_not_null_no_default", "adds a column that existing rows cannot have", "give the column a default",
		regexp.MustCompile(`(?is)^\s*alter\s+table\b.*\badd\b.*\bnot\s+null\b`), regexp.MustCompile(`(?is)\bdefault\b`),
	},
	{
		"warning", "create_index_blocking", "blocks writes while the index is built", "create the index concurrently",
		regexp.MustCompile(`(?is)^\s*create\s+(unique\s+)?index\b`), regexp.MustCompile(`(?is)\bconcurrently\b`),
	},
	{
		"warning", "alter_column_type", "may rewrite the table", "add a new column and move the values",
		regexp.MustCompile(`(?is)^\s*alter\s+table\b.*\balter\s+(column\s+)?\S+\s+(set\s+data\s+)?type\b`), nil,
	},
}

func (s *Server) lintMigration(c *call) (response, *problem) {
	project, p := c.project()
	if p != nil {
		return response{}, p
	}
	if id, ok := c.in["database_id"].(string); ok {
		if database, ok := s.databases.byID[id]; !ok || database.parent != project.id {
			return response{}, invalidField("database_id", "is not a database of this project")
		}
	}
	sql, _ := c.in["sql"].(string)
	result := struct {
		Safe     bool               `json:"safe"`
		Findings []migrationFinding `json:"findings"`
	}{Safe: true, Findings: []migrationFinding{}}
	for statement := range strings.SplitSeq(sql, ";") {
		for _, rule := range migrationRules {
			if !rule.match.MatchString(statement) || rule.except != nil && rule.except.MatchString(statement) {
				continue
			}
			result.Safe = result.Safe && rule.severity != "error"
			result.Findings = append(result.Findings, migrationFinding{
				Severity: rule.severity, Rule: rule.rule, Message: rule.message, Hint: rule.hint,
				Statement: strings.TrimSpace(statement),
			})
		}
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, result)), nil
}
