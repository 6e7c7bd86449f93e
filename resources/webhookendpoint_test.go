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

// TestWebhookEndpointUpdateSendsAllFields checks that a PUT includes the secret: the API
// does not document whether it keeps an omitted one.
func TestWebhookEndpointUpdateSendsAllFields(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{WebhookPutWithoutSecretClears: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := object{"projectId": env.Project().ID, "url": "https://example.com/hooks", "secret": "whsec-1", "eventTypes": []string{"query_blocked"}}
		webhook := env.Create("WebhookEndpoint", "hook", inputs)
		assert.True(t, webhook.State.Get("secret").Secret())
		env.Refresh(webhook)
		assert.Equal(t, "whsec-1", webhook.State.Get("secret").AsString(), "the API does not return the secret")
		env.RequireNoChanges(webhook, inputs)

		env.Local.ResetRequests()
		env.Up(webhook, enginetest.With(inputs, object{"description": "Audit"}))
		assert.Len(t, env.Local.Requests(), 1)
		assert.Equal(t, object{
			"url": "https://example.com/hooks", "secret": "whsec-1", "format": "json", "event_types": []any{"query_blocked"},
			"enabled": true, "description": "Audit",
		}, env.RequestBody("PUT", "/v1/projects/*/webhooks/*"))
		assert.Equal(t, "whsec-1", env.Local.Secret("webhooks", webhook.ID, "secret"))

		env.Up(webhook, enginetest.With(inputs, object{"secret": "whsec-2"}))
		assert.Equal(t, "whsec-2", env.Local.Secret("webhooks", webhook.ID, "secret"))
		env.Up(webhook, enginetest.With(inputs, object{"secret": nil}))
		assert.Empty(t, env.Local.Secret("webhooks", webhook.ID, "secret"), "a removed secret is cleared")
	})
}

// TestWebhookEndpointFailedUpdateKeepsTheOldSecret checks that the next update sends the
// new one.
func TestWebhookEndpointFailedUpdateKeepsTheOldSecret(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"projectId": env.Project().ID, "url": "https://example.com/hooks", "secret": "whsec-1"}
	webhook := env.Create("WebhookEndpoint", "hook", inputs)
	env.Local.AddFault(localapi.Fault{Method: "PUT", Times: 1, Status: 500, Detail: "cannot store whsec-2"})
	result := env.Engine.Up(webhook, enginetest.Inputs(enginetest.With(inputs, object{"secret": "whsec-2"})))
	require.Error(t, result.Err)
	assert.NotContains(t, result.Err.Error(), "whsec-2", "the response contains the secret")
	assert.Contains(t, result.Err.Error(), "cannot store [secret]")
	assert.Equal(t, "whsec-1", webhook.State.Get("secret").AsString())
	env.Up(webhook, enginetest.With(inputs, object{"secret": "whsec-2"}))
	assert.Equal(t, "whsec-2", env.Local.Secret("webhooks", webhook.ID, "secret"))
}

// TestImportedWebhookEndpointRequiresItsSecret checks that an update does not clear the
// secret, which is unknown after an import.
func TestImportedWebhookEndpointRequiresItsSecret(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{WebhookPutWithoutSecretClears: true}, func(t *testing.T, env *enginetest.Env) {
		project := env.Project()
		inputs := object{"projectId": project.ID, "url": "https://example.com/hooks"}
		created := env.Create("WebhookEndpoint", "hook", enginetest.With(inputs, object{"secret": "whsec-1"}))
		imported, err := env.Engine.Import("WebhookEndpoint", "imported", project.ID+"/"+created.ID)
		require.NoError(t, err)
		env.RequireNoChanges(imported, inputs)

		env.Local.ResetRequests()
		changed := enginetest.With(inputs, object{"description": "Audit"})
		result := env.Engine.Up(imported, enginetest.Inputs(changed))
		require.ErrorContains(t, result.Err, "secret is not known")
		assert.Empty(t, env.Local.Requests())
		env.Up(imported, enginetest.With(changed, object{"secret": "whsec-1"}))
		assert.Equal(t, "whsec-1", env.Local.Secret("webhooks", created.ID, "secret"))
	})
}
