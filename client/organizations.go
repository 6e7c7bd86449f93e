// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
)

// Organizations is the service for organizations.
type Organizations struct{ c *Client }

// Organizations returns the service for organizations.
func (c *Client) Organizations() Organizations { return Organizations{c} }

// Organization is an organization that the API key may act for.
type Organization struct {
	ID   string  `json:"id" api:"nonempty"`
	Name string  `json:"name"`
	Slug string  `json:"slug"`
	Role *string `json:"role"`
}

type organizationList struct {
	Items []Organization `json:"organizations"`
}

// List returns the organizations that the API key may act for: one, for a key of
// an organization, or all those of a user.
func (s Organizations) List(ctx context.Context) ([]Organization, error) {
	answer, err := get[organizationList](ctx, s.c, "organizations")
	return answer.Items, err
}

// OrganizationPlan is the plan of an organization, with its spend limit.
type OrganizationPlan struct {
	OrgID              string     `json:"org_id" api:"nonempty"`
	Plan               string     `json:"plan" api:"nonempty"`
	BillingProvider    *string    `json:"billing_provider"`
	SubscriptionStatus *string    `json:"subscription_status"`
	CurrentPeriodEnd   *string    `json:"current_period_end"`
	Enabled            *bool      `json:"enabled"`
	CustomPricing      *bool      `json:"custom_pricing"`
	SpendLimit         *float64   `json:"spend_limit"`
	SpendCapped        *bool      `json:"spend_capped"`
	SpendCappedAt      *string    `json:"spend_capped_at"`
	Limits             PlanLimits `json:"limits"`
	CreatedAt          *string    `json:"created_at"`
	UpdatedAt          *string    `json:"updated_at"`
}

// PlanLimits is what a plan allows. 0 is no limit, where the API says so.
type PlanLimits struct {
	QueriesPerDay           int64 `json:"queries_per_day"`
	MaxProjects             int   `json:"max_projects"`
	MaxDatabases            int   `json:"max_databases"`
	MaxConnections          int   `json:"max_connections"`
	QueriesPerSecond        int   `json:"queries_per_second"`
	BytesPerMonth           int64 `json:"bytes_per_month"`
	MaxQueryShapes          int   `json:"max_query_shapes"`
	IncludedSeats           int   `json:"included_seats"`
	MaxAgentCredentials     int   `json:"max_agent_credentials"`
	AuditRetentionDays      int   `json:"audit_retention_days"`
	SandboxMaxBranches      int   `json:"sandbox_max_branches"`
	SandboxMaxUpstreamBytes int64 `json:"sandbox_max_upstream_bytes"`
	SandboxIdleSeconds      int   `json:"sandbox_idle_seconds"`
	SandboxTTLSeconds       int   `json:"sandbox_ttl_seconds"`
}

// Plan returns the plan of an organization.
func (s Organizations) Plan(ctx context.Context, orgID string) (OrganizationPlan, error) {
	return send[OrganizationPlan](ctx, s.c, http.MethodGet, nil, "organizations", orgID, "plan")
}

// UpdateSpendLimit sets the dollars that an organization may spend in a month;
// nil is no limit, which is not zero.
func (s Organizations) UpdateSpendLimit(ctx context.Context, orgID string, dollars *float64) (OrganizationPlan, error) {
	body := struct {
		SpendLimit *float64 `json:"spend_limit"`
	}{dollars}
	return send[OrganizationPlan](ctx, s.c, http.MethodPut, body, "organizations", orgID, "spend-limit")
}
