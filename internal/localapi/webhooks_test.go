// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWebhooks(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	created := a.do(http.MethodPost, project+"/webhooks", fields{
		"url": "https://example.com/hook", "secret": "hush", "format": "datadog", "enabled": false, "description": "d",
		"event_types": []string{"masked", "webhook.test"},
	}).requireStatus(http.StatusCreated)
	assert.Regexp(t, `^whk_`, created.body["id"])
	assert.NotContains(t, string(created.raw), "hush")
	assert.Equal(t, []any{"masked", "webhook.test"}, created.body["event_types"])
	path := project + "/webhooks/" + created.stringField("id")
	assert.Equal(t, "hush", a.Secret("webhooks", created.stringField("id"), "secret"))

	replaced := a.do(http.MethodPut, path, fields{"url": "http://example.com/hook"}).requireStatus(http.StatusOK)
	assertFields(t, fields{
		"url": "http://example.com/hook", "format": "json", "enabled": true, "event_types": []any{}, "description": "",
		"created_at": created.body["created_at"],
	}, replaced.body)
	assert.Equal(t, replaced.body, a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK).body)
	a.do(http.MethodPut, path, fields{"url": "https://example.com", "secret": "new"}).requireStatus(http.StatusOK)
	assert.Equal(t, "new", a.Secret("webhooks", lastSegment(path), "secret"))

	assert.Equal(t, "delivered", a.do(http.MethodPost, path+"/test", nil).requireStatus(http.StatusAccepted).stringField("status"))
	a.do(http.MethodPut, path, fields{"url": "https://hooks.invalid/x"}).requireStatus(http.StatusOK)
	assert.Equal(t, "failed", a.do(http.MethodPost, path+"/test", nil).requireStatus(http.StatusAccepted).stringField("status"))

	a.do(http.MethodDelete, path, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodGet, path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodPost, path+"/test", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
}

func TestWebhookRejectsInvalidInput(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	path := a.create(project+"/webhooks", fields{"url": "https://example.com"})
	inputs := []invalidInput{
		{"no url", fields{"url": absent}, []string{"url"}},
		{"empty url", fields{"url": ""}, []string{"url"}},
		{"long url", fields{"url": "https://example.com/" + strings.Repeat("x", 2048)}, []string{"url"}},
		{"no host", fields{"url": "https:///hook"}, []string{"url"}},
		{"no scheme", fields{"url": "example.com/hook"}, []string{"url"}},
		{"another scheme", fields{"url": "ftp://example.com"}, []string{"url"}},
		{"format", fields{"format": "xml"}, []string{"format"}},
		{"event type", fields{"event_types": []string{"masked", "exploded"}}, []string{"event_types.1"}},
		{"null event types", fields{"event_types": nil}, []string{"event_types"}},
		{"long secret", fields{"secret": strings.Repeat("x", 257)}, []string{"secret"}},
		{"long description", fields{"description": strings.Repeat("x", 257)}, []string{"description"}},
		{"enabled", fields{"enabled": 1}, []string{"enabled"}},
	}
	a.requireAllInvalid(http.MethodPost, project+"/webhooks", fields{"url": "https://example.com"}, inputs)
	a.requireAllInvalid(http.MethodPut, path, fields{"url": "https://example.com"}, inputs)
	assert.Len(t, a.Objects("webhooks"), 1)
}

func TestWebhookPutWithoutSecret(t *testing.T) {
	for want, behaviour := range map[string]Behaviour{"hush": {}, "": {WebhookPutWithoutSecretClears: true}} {
		a := start(t, Options{Behaviour: behaviour})
		project, _ := a.createProject("shop")
		path := a.create(project+"/webhooks", fields{"url": "https://example.com", "secret": "hush"})
		a.do(http.MethodPut, path, fields{"url": "https://example.com"}).requireStatus(http.StatusOK)
		assert.Equal(t, want, a.Secret("webhooks", lastSegment(path), "secret"))
	}
}

func TestHTTPSWebhooksOnly(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{HTTPSWebhooksOnly: true}})
	project, _ := a.createProject("shop")
	a.do(http.MethodPost, project+"/webhooks", fields{"url": "http://example.com"}).requireInvalid("url")
	a.create(project+"/webhooks", fields{"url": "https://example.com"})
}
