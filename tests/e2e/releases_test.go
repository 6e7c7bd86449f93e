// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// releaseProgram has every kind of resource and the component. testdata/states has
// the state that each release wrote for it.
const releaseProgram = `
name: everything
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      description: before
      allowedCidrs: [203.0.113.0/24]
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: old-planted-password } }
  strict:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}", name: strict, maskingRules: [{ table: users, column: email, kind: redact }] }
  default:
    type: pgbeam:ProjectDefaultPolicy
    properties: { projectId: "${project.id}", policyProfileId: "${strict.id}" }
  database:
    type: pgbeam:Database
    properties: { projectId: "${project.id}", host: archive.example.com, port: 5432, name: archive, username: pgbeam, password: { fn::secret: old-planted-archive }, queryTimeoutMs: 1000 }
  replica:
    type: pgbeam:Replica
    properties: { databaseId: "${database.id}", host: replica.example.com, port: 5432 }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${strict.id}", rotationTriggers: { quarter: "1" } }
  webhook:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project.id}", url: "https://example.com/hooks", description: before, secret: { fn::secret: old-planted-webhook } }
  domain:
    type: pgbeam:CustomDomain
    properties: { projectId: "${project.id}", domain: db.example.com }
  rule:
    type: pgbeam:CacheRule
    properties: { projectId: "${project.id}", databaseId: "${project.primaryDatabaseId}", queryHash: a1b2c3d4e5f60718, cacheEnabled: true, cacheTtlSeconds: 60 }
    options: { dependsOn: ["${database}"] }
  limit:
    type: pgbeam:SpendLimit
    properties: { orgId: org_local, spendLimit: 500 }
  enrollment:
    type: pgbeam:SelfHostEnrollment
    properties: { orgId: org_local, rotationTriggers: { quarter: "1" } }
  honeytoken:
    type: pgbeam:Honeytoken
    properties: { projectId: "${project.id}", relationName: salaries, action: kill }
  anomaly:
    type: pgbeam:AnomalyRule
    properties: { projectId: "${project.id}", credentialId: "${agent.id}", metric: errors_per_hour, sigmaThreshold: 3 }
  approval:
    type: pgbeam:ApprovalRule
    properties: { projectId: "${project.id}", name: Deletes, statementKinds: [delete], enabled: false }
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      description: before
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: old-planted-component } }
      replicas: [{ host: replica-1.example.com }]
      webhook: { url: "https://example.com/hooks" }
outputs:
  mcpToken: ${agent.mcpToken}
`

// changedReleaseProgram changes every resource that can be updated in place.
var changedReleaseProgram = strings.NewReplacer("description: before", "description: after", `quarter: "1"`, `quarter: "2"`,
	"queryTimeoutMs: 1000", "queryTimeoutMs: 2000", "kind: redact", "kind: hash", "cacheTtlSeconds: 60", "cacheTtlSeconds: 120",
	"spendLimit: 500", "spendLimit: 600", "action: kill", "action: audit_only", "sigmaThreshold: 3", "sigmaThreshold: 4",
	"statementKinds: [delete]", "statementKinds: [delete, update]").Replace(releaseProgram)

// statesDir has a folder for each release.
var statesDir = filepath.Join("testdata", "states")

// TestRecordState records the state of this release and of the API.
// PGBEAM_RECORD is the version of the release.
func TestRecordState(t *testing.T) {
	release := os.Getenv("PGBEAM_RECORD")
	if release == "" {
		t.Skip("records a release: PGBEAM_RECORD=1.2.3 go test -run TestRecordState ./tests/e2e")
	}
	folder := filepath.Join(statesDir, release)
	require.NoError(t, os.MkdirAll(folder, 0o750))
	file := filepath.Join(t.TempDir(), "api.json")
	local := localapi.Start(t, localapi.Options{StateFile: file})
	s := clitest.New(t, local, releaseProgram)
	projectOnly, _, _ := strings.Cut(releaseProgram, "  strict:")
	s.WriteProgram(projectOnly)
	s.Up("--skip-preview") // before the query is observed
	s.WriteProgram(releaseProgram)
	project := local.Objects("projects")[0]["id"].(string)
	require.NoError(t, local.ObserveQuery(project, local.Objects("databases")[0]["id"].(string), "a1b2c3d4e5f60718", "SELECT $1"))
	s.Up("--skip-preview")
	s.Must("stack", "export", "--file", filepath.Join(folder, "state.json"))
	for source, target := range map[string]string{file: "api.json", filepath.Join(s.Dir, "Pulumi.test.yaml"): "Pulumi.test.yaml", filepath.Join(s.Dir, "Pulumi.yaml"): "program.yaml"} {
		content, err := os.ReadFile(source) //nolint:gosec // a file of this test
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, target), content, 0o600))
	}
}

