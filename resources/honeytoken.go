// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"
	"iter"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[HoneytokenArgs, HoneytokenState] = Honeytoken{}
	_ kind.Updater[HoneytokenArgs, HoneytokenState]    = Honeytoken{}
	_ kind.Lister[HoneytokenArgs]                      = Honeytoken{}
)

// Honeytoken is a decoy relation that no legitimate statement references.
type Honeytoken struct{}

// HoneytokenArgs are the inputs of a Honeytoken.
type HoneytokenArgs struct {
	ProjectID    string           `pulumi:"projectId"`
	SchemaName   *string          `pulumi:"schemaName,optional"`
	RelationName string           `pulumi:"relationName"`
	Action       HoneytokenAction `pulumi:"action"`
}

// HoneytokenState is the state of a Honeytoken.
type HoneytokenState struct {
	HoneytokenArgs
	CreatedAt string `pulumi:"createdAt"`
	UpdatedAt string `pulumi:"updatedAt"`
}

// Annotate describes the inputs.
func (r *HoneytokenArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that owns the honeytoken, `prj_…`.")
	a.Describe(&r.SchemaName, "The schema of the decoy, up to 255 characters. If empty, the decoy is in the `public` schema.")
	a.Describe(&r.RelationName, "The name of the table or view, 1 to 255 characters, unique in the schema. "+
		"Statements match it regardless of case, so a change of its case alone has no effect.")
	a.Describe(&r.Action, "How the proxy responds to a statement that references the decoy.")
}

// Annotate describes the outputs.
func (r *HoneytokenState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "The time when the honeytoken was created, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the honeytoken was last updated, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (Honeytoken) Definition() kind.Definition {
	return kind.Definition{
		Description: "A decoy table or view that no legitimate statement references. " +
			"A statement of an agent that references it is blocked before it reaches the database. " +
			"The table or view does not have to exist.",
		Properties: honeytokenProperties(),
		ImportID:   kind.InProject("hnt_"),
		UniqueBy:   []string{"projectId", "schemaName", "relationName"},
	}
}

// honeytokenProperties describes the inputs of a Honeytoken.
func honeytokenProperties() properties.Table {
	return properties.Table{
		"projectId":    properties.ID("prj_").Replaces(),
		"schemaName":   properties.String().Length(0, 255).IgnoresCase().ComparedBy(sameSchema).Default(""),
		"relationName": properties.String().Required().Length(1, 255).IgnoresCase(),
		"action":       properties.Enum[HoneytokenAction]().Required(),
	}
}

// sameSchema compares the names of schemas in any case. An empty name means the public
// schema.
func sameSchema(a, b property.Value) bool {
	return strings.EqualFold(cmp.Or(convert.Text(a), "public"), cmp.Or(convert.Text(b), "public"))
}

// Create implements kind.Controller.
func (Honeytoken) Create(ctx context.Context, c *client.Client, in HoneytokenArgs) (id string, state HoneytokenState, err error) {
	created, err := c.Honeytokens().Create(ctx, in.ProjectID, honeytokenInput(in))
	return created.ID, honeytokenState(created), err
}

// Read implements kind.Controller.
func (Honeytoken) Read(ctx context.Context, c *client.Client, id string, state HoneytokenState) (HoneytokenState, error) {
	live, err := c.Honeytokens().Get(ctx, state.ProjectID, id)
	return honeytokenState(live), err
}

// Update implements kind.Updater. The API replaces the whole honeytoken.
func (Honeytoken) Update(ctx context.Context, c *client.Client, id string, _ HoneytokenState, in HoneytokenArgs) (HoneytokenState, error) {
	updated, err := c.Honeytokens().Update(ctx, in.ProjectID, id, honeytokenInput(in))
	return honeytokenState(updated), err
}

// Delete implements kind.Controller.
func (Honeytoken) Delete(ctx context.Context, c *client.Client, id string, state HoneytokenState) error {
	return c.Honeytokens().Delete(ctx, state.ProjectID, id)
}

// List implements kind.Lister.
func (Honeytoken) List(ctx context.Context, c *client.Client, in HoneytokenArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.Honeytokens().List(ctx, in.ProjectID), func(live client.Honeytoken) (id string, state any, ok bool) {
		return live.ID, honeytokenState(live), true
	})
}

func honeytokenInput(args HoneytokenArgs) client.HoneytokenInput {
	return client.HoneytokenInput{SchemaName: args.SchemaName, RelationName: args.RelationName, Action: string(args.Action)}
}

func honeytokenState(live client.Honeytoken) HoneytokenState {
	return HoneytokenState{
		HoneytokenArgs: HoneytokenArgs{
			ProjectID:    live.ProjectID,
			SchemaName:   convert.StringOr[string](live.SchemaName, ""),
			RelationName: live.RelationName,
			Action:       HoneytokenAction(live.Action),
		},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
