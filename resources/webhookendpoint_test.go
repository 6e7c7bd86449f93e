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

// TestWebhookEndpointIsAlwaysSentWhole, with its secret: whether the API keeps
// one that is left out nobody says.
func TestWebhookEndpointIsAlwaysSentWhole(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{WebhookPutWithoutSecretClears: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := object{"projectId": w.Project().ID, "url": "https://example.com/hooks", "secret": "whsec-1", "eventTypes": []string{"query_blocked"}}
		webhook := w.Create("WebhookEndpoint", "hook", inputs)
		assert.True(t, webhook.State.Get("secret").Secret())
		w.Refresh(webhook)
		assert.Equal(t, "whsec-1", webhook.State.Get("secret").AsString(), "carried over")
		w.RequireNoChanges(webhook, inputs)

		w.Local.ResetRequests()
		w.Up(webhook, with(inputs, object{"description": "Audit"}))
		assert.Len(t, w.Local.Requests(), 1)
		assert.Equal(t, object{
			"url": "https://example.com/hooks", "secret": "whsec-1", "format": "json", "event_types": []any{"query_blocked"},
			"enabled": true, "description": "Audit",
		}, sent(t, w, "PUT", "/v1/projects/*/webhooks/*"))
		assert.Equal(t, "whsec-1", w.Local.Secret("webhooks", webhook.ID, "secret"))

		w.Up(webhook, with(inputs, object{"secret": "whsec-2"}))
		assert.Equal(t, "whsec-2", w.Local.Secret("webhooks", webhook.ID, "secret"))
		w.Up(webhook, with(inputs, object{"secret": nil}))
		assert.Empty(t, w.Local.Secret("webhooks", webhook.ID, "secret"), "taken out of the program, it is cleared")
	})
}

// TestWebhookEndpointUpdateThatFails keeps the old secret in the state, so that
// the next update sends the new one.
func TestWebhookEndpointUpdateThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := object{"projectId": w.Project().ID, "url": "https://example.com/hooks", "secret": "whsec-1"}
	webhook := w.Create("WebhookEndpoint", "hook", inputs)
	w.Local.AddFault(localapi.Fault{Method: "PUT", Times: 1, Status: 500, Detail: "no to whsec-2"})
	result := w.Engine.Up(webhook, enginetest.Inputs(with(inputs, object{"secret": "whsec-2"})))
	require.Error(t, result.Err)
	assert.NotContains(t, result.Err.Error(), "whsec-2", "an API that sends a secret back")
	assert.Contains(t, result.Err.Error(), "no to [secret]")
	assert.Equal(t, "whsec-1", webhook.State.Get("secret").AsString())
	w.Up(webhook, with(inputs, object{"secret": "whsec-2"}))
	assert.Equal(t, "whsec-2", w.Local.Secret("webhooks", webhook.ID, "secret"))
}

// TestWebhookEndpointThatWasImported: its secret is not known, and no update
// may lose it.
func TestWebhookEndpointThatWasImported(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{WebhookPutWithoutSecretClears: true}, func(t *testing.T, w *enginetest.Env) {
		project := w.Project()
		inputs := object{"projectId": project.ID, "url": "https://example.com/hooks"}
		created := w.Create("WebhookEndpoint", "hook", with(inputs, object{"secret": "whsec-1"}))
		imported, err := w.Engine.Import("WebhookEndpoint", "imported", project.ID+"/"+created.ID)
		require.NoError(t, err)
		w.RequireNoChanges(imported, inputs)

		w.Local.ResetRequests()
		changed := with(inputs, object{"description": "Audit"})
		result := w.Engine.Up(imported, enginetest.Inputs(changed))
		require.ErrorContains(t, result.Err, "secret is not known")
		assert.Empty(t, w.Local.Requests())
		w.Up(imported, with(changed, object{"secret": "whsec-1"}))
		assert.Equal(t, "whsec-1", w.Local.Secret("webhooks", created.ID, "secret"))
	})
}
