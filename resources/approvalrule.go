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
	_ kind.Lister[ApprovalRuleArgs]                        = ApprovalRule{}
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
	a.Describe(&r.ProjectID, "The ID of the project that owns the rule, `prj_…`.")
	a.Describe(&r.Name, "The name of the rule, 1 to 255 characters, unique in the project. The reviewer sees it on each approval request.")
	a.Describe(&r.StatementKinds, "The kinds of statements that the rule holds, in any order. If empty, the rule holds all kinds.")
	a.Describe(&r.SchemaName, "The schema that the rule applies to, up to 255 characters. If empty, the rule applies to all schemas.")
	a.Describe(&r.RelationName, "The table or view that the rule applies to, up to 255 characters. If empty, the rule applies to all relations. "+
		"Without `schemaName`, the name matches in every schema.")
	a.Describe(&r.MinAffectedRows, "The minimum number of rows that a statement must affect to be held, at least 1. "+
		"If omitted, every matching statement is held. Statements whose affected rows cannot be counted are always held.")
	a.Describe(&r.Enabled, "Whether the rule is enabled. A disabled rule holds no statements.")
}

// Annotate describes the outputs.
func (r *ApprovalRuleState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "The time when the rule was created, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the rule was last updated, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (ApprovalRule) Definition() kind.Definition {
	return kind.Definition{
		Description: "A rule that holds matching statements of agents until a person approves them. " +
			"A rule adds to the `approvalMode` of a policy profile and never exempts a statement from it. " +
			"An organization cannot have both an enabled rule and an active `SelfHostEnrollment`.",
		Properties: ApprovalRuleProperties(),
		ImportID:   kind.InProject("apl_"),
		UniqueBy:   []string{"projectId", "name"},
	}
}

// ApprovalRuleProperties describes the inputs of an ApprovalRule.
func ApprovalRuleProperties() properties.Table {
	return properties.Table{
		"projectId":       properties.ID("prj_").Replaces(),
		"name":            properties.String().Required().Length(1, 255).NotBlank(),
		"statementKinds":  properties.List(properties.Enum[StatementKind]()).ComparedBy(properties.SameSet).Default([]string{}),
		"schemaName":      properties.String().Length(0, 255).Default(""),
		"relationName":    properties.String().Length(0, 255).Default(""),
		"minAffectedRows": properties.Integer().Between(1, math.MaxInt32).Default(nil),
		"enabled":         properties.Bool().Default(true),
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
func (ApprovalRule) List(ctx context.Context, c *client.Client, in ApprovalRuleArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.ApprovalRules().List(ctx, in.ProjectID), func(live client.ApprovalRule) (id string, state any, ok bool) {
		return live.ID, approvalRuleState(live), true
	})
}

// withEnrollments adds to a conflict the active enrollments that may have caused it.
func withEnrollments(ctx context.Context, c *client.Client, projectID string, err error) error {
	if !isConflict(err) {
		return err
	}
	ctx, cancel := kind.ForMessage(ctx)
	defer cancel()
	project, lookup := c.Projects().Get(ctx, projectID)
	if lookup != nil {
		return err // the conflict is reported either way
	}
	var active []string
	for enrollment, lookup := range c.SelfHostEnrollments().List(ctx, project.OrgID) {
		if lookup != nil {
			break
		}
		if enrollment.RevokedAt == nil {
			active = append(active, enrollment.ID)
		}
	}
	if len(active) == 0 {
		return err
	}
	return fmt.Errorf("%w; an enabled ApprovalRule and an active SelfHostEnrollment exclude each other, and %s has %s: "+
		"revoke the enrollment, or set `enabled: false` on the rule. If the same update removes the enrollment, split it into two updates: "+
		"first remove the enrollment and then add the rule, because Pulumi creates before it deletes",
		err, project.OrgID, strings.Join(active, ", "))
}

// isConflict reports whether a request conflicts with the state of other objects,
// rather than with their names.
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
