// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// runMigrate runs pgbeam-migrate, and returns what it writes.
func runMigrate(t *testing.T, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), clitest.Command(t, "pgbeam-migrate"), args...) //nolint:gosec // the command under test
	var out, diagnostics bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &out, &diagnostics
	err = command.Run()
	return out.String(), diagnostics.String(), err
}

// importState replaces the state of a stack.
func importState(s *clitest.Stack, state string) {
	s.Helper()
	file := filepath.Join(s.TempDir(), "state.json")
	require.NoError(s, os.WriteFile(file, []byte(state), 0o600))
	s.Must("stack", "import", "--file", file)
}

// dynamicProgram has every kind of the dynamic provider @pgbeam/pulumi.
const dynamicProgram = `
name: everything
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      name: everything
      allowedCidrs: [203.0.113.0/24, 198.51.100.10/32]
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: clear-project-password } }
  database:
    type: pgbeam:Database
    properties:
      projectId: ${project.id}
      host: archive.example.com
      port: 5432
      name: archive
      username: pgbeam
      password: { fn::secret: clear-database-password }
      cacheConfig: { enabled: true, ttlSeconds: 60, maxEntries: 10000, swrSeconds: 30 }
  replica:
    type: pgbeam:Replica
    properties: { databaseId: "${database.id}", host: replica.example.com, port: 5432, sslMode: require }
  strict:
    type: pgbeam:PolicyProfile
    properties:
      projectId: ${project.id}
      name: strict
      maskingRules: [{ table: users, column: email, kind: "null" }]
      statementRules: { deny: [drop_table] }
      maxRows: 1000
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${strict.id}", name: agent, principalType: agent }
  webhook:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project.id}", url: "https://example.com/hooks", secret: { fn::secret: clear-webhook-secret } }
  domain:
    type: pgbeam:CustomDomain
    properties: { projectId: "${project.id}", domain: db.example.com }
  rule:
    type: pgbeam:CacheRule
    properties: { projectId: "${project.id}", databaseId: "${project.primaryDatabaseId}", queryHash: a1b2c3d4e5f60718, cacheEnabled: true, cacheTtlSeconds: 60 }
  limit:
    type: pgbeam:SpendLimit
    properties: { orgId: org_local, spendLimit: 500 }
  enrollment:
    type: pgbeam:SelfHostEnrollment
    properties: { orgId: org_local, regionLabel: eu }
  honeytoken:
    type: pgbeam:Honeytoken
    properties: { projectId: "${project.id}", relationName: salaries, action: kill }
  anomaly:
    type: pgbeam:AnomalyRule
    properties: { projectId: "${project.id}", credentialId: "${agent.id}", metric: errors_per_hour, sigmaThreshold: 3 }
outputs:
  mcpToken: ${agent.mcpToken}
  host: ${project.proxyHost}
`

// clearSecrets are the secrets of the program that the dynamic provider has in clear text.
var clearSecrets = []string{"clear-project-password", "clear-database-password", "clear-webhook-secret"}

// dynamicOutputs are the outputs that the dynamic provider has for each kind. It stores
// null for those with an asterisk that the API leaves out, and omits the others.
var dynamicOutputs = map[string]string{
	"Project": "orgId name description tags cloud proxyHost queriesPerSecond* burstSize* maxConnections* allowedCidrs databaseCount* " +
		"activeConnections* status createdAt updatedAt database primaryDatabaseId",
	"Database": "projectId connectionString host port name username sslMode role poolRegion queryTimeoutMs* autoReadRouting cacheConfig " +
		"poolConfig createdAt updatedAt password",
	"Replica":         "databaseId host port sslMode createdAt updatedAt",
	"AgentCredential": "projectId policyProfileId name pgUsername status principalType authMethod lastUsedAt expiresAt createdAt updatedAt connectionString mcpUrl mcpToken",
	"PolicyProfile": "projectId name accessMode statementRules tableAllowlist tableDenylist maskingRules budgetQueriesPerHour* budgetQueriesPerDay* maxRows* " +
		"statementTimeoutMs* rowFilters writeMode approvalMode approvalAutoMaxRows* approvalTimeoutSeconds* migrationSafety egressBytesPerDay* createdAt updatedAt",
	"WebhookEndpoint":    "projectId url format eventTypes enabled description createdAt updatedAt secret",
	"CustomDomain":       "projectId domain verified verifiedAt tlsCertExpiry dnsVerificationToken dnsInstructions createdAt updatedAt",
	"CacheRule":          "queryHash normalizedSql queryType cacheEnabled cacheTtlSeconds* cacheSwrSeconds* callCount* avgLatencyMs* p95LatencyMs* avgResponseBytes* stabilityRate* recommendation firstSeenAt lastSeenAt",
	"SpendLimit":         "orgId plan billingProvider subscriptionStatus currentPeriodEnd enabled customPricing spendLimit* limits createdAt updatedAt",
	"SelfHostEnrollment": "orgId regionLabel description createdBy createdAt lastSeenAt expiresAt token",
	"Honeytoken":         "projectId schemaName relationName action createdAt updatedAt",
	"AnomalyRule":        "projectId credentialId metric sigmaThreshold* floor* enabled createdAt updatedAt",
}

