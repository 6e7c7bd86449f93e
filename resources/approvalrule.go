// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[ApprovalRuleArgs, ApprovalRuleState] = ApprovalRule{}
	_ kind.Updater[ApprovalRuleArgs, ApprovalRuleState]    = ApprovalRule{}
	_ kind.Lister[ApprovalRuleArgs, ApprovalRuleState]     = ApprovalRule{}
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

// Definition implements kind.Controller.
func (ApprovalRule) Definition() kind.Definition {
	return kind.Definition{
		Description: "A rule that holds statements of agents until a person approves them. " +
			"An organization cannot have an enabled rule and a live `SelfHostEnrollment` at one time.",
		Properties: properties.Table{
			"projectId":       properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
			"name":            properties.String().Required().Length(1, 255).NotBlank(),
			"statementKinds":  properties.List(properties.Enum[StatementKind]()).ComparedBy(properties.SameSet).Default([]string{}),
			"schemaName":      properties.String().Length(0, 255).Default(""),
			"relationName":    properties.String().Length(0, 255).Default(""),
			"minAffectedRows": properties.Integer().Between(1, math.MaxInt32).Default(nil),
			"enabled":         properties.Bool().Default(true),
		},
		ImportID: kind.InProject("apl_"),
		UniqueBy: []string{"projectId", "name"},
	}
}

// Create implements kind.Controller.
func (ApprovalRule) Create(ctx context.Context, c *client.Client, in ApprovalRuleArgs) (id string, state ApprovalRuleState, err error) {
	created, err := c.ApprovalRules().Create(ctx, in.ProjectID, approvalRuleInput(in))
	return created.ID, approvalRuleState(created), withEnrollments(ctx, c, in.ProjectID, err)
}

// Read implements kind.Controller.
func (ApprovalRule) Read(ctx context.Context, c *client.Client, id string, state ApprovalRuleState) (ApprovalRuleState, error) {
	live, err := c.ApprovalRules().Get(ctx, state.ProjectID, id)
	return approvalRuleState(live), err
}

// Update implements kind.Updater. The API replaces the whole rule.
func (ApprovalRule) Update(ctx context.Context, c *client.Client, id string, _ ApprovalRuleState, in ApprovalRuleArgs) (ApprovalRuleState, error) {
	updated, err := c.ApprovalRules().Update(ctx, in.ProjectID, id, approvalRuleInput(in))
	return approvalRuleState(updated), withEnrollments(ctx, c, in.ProjectID, err)
}

// Delete implements kind.Controller.
func (ApprovalRule) Delete(ctx context.Context, c *client.Client, id string, state ApprovalRuleState) error {
	return c.ApprovalRules().Delete(ctx, state.ProjectID, id)
}

// List implements kind.Lister.
func (ApprovalRule) List(ctx context.Context, c *client.Client, in ApprovalRuleArgs) iter.Seq2[kind.Object[ApprovalRuleState], error] {
	return kind.Objects(c.ApprovalRules().List(ctx, in.ProjectID), func(live client.ApprovalRule) (kind.Object[ApprovalRuleState], bool) {
		return kind.Object[ApprovalRuleState]{ID: live.ID, Value: approvalRuleState(live)}, true
	})
}

// withEnrollments adds to a refusal the live enrollments that may be its reason.
func withEnrollments(ctx context.Context, c *client.Client, projectID string, err error) error {
	if !isConflict(err) {
		return err
	}
	ctx, cancel := kind.ForMessage(ctx)
	defer cancel()
	project, lookup := c.Projects().Get(ctx, projectID)
	if lookup != nil {
		return err // the refusal itself is what matters
	}
	var live []string
	for enrollment, lookup := range c.SelfHostEnrollments().List(ctx, project.OrgID) {
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
	return client.ApprovalRuleInput{
		Name:            args.Name,
		StatementKinds:  convert.StringList[string](args.StatementKinds),
		SchemaName:      convert.NonEmpty(args.SchemaName),
		RelationName:    convert.NonEmpty(args.RelationName),
		MinAffectedRows: args.MinAffectedRows,
		Enabled:         args.Enabled,
	}
}

func approvalRuleState(live client.ApprovalRule) ApprovalRuleState {
	kinds := convert.Strings[StatementKind](live.StatementKinds)
	return ApprovalRuleState{
		ApprovalRuleArgs: ApprovalRuleArgs{
			ProjectID:       live.ProjectID,
			Name:            live.Name,
			StatementKinds:  &kinds,
			SchemaName:      convert.StringOr[string](live.SchemaName, ""),
			RelationName:    convert.StringOr[string](live.RelationName, ""),
			MinAffectedRows: live.MinAffectedRows,
			Enabled:         &live.Enabled,
		},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
