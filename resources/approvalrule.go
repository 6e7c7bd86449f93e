// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ Controller[ApprovalRuleArgs, ApprovalRuleState]         = (*ApprovalRule)(nil)
	_ infer.CustomUpdate[ApprovalRuleArgs, ApprovalRuleState] = (*ApprovalRule)(nil)
)

// ApprovalRule holds statements until a person approves them.
type ApprovalRule struct{}

// ApprovalRuleArgs are the inputs of an ApprovalRule.
type ApprovalRuleArgs struct {
	ProjectID       string           `pulumi:"projectId"`
	Name            string           `pulumi:"name"`
	StatementKinds  *[]StatementKind `pulumi:"statementKinds,optional"`
	SchemaName      *string          `pulumi:"schemaName,optional"`
	RelationName    *string          `pulumi:"relationName,optional"`
	MinAffectedRows *int             `pulumi:"minAffectedRows,optional"`
	Enabled         *bool            `pulumi:"enabled,optional"`
}

// ApprovalRuleState is the state of an ApprovalRule.
type ApprovalRuleState struct {
	ApprovalRuleArgs
	CreatedAt string `pulumi:"createdAt"`
	UpdatedAt string `pulumi:"updatedAt"`
}

// Annotate describes the resource.
func (r *ApprovalRule) Annotate(a infer.Annotator) {
	a.Describe(&r, "A rule that holds statements of agents until a person approves them. "+
		"An organization cannot have an enabled rule and a live `SelfHostEnrollment` at one time.")
}

// Annotate describes the inputs.
func (r *ApprovalRuleArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.Name, "Name that the person who approves sees, 1 to 255 characters, unique in the project.")
	a.Describe(&r.StatementKinds, "Kinds of statements that are held; empty is all of them. The order means nothing.")
	a.Describe(&r.SchemaName, "Schema that the rule is for, up to 255 characters. Empty is every schema.")
	a.Describe(&r.RelationName, "Table or view that the rule is for, up to 255 characters. Empty is every one; "+
		"without a schema, it is that name in every schema.")
	a.Describe(&r.MinAffectedRows, "Rows that a statement must touch to be held, at least 1. Left out, every matching statement is held. "+
		"Statements whose rows cannot be counted are held all the same.")
	a.Describe(&r.Enabled, "Whether the rule holds anything.")
}

// Annotate describes the outputs.
func (r *ApprovalRuleState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "When the rule was created, in RFC 3339.")
	a.Describe(&r.UpdatedAt, "When the rule was last changed, in RFC 3339.")
}

// Definition implements Controller.
func (ApprovalRule) Definition() Definition {
	return Definition{
		Properties: properties.Table{
			"projectId":       properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
			"name":            properties.String().Required().Length(1, 255).NotBlank(),
			"statementKinds":  properties.List(properties.Enum[StatementKind]()).ComparedBy(properties.SameSet).Default([]string{}),
			"schemaName":      properties.String().Length(0, 255).Default(""),
			"relationName":    properties.String().Length(0, 255).Default(""),
			"minAffectedRows": properties.Integer().Between(1, math.MaxInt32).Default(nil),
			"enabled":         properties.Bool().Default(true),
		},
		ImportID: ImportID{Parents: []Parent{{Property: "projectId", Prefix: "prj_"}}, Prefix: "apl_"},
		Namesake: approvalRuleNamed,
	}
}

// Create implements infer.CustomCreate.
func (ApprovalRule) Create(ctx context.Context, req infer.CreateRequest[ApprovalRuleArgs],
) (infer.CreateResponse[ApprovalRuleState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[ApprovalRuleState]](err)
	}
	created, err := pgbeam.ApprovalRules().Create(ctx, req.Inputs.ProjectID, approvalRuleInput(req.Inputs))
	if err != nil {
		return failed[infer.CreateResponse[ApprovalRuleState]](withEnrollments(ctx, pgbeam, req.Inputs.ProjectID, err))
	}
	return infer.CreateResponse[ApprovalRuleState]{ID: created.ID, Output: approvalRuleState(created)}, nil
}

