// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
)

// Organizations gives access to organizations. The API cannot create or delete
// them.
type Organizations struct{ client *Client }

// Organizations returns the organizations that the API key has access to.
func (c *Client) Organizations() *Organizations { return &Organizations{c} }

// List returns the organizations that the API key has access to: one for the key of
// an organization, or all organizations of a user for a personal key.
func (o Organizations) List(ctx context.Context) ([]Organization, error) {
	resp, err := get[organizationList](ctx, o.client, nil, "organizations")
	return resp.Items, err
}

// Plan returns the plan of an organization.
func (o Organizations) Plan(ctx context.Context, orgID string) (OrganizationPlan, error) {
	return call[OrganizationPlan](ctx, o.client, http.MethodGet, nil, "organizations", orgID, "plan")
}

// UpdateSpendLimit sets the monthly spend limit of an organization in US dollars,
// and returns its plan. Nil removes the limit, which differs from 0.
func (o Organizations) UpdateSpendLimit(ctx context.Context, orgID string, dollars *float64) (OrganizationPlan, error) {
	body := updateSpendLimitRequest{dollars}
	return call[OrganizationPlan](ctx, o.client, http.MethodPut, body, "organizations", orgID, "spend-limit")
}

type updateSpendLimitRequest struct {
	SpendLimit *float64 `json:"spend_limit"`
}

// Organization is an organization that the API key has access to.
type Organization struct {
	// ID is an opaque string.
	ID string `json:"id" api:"nonempty"`
	// Name is the display name.
	Name string `json:"name"`
	// Slug is the name of the organization in URLs.
	Slug string `json:"slug"`
	// Role is the role of the user in the organization. Nil for the key of an
	// organization.
	Role *string `json:"role"`
}

type organizationList struct {
	Items []Organization `json:"organizations"`
}

// OrganizationPlan is the plan of an organization, with its spend limit. Except for
// the spend limit, the API sets all fields.
type OrganizationPlan struct {
	// OrgID is the ID of the organization.
	OrgID string `json:"org_id" api:"nonempty"`
	// Plan is "starter", "pro", "scale" or "enterprise".
	Plan string `json:"plan" api:"nonempty"`
	// BillingProvider is "stripe", "vercel", "aws" or "manual". Nil if it is not known.
	BillingProvider *string `json:"billing_provider"`
	// SubscriptionStatus is a status of the billing provider: "none", "active",
	// "trialing", "past_due", "canceled", "unpaid", "incomplete",
	// "incomplete_expired" or "paused". Nil if it is not known.
	SubscriptionStatus *string `json:"subscription_status"`
	// CurrentPeriodEnd is the end of the billing period. Nil if there is none.
	CurrentPeriodEnd *string `json:"current_period_end"`
	// Enabled is false if the organization is suspended.
	Enabled *bool `json:"enabled"`
	// CustomPricing is true if the organization has individual prices.
	CustomPricing *bool `json:"custom_pricing"`
	// SpendLimit is the monthly spend limit in US dollars. Nil is no limit.
	SpendLimit *float64 `json:"spend_limit"`
	// SpendCapped is true if the spend limit is reached and agents are paused.
	SpendCapped *bool `json:"spend_capped"`
	// SpendCappedAt is the time when the spend limit was reached. Nil if it is not.
	SpendCappedAt *string `json:"spend_capped_at"`
	// Limits are the limits of the plan.
	Limits PlanLimits `json:"limits"`
	// CreatedAt is the time when the billing record was created. Nil if there is none.
	CreatedAt *string `json:"created_at"`
	// UpdatedAt is the time when the billing record was last changed. Nil if there is none.
	UpdatedAt *string `json:"updated_at"`
}

func (p OrganizationPlan) identity() identity { return identity{idField: "org_id", id: p.OrgID} }

// PlanLimits are the limits of a plan.
type PlanLimits struct {
	// QueriesPerDay is the number of queries per day in all projects. 0 is no limit.
	QueriesPerDay int64 `json:"queries_per_day"`
	// MaxProjects is the number of active projects.
	MaxProjects int `json:"max_projects"`
	// MaxDatabases is the number of databases in a project.
	MaxDatabases int `json:"max_databases"`
	// MaxConnections is the number of concurrent connections to a project.
	MaxConnections int `json:"max_connections"`
	// QueriesPerSecond is the number of queries per second in a project.
	QueriesPerSecond int `json:"queries_per_second"`
	// BytesPerMonth is the transferred data per month in bytes. 0 is no limit.
	BytesPerMonth int64 `json:"bytes_per_month"`
	// MaxQueryShapes is the number of query shapes in cache rules. 0 is no limit.
	MaxQueryShapes int `json:"max_query_shapes"`
	// IncludedSeats is the number of users in the plan.
	IncludedSeats int `json:"included_seats"`
	// MaxAgentCredentials is the number of agent credentials of the organization. 0 is
	// no limit.
	MaxAgentCredentials int `json:"max_agent_credentials"`
	// AuditRetentionDays is how long audit logs are kept, in days.
	AuditRetentionDays int `json:"audit_retention_days"`
	// SandboxMaxBranches is the number of concurrent sandbox branches. 0 is no limit.
	SandboxMaxBranches int `json:"sandbox_max_branches"`
	// SandboxMaxUpstreamBytes is the size of a database that can have a sandbox, in
	// bytes. 0 is no limit.
	SandboxMaxUpstreamBytes int64 `json:"sandbox_max_upstream_bytes"`
	// SandboxIdleSeconds is the idle time after which a sandbox branch is suspended, in
	// seconds.
	SandboxIdleSeconds int `json:"sandbox_idle_seconds"`
	// SandboxTTLSeconds is the lifetime of a sandbox branch in seconds.
	SandboxTTLSeconds int `json:"sandbox_ttl_seconds"`
}