// variants are the ways in which a state may differ from what this release writes:
// in top-level outputs, in nested values, or in lost inputs or secrets.
// TestRefreshRepairsAnyState in tests/scenarios edits every value on its own.
var variants = map[string]func(kind string, resource, outputs map[string]any){
	"unchanged": func(string, map[string]any, map[string]any) {},
	"without some outputs": func(_ string, _, outputs map[string]any) {
		delete(outputs, "createdAt")
		delete(outputs, "verified")
	},
	onlyDestroyed: func(_ string, _, outputs map[string]any) { outputs["fromAnotherRelease"] = map[string]any{"a": 1} },
	nested: func(_ string, _, outputs map[string]any) {
		outputs["fromAnotherRelease"], outputs["createdAt"] = []any{nil, map[string]any{"a": nil}}, 5
		for _, output := range outputs {
			if below, ok := output.(map[string]any); ok && below[secretKey] == nil {
				wrong := []any{nil, "another type", map[string]any{"a": nil}, []any{nil}}
				for i, name := range slices.Sorted(maps.Keys(below)) {
					if value, ok := below[name].(map[string]any); !ok || value[secretKey] == nil {
						below[name] = wrong[i%len(wrong)]
					}
				}
				below["fromAnotherRelease"] = map[string]any{"a": nil}
			}
			if below, ok := output.([]any); ok && len(below) > 0 {
				below[0] = nil
			}
		}
	},
	onlyParents: func(kind string, _, outputs map[string]any) {
		for name := range outputs {
			if !scenario.KindNamed(kind).Resource().ImportID.HasParent(name) {
				outputs[name] = map[string]any{"a": nil}
			}
		}
	},
	withoutInputs: func(_ string, resource, _ map[string]any) { delete(resource, "inputs") },
	withoutSecrets: func(kind string, _, outputs map[string]any) {
		for name := range scenario.KindNamed(kind).OneTimeSecrets() {
			delete(outputs, name)
		}
	},
}

const (
	onlyDestroyed  = "with an additional output"
	onlyParents    = "with other types except for the parents"
	nested         = "with nested values of other types"
	withoutInputs  = "without inputs"
	withoutSecrets = "without secrets"
	// secretKey marks an encrypted value in a state.
	secretKey = "4dabf18193072939515e22adb298388d"
)

// changeResources applies a change to every resource of the plugin in a state.
func changeResources(t *testing.T, state []byte, change func(kind string, resource, outputs map[string]any)) []byte {
	t.Helper()
	var document map[string]any
	require.NoError(t, json.Unmarshal(state, &document))
	changed := 0
	for _, item := range document["deployment"].(map[string]any)["resources"].([]any) {
		resource := item.(map[string]any)
		outputs, ok := resource["outputs"].(map[string]any)
		if kind := resource["type"].(string); ok && strings.HasPrefix(kind, "pgbeam:index:") && resource["custom"] == true {
			change(strings.TrimPrefix(kind, "pgbeam:index:"), resource, outputs)
			changed++
		}
	}
	require.Greater(t, changed, len(resources.All()), "the program has every kind and the component")
	encoded, err := json.Marshal(document)
	require.NoError(t, err)
	return encoded
}

// keepTLSMode sets the mode that SecureAgentProject had as its default in 0.1.0.
var keepTLSMode = strings.NewReplacer("fn::secret: old-planted-component }", "fn::secret: old-planted-component }, sslMode: require",
	"host: replica-1.example.com", "host: replica-1.example.com, sslMode: require")

// assertStricterTLS verifies that a preview announces the default mode of this release
// for the database and the replica of the component.
func assertStricterTLS(t *testing.T, s *clitest.Stack) {
	t.Helper()
	assertComponentTLS(t, s, "require")
	preview := s.Must("preview", "--diff")
	assert.Equal(t, 2, strings.Count(preview, `"verify-full"`), preview)
	assert.Contains(t, preview, "2 to update") // the project, and the component, whose inputs the state gets
	assert.Contains(t, preview, "1 to replace")
}

