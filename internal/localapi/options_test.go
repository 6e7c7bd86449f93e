// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"cmp"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSettingsAreDocumented checks the help of pgbeam-local.
func TestSettingsAreDocumented(t *testing.T) {
	values := map[string]string{"MODE": "require", "FEATURE": "agent-gateway", "N": "3"}
	for _, setting := range Behaviours() {
		var b Behaviour
		assert.Greater(t, len(setting.Meaning), 20, setting.Name)
		value := cmp.Or(values[setting.Value], setting.Value)
		require.NoError(t, b.Set(setting.Name, value), setting.Name)
		assert.NotEqual(t, Behaviour{}, b, setting.Name)
		field := reflect.ValueOf(b).FieldByNameFunc(func(name string) bool { return kebabCase(name) == setting.Name })
		switch {
		case field.Kind() == reflect.String:
			require.Error(t, b.Set(setting.Name, ""), setting.Name)
			assert.NotEmpty(t, setting.Value, setting.Name)
		case field.Kind() == reflect.Pointer:
			assert.Equal(t, "false", setting.Value, "%s is true by default", setting.Name)
		default:
			assert.Empty(t, setting.Value, setting.Name)
		}
	}
	assert.Len(t, Behaviours(), reflect.TypeFor[Behaviour]().NumField())
	for _, setting := range PlanLimits() {
		var l Limits
		assert.NotEmpty(t, setting.Meaning, setting.Name)
		require.NoError(t, l.Set(setting.Name, values[setting.Value]), setting.Name)
	}
	assert.Len(t, PlanLimits(), reflect.TypeFor[Limits]().NumField())
}

func TestSetBehaviourByName(t *testing.T) {
	var b Behaviour
	for _, name := range []string{
		"deleted-project-answers-200", "agent-names-not-unique", "revoked-agent-answers-404", "list-includes-revoked",
		"webhook-put-without-secret-clears", "https-webhooks-only", "keep-cidr-spelling", "lowercase-domains", "timestamps-with-millis",
		"expired-enrollments-are-live", "omit-defaults", "default-policy-delete-answers-409", "last-database-undeletable",
		"empty-next-page-token",
	} {
		require.NoError(t, b.Set(name, ""), name)
	}
	require.NoError(t, b.Set("deleted-project-name-reusable", "false"))
	require.NoError(t, b.Set("cache-enabled-by-default", ""))
	require.NoError(t, b.Set("default-ssl-mode", "require"))
	require.NoError(t, b.Set("default-pool-mode", "session"))
	require.NoError(t, b.Set("omit-defaults", "false"))
	assert.Equal(t, Behaviour{
		DeletedProjectAnswers200: true, DeletedProjectNameReusable: new(false), AgentNamesNotUnique: true, RevokedAgentAnswers404: true,
		ListIncludesRevoked: true, WebhookPutWithoutSecretClears: true, HTTPSWebhooksOnly: true, KeepCIDRSpelling: true,
		LowercaseDomains: true, TimestampsWithMillis: true, ExpiredEnrollmentsAreLive: true, DefaultSSLMode: "require",
		DefaultPoolMode: "session", CacheEnabledByDefault: true, DefaultPolicyDeleteAnswers409: true, LastDatabaseUndeletable: true,
		EmptyNextPageToken: true,
	}, b)
	require.ErrorContains(t, b.Set("nothing", ""), "agent-names-not-unique")
	require.Error(t, b.Set("omit-defaults", "perhaps"))
	require.Error(t, b.Set("default-ssl-mode", ""))

	var l Limits
	require.NoError(t, l.Set("projects", "3"))
	require.NoError(t, l.Set("agent-credentials", "5"))
	assert.Equal(t, Limits{Projects: 3, AgentCredentials: 5}, l)
	for _, value := range []string{"", "x", "-1"} {
		require.Error(t, l.Set("databases", value))
	}
	require.Error(t, l.Set("nothing", "1"))
}
