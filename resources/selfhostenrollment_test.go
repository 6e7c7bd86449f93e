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

func keepsToken(t *testing.T, w *enginetest.Env, enrollment *enginetest.Resource, after string) {
	t.Helper()
	token := enrollment.State.Get("token")
	assert.Equal(t, w.Local.Secret("self-host-enrollments", enrollment.ID, "token"), token.AsString(), after)
	assert.Regexp(t, "^pbh_", token.AsString())
	assert.True(t, token.Secret(), after)
}

func TestSelfHostEnrollmentRotates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := object{"orgId": w.Local.OrgID, "regionLabel": "Frankfurt"}
	enrollment := w.Create("SelfHostEnrollment", "edge", inputs)
	keepsToken(t, w, enrollment, "the creation")
	w.Refresh(enrollment)
	keepsToken(t, w, enrollment, "a refresh")

	id, old := enrollment.ID, enrollment.State.Get("token").AsString()
	rotated := with(inputs, object{"rotationTriggers": object{"quarter": "1"}})
	preview := w.Engine.Preview(enrollment, enginetest.Inputs(rotated))
	assert.True(t, preview.Outputs.Get("token").IsComputed())
	assert.Equal(t, "Frankfurt", preview.Outputs.Get("regionLabel").AsString())
	w.Local.ResetRequests()
	w.Up(enrollment, rotated)
	assert.Len(t, w.Local.Requests(), 1)
	assert.Equal(t, id, enrollment.ID)
	assert.NotEqual(t, old, enrollment.State.Get("token").AsString())
	keepsToken(t, w, enrollment, "a rotation")
	w.RequireNoChanges(enrollment, rotated)
}

// TestSelfHostEnrollmentThatWasRevoked counts as gone, also where lists have it.
func TestSelfHostEnrollmentThatWasRevoked(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{ListIncludesRevoked: true}, func(t *testing.T, w *enginetest.Env) {
		enrollment := w.Create("SelfHostEnrollment", "edge", object{"orgId": w.Local.OrgID})
		require.NoError(t, w.Local.Remove("self-host-enrollments", enrollment.ID))
		require.NoError(t, w.Engine.Delete(enrollment))
		exists, err := w.Engine.Refresh(enrollment)
		require.NoError(t, err)
		assert.False(t, exists)
	})
}

// TestSelfHostEnrollmentAndApprovalRule exclude each other: the error names both.
func TestSelfHostEnrollmentAndApprovalRule(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	project := w.Project()
	rule := w.Create("ApprovalRule", "deletes", object{"projectId": project.ID, "name": "Deletes"})
	enrollment := &enginetest.Resource{Kind: "SelfHostEnrollment", Name: "edge"}
	inputs := object{"orgId": w.Local.OrgID}
	result := w.Engine.Up(enrollment, enginetest.Inputs(inputs))
	require.Error(t, result.Err)
	for _, part := range []string{"SelfHostEnrollment \"edge\"", "ApprovalRule", rule.ID, "exclude each other", "409", "two updates"} {
		assert.Contains(t, result.Err.Error(), part)
	}

	// A rule that is not enabled is in nobody's way, until it is to be enabled.
	disabled := object{"projectId": project.ID, "name": "Deletes", "enabled": false}
	w.Up(rule, disabled)
	w.Up(enrollment, inputs)
	for _, attempt := range []*enginetest.Resource{rule, {Kind: "ApprovalRule", Name: "ddl"}} {
		result = w.Engine.Up(attempt, enginetest.Inputs(with(disabled, object{"enabled": true, "name": attempt.Name})))
		require.Error(t, result.Err)
		for _, part := range []string{"ApprovalRule \"" + attempt.Name + "\"", "SelfHostEnrollment", enrollment.ID, "exclude each other", "enabled: false", "two updates"} {
			assert.Contains(t, result.Err.Error(), part)
		}
	}
	require.NoError(t, w.Engine.Delete(enrollment))
	w.Up(rule, with(disabled, object{"enabled": true}))
}

// TestSelfHostEnrollmentNeedsAPlan: the error says so.
func TestSelfHostEnrollmentNeedsAPlan(t *testing.T) {
	t.Parallel()
	w := enginetest.NewEnv(t, localapi.Options{Plan: "starter"})
	result := w.Engine.Up(&enginetest.Resource{Kind: "SelfHostEnrollment", Name: "edge"}, enginetest.Inputs(object{"orgId": w.Local.OrgID}))
	require.ErrorContains(t, result.Err, "403 PLAN_LIMIT_REACHED")
	assert.Contains(t, result.Err.Error(), "upgrade the plan")
}
