// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
      cidrLabels: { 198.51.100.10/32: office }
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
    options: { parent: "${project}", deletedWith: "${project}" }
  anomaly:
    type: pgbeam:AnomalyRule
    properties: { projectId: "${project.id}", credentialId: "${agent.id}", metric: errors_per_hour, sigmaThreshold: 3 }
outputs:
  mcpToken: ${agent.mcpToken}
  host: ${project.proxyHost}
`

// clearSecrets are the secrets of the program that the dynamic provider has in clear text,
// by resource.
var clearSecrets = map[string]string{
	"project": "clear-project-password", "database": "clear-database-password", "webhook": "clear-webhook-secret",
}

// newDynamicStack returns a stack with the state of the dynamic provider, and the state
// with secrets in clear text that this provider has for the same program.
func newDynamicStack(t *testing.T, keep ...string) (s *clitest.Stack, old string, want map[string]stacktest.Resource) {
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
	importState(s, s.DynamicState(s.Must("stack", "export"), clearSecrets, keep...))
	old = s.Must("stack", "export")
	for name, secret := range clearSecrets {
		require.Equal(t, !slices.Contains(keep, name), strings.Contains(old, secret), name)
	}
	return s, old, want
}

// assertSameSecrets verifies the IDs and secrets in a state, which must have none of the
// old provider's code, and no secret in clear text.
func assertSameSecrets(t *testing.T, s *clitest.Stack, want map[string]stacktest.Resource) {
	t.Helper()
	exported := s.Must("stack", "export")
	assert.NotContains(t, exported, "PgBeamClient")
	assert.Empty(t, regexp.MustCompile(`.*pulumi-nodejs.*`).FindAllString(exported, -1))
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
		assert.ElementsMatch(t, expected.Dependencies, found.Dependencies, name)
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
	assert.Contains(t, report, "12 to move, 0 to leave, 0 of them to be decided about")
	assert.Contains(t, report, `move  Project "project"`)
	assert.Contains(t, report, "encrypt database.password")
	importState(s, migrated)
	again, report, err := runMigrate(t, s.Must("stack", "export"), "dynamic")
	require.NoError(t, err)
	assert.Contains(t, report, "0 to move")
	assert.Equal(t, s.Must("stack", "export"), again)
	assertSameSecrets(t, s, want)
	repairPolicy(s)
	assertTakenOver(s)
}

// repairPolicy shows what an update of the dynamic provider has lost, which sent only the
// changed fields of a policy, and restores it.
func repairPolicy(s *clitest.Stack) {
	s.Helper()
	policy := s.State()["strict"].ID
	rules := findByID(s.T, s.Local, "policies", policy)["masking_rules"]
	require.NotEmpty(s, rules)
	require.NoError(s, s.Local.Edit("policies", policy, map[string]any{"masking_rules": []any{}}))
	preview := s.Must("preview", "--refresh", "--diff")
	assert.Contains(s, preview, "1 to update")
	assert.Contains(s, preview, "maskingRules")
	s.Up("--refresh", "--skip-preview")
	assert.Equal(s, rules, findByID(s.T, s.Local, "policies", policy)["masking_rules"])
}

// TestMigrateDynamicByAlias keeps the objects of such a state with aliases in the program.
// The first update removes the code of the old provider and the secrets in clear text.
func TestMigrateDynamicByAlias(t *testing.T) {
	t.Parallel()
	s, _, want := newDynamicStack(t)
	// The program may set what the old package left to the API, which is no change either.
	program := strings.Replace(dynamicProgram, "maxRows: 1000", "maxRows: 1000\n      accessMode: read_only", 1)
	s.WriteProgram(withDynamicAliases(program, want))
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
	s.WriteProgram(program)
	assertTakenOver(s)
}

// withDynamicAliases adds to each resource of a program the URN that it has with the
// dynamic provider.
func withDynamicAliases(program string, state map[string]stacktest.Resource) string {
	for name, resource := range state {
		if !strings.HasPrefix(resource.Type, "pgbeam:index:") {
			continue
		}
		alias, chain := "aliases: [\"urn:pulumi:test::everything::", "pulumi-nodejs:dynamic:Resource"
		if name == "honeytoken" {
			chain += "$" + chain
		}
		alias += chain + "::" + name + "\"]"
		head := "  " + name + ":\n"
		before, body, _ := strings.Cut(program, head)
		if name == "honeytoken" {
			body = strings.Replace(body, "options: { parent", "options: { "+alias+", parent", 1)
		} else {
			body = "    options: { " + alias + " }\n" + body
		}
		program = before + head + body
	}
	return program
}

// recordedProgram is the program of the state that the published package wrote, as the
// YAML of this provider.
const recordedProgram = `
name: mig
runtime: yaml
resources:
  p:
    type: pgbeam:Project
    properties:
      orgId: org_test
      name: bench
      database: { host: db.example.com, port: 5432, name: d, username: u, password: { fn::secret: pw }, queryTimeoutMs: 0 }
  pol:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${p.id}", name: pol, accessMode: read_only }
  a0:
    type: pgbeam:AgentCredential
    properties: { projectId: "${p.id}", policyProfileId: "${pol.id}", name: agent-0, principalType: agent }
  a1:
    type: pgbeam:AgentCredential
    properties: { projectId: "${p.id}", policyProfileId: "${pol.id}", name: agent-1, principalType: agent }
