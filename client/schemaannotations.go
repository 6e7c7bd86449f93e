// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

// SchemaAnnotations returns the schema annotations of projects.
func (c *Client) SchemaAnnotations() *KeyedCollection[SchemaAnnotation, SchemaAnnotationInput] {
	return keyedCollection[SchemaAnnotation, SchemaAnnotationInput](c, "projects", "schema-annotations", "annotations")
}

// SchemaAnnotation is a description of a table or a column for agents.
type SchemaAnnotation struct {
	ProjectObject
	SchemaAnnotationInput
}

// SchemaAnnotationInput is the request to create an annotation, or to replace the one with its key.
type SchemaAnnotationInput struct {
	// SchemaName has at most 255 characters. Empty is no schema, which differs from "public".
	SchemaName string `json:"schema_name,omitempty" api:"optional"`
	// TableName is the name of a table or view, 1 to 255 characters.
	TableName string `json:"table_name"`
	// ColumnName has at most 255 characters. Empty is the table itself.
	ColumnName string `json:"column_name,omitempty" api:"optional"`
	// Description has 1 to 4096 characters.
	Description string `json:"description"`
}

// Key identifies the annotation in its project.
func (i SchemaAnnotationInput) Key() Key {
	return keyOf("schema_name", i.SchemaName, "table_name", i.TableName, "column_name", i.ColumnName)
}
