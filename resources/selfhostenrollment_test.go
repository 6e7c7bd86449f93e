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

// assertToken checks that the state has the current token, marked as secret.
func assertToken(t *testing.T, env *enginetest.Env, enrollment *enginetest.Resource, when string) {
	t.Helper()
	token := enrollment.State.Get("token")
	assert.Equal(t, env.Local.Secret("self-host-enrollments", enrollment.ID, "token"), token.AsString(), when)
	assert.Regexp(t, "^pbh_", token.AsString())
	assert.True(t, token.Secret(), when)
}

func TestSelfHostEnrollmentRotatesInPlace(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"orgId": env.Local.OrgID, "regionLabel": "Frankfurt"}
	enrollment := env.Create("SelfHostEnrollment", "edge", inputs)
	assertToken(t, env, enrollment, "after the create")
	env.Refresh(enrollment)
	assertToken(t, env, enrollment, "after the refresh")

	id, old := enrollment.ID, enrollment.State.Get("token").AsString()
	rotated := enginetest.With(inputs, object{"rotationTriggers": object{"quarter": "1"}})
	preview := env.Engine.Preview(enrollment, enginetest.Inputs(rotated))
	assert.True(t, preview.Outputs.Get("token").IsComputed())
	assert.Equal(t, "Frankfurt", preview.Outputs.Get("regionLabel").AsString())
	env.Local.ResetRequests()
	env.Up(enrollment, rotated)
	assert.Len(t, env.Local.Requests(), 1)
	assert.Equal(t, id, enrollment.ID)
	assert.NotEqual(t, old, enrollment.State.Get("token").AsString())
	assertToken(t, env, enrollment, "after the rotation")
	env.RequireNoChanges(enrollment, rotated)
}

// TestRevokedSelfHostEnrollmentDoesNotExist also covers an API whose lists include
// revoked enrollments.
func TestRevokedSelfHostEnrollmentDoesNotExist(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{ListIncludesRevoked: true}, func(t *testing.T, env *enginetest.Env) {
		enrollment := env.Create("SelfHostEnrollment", "edge", object{"orgId": env.Local.OrgID})
		require.NoError(t, env.Local.Remove("self-host-enrollments", enrollment.ID))
		require.NoError(t, env.Engine.Delete(enrollment))
		exists, err := env.Engine.Refresh(enrollment)
		require.NoError(t, err)
		assert.False(t, exists)
	})
}

// TestSelfHostEnrollmentAndApprovalRuleExcludeEachOther checks that the error of each of
// them names the other one.
func TestSelfHostEnrollmentAndApprovalRuleExcludeEachOther(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	rule := env.Create("ApprovalRule", "deletes", object{"projectId": project.ID, "name": "Deletes"})
	enrollment := &enginetest.Resource{Kind: "SelfHostEnrollment", Name: "edge"}
	inputs := object{"orgId": env.Local.OrgID}
	result := env.Engine.Up(enrollment, enginetest.Inputs(inputs))
	require.Error(t, result.Err)
	for _, part := range []string{"SelfHostEnrollment \"edge\"", "ApprovalRule", rule.ID, "exclude each other", "409", "two updates"} {
		assert.Contains(t, result.Err.Error(), part)
	}

	// A disabled rule does not conflict until it is enabled.
	disabled := object{"projectId": project.ID, "name": "Deletes", "enabled": false}
	env.Up(rule, disabled)
	env.Up(enrollment, inputs)
	for _, enabled := range []*enginetest.Resource{rule, {Kind: "ApprovalRule", Name: "ddl"}} {
		result = env.Engine.Up(enabled, enginetest.Inputs(enginetest.With(disabled, object{"enabled": true, "name": enabled.Name})))
		require.Error(t, result.Err)
		for _, part := range []string{"ApprovalRule \"" + enabled.Name + "\"", "SelfHostEnrollment", enrollment.ID, "exclude each other", "enabled: false", "two updates"} {
			assert.Contains(t, result.Err.Error(), part)
		}
	}
	require.NoError(t, env.Engine.Delete(enrollment))
	env.Up(rule, enginetest.With(disabled, object{"enabled": true}))
}

func TestSelfHostEnrollmentRequiresAPlan(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{Plan: "starter"})
	result := env.Engine.Up(&enginetest.Resource{Kind: "SelfHostEnrollment", Name: "edge"}, enginetest.Inputs(object{"orgId": env.Local.OrgID}))
	require.ErrorContains(t, result.Err, "403 PLAN_LIMIT_REACHED")
	assert.Contains(t, result.Err.Error(), "upgrade the plan")
}
