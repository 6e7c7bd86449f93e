// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[PolicyProfileArgs, PolicyProfileState] = PolicyProfile{}
	_ kind.Updater[PolicyProfileArgs, PolicyProfileState]    = PolicyProfile{}
	_ kind.Lister[PolicyProfileArgs, PolicyProfileState]     = PolicyProfile{}
)

// PolicyProfile is a bundle of rules that bind agent credentials.
type PolicyProfile struct{}

// PolicyProfileArgs are the inputs of a PolicyProfile.
type PolicyProfileArgs struct {
	ProjectID              string           `pulumi:"projectId"`
	Name                   *string          `pulumi:"name,optional"`
	AccessMode             *AccessMode      `pulumi:"accessMode,optional"`
	StatementRules         *StatementRules  `pulumi:"statementRules,optional"`
	TableAllowlist         *[]string        `pulumi:"tableAllowlist,optional"`
	TableDenylist          *[]string        `pulumi:"tableDenylist,optional"`
	MaskingRules           *[]MaskingRule   `pulumi:"maskingRules,optional"`
	RowFilters             *[]RowFilter     `pulumi:"rowFilters,optional"`
	BudgetQueriesPerHour   *int             `pulumi:"budgetQueriesPerHour,optional"`
	BudgetQueriesPerDay    *int             `pulumi:"budgetQueriesPerDay,optional"`
	MaxRows                *int             `pulumi:"maxRows,optional"`
	MaxAffectedRows        *int             `pulumi:"maxAffectedRows,optional"`
	StatementTimeoutMs     *int             `pulumi:"statementTimeoutMs,optional"`
	WriteMode              *WriteMode       `pulumi:"writeMode,optional"`
	ApprovalMode           *ApprovalMode    `pulumi:"approvalMode,optional"`
	ApprovalAutoMaxRows    *int             `pulumi:"approvalAutoMaxRows,optional"`
	ApprovalTimeoutSeconds *int             `pulumi:"approvalTimeoutSeconds,optional"`
	MigrationSafety        *MigrationSafety `pulumi:"migrationSafety,optional"`
	EgressBytesPerDay      *int64           `pulumi:"egressBytesPerDay,optional"`
	ContentScanMode        *ContentScanMode `pulumi:"contentScanMode,optional"`
	ContentScanMaxBytes    *int64           `pulumi:"contentScanMaxBytes,optional"`
}

// PolicyProfileState is the state of a PolicyProfile.
type PolicyProfileState struct {
	PolicyProfileArgs
	CreatedAt string `pulumi:"createdAt"`
	UpdatedAt string `pulumi:"updatedAt"`
}

// StatementRules allow and deny kinds of statements.
type StatementRules struct {
	Allow *[]string `pulumi:"allow,optional"`
	Deny  *[]string `pulumi:"deny,optional"`
}

// MaskingRule masks a column in results.
type MaskingRule struct {
	Table  string      `pulumi:"table"`
	Column string      `pulumi:"column"`
	Kind   MaskingKind `pulumi:"kind"`
}

// RowFilter limits the rows of a table that agents see.
type RowFilter struct {
	Table     string `pulumi:"table"`
	Predicate string `pulumi:"predicate"`
}

