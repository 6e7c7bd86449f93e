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

// TestImportedDefaultPolicyStays imports a project and its default policy. The
// program gives the default in one place alone, and it stays, with whatever else
// the update does.
func TestImportedDefaultPolicyStays(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	made := env.Project()
	policy := env.Policy(made, "strict")
	env.Create("ProjectDefaultPolicy", "made", object{"projectId": made.ID, "policyProfileId": policy.ID})

	project, err := env.Engine.Import("Project", "imported", made.ID)
	require.NoError(t, err)
	tie, err := env.Engine.Import("ProjectDefaultPolicy", "imported", made.ID)
	require.NoError(t, err)
	program := object{"orgId": env.Local.OrgID, "name": "parent", "database": enginetest.Without(enginetest.DatabaseInputs, "password")}
	tied := object{"projectId": made.ID, "policyProfileId": policy.ID}
	env.RequireNoChanges(project, program)
	env.RequireNoChanges(tie, tied)
	held := func() any { return env.Local.Objects("projects")[0]["default_policy_profile_id"] }
	for _, description := range []string{"", "changed", "changed again"} {
		env.Up(project, enginetest.With(program, object{"description": description}))
		env.Up(tie, tied)
		assert.Equal(t, policy.ID, held())
		env.Refresh(project)
		env.Refresh(tie)
	}

	// Who gives it in the project takes it out there, too.
	env.Up(project, enginetest.With(program, object{"defaultPolicyProfileId": policy.ID}))
	result := env.Up(project, program)
	assert.Contains(t, result.Diff.DetailedDiff, "defaultPolicyProfileId")
	assert.Empty(t, held())
}

// TestImportOfAProjectLeavesItsDatabase: a program without the database of an
// imported project sends nothing.
func TestImportOfAProjectLeavesItsDatabase(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	made := env.Project()
	project, err := env.Engine.Import("Project", "imported", made.ID)
	require.NoError(t, err)
	env.Local.ResetRequests()
	env.RequireNoChanges(project, object{"orgId": env.Local.OrgID, "name": "parent"})
	env.Up(project, object{"orgId": env.Local.OrgID, "name": "parent"})
	assert.Empty(t, env.Local.Requests())
	env.Up(project, object{"orgId": env.Local.OrgID, "name": "parent", "description": "changed"})
	assert.Len(t, env.Local.Requests(), 1)
	assert.Equal(t, object{"description": "changed"}, env.RequestBody("PATCH", "/v1/projects/*"))
}

// TestPropertiesOfTwoKindsNameEachOther: the kind that a shared property names exists.
func TestPropertiesOfTwoKindsNameEachOther(t *testing.T) {
	t.Parallel()
	kinds, shared := map[string]bool{}, []string{}
	for _, served := range resources.All() {
		kinds[served.Kind()] = true
		for name := range served.Properties {
			if kind := served.Properties.SharedWith(name); kind != "" {
				shared = append(shared, kind)
			}
		}
	}
	assert.NotEmpty(t, shared)
	for _, kind := range shared {
		assert.True(t, kinds[kind], kind)
	}
}

// TestUniqueByNamesInputs also requires that a kind is unique within one object: the
// IDs that precede its own in an import ID.
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
