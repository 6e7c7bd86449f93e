// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Defaults of an AgentPolicy instead of those of the API.
const (
	defaultAccessMode           = "read_only"
	defaultMigrationSafety      = "block"
	defaultMaxRows              = 1000
	defaultStatementTimeoutMs   = 30000
	defaultBudgetQueriesPerHour = 1000
)

// AgentPolicyDefaults returns the defaults of an AgentPolicy that it has instead of those of
// the API.
func AgentPolicyDefaults() map[string]any {
	return map[string]any{
		"accessMode": defaultAccessMode, "migrationSafety": defaultMigrationSafety, "maxRows": defaultMaxRows,
		"statementTimeoutMs": defaultStatementTimeoutMs, "budgetQueriesPerHour": defaultBudgetQueriesPerHour,
	}
}

// AgentPolicy contains the settings of a policy profile, with secure defaults.
type AgentPolicy struct {
	Name                   pulumi.StringPtrInput        `pulumi:"name,optional"`
	AccessMode             pulumi.StringPtrInput        `pulumi:"accessMode,optional"`
	StatementRules         *pgbeam.StatementRulesInput  `pulumi:"statementRules,optional"`
	TableAllowlist         pulumi.StringArrayInput      `pulumi:"tableAllowlist,optional"`
	TableDenylist          pulumi.StringArrayInput      `pulumi:"tableDenylist,optional"`
	MaskingRules           pgbeam.MaskingRuleArrayInput `pulumi:"maskingRules,optional"`
	RowFilters             pgbeam.RowFilterArrayInput   `pulumi:"rowFilters,optional"`
	BudgetQueriesPerHour   pulumi.IntPtrInput           `pulumi:"budgetQueriesPerHour,optional"`
	BudgetQueriesPerDay    pulumi.IntPtrInput           `pulumi:"budgetQueriesPerDay,optional"`
	MaxRows                pulumi.IntPtrInput           `pulumi:"maxRows,optional"`
	MaxAffectedRows        pulumi.IntPtrInput           `pulumi:"maxAffectedRows,optional"`
	StatementTimeoutMs     pulumi.IntPtrInput           `pulumi:"statementTimeoutMs,optional"`
	WriteMode              pulumi.StringPtrInput        `pulumi:"writeMode,optional"`
	ApprovalMode           pulumi.StringPtrInput        `pulumi:"approvalMode,optional"`
	ApprovalAutoMaxRows    pulumi.IntPtrInput           `pulumi:"approvalAutoMaxRows,optional"`
	ApprovalTimeoutSeconds pulumi.IntPtrInput           `pulumi:"approvalTimeoutSeconds,optional"`
	MigrationSafety        pulumi.StringPtrInput        `pulumi:"migrationSafety,optional"`
	EgressBytesPerDay      pulumi.IntPtrInput           `pulumi:"egressBytesPerDay,optional"`
	ContentScanMode        pulumi.StringPtrInput        `pulumi:"contentScanMode,optional"`
	ContentScanMaxBytes    pulumi.IntPtrInput           `pulumi:"contentScanMaxBytes,optional"`
	MaskDetectedPii        *DetectedPiiSettings         `pulumi:"maskDetectedPii,optional"`
}

// Annotate describes the settings that differ from PolicyProfile.
func (r *AgentPolicy) Annotate(a infer.Annotator) {
	a.Describe(&r, "What an agent is allowed to do: the settings of a policy profile, with secure defaults.")
	a.Describe(&r.AccessMode, fmt.Sprintf("Whether the agent can write. `read_write` requires the approval of writes "+
		"(`approvalMode` `writes` or `all`) or `allowUnapprovedWrites`. Defaults to `%s`.", defaultAccessMode))
	a.Describe(&r.MaxRows, fmt.Sprintf("Maximum number of rows that a query can return. 0 means no limit. Defaults to %d.", defaultMaxRows))
	a.Describe(&r.StatementTimeoutMs, fmt.Sprintf("Timeout of a statement in milliseconds. "+
		"0 means the project's default. Defaults to %d.", defaultStatementTimeoutMs))
	a.Describe(&r.BudgetQueriesPerHour, fmt.Sprintf("Maximum number of queries of the agent within any hour. "+
		"0 means no limit. Defaults to %d.", defaultBudgetQueriesPerHour))
	a.Describe(&r.MigrationSafety, fmt.Sprintf("How schema changes that are not safe to run are handled. Defaults to `%s`.",
		defaultMigrationSafety))
	a.Describe(&r.MaskDetectedPii, "Masks the columns that scans of a database have found to contain personal data, in addition to those in `maskingRules`. "+
		"A rule in `maskingRules` takes precedence over one for the same column, whether or not it names the schema `public`. "+
		"The child `DetectedPii` scans the database in each preview and update. If a scan fails, the policy and what depends on it are neither created nor changed. "+
		"A column keeps its mask although a later scan does not find it. Whether this is set must be known during the preview.")
}

