// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

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

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// everything is a program with every kind of resource and the component. Each
// release's state of it is kept in testdata/states, and never changed.
const everything = `
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

// edited is the program with a change in as many resources as can be changed in place.
var edited = strings.NewReplacer("description: before", "description: after", `quarter: "1"`, `quarter: "2"`,
	"queryTimeoutMs: 1000", "queryTimeoutMs: 2000", "kind: redact", "kind: hash", "cacheTtlSeconds: 60", "cacheTtlSeconds: 120",
	"spendLimit: 500", "spendLimit: 600", "action: kill", "action: audit_only", "sigmaThreshold: 3", "sigmaThreshold: 4",
	"statementKinds: [delete]", "statementKinds: [delete, update]").Replace(everything)

// states is the folder with a folder of each release.
func states() string { return filepath.Join(built.Root, "tests", "testdata", "states") }

// TestRecordState records the state of this release: the CLI's, and that of the
// API behind it. PGBEAM_RECORD names the release.
func TestRecordState(t *testing.T) {
	release := os.Getenv("PGBEAM_RECORD")
	if release == "" {
		t.Skip("only to record a release: PGBEAM_RECORD=1.2.3 go test -run TestRecordState ./tests")
	}
	folder := filepath.Join(states(), release)
	require.NoError(t, os.MkdirAll(folder, 0o750))
	file := filepath.Join(t.TempDir(), "api.json")
	local := localapi.Start(t, localapi.Options{StateFile: file})
	s := newStack(t, local, everything)
	only, _, _ := strings.Cut(everything, "  strict:")
	s.program(only)
	s.up("--skip-preview") // for a query to be seen
	s.program(everything)
	project := local.Objects("projects")[0]["id"].(string)
	require.NoError(t, local.ObserveQuery(project, local.Objects("databases")[0]["id"].(string), "a1b2c3d4e5f60718", "SELECT $1"))
	s.up("--skip-preview")
	s.must("stack", "export", "--file", filepath.Join(folder, "state.json"))
	for from, to := range map[string]string{file: "api.json", filepath.Join(s.Dir, "Pulumi.test.yaml"): "Pulumi.test.yaml", filepath.Join(s.Dir, "Pulumi.yaml"): "program.yaml"} {
		content, err := os.ReadFile(from) //nolint:gosec // a file of this test
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, to), content, 0o600))
	}
}

// variants are the ways in which a state differs from what this release writes:
// at the top, in everything below it, or in that its inputs or secrets are lost.
// TestStateOfAnyShape tries each value alone, without a CLI.
var variants = map[string]func(kind string, resource, outputs map[string]any){
	"as it was": func(string, map[string]any, map[string]any) {},
	"with one too few": func(_ string, _, outputs map[string]any) {
		delete(outputs, "createdAt")
		delete(outputs, "verified")
	},
	onlyDestroyed: func(_ string, _, outputs map[string]any) { outputs["fromAnotherRelease"] = map[string]any{"a": 1} },
	nested: func(_ string, _, outputs map[string]any) {
		outputs["fromAnotherRelease"], outputs["createdAt"] = []any{nil, map[string]any{"a": nil}}, 5
		for _, output := range outputs {
			if below, ok := output.(map[string]any); ok && below[secretKey] == nil {
				wrong := []any{nil, "of another type", map[string]any{"a": nil}, []any{nil}}
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
	onlyParents: func(_ string, _, outputs map[string]any) {
		for name := range outputs {
			if name != "projectId" && name != "databaseId" && name != "orgId" {
				outputs[name] = map[string]any{"a": nil}
			}
		}
	},
	withoutInputs: func(_ string, resource, _ map[string]any) { delete(resource, "inputs") },
	withoutSecrets: func(_ string, _, outputs map[string]any) {
		for _, name := range []string{"connectionString", "mcpToken", "token"} {
			delete(outputs, name)
		}
	},
}

const (
	onlyDestroyed  = "with one too many"
	onlyParents    = "of another type but for the parents"
	nested         = "with nested ones of another shape"
	withoutInputs  = "without inputs"
	withoutSecrets = "without secrets"
	// secretKey marks an encrypted value in a state.
	secretKey = "4dabf18193072939515e22adb298388d"
)

// changeResources changes every resource of the plugin in a state.
func changeResources(t *testing.T, state []byte, change func(kind string, resource, outputs map[string]any)) []byte {
	t.Helper()
	var document map[string]any
	require.NoError(t, json.Unmarshal(state, &document))
	changed := 0
	for _, resource := range document["deployment"].(map[string]any)["resources"].([]any) {
		resource := resource.(map[string]any)
		outputs, ok := resource["outputs"].(map[string]any)
		if kind := resource["type"].(string); ok && strings.HasPrefix(kind, "pgbeam:index:") && resource["custom"] == true {
			change(strings.TrimPrefix(kind, "pgbeam:index:"), resource, outputs)
			changed++
		}
	}
	require.Greater(t, changed, 14)
	encoded, err := json.Marshal(document)
	require.NoError(t, err)
	return encoded
}

// TestOldStates refreshes, updates and destroys from the state of every release,
// and from copies that differ from it in every way.
func TestOldStates(t *testing.T) {
	t.Parallel()
	releases, err := os.ReadDir(states())
	require.NoError(t, err)
	require.NotEmpty(t, releases)
	for _, release := range releases {
		for variant, change := range variants {
			t.Run(release.Name()+"/"+variant, func(t *testing.T) {
				t.Parallel()
				read := func(name string) []byte {
					content, err := os.ReadFile(filepath.Join(states(), release.Name(), name))
					require.NoError(t, err)
					return content
				}
				api := filepath.Join(t.TempDir(), "api.json")
				require.NoError(t, os.WriteFile(api, read("api.json"), 0o600))
				local := localapi.Start(t, localapi.Options{StateFile: api})
				program := string(read("program.yaml"))
				s := newStack(t, local, program)
				for what, secret := range map[string]string{
					"the password": "old-planted-password", "another": "old-planted-archive", "the webhook's secret": "old-planted-webhook", "the component's": "old-planted-component",
				} {
					s.plant(what, secret)
				}
				s.plantAll()
				require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "Pulumi.test.yaml"), read("Pulumi.test.yaml"), 0o600))
				old := filepath.Join(t.TempDir(), "state.json")
				require.NoError(t, os.WriteFile(old, changeResources(t, read("state.json"), change), 0o600))
				s.must("stack", "import", "--file", old)
				if variant == onlyDestroyed || variant == onlyParents {
					s.must("destroy", "--yes", "--skip-preview")
					assertEmpty(t, local)
					return
				}
				if variant == nested {
					s.program(edited)
					assert.Contains(t, s.fails("preview"), "pulumi refresh")
					s.program(program)
				}
				missing := func(output string) {
					assert.Equal(t, variant == withoutSecrets, strings.Contains(output, "the state has no connectionString and no mcpToken"), output)
					assert.Equal(t, variant == withoutSecrets, strings.Contains(output, "the state has no token"), output)
				}
				missing(s.must("preview"))
				missing(s.must("up", "--yes", "--skip-preview", "--expect-no-changes"))
				missing(s.must("refresh", "--yes", "--skip-preview"))
				missing(s.must("up", "--yes", "--skip-preview", "--expect-no-changes"))
				for _, request := range local.Requests() {
					assert.Equal(t, http.MethodGet, request.Method, request.Path)
				}
				s.program(edited)
				s.up("--skip-preview")
				s.plantAll()
				agents := 0
				for _, resource := range s.stateWithSecrets() {
					if resource.Type == "pgbeam:index:AgentCredential" {
						agents++
						if variant == withoutSecrets && resource.Inputs["rotationTriggers"] == nil {
							assert.Empty(t, stacktest.PlainSecret(t, resource.Outputs["mcpToken"]), "nothing was done to get a new one")
							continue
						}
						assert.Equal(t, local.Secret("agents", resource.ID, "mcp_token"), stacktest.PlainSecret(t, resource.Outputs["mcpToken"]))
					}
				}
				assert.Equal(t, 2, agents)
				s.up("--refresh", "--expect-no-changes")
				s.must("destroy", "--yes", "--skip-preview")
				assertEmpty(t, local)
			})
		}
	}
}
