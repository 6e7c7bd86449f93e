// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"
	"iter"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[GetProjectArgs, GetProjectResult] = GetProject{}

// GetProject looks up a project.
type GetProject struct{}

// GetProjectArgs are the inputs of GetProject.
type GetProjectArgs struct {
	ID    *string `pulumi:"id,optional"`
	OrgID *string `pulumi:"orgId,optional"`
	Name  *string `pulumi:"name,optional"`
}

// GetProjectResult is the result of GetProject.
type GetProjectResult struct {
	ID string `pulumi:"id"`
	resources.ProjectState
}

// Annotate describes the inputs.
func (r *GetProjectArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ID, "The ID of the project, `prj_…`. Required unless `orgId` and `name` are set.")
	a.Describe(&r.OrgID, "The ID of the organization that owns the project.")
	a.Describe(&r.Name, "The name of the project in the organization, in its exact spelling.")
}

// Annotate describes the ID, and the outputs that are inputs of the resource.
func (r *GetProjectResult) Annotate(a infer.Annotator) {
	a.Describe(&r.ID, "The ID of the project, `prj_…`.")
	a.Describe(&r.Name, "The name of the project.")
	a.Describe(&r.DefaultPolicyProfileID, "The ID of the policy profile that is enforced for people who connect with the credentials of a database, `pol_…`. "+
		"Absent if there is none.")
	a.Describe(&r.PrimaryDatabaseID, "The ID of the primary database, `db_…`, for `getDatabase`. Absent if there is none.")
}

// Definition implements kind.FunctionController.
func (GetProject) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Looks up a project by its ID, or by its name in an organization. " +
			"It fails if there is no such project, and lists those that exist. " +
			"`getDatabase` returns the settings of its primary database.",
		Properties: properties.Table{
			"id":    properties.ID("prj_").Optional(),
			"orgId": properties.String().Length(1, 0),
			"name":  properties.String().Length(1, 0),
		},
		Validate: validateGetProject,
		State: &kind.StateResult{
			Unreadable: []string{"database"}, // which getDatabase returns without a password
			Optional:   []string{"primaryDatabaseId", "defaultPolicyProfileId", "proxyHost"},
		},
	}
}

// validateGetProject requires an ID, or an organization and a name.
func validateGetProject(inputs property.Map) []p.CheckFailure {
	switch parts := properties.Present(inputs, "orgId", "name"); {
	case len(properties.Present(inputs, "id")) == 1 && len(parts) > 0:
		return properties.Failure(parts[0], "cannot be set together with id")
	case len(properties.Present(inputs, "id")) == 1 || len(parts) == 2:
		return nil
	case len(parts) == 0:
		return properties.Failure("id", "is required, unless orgId and name are set")
	case parts[0] == "orgId":
		return properties.Failure("name", "is required together with orgId")
	default:
		return properties.Failure("orgId", "is required together with name")
	}
}

// Invoke implements kind.FunctionController.
func (GetProject) Invoke(ctx context.Context, c *client.Client, in GetProjectArgs) (GetProjectResult, error) {
	parents := resources.ProjectState{ProjectArgs: resources.ProjectArgs{OrgID: convert.ValueOr(in.OrgID, "")}}
	projects := kind.NewLookup("project", parents.OrgID, resources.Project{}, c, parents)
	if in.OrgID == nil {
		projects.Owner = "the organizations of the API key"
		projects.List = func(ctx context.Context) iter.Seq2[kind.Object[any], error] { return allProjects(ctx, c) }
	}
	id, state, err := projects.GetByName(ctx, in.ID, in.Name, func(s resources.ProjectState) string { return *s.Name })
	return GetProjectResult{id, state}, err
}

// allProjects returns the projects of all organizations that the API key has access to.
func allProjects(ctx context.Context, c *client.Client) iter.Seq2[kind.Object[any], error] {
	return func(yield func(kind.Object[any], error) bool) {
		organizations, err := c.Organizations().List(ctx)
		if err != nil {
			yield(kind.Object[any]{}, err)
			return
		}
		for _, organization := range organizations {
			for project, err := range (resources.Project{}).List(ctx, c, resources.ProjectArgs{OrgID: organization.ID}) {
				if !yield(project, err) {
					return
				}
			}
		}
	}
}
