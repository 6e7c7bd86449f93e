// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// credential returns the inputs of a credential in a project of its own.
func credential(w *enginetest.Env) object {
	project := w.Project()
	inputs := object{"projectId": project.ID, "policyProfileId": w.Policy(project, "strict").ID, "name": "bot"}
	w.Local.ResetRequests()
	return inputs
}

// keeps fails unless the state has the secrets that work, marked as such.
func keeps(t *testing.T, w *enginetest.Env, agent *enginetest.Resource, after string) {
	t.Helper()
	for name, field := range map[string]string{"connectionString": "connection_string", "mcpToken": "mcp_token"} {
		value := agent.State.Get(name)
		require.True(t, value.IsString(), "%s after %s", name, after)
		assert.NotEmpty(t, value.AsString(), "%s after %s", name, after)
		assert.Equal(t, w.Local.Secret("agents", agent.ID, field), value.AsString(), "%s after %s", name, after)
		assert.True(t, value.Secret(), "%s is secret after %s", name, after)
	}
	assert.Contains(t, agent.State.Get("mcpUrl").AsString(), "/mcp", after)
	assert.False(t, agent.State.Get("mcpUrl").Secret())
	assert.False(t, agent.State.Get("pgUsername").Secret())
}

// TestAgentCredentialIsDisabledAfterItsCreation: the API makes it active, whatever is asked for.
func TestAgentCredentialIsDisabledAfterItsCreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := with(credential(w), object{"status": "disabled"})
	agent := w.Create("AgentCredential", "bot", inputs)
	assert.Len(t, w.Local.Requests(), 2)
	assert.NotContains(t, sent(t, w, "POST", "/v1/projects/*/agents"), "status")
	assert.Equal(t, object{"status": "disabled"}, sent(t, w, "PATCH", "/v1/projects/*/agents/*"))
	assert.Equal(t, "disabled", w.Local.Objects("agents")[0]["status"])
	keeps(t, w, agent, "the creation")

	w.Local.ResetRequests()
	w.Up(agent, with(inputs, object{"status": "active"}))
	keeps(t, w, agent, "an update")
	w.Up(agent, with(inputs, object{"status": nil}))
	assert.Len(t, w.Local.Requests(), 1, "active is what it is without a status")
	w.Refresh(agent)
	keeps(t, w, agent, "a refresh")
	w.RequireNoChanges(agent, with(inputs, object{"status": nil}))
}

// TestAgentCredentialThatCannotBeDisabled is in the state, with its secrets,
// as the active credential that it is, and the next update disables it.
func TestAgentCredentialThatCannotBeDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := with(credential(w), object{"status": "disabled"})
	w.Local.AddFault(localapi.Fault{Method: "PATCH", Times: 1, Status: 500})
	agent := &enginetest.Resource{Kind: "AgentCredential", Name: "bot"}
	result := w.Engine.Up(agent, enginetest.Inputs(inputs))
	require.Error(t, result.Err)
	require.NotEmpty(t, agent.ID)
	keeps(t, w, agent, "a creation that failed half-way")
	assert.Equal(t, "active", agent.State.Get("status").AsString())

	w.Local.ResetRequests()
	w.Up(agent, inputs)
	assert.Len(t, w.Local.Requests(), 1)
	assert.Equal(t, "disabled", w.Local.Objects("agents")[0]["status"])
	keeps(t, w, agent, "its repair")
}

// TestAgentCredentialRotates in place: the same object with new secrets, and a
// preview that says so of them alone.
func TestAgentCredentialRotates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := with(credential(w), object{"rotationTriggers": object{"quarter": "1"}})
	agent := w.Create("AgentCredential", "bot", inputs)
	id, before := agent.ID, agent.State
	assert.Len(t, w.Local.Requests(), 1, "the first secrets are new already")

	w.Local.ResetRequests()
	rotated := with(inputs, object{"rotationTriggers": object{"quarter": "2"}})
	preview := w.Engine.Preview(agent, enginetest.Inputs(rotated))
	assert.Equal(t, enginetest.Update, preview.Op)
	for name, output := range preview.Outputs.All {
		unknown := name == "connectionString" || name == "mcpToken" || name == "mcpUrl" || name == "updatedAt"
		assert.Equal(t, unknown, output.IsComputed(), name)
	}
	assert.True(t, preview.Outputs.Get("mcpToken").Secret())
	assert.Empty(t, w.Local.Requests())

	w.Up(agent, rotated)
	assert.Len(t, w.Local.Requests(), 1)
	assert.Equal(t, id, agent.ID)
	keeps(t, w, agent, "a rotation")
	for _, name := range []string{"connectionString", "mcpToken"} {
		assert.NotEqual(t, before.Get(name).AsString(), agent.State.Get(name).AsString())
	}
	assert.Equal(t, before.Get("pgUsername"), agent.State.Get("pgUsername"))
	w.RequireNoChanges(agent, rotated)
	w.Refresh(agent)
	w.RequireNoChanges(agent, rotated)
}

// TestAgentCredentialRotationIsNotLost: the new secrets are in the state though
// the request behind the rotation fails, and it does not rotate again.
func TestAgentCredentialRotationIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := credential(w)
	agent := w.Create("AgentCredential", "bot", inputs)
	w.Local.AddFault(localapi.Fault{Method: "PATCH", Times: 1, Status: 500})
	changed := with(inputs, object{"rotationTriggers": object{"quarter": "1"}, "status": "disabled"})
	result := w.Engine.Up(agent, enginetest.Inputs(changed))
	require.Error(t, result.Err)
	keeps(t, w, agent, "a rotation with a failure behind it")

	w.Local.ResetRequests()
	w.Up(agent, changed)
	assert.Len(t, w.Local.Requests(), 1)
	assert.Equal(t, 1, w.Local.Count("PATCH", "/v1/projects/*/agents/*"))
	keeps(t, w, agent, "the repair")
}