// Annotate describes the inputs.
func (r *PolicyProfileArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.Name, "Name of the profile, 1 to 128 characters. "+
		"Left out, it is made from the resource's logical name and a random end, and kept.")
	a.Describe(&r.AccessMode, "Whether agents may write.")
	a.Describe(&r.StatementRules, "Kinds of statements that are allowed and denied, within the access mode.")
	a.Describe(&r.TableAllowlist, "Tables that agents may reach; empty is all of them. "+
		"A name without a schema is that of the `public` schema. The order means nothing.")
	a.Describe(&r.TableDenylist, "Tables that agents may not reach, also where the allowlist has them. "+
		"A name without a schema is that of every schema. The order means nothing.")
	a.Describe(&r.MaskingRules, "Columns that are masked in results.")
	a.Describe(&r.RowFilters, "Conditions that limit the rows agents see.")
	a.Describe(&r.BudgetQueriesPerHour, "Queries that a credential may run within any hour. 0 is no limit.")
	a.Describe(&r.BudgetQueriesPerDay, "Queries that a credential may run in a day. 0 is no limit.")
	a.Describe(&r.MaxRows, "Rows that a query may return. 0 is no limit.")
	a.Describe(&r.MaxAffectedRows, "Rows that a single write may touch; one that would touch more is rolled back and refused. 0 is no limit.")
	a.Describe(&r.StatementTimeoutMs, "Milliseconds after which a statement is cancelled. 0 leaves it to the database's own setting.")
	a.Describe(&r.WriteMode, "What becomes of writes that are allowed.")
	a.Describe(&r.ApprovalMode, "Statements that a person has to approve before they run.")
	a.Describe(&r.ApprovalAutoMaxRows, "Rows up to which a statement is approved by itself. 0 is none.")
	a.Describe(&r.ApprovalTimeoutSeconds, "Seconds that a statement waits for approval before it is refused.")
	a.Describe(&r.MigrationSafety, "What happens to schema changes that are not safe to run.")
	a.Describe(&r.EgressBytesPerDay, "Bytes of results that a credential may receive in a day. 0 is no limit.")
	a.Describe(&r.ContentScanMode, "What happens to results that look like instructions to the agent, "+
		"such as text that somebody stored in the database to mislead it.")
	a.Describe(&r.ContentScanMaxBytes, "Bytes of a statement's result that are scanned; the rest is reported as not scanned. "+
		"0 is the scanner's own limit of 4 MiB.")
}

// Annotate describes the outputs.
func (r *PolicyProfileState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "When the profile was created, in RFC 3339.")
	a.Describe(&r.UpdatedAt, "When the profile was last changed, in RFC 3339.")
}

// Annotate describes the rules.
func (r *StatementRules) Annotate(a infer.Annotator) {
	const kinds = "`select`, `insert`, `update`, `delete`, `ddl`, `copy`, `set`, `show`, `explain`, `transaction`"
	a.Describe(&r, "Kinds of statements that are allowed and denied.")
	a.Describe(&r.Allow, "Kinds that are allowed: "+kinds+". Empty is all that the access mode allows.")
	a.Describe(&r.Deny, "Kinds that are denied, also where `allow` has them.")
}

// Annotate describes the rule.
func (r *MaskingRule) Annotate(a infer.Annotator) {
	a.Describe(&r, "A column that is masked in results.")
	a.Describe(&r.Table, "Table of the column, with or without its schema.")
	a.Describe(&r.Column, "The column.")
	a.Describe(&r.Kind, "What stands for the value: `redact`, `null` (the word, in quotes in YAML) or `hash`.")
}

// Annotate describes the filter.
func (r *RowFilter) Annotate(a infer.Annotator) {
	a.Describe(&r, "A condition that limits the rows of a table that agents see.")
	a.Describe(&r.Table, "The table, with or without its schema.")
	a.Describe(&r.Predicate, "SQL condition that a row must meet, such as `tenant_id = 42`.")
}

// Definition implements kind.Controller.
func (PolicyProfile) Definition() kind.Definition {
	return kind.Definition{
		Description: "A policy profile: the rules that the proxy enforces on every statement of the agent credentials that it is given to. " +
			"A change reaches live sessions within seconds.",
		Properties: PolicyProfileProperties(),
		ImportID:   kind.InProject("pol_"),
		UniqueBy:   []string{"projectId", "name"},
	}
}

// PolicyProfileProperties describes the inputs of a PolicyProfile.
func PolicyProfileProperties() properties.Table {
	const longestName = 128
	names := properties.List(properties.String()).ComparedBy(properties.SameSet).Default([]string{})
	limit := properties.Integer().AtLeast(0).Default(0)
	return properties.Table{
		"projectId":  properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
		"name":       properties.String().Length(1, longestName).AutoNamed(longestName),
		"accessMode": properties.Enum[AccessMode]().Default("read_only"),
		"statementRules": properties.Object[StatementRules](properties.Table{
			"allow": names,
			"deny":  names,
		}).Default(map[string]any{"allow": []string{}, "deny": []string{}}),
		"tableAllowlist": names,
		"tableDenylist":  names,
		"maskingRules": properties.List(properties.Object[MaskingRule](properties.Table{
			"table":  properties.String().Required(),
			"column": properties.String().Required(),
			"kind":   properties.Enum[MaskingKind]().Required(),
		})).Default([]string{}),
		"rowFilters": properties.List(properties.Object[RowFilter](properties.Table{
			"table":     properties.String().Required(),
			"predicate": properties.String().Required(),
		})).Default([]string{}),
		"budgetQueriesPerHour":   limit,
		"budgetQueriesPerDay":    limit,
		"maxRows":                limit,
		"maxAffectedRows":        limit,
		"statementTimeoutMs":     limit,
		"writeMode":              properties.Enum[WriteMode]().Default("normal"),
		"approvalMode":           properties.Enum[ApprovalMode]().Default("off"),
		"approvalAutoMaxRows":    limit,
		"approvalTimeoutSeconds": properties.Integer().AtLeast(0).Default(300),
		"migrationSafety":        properties.Enum[MigrationSafety]().Default("off"),
		"egressBytesPerDay":      limit,
		"contentScanMode":        properties.Enum[ContentScanMode]().Default("off"),
		"contentScanMaxBytes":    limit,
	}
}

