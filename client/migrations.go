// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// LintMigration searches the SQL statements of a migration for unsafe schema changes. It
// does not run them, and changes nothing. That the migration is unsafe is no error: see
// Safe in the response.
func (c *Client) LintMigration(ctx context.Context, projectID string, req MigrationLintRequest) (MigrationLint, error) {
	return postReadOnly[MigrationLint](ctx, c, req, "projects", projectID, "migrations:lint")
}

// MigrationLintRequest is the request to lint a migration.
type MigrationLintRequest struct {
	// SQL are one or more statements of 1 to 1048576 characters.
	SQL string `json:"sql"`
	// DatabaseID is the ID of the database that the migration is for. Nil is none in
	// particular.
	DatabaseID *string `json:"database_id,omitempty"`
}

// MigrationLint is the result of linting a migration. PgBeam computes it.
type MigrationLint struct {
	// Safe is true if no finding is an error.
	Safe bool `json:"safe"`
	// Findings are the problems of all statements. Empty is none.
	Findings []MigrationFinding `json:"findings"`
}

// MigrationFinding is a problem of a migration.
type MigrationFinding struct {
	// Severity is "info", "warning" or "error". Only an error is unsafe.
	Severity string `json:"severity" api:"nonempty"`
	// Rule identifies the problem, such as "drop_table". The set is open.
	Rule string `json:"rule"`
	// Message describes the problem.
	Message string `json:"message"`
	// Statement is the statement that has the problem. Nil if it is none in particular.
	Statement *string `json:"statement"`
	// Hint is a safer alternative. Nil is none.
	Hint *string `json:"hint"`
}
