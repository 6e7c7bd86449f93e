// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ Controller[HoneytokenArgs, HoneytokenState]         = (*Honeytoken)(nil)
	_ infer.CustomUpdate[HoneytokenArgs, HoneytokenState] = (*Honeytoken)(nil)
)

// Honeytoken is a decoy relation that no honest statement touches.
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

// Annotate describes the resource.
func (r *Honeytoken) Annotate(a infer.Annotator) {
	a.Describe(&r, "A decoy: the name of a table or view that no honest statement touches, and that need not exist. "+
		"A statement of an agent that names it is refused before it reaches the database.")
}

// Annotate describes the inputs.
func (r *HoneytokenArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.SchemaName, "Schema of the decoy, up to 255 characters. Empty is the `public` schema.")
	a.Describe(&r.RelationName, "Name of the table or view, 1 to 255 characters; with its schema unique in the project.")
	a.Describe(&r.Action, "What happens when a statement names the decoy.")
}

// Annotate describes the outputs.
func (r *HoneytokenState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "When the honeytoken was created, in RFC 3339.")
	a.Describe(&r.UpdatedAt, "When the honeytoken was last changed, in RFC 3339.")
}

// Definition implements Controller.
func (Honeytoken) Definition() Definition {
	return Definition{
		Properties: properties.Table{
			"projectId":    properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
			"schemaName":   properties.String().Length(0, 255).ComparedBy(sameSchema).Default(""),
			"relationName": properties.String().Required().Length(1, 255),
			"action":       properties.Enum[HoneytokenAction]().Required(),
		},
		ImportID: ImportID{Parents: []Parent{{Property: "projectId", Prefix: "prj_"}}, Prefix: "hnt_"},
		Namesake: honeytokenNamed,
	}
}

// sameSchema compares schemas of which none is the public one.
func sameSchema(a, b property.Value) bool { return publicOr(textOf(a)) == publicOr(textOf(b)) }

// Create implements infer.CustomCreate.
func (Honeytoken) Create(ctx context.Context, req infer.CreateRequest[HoneytokenArgs],
) (infer.CreateResponse[HoneytokenState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[HoneytokenState]](err)
	}
	created, err := pgbeam.Honeytokens().Create(ctx, req.Inputs.ProjectID, honeytokenInput(req.Inputs))
	if err != nil {
		return failed[infer.CreateResponse[HoneytokenState]](err)
	}
	return infer.CreateResponse[HoneytokenState]{ID: created.ID, Output: honeytokenState(created)}, nil
}

// Read implements infer.CustomRead.
func (Honeytoken) Read(ctx context.Context, req infer.ReadRequest[HoneytokenArgs, HoneytokenState],
) (infer.ReadResponse[HoneytokenArgs, HoneytokenState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[HoneytokenArgs, HoneytokenState]](err)
	}
	live, err := pgbeam.Honeytokens().Get(ctx, req.State.ProjectID, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[HoneytokenArgs, HoneytokenState]](err)
	}
	state := honeytokenState(live)
	return infer.ReadResponse[HoneytokenArgs, HoneytokenState]{ID: live.ID, Inputs: state.HoneytokenArgs, State: state}, nil
}

// Update implements infer.CustomUpdate. The API replaces the whole honeytoken.
func (Honeytoken) Update(ctx context.Context, req infer.UpdateRequest[HoneytokenArgs, HoneytokenState],
) (infer.UpdateResponse[HoneytokenState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.UpdateResponse[HoneytokenState]](err)
	}
	updated, err := pgbeam.Honeytokens().Update(ctx, req.Inputs.ProjectID, req.ID, honeytokenInput(req.Inputs))
	if err != nil {
		return failed[infer.UpdateResponse[HoneytokenState]](err)
	}
	return infer.UpdateResponse[HoneytokenState]{Output: honeytokenState(updated)}, nil
}

// Delete implements infer.CustomDelete.
func (Honeytoken) Delete(ctx context.Context, req infer.DeleteRequest[HoneytokenState]) (infer.DeleteResponse, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	return infer.DeleteResponse{}, pgbeam.Honeytokens().Delete(ctx, req.State.ProjectID, req.ID)
}

func honeytokenInput(args HoneytokenArgs) client.HoneytokenInput {
	return client.HoneytokenInput{SchemaName: args.SchemaName, RelationName: args.RelationName, Action: string(args.Action)}
}

func honeytokenState(live client.Honeytoken) HoneytokenState {
	return HoneytokenState{
		HoneytokenArgs: HoneytokenArgs{
			ProjectID:    live.ProjectID,
			SchemaName:   optional[string](live.SchemaName, ""),
			RelationName: live.RelationName,
			Action:       HoneytokenAction(live.Action),
		},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
