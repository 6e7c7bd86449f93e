// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[SpendLimitArgs, SpendLimitState] = SpendLimit{}
	_ kind.Updater[SpendLimitArgs, SpendLimitState]    = SpendLimit{}
	_ kind.Upserter[SpendLimitArgs]                    = SpendLimit{}
)

// SpendLimit is what an organization may spend in a month. Each has one.
type SpendLimit struct{}

// SpendLimitArgs are the inputs of a SpendLimit.
type SpendLimitArgs struct {
	OrgID      string   `pulumi:"orgId"`
	SpendLimit *float64 `pulumi:"spendLimit,optional"`
}

// SpendLimitState is the state of a SpendLimit.
type SpendLimitState struct {
	SpendLimitArgs
	Plan               string     `pulumi:"plan"`
	BillingProvider    string     `pulumi:"billingProvider"`
	SubscriptionStatus string     `pulumi:"subscriptionStatus"`
	CurrentPeriodEnd   string     `pulumi:"currentPeriodEnd"`
	Enabled            bool       `pulumi:"enabled"`
	CustomPricing      bool       `pulumi:"customPricing"`
	SpendCapped        bool       `pulumi:"spendCapped"`
	SpendCappedAt      string     `pulumi:"spendCappedAt"`
	Limits             PlanLimits `pulumi:"limits"`
	CreatedAt          string     `pulumi:"createdAt"`
	UpdatedAt          string     `pulumi:"updatedAt"`
}

// PlanLimits is what the organization's plan allows.
type PlanLimits struct {
	QueriesPerDay           int64 `pulumi:"queriesPerDay"`
	MaxProjects             int   `pulumi:"maxProjects"`
	MaxDatabases            int   `pulumi:"maxDatabases"`
	MaxConnections          int   `pulumi:"maxConnections"`
	QueriesPerSecond        int   `pulumi:"queriesPerSecond"`
	BytesPerMonth           int64 `pulumi:"bytesPerMonth"`
	MaxQueryShapes          int   `pulumi:"maxQueryShapes"`
	IncludedSeats           int   `pulumi:"includedSeats"`
	MaxAgentCredentials     int   `pulumi:"maxAgentCredentials"`
	AuditRetentionDays      int   `pulumi:"auditRetentionDays"`
	SandboxMaxBranches      int   `pulumi:"sandboxMaxBranches"`
	SandboxMaxUpstreamBytes int64 `pulumi:"sandboxMaxUpstreamBytes"`
	SandboxIdleSeconds      int   `pulumi:"sandboxIdleSeconds"`
	SandboxTTLSeconds       int   `pulumi:"sandboxTtlSeconds"`
}

// Annotate describes the inputs.
func (r *SpendLimitArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.OrgID, "ID of the organization.")
	a.Describe(&r.SpendLimit, "US dollars a month. Left out, there is no limit, which is not 0.")
}

// Annotate describes the outputs.
func (r *SpendLimitState) Annotate(a infer.Annotator) {
	a.Describe(&r.Plan, "The organization's plan: `starter`, `pro`, `scale` or `enterprise`.")
	a.Describe(&r.BillingProvider, "Who bills the organization, where that is known.")
	a.Describe(&r.SubscriptionStatus, "State of the subscription, where there is one.")
	a.Describe(&r.CurrentPeriodEnd, "When the billing period ends, in RFC 3339, where there is one.")
	a.Describe(&r.Enabled, "Whether the organization is active.")
	a.Describe(&r.CustomPricing, "Whether the organization has prices of its own.")
	a.Describe(&r.SpendCapped, "Whether the limit has been reached, as of the last read.")
	a.Describe(&r.SpendCappedAt, "When the limit was reached, in RFC 3339. Empty when it was not.")
	a.Describe(&r.Limits, "What the plan allows.")
	a.Describe(&r.CreatedAt, "When billing began, in RFC 3339, where that is known.")
	a.Describe(&r.UpdatedAt, "When billing was last changed, in RFC 3339, where that is known.")
}

// Annotate describes the limits.
func (l *PlanLimits) Annotate(a infer.Annotator) {
	a.Describe(&l, "What the organization's plan allows.")
	a.Describe(&l.QueriesPerDay, "Queries a day of all projects. 0 is no limit.")
	a.Describe(&l.MaxProjects, "Projects of the organization.")
	a.Describe(&l.MaxDatabases, "Databases of a project.")
	a.Describe(&l.MaxConnections, "Connections to a project at one time.")
	a.Describe(&l.QueriesPerSecond, "Queries a second of a project.")
	a.Describe(&l.BytesPerMonth, "Bytes that may be transferred in a month. 0 is no limit.")
	a.Describe(&l.MaxQueryShapes, "Query shapes that are kept for cache rules. 0 is no limit.")
	a.Describe(&l.IncludedSeats, "Seats that the plan includes.")
	a.Describe(&l.MaxAgentCredentials, "Agent credentials of the organization. 0 is no limit.")
	a.Describe(&l.AuditRetentionDays, "Days for which the audit trail is kept.")
	a.Describe(&l.SandboxMaxBranches, "Sandbox branches at one time. 0 is no limit.")
	a.Describe(&l.SandboxMaxUpstreamBytes, "Bytes that a database may have to be the source of a sandbox. 0 is no limit.")
	a.Describe(&l.SandboxIdleSeconds, "Seconds without use after which a sandbox branch sleeps.")
	a.Describe(&l.SandboxTTLSeconds, "Seconds after which a sandbox branch is thrown away.")
}

