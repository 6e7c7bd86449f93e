// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

var _ kind.FunctionController[GetOrganizationsArgs, GetOrganizationsResult] = GetOrganizations{}

// GetOrganizations lists the organizations of the API key.
type GetOrganizations struct{}

// GetOrganizationsArgs are the inputs of GetOrganizations.
type GetOrganizationsArgs struct{}

// GetOrganizationsResult is the result of GetOrganizations.
type GetOrganizationsResult struct {
	Organizations []Organization `pulumi:"organizations"`
}

// Organization is an organization that the API key has access to. Its fields are those of
// client.Organization.
type Organization struct {
	ID   string  `pulumi:"id"`
	Name string  `pulumi:"name"`
	Slug string  `pulumi:"slug"`
	Role *string `pulumi:"role,optional"`
}

// Annotate describes the output.
func (r *GetOrganizationsResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Organizations, "The organizations.")
}

// Annotate describes the organization.
func (o *Organization) Annotate(a infer.Annotator) {
	a.Describe(&o, "An organization that the API key has access to.")
	a.Describe(&o.ID, "The ID of the organization, which `orgId` of other functions and resources takes.")
	a.Describe(&o.Name, "The display name of the organization.")
	a.Describe(&o.Slug, "The name of the organization in URLs.")
	a.Describe(&o.Role, "The role of the user in the organization. Absent for the API key of an organization.")
}

// Definition implements kind.FunctionController.
func (GetOrganizations) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Lists the organizations that the API key has access to: " +
			"one for the key of an organization, or all organizations of a user for a personal key.",
	}
}

// Invoke implements kind.FunctionController.
func (GetOrganizations) Invoke(ctx context.Context, c *client.Client, _ GetOrganizationsArgs) (GetOrganizationsResult, error) {
	organizations, err := c.Organizations().List(ctx)
	return GetOrganizationsResult{convert.Items(organizations, func(o client.Organization) Organization { return Organization(o) })}, err
}
