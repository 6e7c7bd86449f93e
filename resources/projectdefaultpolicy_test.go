// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestProjectDefaultPolicyLifecycle covers a create, drift, an update, a deletion outside
// of Pulumi and a delete.
func TestProjectDefaultPolicyLifecycle(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{OmitDefaults: true}, func(t *testing.T, env *enginetest.Env) {
		project := env.Project()
		strict, loose := env.Policy(project, "strict"), env.Policy(project, "loose")
		inputs := object{"projectId": project.ID, "policyProfileId": strict.ID}
		defaultPolicy := env.Create("ProjectDefaultPolicy", "default", inputs)
		live := func() any { return env.Local.Objects("projects")[0]["default_policy_profile_id"] }
		assert.Equal(t, strict.ID, live())

		require.NoError(t, env.Local.Edit("projects", project.ID, object{"default_policy_profile_id": loose.ID}))
		env.Refresh(defaultPolicy)
		assert.Equal(t, enginetest.Update, env.Engine.Preview(defaultPolicy, enginetest.Inputs(inputs)).Op)
		env.Local.ResetRequests()
		env.Up(defaultPolicy, inputs)
		assert.Equal(t, object{"default_policy_profile_id": strict.ID}, env.RequestBody("PATCH", "/v1/projects/*"))
		assert.Equal(t, strict.ID, live())

		// An update of the project does not set the default, so it keeps it.
		env.Up(project, object{"orgId": env.Local.OrgID, "name": "parent", "database": enginetest.DatabaseInputs, "description": "The shop"})
		assert.Equal(t, strict.ID, live())

		require.NoError(t, env.Local.Edit("projects", project.ID, object{"default_policy_profile_id": nil}))
		cleared := *defaultPolicy
		exists, err := env.Engine.Refresh(&cleared)
		require.NoError(t, err)
		assert.False(t, exists, "the default was cleared outside of Pulumi")
		env.Up(&cleared, inputs)
		assert.Equal(t, strict.ID, live())

		require.NoError(t, env.Engine.Delete(defaultPolicy))
		assert.Empty(t, live())
		require.NoError(t, env.Engine.Delete(strict))
	})
}

func TestProjectDefaultPolicyOfADeletedProject(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{DeletedProjectAnswers200: true}, func(t *testing.T, env *enginetest.Env) {
		project := env.Project()
		defaultPolicy := env.Create("ProjectDefaultPolicy", "default", object{"projectId": project.ID, "policyProfileId": env.Policy(project, "strict").ID})
		require.NoError(t, env.Engine.Delete(project))
		require.NoError(t, env.Engine.Delete(defaultPolicy))
		exists, err := env.Engine.Refresh(defaultPolicy)
		require.NoError(t, err)
		assert.False(t, exists)
	})
}
