// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[GetPlansArgs, GetPlansResult] = GetPlans{}

// GetPlans lists the plans of PgBeam.
type GetPlans struct{}

// GetPlansArgs are the inputs of GetPlans.
type GetPlansArgs struct{}

// GetPlansResult is the result of GetPlans.
type GetPlansResult struct {
	Plans []Plan `pulumi:"plans"`
}

// Plan is a plan with its price and its limits.
type Plan struct {
	Name         string               `pulumi:"name"`
	Label        string               `pulumi:"label"`
	MonthlyPrice int                  `pulumi:"monthlyPrice"`
	AnnualPrice  *int                 `pulumi:"annualPrice,optional"`
	Description  *string              `pulumi:"description,optional"`
	OverageText  *string              `pulumi:"overageText,optional"`
	TrialDays    *int                 `pulumi:"trialDays,optional"`
	Limits       resources.PlanLimits `pulumi:"limits"`
}

// Annotate describes the output.
func (r *GetPlansResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Plans, "The plans.")
}

// Annotate describes the plan.
func (p *Plan) Annotate(a infer.Annotator) {
	a.Describe(&p, "A plan with its price and its limits.")
	a.Describe(&p.Name, "The name of the plan, such as `starter`, `pro` or `scale`.")
	a.Describe(&p.Label, "The display name of the plan.")
	a.Describe(&p.MonthlyPrice, "The price per month in US dollars.")
	a.Describe(&p.AnnualPrice, "The price per year in US dollars. Absent if the plan cannot be paid yearly.")
	a.Describe(&p.Description, "The description of the plan.")
	a.Describe(&p.OverageText, "The prices of what exceeds the limits, as text.")
	a.Describe(&p.TrialDays, "The length of the trial period in days. Absent if it is not known.")
	a.Describe(&p.Limits, "The limits of the plan.")
}

// Definition implements kind.FunctionController.
func (GetPlans) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Lists the plans that an organization can subscribe to, with their prices and limits.",
	}
}

// Invoke implements kind.FunctionController.
func (GetPlans) Invoke(ctx context.Context, c *client.Client, _ GetPlansArgs) (GetPlansResult, error) {
	plans, err := c.ListPlans(ctx)
	return GetPlansResult{convert.Items(plans, func(p client.Plan) Plan {
		return Plan{p.Name, p.Label, p.MonthlyPrice, p.AnnualPrice, p.Description, p.OverageText, p.TrialDays, resources.PlanLimits(p.Limits)}
	})}, err
}
