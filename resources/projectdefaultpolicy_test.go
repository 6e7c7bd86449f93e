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

// TestProjectDefaultPolicy: set, moved, seen to drift, repaired and cleared.
func TestProjectDefaultPolicy(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{OmitDefaults: true}, func(t *testing.T, w *enginetest.Env) {
		project := w.Project()
		strict, loose := w.Policy(project, "strict"), w.Policy(project, "loose")
		inputs := object{"projectId": project.ID, "policyProfileId": strict.ID}
		tie := w.Create("ProjectDefaultPolicy", "tie", inputs)
		live := func() any { return w.Local.Objects("projects")[0]["default_policy_profile_id"] }
		assert.Equal(t, strict.ID, live())

		require.NoError(t, w.Local.Edit("projects", project.ID, object{"default_policy_profile_id": loose.ID}))
		w.Refresh(tie)
		assert.Equal(t, enginetest.Update, w.Engine.Preview(tie, enginetest.Inputs(inputs)).Op)
		w.Local.ResetRequests()
		w.Up(tie, inputs)
		assert.Equal(t, object{"default_policy_profile_id": strict.ID}, sent(t, w, "PATCH", "/v1/projects/*"))
		assert.Equal(t, strict.ID, live())

		// The project beside it, which does not say which policy is the default, leaves it alone.
		w.Up(project, object{"orgId": w.Local.OrgID, "name": "parent", "database": enginetest.DatabaseInputs, "description": "The shop"})
		assert.Equal(t, strict.ID, live())

		require.NoError(t, w.Local.Edit("projects", project.ID, object{"default_policy_profile_id": nil}))
		copied := *tie
		exists, err := w.Engine.Refresh(&copied)
		require.NoError(t, err)
		assert.False(t, exists, "cleared by other hands")
		w.Up(&copied, inputs)
		assert.Equal(t, strict.ID, live())

		require.NoError(t, w.Engine.Delete(tie))
		assert.Empty(t, live())
		require.NoError(t, w.Engine.Delete(strict))
	})
}

func TestProjectDefaultPolicyOfAProjectThatIsGone(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{DeletedProjectAnswers200: true}, func(t *testing.T, w *enginetest.Env) {
		project := w.Project()
		tie := w.Create("ProjectDefaultPolicy", "tie", object{"projectId": project.ID, "policyProfileId": w.Policy(project, "strict").ID})
		require.NoError(t, w.Engine.Delete(project))
		require.NoError(t, w.Engine.Delete(tie))
		exists, err := w.Engine.Refresh(tie)
		require.NoError(t, err)
		assert.False(t, exists)
	})
}
