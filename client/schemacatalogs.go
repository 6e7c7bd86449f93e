// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// GetSchemaCatalog connects to a database and returns its tables, views and columns. That
// it cannot connect is no error of the call: see Error in the response.
func (c *Client) GetSchemaCatalog(ctx context.Context, projectID, databaseID string) (SchemaCatalog, error) {
	return get[SchemaCatalog](ctx, c, nil, "projects", projectID, "databases", databaseID, "schema-catalog")
}

// SchemaCatalog are the relations of a database, except for those of system schemas.
// PgBeam reads them from the database.
type SchemaCatalog struct {
	// Relations are sorted by schema and name. Empty is none, or an error.
	Relations []SchemaCatalogRelation `json:"relations"`
	// ScannedRelations is the number of relations.
	ScannedRelations int `json:"scanned_relations"`
	// ScannedColumns is the number of columns of all relations.
	ScannedColumns int `json:"scanned_columns"`
	// Truncated is true if there are more columns than PgBeam reads. Nil is false.
	Truncated *bool `json:"truncated"`
	// Error is the reason why PgBeam could not connect or read the schema. Nil is success.
	Error *string `json:"error"`
}

// SchemaCatalogRelation is a table or a view.
type SchemaCatalogRelation struct {
	// Schema is the name of its schema.
	Schema string `json:"schema"`
	// Name is the name without the schema.
	Name string `json:"name"`
	// Kind is "table", "view", "materialized_view" or "other". A policy applies to a view
	// itself, not to the tables that it reads.
	Kind string `json:"kind" api:"nonempty"`
	// Columns are the columns.
	Columns []SchemaCatalogColumn `json:"columns"`
}

// SchemaCatalogColumn is a column of a relation.
type SchemaCatalogColumn struct {
	// Name is the name of the column.
	Name string `json:"name"`
	// DataType is the PostgreSQL data type, such as "text".
	DataType string `json:"data_type"`
	// IsBinary is true for a type such as bytea, whose values are masked with NULL.
	IsBinary bool `json:"is_binary"`
}