`

// inOrgTest are the API keys of the organization that the recorded state belongs to.
var inOrgTest = map[string]string{localapi.DefaultAPIKey: "org_test"}

// TestMigrateRecordedState moves the state that the published package wrote, with the
// passphrase of its stack, against an API that has its objects.
func TestMigrateRecordedState(t *testing.T) {
	t.Parallel()
	recorded, err := os.ReadFile(filepath.Join("..", "..", "internal", "migrate", "testdata", "dynamic-small.json"))
	require.NoError(t, err)
	local := localapi.Start(t, localapi.Options{StateFile: recordedObjects(t, recorded), APIKeys: inOrgTest})
	s := clitest.New(t, local, recordedProgram, "PULUMI_CONFIG_PASSPHRASE=newcomer")
	s.Must("stack", "init", "dev", "--secrets-provider", "passphrase")
	require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "Pulumi.dev.yaml"),
		[]byte("encryptionsalt: v1:xvOABooZKyU=:v1:S5k3z5US236ZijAG:QmznAA8w9q1+LOJRaO7p7jMOIWsFnA==\n"), 0o600))
	importState(s, string(recorded))
	want := s.StateWithSecrets()
	require.Contains(t, stacktest.PlainSecret(t, want["a0"].Outputs["connectionString"]), "postgresql://")

	migrated, report, err := runMigrate(t, s.Must("stack", "export"), "dynamic")
	require.NoError(t, err, report)
	importState(s, migrated)
	got := s.StateWithSecrets()
	for _, name := range []string{"a0", "a1"} {
		assert.Equal(t, "pgbeam:index:AgentCredential", got[name].Type)
		assert.Equal(t, want[name].ID, got[name].ID)
		for _, secret := range []string{"connectionString", "mcpToken"} {
			assert.Equal(t, want[name].Outputs[secret], got[name].Outputs[secret])
		}
	}
	assert.Equal(t, "pw", stacktest.PlainSecret(t, got["p"].Inputs["database"].(map[string]any)["password"]))
	assertTakenOver(s)
}

// recordedObjects returns a file with the state of an API that has the objects of a
// recorded state.
func recordedObjects(t *testing.T, recorded []byte) string {
	t.Helper()
	var state struct {
		Deployment struct{ Resources []stacktest.Resource }
	}
	require.NoError(t, json.Unmarshal(recorded, &state))
	file := filepath.Join(t.TempDir(), "api.json")
	local := localapi.Start(t, localapi.Options{StateFile: file, APIKeys: inOrgTest})
	s := clitest.New(t, local, recordedProgram)
	s.Up("--skip-preview")
	objects, err := os.ReadFile(file) //nolint:gosec // a file of this test
	require.NoError(t, err)
	created, text := s.State(), string(objects)
	for _, resource := range state.Deployment.Resources {
		name := resource.URN[strings.LastIndex(resource.URN, "::")+2:]
		if resource.Type != "pulumi-nodejs:dynamic:Resource" {
			continue
		}
		text = strings.ReplaceAll(text, created[name].ID, resource.ID)
		for _, output := range []string{"primaryDatabaseId", "proxyHost", "pgUsername"} {
			if value, ok := resource.Outputs[output].(string); ok {
				text = strings.ReplaceAll(text, created[name].Outputs[output].(string), value)
			}
		}
	}
	migrated := filepath.Join(t.TempDir(), "recorded.json")
	require.NoError(t, os.WriteFile(migrated, []byte(text), 0o600))
	return migrated
}

// TestMigrateHalf moves the rest of a state of which some resources belong to this provider.
func TestMigrateHalf(t *testing.T) {
	t.Parallel()
	s, old, want := newDynamicStack(t, "project", "strict", "limit", "rule", "honeytoken")
	migrated, report, err := runMigrate(t, old, "dynamic")
	require.NoError(t, err, report)
	assert.Contains(t, report, "7 to move, 0 to leave")
	importState(s, migrated)
	assertSameSecrets(t, s, want)
	assertTakenOver(s)
}

// TestMigrateImported refuses a state in which an object was imported beside the old
// resource that has it, and says how to go on without losing a secret.
func TestMigrateImported(t *testing.T) {
	t.Parallel()
	s, old, want := newDynamicStack(t)
	agent := want["agent"]
	moved, _, err := runMigrate(t, old, "dynamic")
	require.NoError(t, err)
	var document, other map[string]any
	require.NoError(t, json.Unmarshal([]byte(old), &document))
	require.NoError(t, json.Unmarshal([]byte(moved), &other))
	deployment := document["deployment"].(map[string]any)
	for _, item := range other["deployment"].(map[string]any)["resources"].([]any) {
		if resource := item.(map[string]any); resource["type"] == "pulumi:providers:pgbeam" || resource["urn"] == agent.URN {
			delete(resource, "dependencies")
			delete(resource, "propertyDependencies")
			deployment["resources"] = append(deployment["resources"].([]any), resource)
		}
	}
	imported, err := json.Marshal(document)
	require.NoError(t, err)
	importState(s, string(imported))
	migrated, report, err := runMigrate(t, s.Must("stack", "export"), "dynamic")
	require.Error(t, err)
	assert.Empty(t, migrated)
	assert.Contains(t, report, "the state has AgentCredential "+want["project"].ID+"/"+agent.ID+" twice, as urn:pulumi:test::everything::pulumi-nodejs:dynamic:Resource::agent and as "+agent.URN)
	assert.Contains(t, report, "pulumi state delete '"+agent.URN+"'", "the one that has lost its secrets")
	s.Must("state", "delete", agent.URN, "--yes")
	migrated, report, err = runMigrate(t, s.Must("stack", "export"), "dynamic")
	require.NoError(t, err, report)
	importState(s, migrated)
	assertSameSecrets(t, s, want)
	assertTakenOver(s)
}