const dynamicCode = "exports.handler = () => { new PgBeamClient({ token: process.env.PGBEAM_API_KEY }) } // PgBeam API key is required"

// dynamicState turns the state of a stack of this provider into one that the dynamic
// provider would have written for the same objects. clear has passwords by resource.
func dynamicState(t *testing.T, exported string, clear map[string]string) string {
	t.Helper()
	const provider = "urn:pulumi:test::everything::pulumi:providers:pulumi-nodejs::default"
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(exported), &document))
	deployment := document["deployment"].(map[string]any)
	var resources []any
	for _, item := range deployment["resources"].([]any) {
		resource := item.(map[string]any)
		kind, isOurs := strings.CutPrefix(resource["type"].(string), "pgbeam:index:")
		switch {
		case resource["type"] == "pulumi:providers:pgbeam":
			resources = append(resources, map[string]any{"urn": provider, "custom": true, "id": "2ed364d8", "type": "pulumi:providers:pulumi-nodejs"})
			continue
		case isOurs:
			urn := resource["urn"].(string)
			toDynamic(t, kind, urn[strings.LastIndex(urn, "::")+2:], resource, clear)
			resource["provider"] = provider + "::2ed364d8"
		}
		resources = append(resources, resource)
	}
	deployment["resources"] = resources
	encoded, err := json.MarshalIndent(document, "", "    ")
	require.NoError(t, err)
	text := string(encoded)
	for kind := range dynamicOutputs {
		text = strings.ReplaceAll(text, "::pgbeam:index:"+kind+"::", "::pulumi-nodejs:dynamic:Resource::")
	}
	return text
}

// toDynamic changes a resource into the form of the dynamic provider.
func toDynamic(t *testing.T, kind, name string, resource map[string]any, clear map[string]string) {
	t.Helper()
	inputs, before := resource["inputs"].(map[string]any), resource["outputs"].(map[string]any)
	require.Contains(t, dynamicOutputs, kind)
	outputs := map[string]any{"__provider": dynamicCode}
	for _, output := range strings.Fields(dynamicOutputs[kind]) {
		output, isNull := strings.CutSuffix(output, "*")
		if value, ok := before[output]; ok && value != "" {
			outputs[output] = value
		} else if isNull {
			outputs[output] = nil
		}
	}
	switch kind {
	case "Project":
		database := maps.Clone(inputs["database"].(map[string]any))
		database["password"] = clear[name]
		inputs["database"], outputs["database"] = database, database
		ranges := []any{map[string]any{"cidr": "203.0.113.0/24", "label": "undefined"}, map[string]any{"cidr": "198.51.100.10/32", "label": "office"}}
		outputs["allowedCidrs"] = ranges
	case "Database":
		inputs["password"] = clear[name]
	case "WebhookEndpoint":
		inputs["secret"] = clear[name]
	case "CacheRule":
		resource["id"] = inputs["projectId"].(string) + "/" + inputs["databaseId"].(string) + "/" + inputs["queryHash"].(string)
		delete(inputs, "queryHash")
	case "SpendLimit":
		delete(inputs, "orgId")
	}
	inputs["__provider"] = dynamicCode
	resource["type"], resource["inputs"], resource["outputs"] = "pulumi-nodejs:dynamic:Resource", inputs, outputs
	dependencies, _ := resource["propertyDependencies"].(map[string]any)
	dependencies["__provider"] = []any{}
}

// newDynamicStack returns a stack with the state of the dynamic provider, and the state
// with secrets in clear text that this provider has for the same program.
func newDynamicStack(t *testing.T) (s *clitest.Stack, old string, want map[string]stacktest.Resource) {
	t.Helper()
	local := localapi.Start(t, localapi.Options{})
	s = clitest.New(t, local, dynamicProgram)
	withoutRule, rest, _ := strings.Cut(dynamicProgram, "  rule:\n")
	_, rest, _ = strings.Cut(rest, "  limit:\n")
	s.WriteProgram(withoutRule + "  limit:\n" + rest)
	s.Up("--skip-preview")
	primary := s.State()["project"].Outputs["primaryDatabaseId"].(string)
	require.NoError(t, local.ObserveQuery(local.Objects("projects")[0]["id"].(string), primary, "a1b2c3d4e5f60718", "SELECT $1"))
	s.WriteProgram(dynamicProgram)
	s.Up("--skip-preview")
	s.Up("--refresh", "--skip-preview")
	want = s.StateWithSecrets()
	old = dynamicState(t, s.Must("stack", "export"), map[string]string{
		"project": "clear-project-password", "database": "clear-database-password", "webhook": "clear-webhook-secret",
	})
	for _, secret := range clearSecrets {
		require.Contains(t, old, secret)
	}
	importState(s, old)
	exported := s.Must("stack", "export")
	require.Contains(t, exported, "clear-project-password", "the state has it in clear text before the migration")
	return s, exported, want
}

