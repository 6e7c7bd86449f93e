// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ Controller[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState]         = (*ProjectDefaultPolicy)(nil)
	_ infer.CustomUpdate[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState] = (*ProjectDefaultPolicy)(nil)
)

// ProjectDefaultPolicy is the tie between a project and its default policy
// profile. The profile needs the project's ID first, so the project cannot name
// it when it is created.
type ProjectDefaultPolicy struct{}

// ProjectDefaultPolicyArgs are the inputs of a ProjectDefaultPolicy.
type ProjectDefaultPolicyArgs struct {
	ProjectID       string `pulumi:"projectId"`
	PolicyProfileID string `pulumi:"policyProfileId"`
}

// ProjectDefaultPolicyState is the state of a ProjectDefaultPolicy.
type ProjectDefaultPolicyState struct {
	ProjectDefaultPolicyArgs
}

// Annotate describes the resource.
func (r *ProjectDefaultPolicy) Annotate(a infer.Annotator) {
	a.Describe(&r, "Makes a policy profile the default of its project, so that it also binds people who connect "+
		"with a password of the database itself. "+
		"Creating the resource fails if the project has another default already: import that first. "+
		"Destroying the resource leaves the project without a default, unless it was changed outside of Pulumi. "+
		"Use it instead of `defaultPolicyProfileId` of the project when the profile is made by the same program.")
}

// Annotate describes the inputs.
func (r *ProjectDefaultPolicyArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.PolicyProfileID, "ID of a policy profile of that project, `pol_…`.")
}

// Definition implements Controller.
func (ProjectDefaultPolicy) Definition() Definition {
	return Definition{
		Properties: properties.Table{
			"projectId":       properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
			"policyProfileId": properties.String().Required().Length(1, 0).Reference("pol_"),
		},
		ImportID: ImportID{Prefix: "prj_"},
		Setting: &Setting{
			Name: func(id string, inputs property.Map) string {
				return defaultPolicySetting(cmp.Or(textOf(inputs.Get("projectId")), id))
			},
			Property: "policyProfileId", Singleton: true,
		},
	}
}

// defaultPolicySetting names what a ProjectDefaultPolicy and a Project can set.
func defaultPolicySetting(projectID string) string {
	return settingOf("the default policy profile of ", projectID)
}

// Create implements infer.CustomCreate. It does not overwrite a default that
// somebody else has set.
func (ProjectDefaultPolicy) Create(ctx context.Context, req infer.CreateRequest[ProjectDefaultPolicyArgs],
) (infer.CreateResponse[ProjectDefaultPolicyState], error) {
	projectID, want := req.Inputs.ProjectID, req.Inputs.PolicyProfileID
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[ProjectDefaultPolicyState]](err)
	}
	project, err := pgbeam.Projects().Get(ctx, projectID)
	if err != nil {
		return failed[infer.CreateResponse[ProjectDefaultPolicyState]](err)
	}
	if have := valueOr(project.DefaultPolicyProfileID, ""); have != "" && have != want {
		if err := refuseOverwrite(ctx, defaultPolicySetting(projectID), have, want, projectID); err != nil {
			return failed[infer.CreateResponse[ProjectDefaultPolicyState]](err)
		}
	}
	state, err := setDefaultPolicy(ctx, projectID, want)
	return infer.CreateResponse[ProjectDefaultPolicyState]{ID: projectID, Output: state}, err
}

// Read implements infer.CustomRead. A project without a default has no such tie.
func (ProjectDefaultPolicy) Read(ctx context.Context, req infer.ReadRequest[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState],
) (infer.ReadResponse[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState]](err)
	}
	project, err := pgbeam.Projects().Get(ctx, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState]](err)
	}
	policy := valueOr(project.DefaultPolicyProfileID, "")
	if isDeleted(project.Status) || policy == "" {
		return gone[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState]()
	}
	args := ProjectDefaultPolicyArgs{ProjectID: project.ID, PolicyProfileID: policy}
	return infer.ReadResponse[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState]{
		ID: project.ID, Inputs: args, State: ProjectDefaultPolicyState{args},
	}, nil
}

// Update implements infer.CustomUpdate.
func (ProjectDefaultPolicy) Update(ctx context.Context,
	req infer.UpdateRequest[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState],
) (infer.UpdateResponse[ProjectDefaultPolicyState], error) {
	state, err := setDefaultPolicy(ctx, req.ID, req.Inputs.PolicyProfileID)
	return infer.UpdateResponse[ProjectDefaultPolicyState]{Output: state}, err
}

// Delete implements infer.CustomDelete. It clears the default that the resource
// has set, and no other.
func (ProjectDefaultPolicy) Delete(ctx context.Context, req infer.DeleteRequest[ProjectDefaultPolicyState],
) (infer.DeleteResponse, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	project, err := pgbeam.Projects().Get(ctx, req.ID)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	have := valueOr(project.DefaultPolicyProfileID, "")
	if isDeleted(project.Status) || have == "" {
		return infer.DeleteResponse{}, nil
	}
	if !ownsValue(ctx, valuesOf("policyProfileId", &have), valuesOf("policyProfileId", &req.State.PolicyProfileID), "policyProfileId") {
		warnNotOwn(ctx, defaultPolicySetting(req.ID), have)
		return infer.DeleteResponse{}, nil
	}
	_, err = setDefaultPolicy(ctx, req.ID, "")
	return infer.DeleteResponse{}, err
}

// setDefaultPolicy sets the default policy profile of a project; an empty ID clears it.
func setDefaultPolicy(ctx context.Context, projectID, policyID string) (ProjectDefaultPolicyState, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[ProjectDefaultPolicyState](err)
	}
	if _, err = pgbeam.Projects().Update(ctx, projectID, client.UpdateProjectRequest{
		DefaultPolicyProfileID: &policyID,
	}); err != nil {
		return failed[ProjectDefaultPolicyState](err)
	}
	return ProjectDefaultPolicyState{ProjectDefaultPolicyArgs{ProjectID: projectID, PolicyProfileID: policyID}}, nil
}
