// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[GetPolicyProfileArgs, GetPolicyProfileResult] = GetPolicyProfile{}

// GetPolicyProfile looks up a policy profile.
type GetPolicyProfile struct{}

// GetPolicyProfileArgs are the inputs of GetPolicyProfile.
type GetPolicyProfileArgs struct {
	ProjectID string  `pulumi:"projectId"`
	ID        *string `pulumi:"id,optional"`
	Name      *string `pulumi:"name,optional"`
}

// GetPolicyProfileResult is the result of GetPolicyProfile.
type GetPolicyProfileResult struct {
	ID string `pulumi:"id"`
	resources.PolicyProfileState
}

// Annotate describes the inputs.
func (r *GetPolicyProfileArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that owns the profile, `prj_…`.")
	a.Describe(&r.ID, "The ID of the policy profile, `pol_…`. Required unless `name` is set.")
	a.Describe(&r.Name, "The name of the policy profile in the project, in its exact spelling.")
}

// Annotate describes the ID, and the outputs that are inputs of the resource.
func (r *GetPolicyProfileResult) Annotate(a infer.Annotator) {
	a.Describe(&r.ID, "The ID of the policy profile, `pol_…`.")
	a.Describe(&r.Name, "The name of the policy profile.")
}

// Definition implements kind.FunctionController.
func (GetPolicyProfile) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Looks up a policy profile of a project by its ID or its name. " +
			"It fails if there is no such profile, and lists those that exist.",
		Properties: properties.Table{
			"projectId": properties.ID("prj_"),
			"id":        properties.ID("pol_").Optional(),
			"name":      properties.String().Length(1, 0),
		},
		Validate: func(inputs property.Map) []p.CheckFailure { return properties.ExactlyOne(inputs, "id", "name") },
		State:    &kind.StateResult{},
	}
}

// Invoke implements kind.FunctionController.
func (GetPolicyProfile) Invoke(ctx context.Context, c *client.Client, in GetPolicyProfileArgs) (GetPolicyProfileResult, error) {
	parents := resources.PolicyProfileState{PolicyProfileArgs: resources.PolicyProfileArgs{ProjectID: in.ProjectID}}
	id, state, err := kind.NewLookup("policy profile", in.ProjectID, resources.PolicyProfile{}, c, parents).
		GetByName(ctx, in.ID, in.Name, func(s resources.PolicyProfileState) string { return *s.Name })
	return GetPolicyProfileResult{id, state}, err
}