// Definition implements kind.Controller.
func (SpendLimit) Definition() kind.Definition {
	return kind.Definition{
		Description: "What an organization may spend in a month. When it is spent, agents have no access until the next month, or until the limit is raised. " +
			"An organization has one limit, so keep one such resource for it. " +
			"Creating the resource fails if the organization has another limit already: import that first. " +
			"Destroying the resource removes the limit, unless it was changed outside of Pulumi.",
		Properties: properties.Table{
			"orgId":      properties.String().Required().Replaces().PathSegment(),
			"spendLimit": properties.Number().AtLeast(0).Default(nil),
		},
		ImportID: kind.ImportID{Own: "org_…"},
		Setting: &kind.Setting{
			Name: func(id string, inputs property.Map) string {
				return kind.SettingName("the spend limit", cmp.Or(convert.Text(inputs.Get("orgId")), id))
			},
			Values:    []string{"spendLimit"},
			Singleton: true,
		},
	}
}

// Create implements kind.Controller.
func (SpendLimit) Create(ctx context.Context, c *client.Client, in SpendLimitArgs) (id string, state SpendLimitState, err error) {
	plan, err := c.Organizations().UpdateSpendLimit(ctx, in.OrgID, in.SpendLimit)
	return plan.OrgID, spendLimitState(plan), err
}

// Read implements kind.Controller.
func (SpendLimit) Read(ctx context.Context, c *client.Client, id string, _ SpendLimitState) (SpendLimitState, error) {
	plan, err := c.Organizations().Plan(ctx, id)
	return spendLimitState(plan), err
}

// Update implements kind.Updater.
func (SpendLimit) Update(ctx context.Context, c *client.Client, id string, _ SpendLimitState, in SpendLimitArgs) (SpendLimitState, error) {
	plan, err := c.Organizations().UpdateSpendLimit(ctx, id, in.SpendLimit)
	return spendLimitState(plan), err
}

// Delete implements kind.Controller. It removes the limit.
func (SpendLimit) Delete(ctx context.Context, c *client.Client, id string, _ SpendLimitState) error {
	_, err := c.Organizations().UpdateSpendLimit(ctx, id, nil)
	return err
}

// Existing implements kind.Upserter.
func (SpendLimit) Existing(ctx context.Context, c *client.Client, id string, in SpendLimitArgs) (*kind.Object[SpendLimitArgs], error) {
	plan, err := c.Organizations().Plan(ctx, cmp.Or(id, in.OrgID))
	if err != nil || plan.SpendLimit == nil {
		return nil, err
	}
	return &kind.Object[SpendLimitArgs]{ID: plan.OrgID, Value: spendLimitState(plan).SpendLimitArgs}, nil
}

func spendLimitState(live client.OrganizationPlan) SpendLimitState {
	return SpendLimitState{
		SpendLimitArgs:     SpendLimitArgs{OrgID: live.OrgID, SpendLimit: live.SpendLimit},
		Plan:               live.Plan,
		BillingProvider:    convert.ValueOr(live.BillingProvider, ""),
		SubscriptionStatus: convert.ValueOr(live.SubscriptionStatus, ""),
		CurrentPeriodEnd:   convert.ValueOr(live.CurrentPeriodEnd, ""),
		Enabled:            convert.ValueOr(live.Enabled, true),
		CustomPricing:      convert.ValueOr(live.CustomPricing, false),
		SpendCapped:        convert.ValueOr(live.SpendCapped, false),
		SpendCappedAt:      convert.ValueOr(live.SpendCappedAt, ""),
		Limits: PlanLimits{
			QueriesPerDay:           live.Limits.QueriesPerDay,
			MaxProjects:             live.Limits.MaxProjects,
			MaxDatabases:            live.Limits.MaxDatabases,
			MaxConnections:          live.Limits.MaxConnections,
			QueriesPerSecond:        live.Limits.QueriesPerSecond,
			BytesPerMonth:           live.Limits.BytesPerMonth,
			MaxQueryShapes:          live.Limits.MaxQueryShapes,
			IncludedSeats:           live.Limits.IncludedSeats,
			MaxAgentCredentials:     live.Limits.MaxAgentCredentials,
			AuditRetentionDays:      live.Limits.AuditRetentionDays,
			SandboxMaxBranches:      live.Limits.SandboxMaxBranches,
			SandboxMaxUpstreamBytes: live.Limits.SandboxMaxUpstreamBytes,
			SandboxIdleSeconds:      live.Limits.SandboxIdleSeconds,
			SandboxTTLSeconds:       live.Limits.SandboxTTLSeconds,
		},
		CreatedAt: convert.ValueOr(live.CreatedAt, ""),
		UpdatedAt: convert.ValueOr(live.UpdatedAt, ""),
	}
}
