// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"
	"iter"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState] = ProjectDefaultPolicy{}
	_ kind.Updater[ProjectDefaultPolicyArgs, ProjectDefaultPolicyState]    = ProjectDefaultPolicy{}
	_ kind.Upserter[ProjectDefaultPolicyArgs]                              = ProjectDefaultPolicy{}
	_ kind.Lister[ProjectArgs]                                             = ProjectDefaultPolicy{}
)

// ProjectDefaultPolicy is the default policy profile of a project. It is a separate
// resource because a profile needs the ID of the project, so that the project cannot
// refer to the profile when it is created.
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

// Annotate describes the inputs.
func (r *ProjectDefaultPolicyArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`.")
	a.Describe(&r.PolicyProfileID, "The ID of a policy profile of the project, `pol_…`.")
}

// Definition implements kind.Controller.
func (ProjectDefaultPolicy) Definition() kind.Definition {
	return kind.Definition{
		Description: "The default policy profile of a project, which is enforced for people who connect with the credentials of a database. " +
			"Use it instead of the project's `defaultPolicyProfileId` if the same program creates the profile. " +
			"Creating the resource fails if the project already has a different default: import that default first, if nothing else manages it. " +
			"Destroying the resource leaves the project without a default, unless the default was changed outside of Pulumi.",
		Properties: projectDefaultPolicyProperties(),
		ImportID:   kind.ImportID{Prefix: "prj_", Setting: "default-policy"},
		Setting: &kind.Setting{
			Name: func(id string, inputs property.Map) string {
				return defaultPolicySetting(cmp.Or(convert.Text(inputs.Get("projectId")), id))
			},
			Values:    []string{"policyProfileId"},
			Singleton: true,
		},
	}
}

// projectDefaultPolicyProperties describes the inputs of a ProjectDefaultPolicy.
func projectDefaultPolicyProperties() properties.Table {
	return properties.Table{
		"projectId":       properties.ID("prj_").Replaces(),
		"policyProfileId": properties.ID("pol_"),
	}
}

// defaultPolicySetting returns the name of the setting that a ProjectDefaultPolicy and
// a Project share.
func defaultPolicySetting(projectID string) string {
	return kind.SettingName("the default policy profile", projectID)
}

// Create implements kind.Controller.
func (ProjectDefaultPolicy) Create(ctx context.Context, c *client.Client, in ProjectDefaultPolicyArgs,
) (id string, state ProjectDefaultPolicyState, err error) {
	if err := setDefaultPolicy(ctx, c, in.ProjectID, in.PolicyProfileID); err != nil {
		return "", state, err
	}
	return in.ProjectID, ProjectDefaultPolicyState{in}, nil
}

// Read implements kind.Controller. The object does not exist if the project has no
// default.
func (ProjectDefaultPolicy) Read(ctx context.Context, c *client.Client, id string, _ ProjectDefaultPolicyState) (ProjectDefaultPolicyState, error) {
	existing, err := ProjectDefaultPolicy{}.Existing(ctx, c, id, ProjectDefaultPolicyArgs{})
	switch {
	case err != nil:
		return ProjectDefaultPolicyState{}, err
	case existing == nil:
		return ProjectDefaultPolicyState{}, kind.ErrDeleted
	}
	return ProjectDefaultPolicyState{existing.Value}, nil
}

// Update implements kind.Updater.
func (ProjectDefaultPolicy) Update(ctx context.Context, c *client.Client, id string, _ ProjectDefaultPolicyState, in ProjectDefaultPolicyArgs,
) (ProjectDefaultPolicyState, error) {
	return ProjectDefaultPolicyState{in}, setDefaultPolicy(ctx, c, id, in.PolicyProfileID)
}

// Delete implements kind.Controller. It clears the default.
func (ProjectDefaultPolicy) Delete(ctx context.Context, c *client.Client, id string, _ ProjectDefaultPolicyState) error {
	return setDefaultPolicy(ctx, c, id, "")
}

// Existing implements kind.Upserter.
func (ProjectDefaultPolicy) Existing(ctx context.Context, c *client.Client, id string, in ProjectDefaultPolicyArgs,
) (*kind.Object[ProjectDefaultPolicyArgs], error) {
	project, err := c.Projects().Get(ctx, cmp.Or(id, in.ProjectID))
	existing, ok := defaultPolicyOf(project)
	if err != nil || !ok {
		return nil, err
	}
	return &kind.Object[ProjectDefaultPolicyArgs]{ID: project.ID, Value: existing}, nil
}

// List implements kind.Lister. It lists the projects of an organization that have a default.
func (ProjectDefaultPolicy) List(ctx context.Context, c *client.Client, in ProjectArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.Projects().List(ctx, in.OrgID), func(project client.Project) (id string, state any, ok bool) {
		existing, ok := defaultPolicyOf(project)
		return project.ID, ProjectDefaultPolicyState{existing}, ok
	})
}

// defaultPolicyOf returns the default policy profile of a project, and whether it has one.
func defaultPolicyOf(project client.Project) (ProjectDefaultPolicyArgs, bool) {
	policyID := convert.ValueOr(project.DefaultPolicyProfileID, "")
	return ProjectDefaultPolicyArgs{ProjectID: project.ID, PolicyProfileID: policyID}, !kind.IsDeleted(project.Status) && policyID != ""
}

// setDefaultPolicy sets the default policy profile of a project. An empty ID clears it.
func setDefaultPolicy(ctx context.Context, c *client.Client, projectID, policyProfileID string) error {
	_, err := c.Projects().Update(ctx, projectID, client.UpdateProjectRequest{DefaultPolicyProfileID: &policyProfileID})
	return err
}
