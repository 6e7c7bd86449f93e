// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
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
	a.Describe(&f.Line, "The line on which the statement begins, counted from 1. Absent if the statement cannot be found in `sql`.")
	a.Describe(&f.Hint, "The advice what to do instead. Absent if there is none.")
}

// Definition implements kind.FunctionController.
func (LintMigration) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Searches the SQL of a migration for unsafe schema changes, such as a table that is dropped or a lock that blocks all writes. " +
			"The statements are not run.",
		Properties: properties.Table{
			"projectId":  properties.ID("prj_"),
			"sql":        properties.String().Required().Length(1, 1048576),
			"databaseId": properties.String().Length(1, 0).Reference("db_"),
		},
	}
}

// Invoke implements kind.FunctionController.
func (LintMigration) Invoke(ctx context.Context, c *client.Client, in LintMigrationArgs) (LintMigrationResult, error) {
	lint, err := c.LintMigration(ctx, in.ProjectID, client.MigrationLintRequest{SQL: in.SQL, DatabaseID: in.DatabaseID})
	result := LintMigrationResult{Safe: lint.Safe, Findings: []MigrationFinding{}}
	position := 0
	for _, f := range lint.Findings {
		finding := MigrationFinding{Severity: f.Severity, Rule: f.Rule, Message: f.Message, Statement: f.Statement, Hint: f.Hint}
		if f.Statement != nil {
			finding.Line, position = lineOf(in.SQL, *f.Statement, position)
		}
		result.Findings = append(result.Findings, finding)
	}
	return result, err
}

// lineOf returns the line on which a statement begins, and its position. The API returns the
// statements in their order, so the search begins at the position of the one before.
func lineOf(sql, statement string, position int) (line *int, found int) {
	statement = strings.TrimSpace(statement)
	offset := strings.Index(sql[position:], statement)
	if statement == "" || offset < 0 {
		return nil, position
	}
	found = position + offset
	number := strings.Count(sql[:found], "\n") + 1
	return &number, found
}
