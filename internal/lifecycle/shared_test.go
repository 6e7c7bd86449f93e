// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// TestImportedDefaultPolicyIsKept imports a project and its default policy. The program
// sets the default only in the ProjectDefaultPolicy, so no update of the project clears it.
func TestImportedDefaultPolicyIsKept(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	created := env.Project()
	projectID := created.ID
	policy := env.Policy(created, "strict")
	env.Create("ProjectDefaultPolicy", "created", object{"projectId": projectID, "policyProfileId": policy.ID})

	project, err := env.Engine.Import("Project", "imported", projectID)
	require.NoError(t, err)
	defaultPolicy, err := env.Engine.Import("ProjectDefaultPolicy", "imported", projectID)
	require.NoError(t, err)
	projectInputs := object{"orgId": env.Local.OrgID, "name": "parent", "database": enginetest.Without(enginetest.DatabaseInputs, "password")}
	policyInputs := object{"projectId": projectID, "policyProfileId": policy.ID}
	env.RequireNoChanges(project, projectInputs)
	env.RequireNoChanges(defaultPolicy, policyInputs)
	liveDefault := func() any { return env.Local.Objects("projects")[0]["default_policy_profile_id"] }
	for _, description := range []string{"", "changed", "changed again"} {
		env.Up(project, enginetest.With(projectInputs, object{"description": description}))
		env.Up(defaultPolicy, policyInputs)
		assert.Equal(t, policy.ID, liveDefault())
		env.Refresh(project)
		env.Refresh(defaultPolicy)
	}

	// If the program sets the default in the project, removing it there clears it.
	env.Up(project, enginetest.With(projectInputs, object{"defaultPolicyProfileId": policy.ID}))
	result := env.Up(project, projectInputs)
	assert.Contains(t, result.Diff.DetailedDiff, "defaultPolicyProfileId")
	assert.Empty(t, liveDefault())
}

// TestImportedProjectKeepsItsDatabase checks that a program that omits the database of an
// imported project does not change it.
func TestImportedProjectKeepsItsDatabase(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project, err := env.Engine.Import("Project", "imported", env.Project().ID)
	require.NoError(t, err)
	env.Local.ResetRequests()
	env.RequireNoChanges(project, object{"orgId": env.Local.OrgID, "name": "parent"})
	env.Up(project, object{"orgId": env.Local.OrgID, "name": "parent"})
	assert.Empty(t, env.Local.Requests())
	env.Up(project, object{"orgId": env.Local.OrgID, "name": "parent", "description": "changed"})
	assert.Len(t, env.Local.Requests(), 1)
	assert.Equal(t, object{"description": "changed"}, env.RequestBody("PATCH", "/v1/projects/*"))
}

func TestSharedPropertiesNameAnExistingKind(t *testing.T) {
	t.Parallel()
	exists, shared := map[string]bool{}, []string{}
	for _, resource := range resources.All() {
		exists[resource.Kind()] = true
		for name := range resource.Properties {
			if kind := resource.Properties.SharedWith(name); kind != "" {
				shared = append(shared, kind)
			}
		}
	}
	assert.NotEmpty(t, shared)
	for _, kind := range shared {
		assert.True(t, exists[kind], kind)
	}
}

func TestUniqueByNamesInputs(t *testing.T) {
	t.Parallel()
	kinds := 0
	for _, resource := range resources.All() {
		if len(resource.UniqueBy) > 0 {
			kinds++
		}
		assert.Subset(t, resource.Properties.Names(), resource.UniqueBy, resource.Kind())
	}
	assert.NotZero(t, kinds)
}
