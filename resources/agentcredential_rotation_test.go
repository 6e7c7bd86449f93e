// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// newClock returns a clock for the rotations of an environment, and a function that advances it.
func newClock(env *enginetest.Env) (advance func(days int)) {
	now := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	env.Engine = enginetest.NewAt(env, env.Local, func() time.Time { return now })
	return func(days int) { now = now.AddDate(0, 0, days) }
}

// methods returns the methods of the writes since the last reset.
func methods(env *enginetest.Env) (methods []string) {
	for _, request := range env.Local.Requests() {
		if request.Method != "GET" {
			methods = append(methods, request.Method)
		}
	}
	env.Local.ResetRequests()
	return methods
}

// TestDisabledAgentCredentialIsNotRotated checks that a rotation waits until the credential is
// enabled, and then takes place before the old secrets can be used again.
func TestDisabledAgentCredentialIsNotRotated(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := enginetest.With(credentialInputs(env), object{"status": "disabled", "rotateAfter": "30d"})
	advance := newClock(env)
	agent := env.Create("AgentCredential", "bot", inputs)
	before := agent.State
	methods(env)

	advance(100)
	env.RequireNoChanges(agent, inputs)
	env.Up(agent, enginetest.With(inputs, object{"rotateAfter": "20d"}))
	assert.Empty(t, methods(env))
	assert.Equal(t, before.Get("mcpToken"), agent.State.Get("mcpToken"))

	active := enginetest.With(inputs, object{"status": "active"})
	preview := env.Engine.Preview(agent, enginetest.Inputs(active))
	assert.Contains(t, preview.Diff.DetailedDiff, "status")
	assert.Contains(t, preview.Diff.DetailedDiff, "rotatedAt")
	assert.True(t, preview.Outputs.Get("mcpToken").IsComputed())
	env.Local.AddFault(localapi.Fault{Method: "PATCH", Times: 1, Status: 500})
	require.Error(t, env.Engine.Up(agent, enginetest.Inputs(active)).Err)
	assertSecrets(t, env, agent, "after the rotation")
	assert.Equal(t, "disabled", agent.State.Get("status").AsString())
	env.Up(agent, active)
	assert.Equal(t, []string{"POST", "PATCH", "PATCH"}, methods(env), "it is enabled after the rotation, which is not repeated")
	assert.Equal(t, "active", env.Local.Objects("agents")[0]["status"])

	// A credential that is disabled by the same update is not rotated, either.
	advance(100)
	env.Up(agent, inputs)
	assert.Equal(t, []string{"PATCH"}, methods(env))
	env.Up(agent, enginetest.With(inputs, object{"status": nil})) // the default is active
	assert.Equal(t, []string{"POST", "PATCH"}, methods(env))
	env.RequireNoChanges(agent, enginetest.With(inputs, object{"status": nil}))
}

// TestRotationKeepsKillSwitch disables a credential outside of Pulumi. A rotation because of
// the secrets' age, which nobody has asked for at that time, does not enable it.
func TestRotationKeepsKillSwitch(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]any{"omitted": nil, "active": "active"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			inputs := enginetest.With(credentialInputs(env), object{"status": status, "rotateAfter": "30d"})
			advance := newClock(env)
			agent := env.Create("AgentCredential", "bot", inputs)
			require.NoError(t, env.Local.Edit("agents", agent.ID, object{"status": "disabled"}))
			methods(env)

			advance(30)
			env.Up(agent, inputs) // the state does not say that it is disabled
			assert.Equal(t, []string{"POST"}, methods(env))
			assert.Equal(t, "disabled", env.Local.Objects("agents")[0]["status"])
			assert.Equal(t, "disabled", agent.State.Get("status").AsString())
			assertSecrets(t, env, agent, "after the rotation")

			advance(30)
			env.RequireNoChanges(agent, inputs) // now it does
			env.Refresh(agent)
			if status == nil { // it is not managed
				env.RequireNoChanges(agent, inputs)
				return
			}
			env.Up(agent, inputs)
			assert.Equal(t, []string{"POST", "PATCH"}, methods(env), "the refresh shows the drift, and the program says that it is active")
			assert.Equal(t, "active", env.Local.Objects("agents")[0]["status"])
		})
	}
}