// TestAgentCredentialRotationThatFails keeps the secrets that work.
func TestAgentCredentialRotationThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := credential(w)
	agent := w.Create("AgentCredential", "bot", inputs)
	w.Local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects/*/agents/*/rotate", Times: 1, Status: 403, Code: "FORBIDDEN"})
	rotated := with(inputs, object{"rotationTriggers": object{"quarter": "1"}})
	result := w.Engine.Up(agent, enginetest.Inputs(rotated))
	require.Error(t, result.Err)
	keeps(t, w, agent, "a rotation that failed")
	w.Up(agent, rotated)
	keeps(t, w, agent, "the rotation that did not")
}

// TestAgentCredentialThatWasImported has no secrets until it is rotated.
func TestAgentCredentialThatWasImported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := credential(w)
	created := w.Create("AgentCredential", "bot", inputs)
	imported, err := w.Engine.Import("AgentCredential", "imported", inputs["projectId"].(string)+"/"+created.ID)
	require.NoError(t, err)
	assert.Empty(t, imported.State.Get("mcpToken").AsString())
	w.RequireNoChanges(imported, inputs)
	w.Up(imported, with(inputs, object{"rotationTriggers": object{"import": "1"}}))
	keeps(t, w, imported, "a rotation after the import")
}

// TestAgentCredentialThatHasExpired does not stand in the way of an update, but
// a new one must expire in the future.
func TestAgentCredentialThatHasExpired(t *testing.T) {
	t.Parallel()
	clock := time.Now().Add(-48 * time.Hour)
	w := enginetest.NewEnv(t, localapi.Options{Now: func() time.Time { return clock }})
	inputs := credential(w)
	expired := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)

	_, failures := w.Engine.Check(&enginetest.Resource{Kind: "AgentCredential", Name: "bot"}, enginetest.Inputs(with(inputs, object{"expiresAt": expired})))
	require.Len(t, failures, 1)
	assert.Equal(t, "expiresAt", failures[0].Property)
	assert.Contains(t, failures[0].Reason, "must be in the future")

	// One that was made two days ago, when it was.
	agent := w.Create("AgentCredential", "bot", inputs)
	inputs = with(inputs, object{"expiresAt": expired})
	require.NoError(t, w.Local.Edit("agents", agent.ID, object{"expires_at": expired}))
	agent.Inputs = agent.Inputs.Set("expiresAt", property.New(expired))
	w.Refresh(agent)
	w.RequireNoChanges(agent, inputs)
	w.Up(agent, with(inputs, object{"status": "disabled"}))
	_, failures = w.Engine.Check(agent, enginetest.Inputs(with(inputs, object{"expiresAt": time.Now().Add(-2 * time.Hour).Format(time.RFC3339)})))
	assert.Len(t, failures, 1, "another time in the past is for a new credential")
}

// TestAgentCredentialExpiryIsAnInstant: in whatever offset it is written.
func TestAgentCredentialExpiryIsAnInstant(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{TimestampsWithMillis: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := with(credential(w), object{"expiresAt": "2099-01-01T01:30:00+01:30"})
		agent := w.Create("AgentCredential", "bot", inputs)
		assert.Equal(t, "2099-01-01T01:30:00+01:30", agent.State.Get("expiresAt").AsString(), "as the program writes it")
		w.Refresh(agent)
		for _, spelling := range []string{"2099-01-01T01:30:00+01:30", "2099-01-01T00:00:00Z", "2099-01-01T00:00:00.000Z"} {
			w.RequireNoChanges(agent, with(inputs, object{"expiresAt": spelling}))
		}
		replaced := w.Engine.Preview(agent, enginetest.Inputs(with(inputs, object{"expiresAt": "2099-01-01T00:00:01Z"})))
		assert.Equal(t, enginetest.Replace, replaced.Op)
		never := w.Engine.Preview(agent, enginetest.Inputs(with(inputs, object{"expiresAt": nil})))
		assert.Equal(t, enginetest.Replace, never.Op)
	})
}

// TestAgentCredentialThatWasRevoked counts as gone, however the API says so.
func TestAgentCredentialThatWasRevoked(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{RevokedAgentAnswers404: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := credential(w)
		agent := w.Create("AgentCredential", "bot", inputs)
		require.NoError(t, w.Local.Remove("agents", agent.ID))
		copied := *agent
		result := w.Engine.Up(&copied, enginetest.Inputs(with(inputs, object{"status": "disabled"})))
		require.Error(t, result.Err)
		assert.Contains(t, result.Err.Error(), "pulumi refresh")
		require.NoError(t, w.Engine.Delete(agent))
		exists, err := w.Engine.Refresh(agent)
		require.NoError(t, err)
		assert.False(t, exists)
	})
}

// TestAgentCredentialNames: where the API wants them unique, one that is taken
// is an error, and a replacement goes after the old object.
func TestAgentCredentialNames(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{AgentNamesNotUnique: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := credential(w)
		agent := w.Create("AgentCredential", "bot", inputs)
		replaced := w.Engine.Preview(agent, enginetest.Inputs(with(inputs, object{"principalType": "human"})))
		assert.Equal(t, enginetest.Replace, replaced.Op)
		assert.True(t, replaced.Diff.DeleteBeforeReplace)
		old := agent.ID
		w.Up(agent, with(inputs, object{"principalType": "human"}))
		assert.NotEqual(t, old, agent.ID)
		require.Len(t, w.Local.Objects("agents"), 1)
		keeps(t, w, agent, "a replacement")
	})
}
