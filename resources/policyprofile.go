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
	_ kind.Lister[PolicyProfileArgs]                         = PolicyProfile{}
)

// PolicyProfile is a set of rules that are enforced for agent credentials.
type PolicyProfile struct{}

// PolicyProfileArgs are the inputs of a PolicyProfile.
type PolicyProfileArgs struct {
	ProjectID string `pulumi:"projectId"`
	PolicySettings
}

// PolicySettings are the rules of a policy. They are inputs of a PolicyProfile, and of
// functions that judge a policy which does not exist.
type PolicySettings struct {
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

// StatementRules are the kinds of statements that are allowed or denied.
type StatementRules struct {
	Allow *[]string `pulumi:"allow,optional"`
	Deny  *[]string `pulumi:"deny,optional"`
}

// MaskingRule masks a column in query results.
type MaskingRule struct {
	Table  string      `pulumi:"table"`
	Column string      `pulumi:"column"`
	Kind   MaskingKind `pulumi:"kind"`
}

// RowFilter restricts which rows of a table agents can see.
type RowFilter struct {
	Table     string `pulumi:"table"`
	Predicate string `pulumi:"predicate"`
}

// limitsURL is the page about the limits of PgBeam.
const limitsURL = "https://github.com/pgbeam/pulumi-pgbeam/blob/main/docs/limits.md"

// Annotate describes the inputs.
func (r *PolicyProfileArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that owns the profile, `prj_…`.")
}

// Annotate describes the rules.
func (r *PolicySettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "The rules of a policy, as the inputs of a `PolicyProfile`.")
	a.Describe(&r.Name, "The name of the profile, 1 to 128 characters. "+
		"If omitted, the provider generates a name from the resource's logical name and 7 hexadecimal digits, unless `pulumi:autonaming` in the stack's configuration says otherwise.")
	a.Describe(&r.AccessMode, "Whether agents can write.")
	a.Describe(&r.StatementRules, "The kinds of statements that are allowed or denied, within the limits of the access mode.")
	a.Describe(&r.TableAllowlist, "The tables that agents can access, in any order. If empty, agents can access all tables. "+
		"A name without a schema refers to the `public` schema. "+
		"A view in the list gives access to the tables that it selects from: see the [limits]("+limitsURL+"#views-are-not-seen-through).")
	a.Describe(&r.TableDenylist, "The tables that agents cannot access, in any order, even if the allowlist contains them. "+
		"A name without a schema refers to that table in every schema.")
	a.Describe(&r.MaskingRules, "The columns that are masked in query results. A rule does not mask the columns of a view on the table, "+
		"and a column in PostgreSQL's binary format is NULL whatever the rule: see the [limits]("+limitsURL+"#policies).")
	a.Describe(&r.RowFilters, "The conditions that restrict which rows agents can see. A filter does not restrict the rows of a view on the table, "+
		"and its effect on writes is unknown: see the [limits]("+limitsURL+"#row-filters-and-writes).")
	a.Describe(&r.BudgetQueriesPerHour, "The maximum number of queries of a credential within any hour. 0 means no limit.")
	a.Describe(&r.BudgetQueriesPerDay, "The maximum number of queries of a credential per day. 0 means no limit.")
	a.Describe(&r.MaxRows, "The maximum number of rows that a query can return. 0 means no limit.")
	a.Describe(&r.MaxAffectedRows, "The maximum number of rows that a single write can affect. "+
		"A write that exceeds the limit is rolled back and refused. 0 means no limit. "+
		"An UPDATE or DELETE without a WHERE clause is refused in any case.")
	a.Describe(&r.StatementTimeoutMs, "The statement timeout in milliseconds. 0 means the default timeout of the PgBeam project, not that of the database.")
	a.Describe(&r.WriteMode, "How the proxy handles writes that are allowed.")
	a.Describe(&r.ApprovalMode, "The statements that require the approval of a person.")
	a.Describe(&r.ApprovalAutoMaxRows, "The maximum number of rows that a statement can affect to be approved automatically. "+
		"0 disables automatic approval.")
	a.Describe(&r.ApprovalTimeoutSeconds, "The time in seconds for which a statement waits for approval before it is refused.")
	a.Describe(&r.MigrationSafety, "How the proxy handles unsafe schema changes.")
	a.Describe(&r.EgressBytesPerDay, "The maximum number of bytes of query results that a credential can receive per day. 0 means no limit.")
	a.Describe(&r.ContentScanMode, "How the proxy handles query results that contain instructions to the agent, "+
		"such as a prompt injection that is stored in the database.")
	a.Describe(&r.ContentScanMaxBytes, "The number of bytes of a statement's result that are scanned. "+
		"The remaining bytes are reported as not scanned. 0 means the scanner's own limit of 4 MiB.")
}

