// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[GetSchemaCatalogArgs, GetSchemaCatalogResult] = GetSchemaCatalog{}

// GetSchemaCatalog reads the schema of a database.
type GetSchemaCatalog struct{}

// GetSchemaCatalogArgs are the inputs of GetSchemaCatalog.
type GetSchemaCatalogArgs struct {
	ProjectID  string `pulumi:"projectId"`
	DatabaseID string `pulumi:"databaseId"`
}

// GetSchemaCatalogResult is the result of GetSchemaCatalog.
type GetSchemaCatalogResult struct {
	Relations        []SchemaRelation `pulumi:"relations"`
	ScannedRelations int              `pulumi:"scannedRelations"`
	ScannedColumns   int              `pulumi:"scannedColumns"`
	Truncated        bool             `pulumi:"truncated"`
}

// SchemaRelation is a table or a view.
type SchemaRelation struct {
	Schema  string         `pulumi:"schema"`
	Name    string         `pulumi:"name"`
	Kind    string         `pulumi:"kind"`
	Columns []SchemaColumn `pulumi:"columns"`
}

// SchemaColumn is a column of a relation. Its fields are those of client.SchemaCatalogColumn.
type SchemaColumn struct {
	Name     string `pulumi:"name"`
	DataType string `pulumi:"dataType"`
	IsBinary bool   `pulumi:"isBinary"`
}

// Annotate describes the inputs.
func (r *GetSchemaCatalogArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that the database belongs to, `prj_…`.")
	a.Describe(&r.DatabaseID, "The ID of the database, `db_…`.")
}

// Annotate describes the outputs.
func (r *GetSchemaCatalogResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Relations, "The tables and views, sorted by schema and name, without those of PostgreSQL itself.")
	a.Describe(&r.ScannedRelations, "The number of relations in the catalog.")
	a.Describe(&r.ScannedColumns, "The number of columns in the catalog.")
	a.Describe(&r.Truncated, "Whether the database has more columns than PgBeam reads, so that the catalog is incomplete.")
}

// Annotate describes the relation.
func (r *SchemaRelation) Annotate(a infer.Annotator) {
	a.Describe(&r, "A table or a view of a database.")
	a.Describe(&r.Schema, "The schema of the relation.")
	a.Describe(&r.Name, "The name of the relation without its schema.")
	a.Describe(&r.Kind, "The kind of the relation: `table`, `view`, `materialized_view` or `other`. "+
		"A policy applies to a view itself and not to the tables that it selects from.")
	a.Describe(&r.Columns, "The columns of the relation.")
}

// Annotate describes the column.
func (c *SchemaColumn) Annotate(a infer.Annotator) {
	a.Describe(&c, "A column of a table or a view.")
	a.Describe(&c.Name, "The name of the column.")
	a.Describe(&c.DataType, "The PostgreSQL data type of the column, such as `text`.")
	a.Describe(&c.IsBinary, "Whether the type is binary, such as `bytea`. A masking rule of any kind returns NULL for such a column.")
}

// Definition implements kind.FunctionController.
func (GetSchemaCatalog) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Connects to a database and returns its tables and views with their columns. It fails if the database cannot be read.",
		Properties:  properties.Table{"projectId": properties.ID("prj_"), "databaseId": properties.ID("db_")},
	}
}

// Invoke implements kind.FunctionController.
func (GetSchemaCatalog) Invoke(ctx context.Context, c *client.Client, in GetSchemaCatalogArgs) (GetSchemaCatalogResult, error) {
	catalog, err := c.GetSchemaCatalog(ctx, in.ProjectID, in.DatabaseID)
	if err != nil || catalog.Error != nil {
		return GetSchemaCatalogResult{}, resources.DatabaseError(err, catalog.Error, in.DatabaseID)
	}
	return GetSchemaCatalogResult{
		Relations: convert.Items(catalog.Relations, func(r client.SchemaCatalogRelation) SchemaRelation {
			return SchemaRelation{r.Schema, r.Name, r.Kind, convert.Items(r.Columns, func(c client.SchemaCatalogColumn) SchemaColumn { return SchemaColumn(c) })}
		}),
		ScannedRelations: catalog.ScannedRelations,
		ScannedColumns:   catalog.ScannedColumns,
		Truncated:        convert.ValueOr(catalog.Truncated, false),
	}, nil
}
