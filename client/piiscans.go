// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// ScanDatabaseForPII connects to a database, samples the values of its columns, and
// suggests which columns to mask, because they seem to contain personally identifiable
// information. It changes nothing. That it cannot connect is no error of the call: see
// Error in the response.
func (c *Client) ScanDatabaseForPII(ctx context.Context, projectID, databaseID string) (PIIScan, error) {
	return postReadOnly[PIIScan](ctx, c, nil, "projects", projectID, "databases", databaseID, "scan-pii")
}

// PIIScan is the result of searching a database for personally identifiable information.
type PIIScan struct {
	// ScannedTables is the number of tables that were read.
	ScannedTables int `json:"scanned_tables"`
	// ScannedColumns is the number of columns that were read.
	ScannedColumns int `json:"scanned_columns"`
	// Suggestions are sorted by confidence, highest first. Empty is none, or an error.
	Suggestions []PIISuggestion `json:"suggestions"`
	// Truncated is true if there are more columns than PgBeam reads. Nil is false.
	Truncated *bool `json:"truncated"`
	// Error is the reason why PgBeam could not connect or read the schema. Nil is success.
	Error *string `json:"error"`
}

// PIISuggestion is a column that seems to contain personally identifiable information.
// PgBeam computes all fields.
type PIISuggestion struct {
	// Schema is the name of the schema.
	Schema string `json:"schema"`
	// Table is the name of the table without the schema.
	Table string `json:"table"`
	// Column is the name of the column.
	Column string `json:"column"`
	// DataType is the PostgreSQL data type, such as "text".
	DataType string `json:"data_type"`
	// PIIType is "email", "phone", "ssn", "credit_card", "ip_address", "full_name",
	// "street_address", "date_of_birth", "national_id", "passport", "bank_account",
	// "api_secret" or "other".
	PIIType string `json:"pii_type" api:"nonempty"`
	// MaskKind is the suggested kind of MaskingRule: "redact", "null" or "hash".
	MaskKind string `json:"mask_kind" api:"nonempty"`
	// Confidence is from 0 to 1.
	Confidence float64 `json:"confidence"`
	// Reasons explain the suggestion.
	Reasons []string `json:"reasons"`
	// SampleMatchCount is the number of sampled values that look like PIIType. Nil if no
	// values were sampled.
	SampleMatchCount *int `json:"sample_match_count"`
	// SampleSize is the number of sampled values that are not NULL. Nil if no values were
	// sampled.
	SampleSize *int `json:"sample_size"`
}
