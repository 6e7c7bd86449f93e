// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestGetAgentCredentialDoesNotFindARevokedOne checks both responses that the API may give.
func TestGetAgentCredentialDoesNotFindARevokedOne(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]localapi.Behaviour{
		"status revoked": {ListIncludesRevoked: true},
		"not found":      {RevokedAgentAnswers404: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t, localapi.Options{Behaviour: behaviour})
			revoked := env.Create("AgentCredential", "old", env.inProject(object{"policyProfileId": env.policy.ID, "name": "old"}))
			require.NoError(t, env.Engine.Delete(revoked))
			for _, change := range []object{{"id": revoked.ID}, {"name": "old"}} {
				message := env.InvokeError("getAgentCredential", env.inProject(change))
				assert.Contains(t, message, env.agent.ID+` "bot"`)
				assert.NotContains(t, message, `"old"`)
			}
			message := env.InvokeError("getAgentCredential", env.inProject(object{"id": revoked.ID}))
			assert.Contains(t, message, revoked.ID)
		})
	}
}

func TestGetAgentCredentialReturnsWhenItWasUsedAndExpires(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	unused := env.invoke("getAgentCredential", env.inProject(object{"id": env.agent.ID}))
	assert.NotContains(t, unused, "lastUsedAt")
	assert.NotContains(t, unused, "expiresAt")

	require.NoError(t, env.Local.Edit("agents", env.agent.ID, object{
		"last_used_at": "2026-03-01T12:00:00Z", "expires_at": "2030-01-01T00:00:00Z", "status": "disabled",
	}))
	env.Engine = enginetest.New(t, env.Local)
	used := env.invoke("getAgentCredential", env.inProject(object{"name": "bot"}))
	assert.Equal(t, "2026-03-01T12:00:00Z", used["lastUsedAt"])
	assert.Equal(t, "2030-01-01T00:00:00Z", used["expiresAt"])
	assert.Equal(t, "disabled", used["status"], "a disabled credential exists")
}