// assertSameSecrets verifies the IDs and secrets in a state, which must have none of the
// old provider's code, and no secret in clear text.
func assertSameSecrets(t *testing.T, s *clitest.Stack, want map[string]stacktest.Resource) {
	t.Helper()
	exported := s.Must("stack", "export")
	assert.NotContains(t, exported, "PgBeamClient")
	assert.NotContains(t, exported, "pulumi-nodejs")
	for _, secret := range clearSecrets {
		assert.NotContains(t, exported, secret)
	}
	got := s.StateWithSecrets()
	for name, expected := range want {
		if expected.Type == "pulumi:providers:pgbeam" {
			continue
		}
		found := got[name]
		assert.Equal(t, expected.URN, found.URN)
		assert.Equal(t, expected.Dependencies, found.Dependencies, name)
		for property, value := range expected.Outputs {
			if secret, ok := value.(map[string]any); ok && secret[secretKey] != nil {
				assert.Equal(t, value, found.Outputs[property], name+"."+property)
			}
		}
	}
	database := func(resource stacktest.Resource) any { return resource.Inputs["database"].(map[string]any)["password"] }
	assert.Equal(t, database(want["project"]), database(got["project"]))
}

// assertTakenOver verifies that a program leaves everything as it is from now on, and that a
// destroy removes every object.
func assertTakenOver(s *clitest.Stack) {
	s.Helper()
	s.Local.ResetRequests()
	s.Must("preview", "--expect-no-changes")
	s.Up("--skip-preview", "--expect-no-changes")
	assert.Empty(s, s.Local.Requests(), "the state is that of the program")
	s.Up("--refresh", "--skip-preview")
	s.Up("--refresh", "--skip-preview", "--expect-no-changes")
	for _, request := range s.Local.Requests() {
		assert.Equal(s, http.MethodGet, request.Method, request.Path)
	}
	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}

// TestMigrateDynamicState moves a state with every kind of the dynamic provider, as a user
// does.
func TestMigrateDynamicState(t *testing.T) {
	t.Parallel()
	s, old, want := newDynamicStack(t)
	checked, report, err := runMigrate(t, old, "dynamic", "--check")
	require.NoError(t, err, report)
	assert.Empty(t, checked)
	migrated, report, err := runMigrate(t, old, "dynamic")
	require.NoError(t, err, report)
	assert.Contains(t, report, "12 moved, 0 left, 0 of them to be decided")
	assert.Contains(t, report, `moved Project "project"`)
	assert.Contains(t, report, "encrypted database.password")
	importState(s, migrated)
	again, report, err := runMigrate(t, s.Must("stack", "export"), "dynamic")
	require.NoError(t, err)
	assert.Contains(t, report, "0 moved")
	assert.Equal(t, s.Must("stack", "export"), again)
	assertSameSecrets(t, s, want)
	assertTakenOver(s)
}

// TestMigrateDynamicByAlias keeps the objects of such a state with aliases in the program.
// The first update removes the code of the old provider and the secrets in clear text.
func TestMigrateDynamicByAlias(t *testing.T) {
	t.Parallel()
	s, _, want := newDynamicStack(t)
	s.WriteProgram(withDynamicAliases(dynamicProgram, slices.Sorted(maps.Keys(want))))
	s.Local.ResetRequests()
	preview := s.Must("preview")
	assert.Contains(t, preview, "12 to update", preview)
	for _, word := range []string{"to create", "to delete", "to replace"} {
		assert.NotContains(t, preview, word)
	}
	assert.Empty(t, s.Local.Requests())
	s.Up("--skip-preview")
	for _, request := range s.Local.Requests() {
		assert.Equal(t, http.MethodGet, request.Method, request.Path)
	}
	assertSameSecrets(t, s, want)
	s.WriteProgram(dynamicProgram)
	assertTakenOver(s)
}

// withDynamicAliases adds to each resource of a program the URN that it has with the
// dynamic provider.
func withDynamicAliases(program string, names []string) string {
	for _, name := range names {
		head := "  " + name + ":\n"
		program = strings.Replace(program, head, head+"    options: { aliases: [\"urn:pulumi:test::everything::pulumi-nodejs:dynamic:Resource::"+name+"\"] }\n", 1)
	}
	return program
}
