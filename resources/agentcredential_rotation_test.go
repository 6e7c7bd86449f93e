// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"math/rand/v2"
	"strconv"
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
// the secrets' age does not enable it: the user has not asked for that.
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

// TestTwoAgentCredentialsTakeTurns has two credentials, lets the clock decide which one is in
// use, and runs the program at irregular times. The secrets that an update hands out work at
// least until the overlap has passed since the update that hands out others.
func TestTwoAgentCredentialsTakeTurns(t *testing.T) {
	t.Parallel()
	const turn, overlap = 10 * 24 * time.Hour, 2 * 24 * time.Hour
	for seed := range uint64(5) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			base, now := credentialInputs(env), time.Date(2030, 3, 1, 0, 0, 0, 0, time.UTC)
			env.Engine = enginetest.NewAt(env, env.Local, func() time.Time { return now })
			pair := []*enginetest.Resource{{Kind: "AgentCredential", Name: "blue"}, {Kind: "AgentCredential", Name: "green"}}
			type held struct {
				credential int
				secret     string
				until      time.Time // zero while it is handed out
			}
			random, rotations, latest := rand.New(rand.NewPCG(seed, 0)), 0, held{credential: -1}
			var all []held
			for range 60 {
				current := int(now.Unix()/int64(turn.Seconds())) % 2
				for i, credential := range pair {
					before := credential.State.Get("mcpToken")
					env.Up(credential, enginetest.With(base, object{"name": credential.Name, "standby": i != current, "rotateAfter": "2d"}))
					if before.IsString() && !before.Equals(credential.State.Get("mcpToken")) {
						rotations++
					}
				}
				if latest.credential != current {
					if latest.credential >= 0 {
						latest.until = now.Add(overlap)
						all = append(all, latest)
					}
					latest = held{credential: current, secret: pair[current].State.Get("mcpToken").AsString()}
				}
				for _, h := range append(all, latest) {
					if h.until.IsZero() || now.Before(h.until) {
						assert.Equal(t, h.secret, env.Local.Secret("agents", pair[h.credential].ID, "mcp_token"), "%s at %s", pair[h.credential].Name, now)
					}
				}
				now = now.Add(time.Duration(random.Int64N(int64(2*turn) / (1 + random.Int64N(20)))))
			}
			assert.Greater(t, rotations, 5)
		})
	}
}