// Create implements kind.Controller.
func (PolicyProfile) Create(ctx context.Context, c *client.Client, in PolicyProfileArgs) (id string, state PolicyProfileState, err error) {
	created, err := c.PolicyProfiles().Create(ctx, in.ProjectID, policyProfileInput(in))
	return created.ID, policyProfileState(created), err
}

// Read implements kind.Controller.
func (PolicyProfile) Read(ctx context.Context, c *client.Client, id string, state PolicyProfileState) (PolicyProfileState, error) {
	live, err := c.PolicyProfiles().Get(ctx, state.ProjectID, id)
	return policyProfileState(live), err
}

// Update implements kind.Updater. The API replaces the whole profile: what the
// request left out would go back to its default and loosen the policy.
func (PolicyProfile) Update(ctx context.Context, c *client.Client, id string, _ PolicyProfileState, in PolicyProfileArgs) (PolicyProfileState, error) {
	updated, err := c.PolicyProfiles().Update(ctx, in.ProjectID, id, policyProfileInput(in))
	return policyProfileState(updated), err
}

// Delete implements kind.Controller.
func (PolicyProfile) Delete(ctx context.Context, c *client.Client, id string, state PolicyProfileState) error {
	err := c.PolicyProfiles().Delete(ctx, state.ProjectID, id)
	if client.IsStatus(err, http.StatusConflict) {
		err = fmt.Errorf("%w; %s", err, policyUsers(ctx, c, state.ProjectID, id))
	}
	return err
}

// List implements kind.Lister.
func (PolicyProfile) List(ctx context.Context, c *client.Client, in PolicyProfileArgs) iter.Seq2[kind.Object[PolicyProfileState], error] {
	return kind.Objects(c.PolicyProfiles().List(ctx, in.ProjectID), func(live client.PolicyProfile) (kind.Object[PolicyProfileState], bool) {
		return kind.Object[PolicyProfileState]{ID: live.ID, Value: policyProfileState(live)}, true
	})
}

// policyUsers says which agent credentials stand in the way of deleting a profile.
func policyUsers(ctx context.Context, c *client.Client, projectID, policyID string) string {
	const most = 10
	ctx, cancel := kind.ForMessage(ctx)
	defer cancel()
	var users []string
	for agent, err := range c.AgentCredentials().List(ctx, projectID) {
		if err != nil {
			break // the conflict itself is what matters
		}
		if agent.PolicyProfileID == policyID && !kind.IsDeleted(agent.Status) {
			users = append(users, fmt.Sprintf("%s (%q)", agent.ID, agent.Name))
		}
		if len(users) == most {
			users = append(users, "and maybe others")
			break
		}
	}
	if len(users) == 0 {
		return "an agent credential or the project's default may still use it"
	}
	return "still used by the agent credentials " + strings.Join(users, ", ") + ": destroy these first, or give them another profile"
}

