// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"iter"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Upserter[SchemaAnnotationArgs] = SchemaAnnotation{}
	_ kind.Lister[SchemaAnnotationArgs]   = SchemaAnnotation{}
)

// SchemaAnnotation is a description of a table or a column for agents.
type SchemaAnnotation struct{}

// SchemaAnnotationArgs are the inputs of a SchemaAnnotation.
type SchemaAnnotationArgs struct {
	ProjectID   string `pulumi:"projectId"`
	SchemaName  string `pulumi:"schemaName,optional"`
	TableName   string `pulumi:"tableName"`
	ColumnName  string `pulumi:"columnName,optional"`
	Description string `pulumi:"description"`
}

// SchemaAnnotationState is the state of a SchemaAnnotation.
type SchemaAnnotationState struct {
	SchemaAnnotationArgs
	CreatedAt string `pulumi:"createdAt"`
	UpdatedAt string `pulumi:"updatedAt"`
}

// Annotate describes the inputs.
func (r *SchemaAnnotationArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.SchemaName, "Schema of the table, up to 255 characters. If omitted, the table can be in any schema. That is not the same as `public`.")
	a.Describe(&r.TableName, "Name of the table or view, 1 to 255 characters. The case of names is ignored, so changing it has no effect.")
	a.Describe(&r.ColumnName, "Name of the column, up to 255 characters. If omitted, the table itself is described.")
	a.Describe(&r.Description, "Text that agents see, 1 to 4096 characters.")
}

// Definition implements kind.Controller.
func (SchemaAnnotation) Definition() kind.Definition {
	return kind.Definition{
		Description: "A description of a table or a column that agents see in the schema catalog, instead of the comment in the database. One with a schema takes precedence over one without. " +
			"Creating the resource fails if the description exists with another text: import it first, if nothing else manages it. Destroying it deletes the description, unless the text was changed outside of Pulumi.",
		Properties: properties.Table{
			"projectId":   properties.ID("prj_").Replaces(),
			"schemaName":  properties.String().Replaces().Length(0, 255).IgnoresCase().Default(""),
			"tableName":   properties.String().Required().Replaces().Length(1, 255).IgnoresCase(),
			"columnName":  properties.String().Replaces().Length(0, 255).IgnoresCase().Default(""),
			"description": properties.String().Required().Length(1, 4096),
		},
		ImportID: kind.InProject("sca_"),
		Setting:  kind.KeyedSetting("the schema annotation", []string{"schemaName", "tableName", "columnName"}, "description"),
	}
}

// Create implements kind.Controller. The API creates the annotation with the key, or replaces its text.
func (SchemaAnnotation) Create(ctx context.Context, c *client.Client, in SchemaAnnotationArgs) (id string, state SchemaAnnotationState, err error) {
	live, err := c.SchemaAnnotations().Put(ctx, in.ProjectID, in.request())
	return live.ID, schemaAnnotationState(live), err
}

// Read implements kind.Controller.
func (SchemaAnnotation) Read(ctx context.Context, c *client.Client, id string, state SchemaAnnotationState) (SchemaAnnotationState, error) {
	live, err := c.SchemaAnnotations().Get(ctx, state.ProjectID, id, state.request().Key())
	return schemaAnnotationState(live), err
}

// Update implements kind.Updater.
func (r SchemaAnnotation) Update(ctx context.Context, c *client.Client, _ string, _ SchemaAnnotationState, in SchemaAnnotationArgs) (SchemaAnnotationState, error) {
	_, state, err := r.Create(ctx, c, in)
	return state, err
}

// Delete implements kind.Controller.
func (SchemaAnnotation) Delete(ctx context.Context, c *client.Client, _ string, state SchemaAnnotationState) error {
	return c.SchemaAnnotations().Delete(ctx, state.ProjectID, state.request().Key())
}

// Existing implements kind.Upserter.
func (SchemaAnnotation) Existing(ctx context.Context, c *client.Client, id string, in SchemaAnnotationArgs) (*kind.Object[SchemaAnnotationArgs], error) {
	live, err := c.SchemaAnnotations().Get(ctx, in.ProjectID, id, in.request().Key())
	return &kind.Object[SchemaAnnotationArgs]{ID: live.ID, Value: schemaAnnotationState(live).SchemaAnnotationArgs}, err
}

// List implements kind.Lister.
func (SchemaAnnotation) List(ctx context.Context, c *client.Client, in SchemaAnnotationArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.SchemaAnnotations().List(ctx, in.ProjectID), func(live client.SchemaAnnotation) (id string, state any, ok bool) {
		return live.ID, schemaAnnotationState(live), true
	})
}

func (r SchemaAnnotationArgs) request() client.SchemaAnnotationInput {
	return client.SchemaAnnotationInput{SchemaName: r.SchemaName, TableName: r.TableName, ColumnName: r.ColumnName, Description: r.Description}
}

func schemaAnnotationState(live client.SchemaAnnotation) SchemaAnnotationState {
	return SchemaAnnotationState{SchemaAnnotationArgs{live.ProjectID, live.SchemaName, live.TableName, live.ColumnName, live.Description}, live.CreatedAt, live.UpdatedAt}
}
