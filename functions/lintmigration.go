// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var _ kind.FunctionController[LintMigrationArgs, LintMigrationResult] = LintMigration{}

// LintMigration searches a migration for unsafe schema changes.
type LintMigration struct{}

// LintMigrationArgs are the inputs of LintMigration.
type LintMigrationArgs struct {
	ProjectID  string  `pulumi:"projectId"`
	SQL        string  `pulumi:"sql"`
	DatabaseID *string `pulumi:"databaseId,optional"`
}

// LintMigrationResult is the result of LintMigration.
type LintMigrationResult struct {
	Safe     bool               `pulumi:"safe"`
	Findings []MigrationFinding `pulumi:"findings"`
}

// MigrationFinding is a problem of a migration.
type MigrationFinding struct {
	Severity  string  `pulumi:"severity"`
	Rule      string  `pulumi:"rule"`
	Message   string  `pulumi:"message"`
	Statement *string `pulumi:"statement,optional"`
	Line      *int    `pulumi:"line,optional"`
	Hint      *string `pulumi:"hint,optional"`
}

// Annotate describes the inputs.
func (r *LintMigrationArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`.")
	a.Describe(&r.SQL, "The SQL statements of the migration, 1 to 1048576 characters.")
	a.Describe(&r.DatabaseID, "The ID of the database that the migration is for, `db_…`. If omitted, the migration is for no database in particular.")
}

// Annotate describes the outputs.
func (r *LintMigrationResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Safe, "Whether no finding has the severity `error`.")
	a.Describe(&r.Findings, "The problems of all statements. Empty if there are none.")
}

// Annotate describes the finding.
func (f *MigrationFinding) Annotate(a infer.Annotator) {
	a.Describe(&f, "A problem of a migration.")
	a.Describe(&f.Severity, "The severity: `info`, `warning`, or `error` for a change that is unsafe.")
	a.Describe(&f.Rule, "The rule that reports the problem, such as `drop_table`.")
	a.Describe(&f.Message, "The description of the problem.")
	a.Describe(&f.Statement, "The statement that has the problem. Absent if the problem is not that of a single statement.")
	a.Describe(&f.Line, "The line on which the statement begins, counted from 1. "+
		"Absent if the statement cannot be found in `sql`, or if it is not certain which of several equal ones it is.")
	a.Describe(&f.Hint, "What to do instead. Absent if there is no advice.")
}

// Definition implements kind.FunctionController.
func (LintMigration) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Searches the SQL of a migration for unsafe schema changes, such as a table that is dropped or a lock that blocks all writes. " +
			"The statements are not run.",
		Properties: properties.Table{
			"projectId":  properties.ID("prj_"),
			"sql":        properties.String().Required().Length(1, 1048576),
			"databaseId": properties.ID("db_").Optional(),
		},
	}
}

// Invoke implements kind.FunctionController.
func (LintMigration) Invoke(ctx context.Context, c *client.Client, in LintMigrationArgs) (LintMigrationResult, error) {
	lint, err := c.LintMigration(ctx, in.ProjectID, client.MigrationLintRequest{SQL: in.SQL, DatabaseID: in.DatabaseID})
	result := LintMigrationResult{Safe: lint.Safe, Findings: []MigrationFinding{}}
	lines := findingLines(in.SQL, lint.Findings)
	for i, f := range lint.Findings {
		result.Findings = append(result.Findings, MigrationFinding{f.Severity, f.Rule, f.Message, f.Statement, lines[i], f.Hint})
	}
	return result, err
}

// findingLines returns the line on which the statement of each finding begins, or nil. The API
// returns the text of statements, but not where they are: equal statements have the same number
// of findings each, in the order of the statements.
func findingLines(sql string, findings []client.MigrationFinding) []*int {
	byStatement := map[string][]int{}
	for i, finding := range findings {
		if statement := strings.TrimRight(strings.TrimSpace(convert.ValueOr(finding.Statement, "")), "; "); statement != "" {
			byStatement[statement] = append(byStatement[statement], i)
		}
	}
	lines := make([]*int, len(findings))
	for statement, indexes := range byStatement {
		found := statementLines(sql, statement)
		if len(found) == 0 || len(indexes)%len(found) != 0 {
			continue // it is not certain which of the statements has the finding
		}
		perStatement := len(indexes) / len(found)
		for n, i := range indexes {
			lines[i] = &found[n/perStatement]
		}
	}
	return lines
}

// statementLines returns the lines on which a statement begins. The text is the whole statement
// only if a semicolon or the end follows: "DROP TABLE users" is not a statement of
// "DROP TABLE users_old;".
func statementLines(sql, statement string) []int {
	var lines []int
	for position := 0; ; {
		offset := strings.Index(sql[position:], statement)
		if offset < 0 {
			return lines
		}
		start := position + offset
		position = start + len(statement)
		if rest := strings.TrimSpace(sql[position:]); rest == "" || rest[0] == ';' {
			lines = append(lines, strings.Count(sql[:start], "\n")+1)
		}
	}
}