// agentPolicyProperties describes an AgentPolicy.
func agentPolicyProperties() properties.Property {
	return properties.Object[AgentPolicy](resources.PolicyProfileProperties().Without("projectId").With(properties.Table{
		"maskDetectedPii": detectedPiiProperties(),
	}))
}

// newPolicy creates a policy profile with a name and, if the policy masks what is detected, a
// DetectedPii whose name ends in -pii. databaseID is the database that is scanned by default. It
// is nil if there is none: see validateDetectedPii.
func newPolicy(ctx *pulumi.Context, name string, policy *AgentPolicy, projectID, databaseID pulumi.StringInput, options ...pulumi.ResourceOption) (*pgbeam.PolicyProfile, error) {
	policy, err := policy.detectPii(ctx, name+"-pii", projectID, databaseID, options...)
	if err != nil {
		return nil, err
	}
	return pgbeam.NewPolicyProfile(ctx, name, policy.resourceArgs(projectID), options...)
}

// detectPii returns the policy with the masking rules of a DetectedPii, which it creates if the
// policy masks what is detected. Several profiles can have the result, so that the database is
// scanned once for all of them.
func (r *AgentPolicy) detectPii(ctx *pulumi.Context, name string, projectID, databaseID pulumi.StringInput, options ...pulumi.ResourceOption) (*AgentPolicy, error) {
	if r == nil || r.MaskDetectedPii == nil {
		return r, nil
	}
	detected, err := pgbeam.NewDetectedPii(ctx, name, r.MaskDetectedPii.resourceArgs(projectID, databaseID), options...)
	if err != nil {
		return nil, err
	}
	policy := *r
	policy.MaskingRules, policy.MaskDetectedPii = withDetected(r.MaskingRules, detected.MaskingRules), nil
	return &policy, nil
}

// resourceArgs returns the inputs of the profile without the rules that are detected: see
// newPolicy. The defaults are those of nil.
func (r *AgentPolicy) resourceArgs(projectID pulumi.StringInput) *pgbeam.PolicyProfileArgs {
	if r == nil {
		r = &AgentPolicy{}
	}
	args := &pgbeam.PolicyProfileArgs{
		ProjectId:              projectID,
		Name:                   r.Name,
		AccessMode:             r.AccessMode,
		StatementRules:         optional[pgbeam.StatementRulesPtrInput](r.StatementRules),
		TableAllowlist:         r.TableAllowlist,
		TableDenylist:          r.TableDenylist,
		MaskingRules:           r.MaskingRules,
		RowFilters:             r.RowFilters,
		BudgetQueriesPerHour:   withDefault(r.BudgetQueriesPerHour, defaultBudgetQueriesPerHour).ToIntPtrOutput(),
		BudgetQueriesPerDay:    r.BudgetQueriesPerDay,
		MaxRows:                withDefault(r.MaxRows, defaultMaxRows).ToIntPtrOutput(),
		MaxAffectedRows:        r.MaxAffectedRows,
		StatementTimeoutMs:     withDefault(r.StatementTimeoutMs, defaultStatementTimeoutMs).ToIntPtrOutput(),
		WriteMode:              r.WriteMode,
		ApprovalMode:           r.ApprovalMode,
		ApprovalAutoMaxRows:    r.ApprovalAutoMaxRows,
		ApprovalTimeoutSeconds: r.ApprovalTimeoutSeconds,
		MigrationSafety:        r.MigrationSafety,
		EgressBytesPerDay:      r.EgressBytesPerDay,
		ContentScanMode:        r.ContentScanMode,
		ContentScanMaxBytes:    r.ContentScanMaxBytes,
	}
	if args.AccessMode == nil {
		args.AccessMode = pulumi.String(defaultAccessMode)
	}
	if args.MigrationSafety == nil {
		args.MigrationSafety = pulumi.String(defaultMigrationSafety)
	}
	return args
}
