// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// specOf returns the schema with resources, functions and types by name instead of by token.
func specOf(t *testing.T) schema.PackageSpec {
	t.Helper()
	answer, err := enginetest.New(t, nil).Server.GetSchema(p.GetSchemaRequest{})
	require.NoError(t, err)
	var spec schema.PackageSpec
	require.NoError(t, json.Unmarshal([]byte(answer.Schema), &spec))
	spec.Resources, spec.Functions, spec.Types = byName(t, spec.Resources), byName(t, spec.Functions), byName(t, spec.Types)
	return spec
}

func byName[V any](t *testing.T, byToken map[string]V) map[string]V {
	t.Helper()
	named := map[string]V{}
	for token, value := range byToken {
		name, ok := strings.CutPrefix(token, "pgbeam:index:")
		require.True(t, ok, "the token %s is not in the module index", token)
		named[name] = value
	}
	return named
}

// typeOf returns the name of the type that a property, or the elements of a list or map,
// refers to.
func typeOf(typ schema.TypeSpec) string {
	switch {
	case typ.Items != nil:
		return typeOf(*typ.Items)
	case typ.AdditionalProperties != nil:
		return typeOf(*typ.AdditionalProperties)
	}
	name, _ := strings.CutPrefix(typ.Ref, "#/types/pgbeam:index:")
	return name
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	spec := specOf(t)
	assert.Equal(t, "pgbeam", spec.Name)
	assert.Equal(t, "PgBeam", spec.DisplayName)
	assert.Equal(t, "PgBeam", spec.Publisher)
	assert.Equal(t, "https://pgbeam.com", spec.Homepage)
	assert.Equal(t, "https://github.com/pgbeam/pulumi-pgbeam", spec.Repository)
	assert.Equal(t, "Apache-2.0", spec.License)
	assert.Equal(t, "https://raw.githubusercontent.com/pgbeam/pulumi-pgbeam/main/docs/logo.svg", spec.LogoURL)
	assert.FileExists(t, "../docs/logo.svg")
	assert.Equal(t, "github://api.github.com/pgbeam/pulumi-pgbeam", spec.PluginDownloadURL)
	assert.Subset(t, spec.Keywords, []string{"pulumi", "pgbeam", "kind/native", "category/database"})
	assert.NotEmpty(t, spec.Description)
}

// TestEverythingIsDescribed checks the descriptions that the registry, the SDKs and
// the references in docs/ show.
func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	spec := specOf(t)
	described := func(description string, path ...string) {
		assert.NotEmpty(t, strings.TrimSpace(description), strings.Join(path, "."))
	}
	properties := func(properties map[string]schema.PropertySpec, path ...string) {
		for name, property := range properties {
			described(property.Description, append(path, name)...)
		}
	}
	described(spec.Provider.Description, "provider")
	properties(spec.Config.Variables, "config")
	properties(spec.Provider.InputProperties, "provider")
	var withoutObject []string
	for _, resource := range resources.All() {
		if !resource.HasObject() {
			withoutObject = append(withoutObject, resource.Kind())
		}
	}
	assert.NotEmpty(t, withoutObject)
	for name, resource := range spec.Resources {
		described(resource.Description, name)
		assert.Contains(t, resource.Description, "## Example Usage", name)
		if !resource.IsComponent {
			importable := strings.Contains(resource.Description, "pulumi import pgbeam:index:"+name)
			assert.Equal(t, !slices.Contains(withoutObject, name), importable, name)
			assert.NotEqual(t, importable, strings.Contains(resource.Description, "it cannot be imported"), name)
		}
		properties(resource.InputProperties, name, "inputs")
		properties(resource.Properties, name, "outputs")
		if !resource.IsComponent {
			assert.NotEmpty(t, resource.ListInputs.Properties, name)
			properties(resource.ListInputs.Properties, name, "list inputs")
		}
	}
	for name, function := range spec.Functions {
		described(function.Description, name)
		assert.Contains(t, function.Description, "## Example Usage", name)
		if function.Inputs != nil {
			properties(function.Inputs.Properties, name, "inputs")
		}
		properties(function.ReturnType.ObjectTypeSpec.Properties, name, "outputs")
	}
	for name, typ := range spec.Types {
		described(typ.Description, name)
		properties(typ.Properties, name)
		for _, value := range typ.Enum {
			described(value.Description, name, value.Name)
		}
	}
}

// TestListInputs checks that a list is limited to what the import ID of an object begins
// with, or to an organization.
func TestListInputs(t *testing.T) {
	t.Parallel()
	spec := specOf(t)
	for _, r := range resources.All() {
		list := spec.Resources[r.Kind()].ListInputs
		var expected []string
		for _, parent := range r.ImportID.Parents {
			expected = append(expected, parent.Property)
		}
		if expected == nil {
			expected = []string{"orgId"}
		}
		assert.ElementsMatch(t, expected, slices.Collect(maps.Keys(list.Properties)), r.Kind())
		assert.ElementsMatch(t, expected, list.Required, r.Kind())
		for name, input := range list.Properties {
			assert.Equal(t, "string", input.Type, name)
			assert.NotContains(t, input.Description, "replaces the resource", "a list changes nothing")
		}
	}
}