// Annotate describes the outputs.
func (r *PolicyProfileState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "The time when the policy profile was created, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the policy profile was last updated, in RFC 3339 format.")
}

// Annotate describes the rules.
func (r *StatementRules) Annotate(a infer.Annotator) {
	const kinds = "`select`, `insert`, `update`, `delete`, `ddl`, `copy`, `set`, `show`, `explain`, `transaction`"
	a.Describe(&r, "The kinds of statements that are allowed or denied.")
	a.Describe(&r.Allow, "The kinds that are allowed, in any order: "+kinds+". If empty, all kinds that the access mode permits are allowed.")
	a.Describe(&r.Deny, "The kinds that are denied, in any order, even if `allow` contains them.")
}

// Annotate describes the rule.
func (r *MaskingRule) Annotate(a infer.Annotator) {
	a.Describe(&r, "A rule that masks a column in query results.")
	a.Describe(&r.Table, "The table that contains the column, with or without a schema.")
	a.Describe(&r.Column, "The name of the column.")
	a.Describe(&r.Kind, "How the values of the column are masked: `redact`, `null` or `hash`. `null` is a string and must be quoted in YAML.")
}

// Annotate describes the filter.
func (r *RowFilter) Annotate(a infer.Annotator) {
	a.Describe(&r, "A condition that restricts which rows of a table agents can see.")
	a.Describe(&r.Table, "The name of the table, with or without a schema.")
	a.Describe(&r.Predicate, "The SQL condition that a row must satisfy, such as `tenant_id = 42`.")
}

// Definition implements kind.Controller.
func (PolicyProfile) Definition() kind.Definition {
	return kind.Definition{
		Description: "A set of rules that the proxy enforces on every statement of the agent credentials that use the profile. " +
			"A change takes effect in open sessions within seconds. " +
			"A profile cannot be deleted while an agent credential uses it.\n\n" +
			"A preview [warns](https://github.com/pgbeam/pulumi-pgbeam/blob/main/docs/policy-lint.md) of a profile that protects less than it seems to.",
		Properties: PolicyProfileProperties(),
		ImportID:   kind.InProject("pol_"),
		UniqueBy:   []string{"projectId", "name"},
		Lint:       lintPolicyProfile,
	}
}

// PolicyProfileProperties describes the inputs of a PolicyProfile.
func PolicyProfileProperties() properties.Table {
	return PolicySettingsProperties().With(properties.Table{
		"projectId": properties.ID("prj_").Replaces(),
	})
}