// policyProfileInput is the request for a profile, with what is given.
func policyProfileInput(args PolicyProfileArgs) client.PolicyProfileInput {
	input := client.PolicyProfileInput{
		Name:                   convert.ValueOr(args.Name, ""),
		AccessMode:             convert.String[string](args.AccessMode),
		TableAllowlist:         convert.List(args.TableAllowlist),
		TableDenylist:          convert.List(args.TableDenylist),
		BudgetQueriesPerHour:   args.BudgetQueriesPerHour,
		BudgetQueriesPerDay:    args.BudgetQueriesPerDay,
		MaxRows:                args.MaxRows,
		MaxAffectedRows:        args.MaxAffectedRows,
		StatementTimeoutMs:     args.StatementTimeoutMs,
		WriteMode:              convert.String[string](args.WriteMode),
		ApprovalMode:           convert.String[string](args.ApprovalMode),
		ApprovalAutoMaxRows:    args.ApprovalAutoMaxRows,
		ApprovalTimeoutSeconds: args.ApprovalTimeoutSeconds,
		MigrationSafety:        convert.String[string](args.MigrationSafety),
		EgressBytesPerDay:      args.EgressBytesPerDay,
		ContentScanMode:        convert.String[string](args.ContentScanMode),
		ContentScanMaxBytes:    args.ContentScanMaxBytes,
	}
	if rules := args.StatementRules; rules != nil {
		input.StatementRules = &client.StatementRules{
			Allow: convert.NonNil(convert.ValueOr(rules.Allow, nil)), Deny: convert.NonNil(convert.ValueOr(rules.Deny, nil)),
		}
	}
	if args.MaskingRules != nil {
		rules := []client.MaskingRule{}
		for _, rule := range *args.MaskingRules {
			rules = append(rules, client.MaskingRule{Table: rule.Table, Column: rule.Column, Kind: string(rule.Kind)})
		}
		input.MaskingRules = &rules
	}
	if args.RowFilters != nil {
		filters := []client.RowFilter{}
		for _, filter := range *args.RowFilters {
			filters = append(filters, client.RowFilter{Table: filter.Table, Predicate: filter.Predicate})
		}
		input.RowFilters = &filters
	}
	return input
}

func policyProfileState(profile client.PolicyProfile) PolicyProfileState {
	allowlist, denylist := convert.NonNil(profile.TableAllowlist), convert.NonNil(profile.TableDenylist)
	masks, filters := []MaskingRule{}, []RowFilter{}
	for _, rule := range profile.MaskingRules {
		masks = append(masks, MaskingRule{Table: rule.Table, Column: rule.Column, Kind: MaskingKind(rule.Kind)})
	}
	for _, filter := range profile.RowFilters {
		filters = append(filters, RowFilter{Table: filter.Table, Predicate: filter.Predicate})
	}
	statements := convert.ValueOr(profile.StatementRules, client.StatementRules{})
	allow, deny := convert.NonNil(statements.Allow), convert.NonNil(statements.Deny)
	return PolicyProfileState{
		PolicyProfileArgs: PolicyProfileArgs{
			ProjectID:              profile.ProjectID,
			Name:                   &profile.Name,
			AccessMode:             convert.StringOr[AccessMode](&profile.AccessMode, ""),
			StatementRules:         &StatementRules{Allow: &allow, Deny: &deny},
			TableAllowlist:         &allowlist,
			TableDenylist:          &denylist,
			MaskingRules:           &masks,
			RowFilters:             &filters,
			BudgetQueriesPerHour:   convert.Or(profile.BudgetQueriesPerHour, 0),
			BudgetQueriesPerDay:    convert.Or(profile.BudgetQueriesPerDay, 0),
			MaxRows:                convert.Or(profile.MaxRows, 0),
			MaxAffectedRows:        convert.Or(profile.MaxAffectedRows, 0),
			StatementTimeoutMs:     convert.Or(profile.StatementTimeoutMs, 0),
			WriteMode:              convert.StringOr[WriteMode](profile.WriteMode, "normal"),
			ApprovalMode:           convert.StringOr[ApprovalMode](profile.ApprovalMode, "off"),
			ApprovalAutoMaxRows:    convert.Or(profile.ApprovalAutoMaxRows, 0),
			ApprovalTimeoutSeconds: convert.Or(profile.ApprovalTimeoutSeconds, 300),
			MigrationSafety:        convert.StringOr[MigrationSafety](profile.MigrationSafety, "off"),
			EgressBytesPerDay:      convert.Or(profile.EgressBytesPerDay, 0),
			ContentScanMode:        convert.StringOr[ContentScanMode](profile.ContentScanMode, "off"),
			ContentScanMaxBytes:    convert.Or(profile.ContentScanMaxBytes, 0),
		},
		CreatedAt: profile.CreatedAt,
		UpdatedAt: profile.UpdatedAt,
	}
}
