// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// ListPlans returns the plans that an organization can subscribe to.
func (c *Client) ListPlans(ctx context.Context) ([]Plan, error) {
	resp, err := get[planList](ctx, c, nil, "plans")
	return resp.Items, err
}

type planList struct {
	Items []Plan `json:"plans"`
}

// Plan is a plan with its price and its limits. PgBeam sets all fields.
type Plan struct {
	// Name is the name of the plan in OrganizationPlan. The set is open.
	Name string `json:"name"`
	// Label is the display name.
	Label string `json:"label"`
	// MonthlyPrice is the price per month in US dollars.
	MonthlyPrice int `json:"monthly_price"`
	// AnnualPrice is the price per year in US dollars. Nil if there is none.
	AnnualPrice *int `json:"annual_price"`
	// Description describes the plan. Nil or empty is none.
	Description *string `json:"description"`
	// OverageText describes the prices of what exceeds the limits. Nil or empty is none.
	OverageText *string `json:"overage_text"`
	// TrialDays is the length of the trial period in days. Nil if the API omits it.
	TrialDays *int `json:"trial_days"`
	// Limits are the limits of the plan.
	Limits PlanLimits `json:"limits"`
}
