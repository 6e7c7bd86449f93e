// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"
	"iter"

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
	_ kind.Lister[SpendLimitArgs]                      = SpendLimit{}
)

// SpendLimit is the monthly spend limit of an organization.
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

// PlanLimits are the limits of an organization's plan. Their fields are those of client.PlanLimits.
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
	a.Describe(&r.OrgID, "The ID of the organization.")
	a.Describe(&r.SpendLimit, "The spend limit in US dollars per month, 0 or more. If omitted, there is no limit, which is not the same as 0. "+
		"When it is reached, all agents of the organization are paused until the next billing period, or until the limit is raised.")
}

// Annotate describes the outputs.
func (r *SpendLimitState) Annotate(a infer.Annotator) {
	a.Describe(&r.Plan, "The plan of the organization: `starter`, `pro`, `scale` or `enterprise`.")
	a.Describe(&r.BillingProvider, "The billing provider of the organization, such as `stripe`. Empty if it is not known.")
	a.Describe(&r.SubscriptionStatus, "The status of the subscription, such as `active` or `past_due`. Empty if there is no subscription.")
	a.Describe(&r.CurrentPeriodEnd, "The time when the current billing period ends, in RFC 3339 format. Empty if there is no billing period.")
	a.Describe(&r.Enabled, "Whether the organization is active.")
	a.Describe(&r.CustomPricing, "Whether the organization has custom pricing.")
	a.Describe(&r.SpendCapped, "Whether the spend limit has been reached, as of the last refresh or update.")
	a.Describe(&r.SpendCappedAt, "The time when the spend limit was reached, in RFC 3339 format. Empty if it has not been reached.")
	a.Describe(&r.Limits, "The limits of the organization's plan.")
	a.Describe(&r.CreatedAt, "The time when the billing record was created, in RFC 3339 format. Empty if it is not known.")
	a.Describe(&r.UpdatedAt, "The time when the billing record was last updated, in RFC 3339 format. Empty if it is not known.")
}

// Annotate describes the limits.
func (l *PlanLimits) Annotate(a infer.Annotator) {
	a.Describe(&l, "The limits of an organization's plan.")
	a.Describe(&l.QueriesPerDay, "The maximum number of queries per day, for all projects together. 0 means no limit.")
	a.Describe(&l.MaxProjects, "The maximum number of projects.")
	a.Describe(&l.MaxDatabases, "The maximum number of databases of a project.")
	a.Describe(&l.MaxConnections, "The maximum number of concurrent connections to a project.")
	a.Describe(&l.QueriesPerSecond, "The maximum number of queries per second of a project.")
	a.Describe(&l.BytesPerMonth, "The maximum number of bytes transferred per month. 0 means no limit.")
	a.Describe(&l.MaxQueryShapes, "The maximum number of query shapes that are kept for cache rules. 0 means no limit.")
	a.Describe(&l.IncludedSeats, "The number of seats that the plan includes.")
	a.Describe(&l.MaxAgentCredentials, "The maximum number of agent credentials. 0 means no limit.")
	a.Describe(&l.AuditRetentionDays, "The number of days for which the audit log is retained.")
	a.Describe(&l.SandboxMaxBranches, "The maximum number of concurrent sandbox branches. 0 means no limit.")
	a.Describe(&l.SandboxMaxUpstreamBytes, "The maximum size in bytes of a database that a sandbox is created from. 0 means no limit.")
	a.Describe(&l.SandboxIdleSeconds, "The time in seconds after which an idle sandbox branch is suspended.")
	a.Describe(&l.SandboxTTLSeconds, "The time in seconds after which a sandbox branch is discarded.")
}

// Definition implements kind.Controller.
func (SpendLimit) Definition() kind.Definition {
	return kind.Definition{
		Description: "The monthly spend limit of an organization. " +
			"When it is reached, agents have no access until the next billing period begins, or until the limit is raised or removed. " +
			"An organization has a single limit, so declare at most one such resource for it. " +
			"Creating the resource fails if the organization already has a different limit: import that limit first. " +
			"Destroying the resource removes the limit, unless it was changed outside of Pulumi.",
		Properties: spendLimitProperties(),
		ImportID:   kind.ImportID{Own: "org_…"},
		Setting: &kind.Setting{
			Name: func(id string, inputs property.Map) string {
				return kind.SettingName("the spend limit", cmp.Or(convert.Text(inputs.Get("orgId")), id))
			},
			Values:    []string{"spendLimit"},
			Singleton: true,
		},
		FromDynamicProvider: func(id string, values property.Map) property.Map {
			if id != "" && values.Get("orgId").IsNull() {
				values = values.Set("orgId", property.New(id)) // the dynamic provider left it out
			}
			return values
		},
	}
}

// spendLimitProperties describes the inputs of a SpendLimit.
func spendLimitProperties() properties.Table {
	return properties.Table{
		"orgId":      properties.String().Required().Replaces().PathSegment(),
		"spendLimit": properties.Number().AtLeast(0).Default(nil),
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

// List implements kind.Lister. An organization without a limit has none.
func (SpendLimit) List(ctx context.Context, c *client.Client, in SpendLimitArgs) iter.Seq2[kind.Object[any], error] {
	return func(yield func(kind.Object[any], error) bool) {
		plan, err := c.Organizations().Plan(ctx, in.OrgID)
		if err != nil || plan.SpendLimit != nil {
			yield(kind.Object[any]{ID: plan.OrgID, Value: spendLimitState(plan)}, err)
		}
	}
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
		Limits:             PlanLimits(live.Limits),
		CreatedAt:          convert.ValueOr(live.CreatedAt, ""),
		UpdatedAt:          convert.ValueOr(live.UpdatedAt, ""),
	}
}
