// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"slices"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// credentialInputs returns the inputs of a credential in a new project.
func credentialInputs(env *enginetest.Env) object {
	project := env.Project()
	inputs := object{"projectId": project.ID, "policyProfileId": env.Policy(project, "strict").ID, "name": "bot"}
	env.Local.ResetRequests()
	return inputs
}

// assertSecrets checks that the state has the current secrets, marked as secret.
func assertSecrets(t *testing.T, env *enginetest.Env, agent *enginetest.Resource, when string) {
	t.Helper()
	for name, field := range map[string]string{"connectionString": "connection_string", "mcpToken": "mcp_token"} {
		value := agent.State.Get(name)
		require.True(t, value.IsString(), "%s %s", name, when)
		assert.NotEmpty(t, value.AsString(), "%s %s", name, when)
		assert.Equal(t, env.Local.Secret("agents", agent.ID, field), value.AsString(), "%s %s", name, when)
		assert.True(t, value.Secret(), "%s %s", name, when)
	}
	assert.Contains(t, agent.State.Get("mcpUrl").AsString(), "/mcp", when)
	assert.False(t, agent.State.Get("mcpUrl").Secret())
	assert.False(t, agent.State.Get("pgUsername").Secret())
}

// TestAgentCredentialIsCreatedDisabled requires two requests, because the API creates
// every credential active.
func TestAgentCredentialIsCreatedDisabled(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := enginetest.With(credentialInputs(env), object{"status": "disabled"})
	agent := env.Create("AgentCredential", "bot", inputs)
	assert.Len(t, env.Local.Requests(), 2)
	assert.NotContains(t, env.RequestBody("POST", "/v1/projects/*/agents"), "status")
	assert.Equal(t, object{"status": "disabled"}, env.RequestBody("PATCH", "/v1/projects/*/agents/*"))
	assert.Equal(t, "disabled", env.Local.Objects("agents")[0]["status"])
	assertSecrets(t, env, agent, "after the create")

	env.Local.ResetRequests()
	env.Up(agent, enginetest.With(inputs, object{"status": "active"}))
	assertSecrets(t, env, agent, "after the update")
	env.Up(agent, enginetest.With(inputs, object{"status": nil}))
	assert.Len(t, env.Local.Requests(), 1, "the default is active")
	env.Refresh(agent)
	assertSecrets(t, env, agent, "after the refresh")
	env.RequireNoChanges(agent, enginetest.With(inputs, object{"status": nil}))
}

// TestAgentCredentialKeepsItsSecretsIfDisablingFails checks that the state describes the
// active credential, and that the next update disables it.
func TestAgentCredentialKeepsItsSecretsIfDisablingFails(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := enginetest.With(credentialInputs(env), object{"status": "disabled"})
	env.Local.AddFault(localapi.Fault{Method: "PATCH", Times: 1, Status: 500})
	agent := &enginetest.Resource{Kind: "AgentCredential", Name: "bot"}
	result := env.Engine.Up(agent, enginetest.Inputs(inputs))
	require.Error(t, result.Err)
	require.NotEmpty(t, agent.ID)
	assertSecrets(t, env, agent, "after the failed create")
	assert.Equal(t, "active", agent.State.Get("status").AsString())

	env.Local.ResetRequests()
	env.Up(agent, inputs)
	assert.Len(t, env.Local.Requests(), 1)
	assert.Equal(t, "disabled", env.Local.Objects("agents")[0]["status"])
	assertSecrets(t, env, agent, "after the second update")
}

