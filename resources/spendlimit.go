// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"
	"strconv"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ Controller[SpendLimitArgs, SpendLimitState]         = (*SpendLimit)(nil)
	_ infer.CustomUpdate[SpendLimitArgs, SpendLimitState] = (*SpendLimit)(nil)
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

// Annotate describes the resource.
func (r *SpendLimit) Annotate(a infer.Annotator) {
	a.Describe(&r, "What an organization may spend in a month. When it is spent, agents have no access until the next month, or until the limit is raised. "+
		"An organization has one limit, so keep one such resource for it. "+
		"Creating the resource fails if the organization has another limit already: import that first. "+
		"Destroying the resource removes the limit, unless it was changed outside of Pulumi.")
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

// Definition implements Controller.
func (SpendLimit) Definition() Definition {
	return Definition{
		Properties: properties.Table{
			"orgId":      properties.String().Required().Replaces().PathSegment(),
			"spendLimit": properties.Number().AtLeast(0).Default(nil),
		},
		ImportID: ImportID{Own: "org_…"},
		Setting: &Setting{
			Name: func(id string, inputs property.Map) string {
				return spendLimitSetting(cmp.Or(textOf(inputs.Get("orgId")), id))
			},
			Property: "spendLimit", Singleton: true,
		},
	}
}

func spendLimitSetting(orgID string) string {
	return settingOf("the spend limit of ", orgID)
}

// Create implements infer.CustomCreate. It does not overwrite a limit that
// somebody else has set.
func (SpendLimit) Create(ctx context.Context, req infer.CreateRequest[SpendLimitArgs],
) (infer.CreateResponse[SpendLimitState], error) {
	orgID, want := req.Inputs.OrgID, req.Inputs.SpendLimit
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[SpendLimitState]](err)
	}
	live, err := pgbeam.Organizations().Plan(ctx, orgID)
	if err != nil {
		return failed[infer.CreateResponse[SpendLimitState]](err)
	}
	if live.SpendLimit != nil && (want == nil || *live.SpendLimit != *want) {
		if err := refuseOverwrite(ctx, spendLimitSetting(orgID), dollars(live.SpendLimit), dollars(want), orgID); err != nil {
			return failed[infer.CreateResponse[SpendLimitState]](err)
		}
	}
	state, err := setSpendLimit(ctx, orgID, want)
	return infer.CreateResponse[SpendLimitState]{ID: orgID, Output: state}, err
}

func dollars(limit *float64) string {
	if limit == nil {
		return "no limit"
	}
	return strconv.FormatFloat(*limit, 'f', -1, 64)
}

// Read implements infer.CustomRead.
func (SpendLimit) Read(ctx context.Context, req infer.ReadRequest[SpendLimitArgs, SpendLimitState],
) (infer.ReadResponse[SpendLimitArgs, SpendLimitState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[SpendLimitArgs, SpendLimitState]](err)
	}
	live, err := pgbeam.Organizations().Plan(ctx, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[SpendLimitArgs, SpendLimitState]](err)
	}
	state := spendLimitState(live)
	return infer.ReadResponse[SpendLimitArgs, SpendLimitState]{ID: live.OrgID, Inputs: state.SpendLimitArgs, State: state}, nil
}

// Update implements infer.CustomUpdate.
func (SpendLimit) Update(ctx context.Context, req infer.UpdateRequest[SpendLimitArgs, SpendLimitState],
) (infer.UpdateResponse[SpendLimitState], error) {
	state, err := setSpendLimit(ctx, req.ID, req.Inputs.SpendLimit)
	return infer.UpdateResponse[SpendLimitState]{Output: state}, err
}

// Delete implements infer.CustomDelete. It removes the limit that the resource
// has set, and no other.
func (SpendLimit) Delete(ctx context.Context, req infer.DeleteRequest[SpendLimitState]) (infer.DeleteResponse, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	live, err := pgbeam.Organizations().Plan(ctx, req.ID)
	if err != nil || live.SpendLimit == nil {
		return infer.DeleteResponse{}, err
	}
	if !ownsValue(ctx, valuesOf("spendLimit", live.SpendLimit), valuesOf("spendLimit", req.State.SpendLimit), "spendLimit") {
		warnNotOwn(ctx, spendLimitSetting(req.ID), dollars(live.SpendLimit))
		return infer.DeleteResponse{}, nil
	}
	_, err = setSpendLimit(ctx, req.ID, nil)
	return infer.DeleteResponse{}, err
}

func setSpendLimit(ctx context.Context, orgID string, dollars *float64) (SpendLimitState, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[SpendLimitState](err)
	}
	live, err := pgbeam.Organizations().UpdateSpendLimit(ctx, orgID, dollars)
	if err != nil {
		return failed[SpendLimitState](err)
	}
	return spendLimitState(live), nil
}

func spendLimitState(live client.OrganizationPlan) SpendLimitState {
	return SpendLimitState{
		SpendLimitArgs:     SpendLimitArgs{OrgID: live.OrgID, SpendLimit: live.SpendLimit},
		Plan:               live.Plan,
		BillingProvider:    valueOr(live.BillingProvider, ""),
		SubscriptionStatus: valueOr(live.SubscriptionStatus, ""),
		CurrentPeriodEnd:   valueOr(live.CurrentPeriodEnd, ""),
		Enabled:            valueOr(live.Enabled, true),
		CustomPricing:      valueOr(live.CustomPricing, false),
		SpendCapped:        valueOr(live.SpendCapped, false),
		SpendCappedAt:      valueOr(live.SpendCappedAt, ""),
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
		CreatedAt: valueOr(live.CreatedAt, ""),
		UpdatedAt: valueOr(live.UpdatedAt, ""),
	}
}