// Read implements infer.CustomRead.
func (ApprovalRule) Read(ctx context.Context, req infer.ReadRequest[ApprovalRuleArgs, ApprovalRuleState],
) (infer.ReadResponse[ApprovalRuleArgs, ApprovalRuleState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[ApprovalRuleArgs, ApprovalRuleState]](err)
	}
	live, err := pgbeam.ApprovalRules().Get(ctx, req.State.ProjectID, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[ApprovalRuleArgs, ApprovalRuleState]](err)
	}
	state := approvalRuleState(live)
	return infer.ReadResponse[ApprovalRuleArgs, ApprovalRuleState]{ID: live.ID, Inputs: state.ApprovalRuleArgs, State: state}, nil
}

// Update implements infer.CustomUpdate. The API replaces the whole rule.
func (ApprovalRule) Update(ctx context.Context, req infer.UpdateRequest[ApprovalRuleArgs, ApprovalRuleState],
) (infer.UpdateResponse[ApprovalRuleState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.UpdateResponse[ApprovalRuleState]](err)
	}
	updated, err := pgbeam.ApprovalRules().Update(ctx, req.Inputs.ProjectID, req.ID, approvalRuleInput(req.Inputs))
	if err != nil {
		return failed[infer.UpdateResponse[ApprovalRuleState]](withEnrollments(ctx, pgbeam, req.Inputs.ProjectID, err))
	}
	return infer.UpdateResponse[ApprovalRuleState]{Output: approvalRuleState(updated)}, nil
}

// Delete implements infer.CustomDelete.
func (ApprovalRule) Delete(ctx context.Context, req infer.DeleteRequest[ApprovalRuleState]) (infer.DeleteResponse, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	return infer.DeleteResponse{}, pgbeam.ApprovalRules().Delete(ctx, req.State.ProjectID, req.ID)
}

// withEnrollments adds to a refusal the live enrollments that may be its reason.
func withEnrollments(ctx context.Context, pgbeam *client.Client, projectID string, err error) error {
	if !isConflict(err) {
		return err
	}
	ctx, cancel := forMessage(ctx)
	defer cancel()
	project, lookup := pgbeam.Projects().Get(ctx, projectID)
	if lookup != nil {
		return err // the refusal itself is what matters
	}
	var live []string
	for enrollment, lookup := range pgbeam.SelfHostEnrollments().List(ctx, project.OrgID) {
		if lookup != nil {
			break
		}
		if enrollment.RevokedAt == nil {
			live = append(live, enrollment.ID)
		}
	}
	if len(live) == 0 {
		return err
	}
	return fmt.Errorf("%w; an enabled ApprovalRule and a live SelfHostEnrollment exclude each other, and %s has %s: "+
		"revoke the enrollment, or set `enabled: false` on the rule. If the same update removes the enrollment, make two updates of it: "+
		"remove the enrollment with the first, and add the rule with the second, because Pulumi creates before it deletes",
		err, project.OrgID, strings.Join(live, ", "))
}

// isConflict tells a refusal because of the state of other objects from one
// because of a name.
func isConflict(err error) bool {
	return client.IsError(err, client.CodeConflict, client.CodeInvalidState)
}

func approvalRuleInput(args ApprovalRuleArgs) client.ApprovalRuleInput {
	input := client.ApprovalRuleInput{
		Name:            args.Name,
		SchemaName:      nonEmpty(args.SchemaName),
		RelationName:    nonEmpty(args.RelationName),
		MinAffectedRows: args.MinAffectedRows,
		Enabled:         args.Enabled,
	}
	if args.StatementKinds != nil {
		kinds := words[string](*args.StatementKinds)
		input.StatementKinds = &kinds
	}
	return input
}

func approvalRuleState(live client.ApprovalRule) ApprovalRuleState {
	kinds := words[StatementKind](live.StatementKinds)
	return ApprovalRuleState{
		ApprovalRuleArgs: ApprovalRuleArgs{
			ProjectID:       live.ProjectID,
			Name:            live.Name,
			StatementKinds:  &kinds,
			SchemaName:      optional[string](live.SchemaName, ""),
			RelationName:    optional[string](live.RelationName, ""),
			MinAffectedRows: live.MinAffectedRows,
			Enabled:         &live.Enabled,
		},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