// TestSettingsAreDocumented checks that the docs name every setting and its environment
// variable.
func TestSettingsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/installation-configuration.md")
	require.NoError(t, err)
	settings := specOf(t).Config.Variables
	require.NotEmpty(t, settings)
	for name, setting := range settings {
		assert.Contains(t, string(text), "`pgbeam:"+name+"`")
		variable := regexp.MustCompile(`PGBEAM_[A-Z_]+`).FindString(setting.Description)
		assert.NotEmpty(t, variable, name)
		assert.Contains(t, string(text), "`"+variable+"`")
	}
}

// TestSecrets checks that exactly the secrets of the API are secret in the schema.
func TestSecrets(t *testing.T) {
	t.Parallel()
	spec := specOf(t)
	var inputs, outputs []string
	for name, resource := range spec.Resources {
		inputs = append(inputs, secretsOf(spec, resource.InputProperties, name)...)
		for output, property := range resource.Properties {
			if property.Secret {
				outputs = append(outputs, name+"."+output)
			}
			if _, input := resource.InputProperties[output]; !input {
				assert.Empty(t, secretsOf(spec, spec.Types[typeOf(property.TypeSpec)].Properties, name+"."+output),
					"Pulumi does not mark secrets nested in outputs")
			}
		}
	}
	assert.ElementsMatch(t, []string{
		"Project.database.password", "Database.password", "WebhookEndpoint.secret",
		"SecureAgentProject.database.password", "SecureAgentProject.webhook.secret",
		"SelfHostedGateway.project.database.password", "Tripwires.sinks.secret", "ReplicatedDatabase.primary.password",
		"AgentFleet.webhooks.secret",
		"HumanAccess.webhook.secret", "SafeMigrations.approvals.webhook.secret",
	}, inputs)
	assert.ElementsMatch(t, []string{
		"Database.password", "WebhookEndpoint.secret",
		"AgentCredential.connectionString", "AgentCredential.mcpToken", "SelfHostEnrollment.token",
		"SecureAgentProject.agentConnectionString", "SecureAgentProject.mcpToken", "SecureAgentProject.mcpClientConfig",
		"AgentAccess.connectionString", "AgentAccess.mcpToken", "AgentAccess.mcpClientConfig",
		"AgentFleet.connectionStrings", "AgentFleet.mcpTokens", "AgentFleet.mcpClientConfigs",
		"TenantAccess.connectionStrings", "TenantAccess.mcpTokens", "TenantAccess.mcpClientConfigs",
		"RotatingAgentCredential.current", "SelfHostedGateway.environments", "SelfHostedGateway.composeFiles", "SelfHostedGateway.helmValues",
		"HumanAccess.connectionStrings",
		"SafeMigrations.sandboxConnectionString", "SafeMigrations.sandboxMcpToken", "SafeMigrations.productionConnectionString", "SafeMigrations.productionMcpToken",
	}, outputs)
	assert.Equal(t, []string{"config.apiKey"}, secretsOf(spec, spec.Config.Variables, "config"))
	assert.Equal(t, []string{"provider.apiKey"}, secretsOf(spec, spec.Provider.InputProperties, "provider"))
}

// secretsOf returns the paths of the secret properties, nested ones included.
func secretsOf(spec schema.PackageSpec, properties map[string]schema.PropertySpec, path string) []string {
	var secrets []string
	for name, property := range properties {
		if property.Secret {
			secrets = append(secrets, path+"."+name)
		}
		secrets = append(secrets, secretsOf(spec, spec.Types[typeOf(property.TypeSpec)].Properties, path+"."+name)...)
	}
	return secrets
}

// TestReplacements checks which inputs replace the resource. The first nine resources
// follow the documentation of the dynamic provider.
func TestReplacements(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"Project":         {"cloud", "orgId", "selfHosted"},
		"Database":        {"projectId"},
		"Replica":         {"databaseId", "host", "port", "sslMode"},
		"CustomDomain":    {"domain", "projectId"}, // waitForVerification is not sent to the API
		"CacheRule":       {"databaseId", "projectId", "queryHash"},
		"SpendLimit":      {"orgId"},
		"AgentCredential": {"expiresAt", "name", "policyProfileId", "principalType", "projectId"},
		"PolicyProfile":   {"projectId"},
		"WebhookEndpoint": {"projectId"},

		"ProjectDefaultPolicy": {"projectId"},
		"SelfHostEnrollment":   {"description", "expiresAt", "orgId", "regionLabel"},
		"Honeytoken":           {"projectId"},
		"AnomalyRule":          {"projectId"},
		"ApprovalRule":         {"projectId"},
	}
	spec := specOf(t)
	for name, replacing := range want {
		var got []string
		for input, property := range spec.Resources[name].InputProperties {
			if property.WillReplaceOnChanges {
				got = append(got, input)
			}
		}
		assert.ElementsMatch(t, replacing, got, name)
	}
	for name, typ := range spec.Types {
		for property, described := range typ.Properties {
			assert.False(t, described.WillReplaceOnChanges, name+"."+property)
		}
	}
}