// TestAgentCredentialRotatesInPlace checks that a rotation keeps the object, and that the
// preview shows only the secrets, and when they are issued, as unknown.
func TestAgentCredentialRotatesInPlace(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := enginetest.With(credentialInputs(env), object{"rotationTriggers": object{"quarter": "1"}})
	agent := env.Create("AgentCredential", "bot", inputs)
	id, before := agent.ID, agent.State
	assert.Len(t, env.Local.Requests(), 1, "a create does not rotate")

	env.Local.ResetRequests()
	rotated := enginetest.With(inputs, object{"rotationTriggers": object{"quarter": "2"}})
	preview := env.Engine.Preview(agent, enginetest.Inputs(rotated))
	assert.Equal(t, enginetest.Update, preview.Op)
	for name, output := range preview.Outputs.All {
		unknown := slices.Contains([]string{"connectionString", "mcpToken", "mcpUrl", "updatedAt", "rotatedAt"}, name)
		assert.Equal(t, unknown, output.IsComputed(), name)
	}
	assert.True(t, preview.Outputs.Get("mcpToken").Secret())
	assert.Empty(t, env.Local.Requests())

	env.Up(agent, rotated)
	assert.Len(t, env.Local.Requests(), 1)
	assert.Equal(t, id, agent.ID)
	assertSecrets(t, env, agent, "after the rotation")
	for _, name := range []string{"connectionString", "mcpToken"} {
		assert.NotEqual(t, before.Get(name).AsString(), agent.State.Get(name).AsString())
	}
	assert.Equal(t, before.Get("pgUsername"), agent.State.Get("pgUsername"))
	env.RequireNoChanges(agent, rotated)
	env.Refresh(agent)
	env.RequireNoChanges(agent, rotated)
}

// TestAgentCredentialKeepsNewSecretsIfUpdateFails fails the request that follows the
// rotation. The next update does not rotate again.
func TestAgentCredentialKeepsNewSecretsIfUpdateFails(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := credentialInputs(env)
	agent := env.Create("AgentCredential", "bot", inputs)
	env.Local.AddFault(localapi.Fault{Method: "PATCH", Times: 1, Status: 500})
	changed := enginetest.With(inputs, object{"rotationTriggers": object{"quarter": "1"}, "status": "disabled"})
	result := env.Engine.Up(agent, enginetest.Inputs(changed))
	require.Error(t, result.Err)
	assertSecrets(t, env, agent, "after the failed update")

	env.Local.ResetRequests()
	env.Up(agent, changed)
	assert.Len(t, env.Local.Requests(), 1)
	assert.Equal(t, 1, env.Local.Count("PATCH", "/v1/projects/*/agents/*"))
	assertSecrets(t, env, agent, "after the second update")
}

func TestAgentCredentialKeepsOldSecretsIfRotationFails(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := credentialInputs(env)
	agent := env.Create("AgentCredential", "bot", inputs)
	env.Local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects/*/agents/*/rotate", Times: 1, Status: 403, Code: "FORBIDDEN"})
	rotated := enginetest.With(inputs, object{"rotationTriggers": object{"quarter": "1"}})
	result := env.Engine.Up(agent, enginetest.Inputs(rotated))
	require.Error(t, result.Err)
	assertSecrets(t, env, agent, "after the failed rotation")
	env.Up(agent, rotated)
	assertSecrets(t, env, agent, "after the rotation")
}

func TestImportedAgentCredentialHasSecretsAfterRotation(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := credentialInputs(env)
	created := env.Create("AgentCredential", "bot", inputs)
	imported, err := env.Engine.Import("AgentCredential", "imported", inputs["projectId"].(string)+"/"+created.ID)
	require.NoError(t, err)
	assert.Empty(t, imported.State.Get("mcpToken").AsString())
	env.RequireNoChanges(imported, inputs)
	env.Up(imported, enginetest.With(inputs, object{"rotationTriggers": object{"import": "1"}}))
	assertSecrets(t, env, imported, "after the rotation")
}