// PolicySettingsProperties describes PolicySettings.
func PolicySettingsProperties() properties.Table {
	const maxNameLength = 128
	names := properties.List(properties.String()).ComparedBy(properties.SameSet).Default([]string{})
	limit := properties.Integer().AtLeast(0).Default(0)
	return properties.Table{
		"name":       properties.String().Length(1, maxNameLength).AutoNamed(maxNameLength),
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

// InlinePolicy describes a policy that does not have to exist.
func InlinePolicy() properties.Property {
	return properties.Object[PolicySettings](PolicySettingsProperties())
}

// Create implements kind.Controller.
func (PolicyProfile) Create(ctx context.Context, c *client.Client, in PolicyProfileArgs) (id string, state PolicyProfileState, err error) {
	created, err := c.PolicyProfiles().Create(ctx, in.ProjectID, in.Input())
	return created.ID, policyProfileState(created), err
}

// Read implements kind.Controller.
func (PolicyProfile) Read(ctx context.Context, c *client.Client, id string, state PolicyProfileState) (PolicyProfileState, error) {
	live, err := c.PolicyProfiles().Get(ctx, state.ProjectID, id)
	return policyProfileState(live), err
}

// Update implements kind.Updater. The API replaces the whole profile: a field that
// the request omits would return to its default and loosen the policy.
func (PolicyProfile) Update(ctx context.Context, c *client.Client, id string, _ PolicyProfileState, in PolicyProfileArgs) (PolicyProfileState, error) {
	updated, err := c.PolicyProfiles().Update(ctx, in.ProjectID, id, in.Input())
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
func (PolicyProfile) List(ctx context.Context, c *client.Client, in PolicyProfileArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.PolicyProfiles().List(ctx, in.ProjectID), func(live client.PolicyProfile) (id string, state any, ok bool) {
		return live.ID, policyProfileState(live), true
	})
}

// policyUsers describes the agent credentials that prevent the deletion of a profile.
func policyUsers(ctx context.Context, c *client.Client, projectID, policyID string) string {
	const maxUsers = 10
	ctx, cancel := kind.ForMessage(ctx)
	defer cancel()
	var users []string
	for agent, err := range c.AgentCredentials().List(ctx, projectID) {
		if err != nil {
			break // the conflict is reported either way
		}
		if agent.PolicyProfileID == policyID && !kind.IsDeleted(agent.Status) {
			users = append(users, fmt.Sprintf("%s (%q)", agent.ID, agent.Name))
		}
		if len(users) == maxUsers {
			users = append(users, "and possibly others")
			break
		}
	}
	if len(users) == 0 {
		return "an agent credential or the project's default may still use it"
	}
	return "it is still used by the agent credentials " + strings.Join(users, ", ") + ": destroy these first, or replace them with credentials of another profile"
}

// Input returns the rules as the API takes them.
func (r PolicySettings) Input() client.PolicyProfileInput {
	input := client.PolicyProfileInput{
		Name:                   convert.ValueOr(r.Name, ""),
		AccessMode:             convert.String[string](r.AccessMode),
		TableAllowlist:         convert.List(r.TableAllowlist),
		TableDenylist:          convert.List(r.TableDenylist),
		MaskingRules:           convert.ItemList(r.MaskingRules, maskingRuleInput),
		RowFilters:             convert.ItemList(r.RowFilters, func(f RowFilter) client.RowFilter { return client.RowFilter(f) }),
		BudgetQueriesPerHour:   r.BudgetQueriesPerHour,
		BudgetQueriesPerDay:    r.BudgetQueriesPerDay,
		MaxRows:                r.MaxRows,
		MaxAffectedRows:        r.MaxAffectedRows,
		StatementTimeoutMs:     r.StatementTimeoutMs,
		WriteMode:              convert.String[string](r.WriteMode),
		ApprovalMode:           convert.String[string](r.ApprovalMode),
		ApprovalAutoMaxRows:    r.ApprovalAutoMaxRows,
		ApprovalTimeoutSeconds: r.ApprovalTimeoutSeconds,
		MigrationSafety:        convert.String[string](r.MigrationSafety),
		EgressBytesPerDay:      r.EgressBytesPerDay,
		ContentScanMode:        convert.String[string](r.ContentScanMode),
		ContentScanMaxBytes:    r.ContentScanMaxBytes,
	}
	if rules := r.StatementRules; rules != nil {
		input.StatementRules = &client.StatementRules{
			Allow: convert.NonNil(convert.ValueOr(rules.Allow, nil)), Deny: convert.NonNil(convert.ValueOr(rules.Deny, nil)),
		}
	}
	return input
}

// Inline returns the rules of a policy that does not have to exist, or nil. The API requires
// a name for it.
func (r *PolicySettings) Inline() *client.PolicyProfileInput {
	if r == nil {
		return nil
	}
	input := r.Input()
	if input.Name == "" {
		input.Name = "inline"
	}
	return &input
}

func maskingRuleInput(rule MaskingRule) client.MaskingRule {
	return client.MaskingRule{Table: rule.Table, Column: rule.Column, Kind: string(rule.Kind)}
}

// NewPolicySettings converts rules that the API returns. A rule that it omits is absent.
func NewPolicySettings(live client.PolicyProfileInput) PolicySettings {
	settings := PolicySettings{
		Name:                   &live.Name,
		AccessMode:             convert.String[AccessMode](live.AccessMode),
		TableAllowlist:         live.TableAllowlist,
		TableDenylist:          live.TableDenylist,
		MaskingRules:           convert.ItemList(live.MaskingRules, newMaskingRule),
		RowFilters:             convert.ItemList(live.RowFilters, func(f client.RowFilter) RowFilter { return RowFilter(f) }),
		BudgetQueriesPerHour:   live.BudgetQueriesPerHour,
		BudgetQueriesPerDay:    live.BudgetQueriesPerDay,
		MaxRows:                live.MaxRows,
		MaxAffectedRows:        live.MaxAffectedRows,
		StatementTimeoutMs:     live.StatementTimeoutMs,
		WriteMode:              convert.String[WriteMode](live.WriteMode),
		ApprovalMode:           convert.String[ApprovalMode](live.ApprovalMode),
		ApprovalAutoMaxRows:    live.ApprovalAutoMaxRows,
		ApprovalTimeoutSeconds: live.ApprovalTimeoutSeconds,
		MigrationSafety:        convert.String[MigrationSafety](live.MigrationSafety),
		EgressBytesPerDay:      live.EgressBytesPerDay,
		ContentScanMode:        convert.String[ContentScanMode](live.ContentScanMode),
		ContentScanMaxBytes:    live.ContentScanMaxBytes,
	}
	if rules := live.StatementRules; rules != nil {
		allow, deny := convert.NonNil(rules.Allow), convert.NonNil(rules.Deny)
		settings.StatementRules = &StatementRules{Allow: &allow, Deny: &deny}
	}
	return settings
}

func newMaskingRule(live client.MaskingRule) MaskingRule {
	return MaskingRule{Table: live.Table, Column: live.Column, Kind: MaskingKind(live.Kind)}
}

// policyProfileState converts a policy profile. A field that the API omits has its default.
func policyProfileState(live client.PolicyProfile) PolicyProfileState {
	allowlist, denylist := convert.NonNil(live.TableAllowlist), convert.NonNil(live.TableDenylist)
	masks, filters := convert.NonNil(live.MaskingRules), convert.NonNil(live.RowFilters)
	statements := convert.ValueOr(live.StatementRules, client.StatementRules{})
	return PolicyProfileState{
		PolicyProfileArgs: PolicyProfileArgs{ProjectID: live.ProjectID, PolicySettings: NewPolicySettings(client.PolicyProfileInput{
			Name:                   live.Name,
			AccessMode:             &live.AccessMode,
			StatementRules:         &statements,
			TableAllowlist:         &allowlist,
			TableDenylist:          &denylist,
			MaskingRules:           &masks,
			RowFilters:             &filters,
			BudgetQueriesPerHour:   convert.Or(live.BudgetQueriesPerHour, 0),
			BudgetQueriesPerDay:    convert.Or(live.BudgetQueriesPerDay, 0),
			MaxRows:                convert.Or(live.MaxRows, 0),
			MaxAffectedRows:        convert.Or(live.MaxAffectedRows, 0),
			StatementTimeoutMs:     convert.Or(live.StatementTimeoutMs, 0),
			WriteMode:              convert.StringOr[string](live.WriteMode, "normal"),
			ApprovalMode:           convert.StringOr[string](live.ApprovalMode, "off"),
			ApprovalAutoMaxRows:    convert.Or(live.ApprovalAutoMaxRows, 0),
			ApprovalTimeoutSeconds: convert.Or(live.ApprovalTimeoutSeconds, 300),
			MigrationSafety:        convert.StringOr[string](live.MigrationSafety, "off"),
			EgressBytesPerDay:      convert.Or(live.EgressBytesPerDay, 0),
			ContentScanMode:        convert.StringOr[string](live.ContentScanMode, "off"),
			ContentScanMaxBytes:    convert.Or(live.ContentScanMaxBytes, 0),
		})},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
