// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[GetOrganizationPlanArgs, GetOrganizationPlanResult] = GetOrganizationPlan{}

// GetOrganizationPlan returns the plan of an organization.
type GetOrganizationPlan struct{}

// GetOrganizationPlanArgs are the inputs of GetOrganizationPlan.
type GetOrganizationPlanArgs struct {
	OrgID string `pulumi:"orgId"`
}

// GetOrganizationPlanResult is the result of GetOrganizationPlan: the outputs of a
// SpendLimit.
type GetOrganizationPlanResult struct{ resources.SpendLimitState }

// Annotate describes the inputs.
func (r *GetOrganizationPlanArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.OrgID, "The ID of the organization.")
}

// Annotate describes the output that is an input of a SpendLimit.
func (r *GetOrganizationPlanResult) Annotate(a infer.Annotator) {
	a.Describe(&r.SpendLimit, "The spend limit in US dollars per month. Absent if there is no limit, which is not the same as 0.")
}

// Definition implements kind.FunctionController.
func (GetOrganizationPlan) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Returns the plan of an organization, with its limits and its monthly spend limit.",
		Properties:  properties.Table{"orgId": properties.String().Required().PathSegment()},
		State: &kind.StateResult{Optional: []string{
			"spendLimit", "billingProvider", "subscriptionStatus", "currentPeriodEnd", "spendCappedAt", "createdAt", "updatedAt",
		}},
	}
}

// Invoke implements kind.FunctionController.
func (GetOrganizationPlan) Invoke(ctx context.Context, c *client.Client, in GetOrganizationPlanArgs) (GetOrganizationPlanResult, error) {
	state, err := resources.SpendLimit{}.Read(ctx, c, in.OrgID, resources.SpendLimitState{})
	return GetOrganizationPlanResult{state}, err
}