// TestAgentCredentialExpiryMustBeInTheFuture checks that this applies to new values only:
// an expired credential can still be updated.
func TestAgentCredentialExpiryMustBeInTheFuture(t *testing.T) {
	t.Parallel()
	clock := time.Now().Add(-48 * time.Hour)
	env := enginetest.NewEnv(t, localapi.Options{Now: func() time.Time { return clock }})
	inputs := credentialInputs(env)
	expired := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)

	_, failures := env.Engine.Check(&enginetest.Resource{Kind: "AgentCredential", Name: "bot"}, enginetest.Inputs(enginetest.With(inputs, object{"expiresAt": expired})))
	require.Len(t, failures, 1)
	assert.Equal(t, "expiresAt", failures[0].Property)
	assert.Contains(t, failures[0].Reason, "must be in the future")

	// The clock of the API is two days behind, so that the expiry is in its future.
	agent := env.Create("AgentCredential", "bot", inputs)
	inputs = enginetest.With(inputs, object{"expiresAt": expired})
	require.NoError(t, env.Local.Edit("agents", agent.ID, object{"expires_at": expired}))
	agent.Inputs = agent.Inputs.Set("expiresAt", property.New(expired))
	env.Refresh(agent)
	env.RequireNoChanges(agent, inputs)
	env.Up(agent, enginetest.With(inputs, object{"status": "disabled"}))
	_, failures = env.Engine.Check(agent, enginetest.Inputs(enginetest.With(inputs, object{"expiresAt": time.Now().Add(-2 * time.Hour).Format(time.RFC3339)})))
	assert.Len(t, failures, 1, "a new value must be in the future")
}

func TestAgentCredentialExpiryIsComparedAsATime(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{TimestampsWithMillis: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := enginetest.With(credentialInputs(env), object{"expiresAt": "2099-01-01T01:30:00+01:30"})
		agent := env.Create("AgentCredential", "bot", inputs)
		assert.Equal(t, "2099-01-01T01:30:00+01:30", agent.State.Get("expiresAt").AsString(), "the state has the form of the input")
		env.Refresh(agent)
		for _, equal := range []string{"2099-01-01T01:30:00+01:30", "2099-01-01T00:00:00Z", "2099-01-01T00:00:00.000Z"} {
			env.RequireNoChanges(agent, enginetest.With(inputs, object{"expiresAt": equal}))
		}
		for _, different := range []any{"2099-01-01T00:00:01Z", nil} {
			preview := env.Engine.Preview(agent, enginetest.Inputs(enginetest.With(inputs, object{"expiresAt": different})))
			assert.Equal(t, enginetest.Replace, preview.Op, "%v", different)
		}
	})
}

func TestRevokedAgentCredentialDoesNotExist(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{RevokedAgentAnswers404: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := credentialInputs(env)
		agent := env.Create("AgentCredential", "bot", inputs)
		require.NoError(t, env.Local.Remove("agents", agent.ID))
		outdated := *agent
		result := env.Engine.Up(&outdated, enginetest.Inputs(enginetest.With(inputs, object{"status": "disabled"})))
		require.Error(t, result.Err)
		assert.Contains(t, result.Err.Error(), "pulumi refresh")
		require.NoError(t, env.Engine.Delete(agent))
		exists, err := env.Engine.Refresh(agent)
		require.NoError(t, err)
		assert.False(t, exists)
	})
}

// TestAgentCredentialIsDeletedBeforeReplacement checks that a replacement with the same
// name also works if the API requires unique names.
func TestAgentCredentialIsDeletedBeforeReplacement(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{AgentNamesNotUnique: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := credentialInputs(env)
		agent := env.Create("AgentCredential", "bot", inputs)
		preview := env.Engine.Preview(agent, enginetest.Inputs(enginetest.With(inputs, object{"principalType": "human"})))
		assert.Equal(t, enginetest.Replace, preview.Op)
		assert.True(t, preview.Diff.DeleteBeforeReplace)
		old := agent.ID
		env.Up(agent, enginetest.With(inputs, object{"principalType": "human"}))
		assert.NotEqual(t, old, agent.ID)
		require.Len(t, env.Local.Objects("agents"), 1)
		assertSecrets(t, env, agent, "after the replacement")
	})
}
