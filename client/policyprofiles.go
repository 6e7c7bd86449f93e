// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

// PolicyProfiles returns the policy profiles of projects. The API rejects deleting a
// policy profile that agent credentials refer to.
func (c *Client) PolicyProfiles() *Collection[PolicyProfile, PolicyProfileInput, PolicyProfileInput] {
	return putCollection[PolicyProfile, PolicyProfileInput](c, "projects", "policies")
}

// PolicyProfile is a set of rules for the sessions of agents.
type PolicyProfile struct {
	ProjectObject
	// Name is the name of the policy profile.
	Name string `json:"name"`
	// AccessMode is "read_only" or "read_write".
	AccessMode string `json:"access_mode" api:"nonempty"`
	// StatementRules limit the kinds of statements. Nil is no limit.
	StatementRules *StatementRules `json:"statement_rules"`
	// TableAllowlist are the only accessible relations. Empty is all relations. A name
	// without a schema means the public schema.
	TableAllowlist []string `json:"table_allowlist"`
	// TableDenylist are inaccessible relations, also if they are on the allowlist. A
	// name without a schema means every schema.
	TableDenylist []string `json:"table_denylist"`
	// MaskingRules mask columns in query results. Empty is none.
	MaskingRules []MaskingRule `json:"masking_rules"`
	// RowFilters limit the visible rows of relations. Nil or empty is none.
	RowFilters []RowFilter `json:"row_filters" api:"optional"`
	// BudgetQueriesPerHour is the maximum number of queries in a rolling hour. 0 is no limit.
	BudgetQueriesPerHour *int `json:"budget_queries_per_hour"`
	// BudgetQueriesPerDay is the maximum number of queries per day. 0 is no limit.
	BudgetQueriesPerDay *int `json:"budget_queries_per_day"`
	// MaxRows is the maximum number of rows that a query returns. 0 is no limit.
	MaxRows *int `json:"max_rows"`
	// MaxAffectedRows is the maximum number of rows that a write may affect. A write
	// of more rows is rolled back. 0 is no limit.
	MaxAffectedRows *int `json:"max_affected_rows"`
	// StatementTimeoutMs is in milliseconds. 0 is the default of the project.
	StatementTimeoutMs *int `json:"statement_timeout_ms"`
	// WriteMode is "normal" to commit writes, "rollback" to roll them back, or
	// "sandbox" to run them on a temporary branch.
	WriteMode *string `json:"write_mode"`
	// ApprovalMode are the statements that need an approval: "off", "writes", "ddl" or
	// "all".
	ApprovalMode *string `json:"approval_mode"`
	// ApprovalAutoMaxRows is the number of affected rows up to which a statement is
	// approved automatically. 0 is never.
	ApprovalAutoMaxRows *int `json:"approval_auto_max_rows"`
	// ApprovalTimeoutSeconds is how long a statement waits for an approval, in seconds.
	ApprovalTimeoutSeconds *int `json:"approval_timeout_seconds"`
	// MigrationSafety is "off", "warn" to report unsafe DDL, or "block" to reject it.
	MigrationSafety *string `json:"migration_safety"`
	// EgressBytesPerDay is the maximum number of bytes returned per day. 0 is no limit.
	EgressBytesPerDay *int64 `json:"egress_bytes_per_day"`
	// ContentScanMode is how results are scanned for prompt injection: "off",
	// "annotate" to record findings, or "block" to withhold the result too.
	ContentScanMode *string `json:"content_scan_mode"`
	// ContentScanMaxBytes is how many bytes of a statement's result are scanned. 0 is
	// the default of the scanner, 4 MiB.
	ContentScanMaxBytes *int64 `json:"content_scan_max_bytes"`
}

// StatementRules allow and deny kinds of statements: "select", "insert", "update",
// "delete", "ddl", "copy", "set", "show", "explain" and "transaction".
type StatementRules struct {
	// Allow are the allowed kinds. Nil or empty is all that the access mode allows.
	Allow []string `json:"allow,omitzero" api:"optional"`
	// Deny are the denied kinds, also if they are allowed. Nil or empty is none.
	Deny []string `json:"deny,omitzero" api:"optional"`
}