// assertComponentTLS verifies the mode that the API holds for the component.
func assertComponentTLS(t *testing.T, s *clitest.Stack, mode string) {
	t.Helper()
	state := s.State()
	project, replica := state["shop-project"].ID, state["shop-replica-0"].ID
	found := 0
	for _, object := range slices.Concat(s.Local.Objects("databases"), s.Local.Objects("replicas")) {
		if object["project_id"] == project || object["id"] == replica {
			assert.Equal(t, mode, object["ssl_mode"])
			found++
		}
	}
	assert.Equal(t, 2, found)
}

// TestOldStates refreshes, updates and destroys the state of every release, as it
// is and in every variant.
func TestOldStates(t *testing.T) {
	t.Parallel()
	releases, err := os.ReadDir(statesDir)
	require.NoError(t, err)
	require.NotEmpty(t, releases)
	for _, release := range releases {
		for variant, change := range variants {
			t.Run(release.Name()+"/"+variant, func(t *testing.T) {
				t.Parallel()
				read := func(name string) []byte {
					content, err := os.ReadFile(filepath.Join(statesDir, release.Name(), name))
					require.NoError(t, err)
					return content
				}
				api := filepath.Join(t.TempDir(), "api.json")
				require.NoError(t, os.WriteFile(api, read("api.json"), 0o600))
				local := localapi.Start(t, localapi.Options{StateFile: api})
				program := string(read("program.yaml"))
				s := clitest.New(t, local, program)
				for what, secret := range map[string]string{
					"the password": "old-planted-password", "another": "old-planted-archive", "the webhook's secret": "old-planted-webhook", "the component's": "old-planted-component",
				} {
					s.AddCanary(what, secret)
				}
				s.AddCanaries()
				require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "Pulumi.test.yaml"), read("Pulumi.test.yaml"), 0o600))
				old := filepath.Join(t.TempDir(), "state.json")
				require.NoError(t, os.WriteFile(old, changeResources(t, read("state.json"), change), 0o600))
				s.Must("stack", "import", "--file", old)
				if variant == onlyDestroyed || variant == onlyParents {
					s.Must("destroy", "--yes", "--skip-preview")
					s.AssertEmpty()
					return
				}
				if variant == nested {
					s.WriteProgram(changedReleaseProgram)
					assert.Contains(t, s.MustFail("preview"), "pulumi refresh")
					s.WriteProgram(program)
				} else {
					assertStricterTLS(t, s)
				}
				assertWarnings := func(output string) {
					assert.Equal(t, variant == withoutSecrets, strings.Contains(output, "the state has no connectionString and no mcpToken"), output)
					assert.Equal(t, variant == withoutSecrets, strings.Contains(output, "the state has no token"), output)
				}
				program = keepTLSMode.Replace(program)
				s.WriteProgram(program)
				assertWarnings(s.Must("preview"))
				// The state gets the inputs of the component, which earlier releases did not record.
				upgraded := s.Must("up", "--yes", "--skip-preview")
				assertWarnings(upgraded)
				assert.Contains(t, upgraded, "~ 1 updated", upgraded)
				assert.Contains(t, upgraded, "pgbeam:index:SecureAgentProject shop updat", upgraded)
				assert.NotContains(t, s.Must("refresh", "--yes", "--skip-preview"), "the state has no")
				assertWarnings(s.Must("up", "--yes", "--skip-preview", "--expect-no-changes"))
				for _, request := range local.Requests() {
					assert.Equal(t, http.MethodGet, request.Method, request.Path)
				}
				s.WriteProgram(changedReleaseProgram)
				s.Up("--skip-preview")
				s.AddCanaries()
				agents := 0
				for _, resource := range s.StateWithSecrets() {
					if resource.Type == "pgbeam:index:AgentCredential" {
						agents++
						if variant == withoutSecrets && resource.Inputs["rotationTriggers"] == nil {
							assert.Empty(t, stacktest.PlainSecret(t, resource.Outputs["mcpToken"]), "only a rotation issues a new one")
							continue
						}
						assert.Equal(t, local.Secret("agents", resource.ID, "mcp_token"), stacktest.PlainSecret(t, resource.Outputs["mcpToken"]))
					}
				}
				assert.Equal(t, 2, agents)
				s.Up("--refresh", "--expect-no-changes")
				assertComponentTLS(t, s, "verify-full")
				s.Must("destroy", "--yes", "--skip-preview")
				s.AssertEmpty()
			})
		}
	}
}