// MaskingRule masks a column in query results.
type MaskingRule struct {
	// Table is the name of a relation, with or without a schema.
	Table string `json:"table"`
	// Column is the name of the column.
	Column string `json:"column"`
	// Kind is "redact" for a placeholder, "null" for NULL, or "hash" for a SHA-256 hash
	// in hexadecimal digits.
	Kind string `json:"kind" api:"nonempty"`
}

// RowFilter limits the visible rows of a relation.
type RowFilter struct {
	// Table is the name of a relation, with or without a schema.
	Table string `json:"table"`
	// Predicate is a boolean SQL expression that is added to the WHERE clause.
	Predicate string `json:"predicate"`
}

// PolicyProfileInput is the request to create a policy profile, or to replace one.
// A nil field gets its default, also on an update. Changes affect open sessions. It is
// also a policy that is not saved: a draft to evaluate or replay, or a recommended one.
type PolicyProfileInput struct {
	// Name has 1 to 128 characters.
	Name string `json:"name" api:"nonempty"`
	// AccessMode is "read_only" or "read_write". Nil is "read_only".
	AccessMode *string `json:"access_mode,omitempty"`
	// StatementRules limit the kinds of statements. Nil is no limit.
	StatementRules *StatementRules `json:"statement_rules,omitempty"`
	// TableAllowlist are the only accessible relations. Nil or empty is all relations.
	// A name without a schema means the public schema.
	TableAllowlist *[]string `json:"table_allowlist,omitempty"`
	// TableDenylist are inaccessible relations. Nil or empty is none. A name without a
	// schema means every schema.
	TableDenylist *[]string `json:"table_denylist,omitempty"`
	// MaskingRules mask columns in query results. Nil or empty is none.
	MaskingRules *[]MaskingRule `json:"masking_rules,omitempty"`
	// RowFilters limit the visible rows of relations. Nil or empty is none.
	RowFilters *[]RowFilter `json:"row_filters,omitempty"`
	// BudgetQueriesPerHour is at least 0. Nil or 0 is no limit.
	BudgetQueriesPerHour *int `json:"budget_queries_per_hour,omitempty"`
	// BudgetQueriesPerDay is at least 0. Nil or 0 is no limit.
	BudgetQueriesPerDay *int `json:"budget_queries_per_day,omitempty"`
	// MaxRows is at least 0. Nil or 0 is no limit.
	MaxRows *int `json:"max_rows,omitempty"`
	// MaxAffectedRows is at least 0. Nil or 0 is no limit.
	MaxAffectedRows *int `json:"max_affected_rows,omitempty"`
	// StatementTimeoutMs is in milliseconds. Nil or 0 is the default of the project.
	StatementTimeoutMs *int `json:"statement_timeout_ms,omitempty"`
	// WriteMode is "normal", "rollback" or "sandbox". Nil is "normal".
	WriteMode *string `json:"write_mode,omitempty"`
	// ApprovalMode is "off", "writes", "ddl" or "all". Nil is "off".
	ApprovalMode *string `json:"approval_mode,omitempty"`
	// ApprovalAutoMaxRows is at least 0. Nil or 0 is no automatic approval.
	ApprovalAutoMaxRows *int `json:"approval_auto_max_rows,omitempty"`
	// ApprovalTimeoutSeconds is in seconds. Nil is 300.
	ApprovalTimeoutSeconds *int `json:"approval_timeout_seconds,omitempty"`
	// MigrationSafety is "off", "warn" or "block". Nil is "off".
	MigrationSafety *string `json:"migration_safety,omitempty"`
	// EgressBytesPerDay is in bytes. Nil or 0 is no limit.
	EgressBytesPerDay *int64 `json:"egress_bytes_per_day,omitempty"`
	// ContentScanMode is "off", "annotate" or "block". Nil is "off".
	ContentScanMode *string `json:"content_scan_mode,omitempty"`
	// ContentScanMaxBytes is in bytes. Nil or 0 is the default of the scanner, 4 MiB.
	ContentScanMaxBytes *int64 `json:"content_scan_max_bytes,omitempty"`
}
