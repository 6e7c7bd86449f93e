// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// importEntry is an entry of an import file.
type importEntry struct {
	Type       string   `json:"type"`
	Name       string   `json:"name"`
	ID         string   `json:"id,omitempty"`
	Properties []string `json:"properties,omitempty"`
	Parent     string   `json:"parent,omitempty"`
	Component  bool     `json:"component,omitempty"`
	Remote     bool     `json:"remote,omitempty"`
}

func entryOf(kind, name, id string) importEntry {
	return importEntry{Type: "pgbeam:index:" + kind, Name: name, ID: id}
}

// importFile imports objects with the real CLI. It returns the generated program, with the
// passwords that the API does not return, and the output.
func importFile(s *clitest.Stack, entries ...importEntry) (program, output string) {
	s.Helper()
	encoded, err := json.Marshal(map[string]any{"resources": entries})
	require.NoError(s, err)
	folder := s.TempDir()
	file, code := filepath.Join(folder, "import.json"), filepath.Join(folder, "program.yaml")
	require.NoError(s, os.WriteFile(file, encoded, 0o600))
	output = s.Must("import", "--file", file, "--yes", "--protect=false", "--skip-preview", "--out", code)
	generated, err := os.ReadFile(code)
	require.NoError(s, err)
	password, err := json.Marshal(enginetest.DatabaseInputs["password"])
	require.NoError(s, err)
	return "name: imported\nruntime: yaml\n" + strings.ReplaceAll(string(generated), `password: ""`, "password: { fn::secret: "+string(password)+" }"), output
}

// importComponent imports the children of a SecureAgentProject named shop.
func importComponent(s *clitest.Stack, children ...importEntry) {
	s.Helper()
	component := importEntry{Type: "pgbeam:index:SecureAgentProject", Name: "shop", Component: true, Remote: true}
	suffixes := map[string]string{
		"pgbeam:index:Project": "project", "pgbeam:index:PolicyProfile": "policy", "pgbeam:index:ProjectDefaultPolicy": "default-policy",
	}
	entries := []importEntry{component}
	for _, child := range children {
		child.Name, child.Parent = component.Name+"-"+suffixes[child.Type], component.Name
		entries = append(entries, child)
	}
	importFile(s, entries...)
}

// TestImportKeepsTheDefaultPolicy imports a project whose default policy is also managed by
// a ProjectDefaultPolicy, and applies programs in every order. The API keeps the policy at
// each step.
func TestImportKeepsTheDefaultPolicy(t *testing.T) {
	t.Parallel()
	const (
		header  = "name: imported\nruntime: yaml\nresources:\n"
		omitted = "  shop: { type: pgbeam:Project, properties: { orgId: org_local, name: parent } }\n"
		policy  = "  strict: { type: pgbeam:PolicyProfile, properties: { projectId: \"${shop.id}\", name: strict, budgetQueriesPerHour: 1000 } }\n"
		binding = "  default: { type: pgbeam:ProjectDefaultPolicy, properties: { projectId: \"${shop.id}\", policyProfileId: \"${strict.id}\" } }\n"
	)
	password, err := json.Marshal(enginetest.DatabaseInputs["password"])
	require.NoError(t, err)
	component := `  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      name: parent
      enforceForHumans: true
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: ` + string(password) + ` } }
      policy: { name: strict }
`
	type fixture struct {
		*clitest.Stack
		project, strict, binding importEntry
		// repeated is the project with the default policy.
		repeated string
		// apply deploys a program, and then requires that the API has the policy.
		apply func(resources string, args ...string)
	}
	for name, run := range map[string]func(f fixture){
		"the generated program": func(f fixture) {
			program, _ := importFile(f.Stack, f.project, f.strict, f.binding)
			assert.NotContains(f, program, "defaultPolicyProfileId", "it would be a cycle")
			assert.Equal(f, 2, strings.Count(program, "projectId: ${shop.id}"), program)
			assert.Contains(f, program, "policyProfileId: ${strict.id}")
			_, resources, _ := strings.Cut(program, "resources:\n")
			f.apply(resources)
			f.apply(resources, "--expect-no-changes")
			f.Must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
			f.apply(resources, "--expect-no-changes")
		},
		"a program that omits it": func(f fixture) {
			importFile(f.Stack, f.project, f.strict, f.binding)
			f.apply(omitted+policy+binding, "--expect-no-changes")
			f.apply(omitted+policy+binding, "--refresh", "--expect-no-changes")
		},
		"a refresh comes first": func(f fixture) {
			importFile(f.Stack, f.project, f.strict, f.binding)
			f.Must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
			f.apply(omitted+policy+binding, "--expect-no-changes")
		},
		"only some properties are imported": func(f fixture) {
			f.project.Properties = []string{"orgId", "name", "defaultPolicyProfileId"}
			importFile(f.Stack, f.project, f.strict, f.binding)
			f.apply(omitted+policy+binding, "--expect-no-changes")
		},
		"the update creates the binding": func(f fixture) {
			importFile(f.Stack, f.project, f.strict)
			f.apply(omitted + policy + binding)
			f.apply(omitted+policy+binding, "--refresh", "--expect-no-changes")
		},
		"nothing else manages it": func(f fixture) {
			importFile(f.Stack, f.project, f.strict)
			f.apply(omitted+policy, "--expect-no-changes")
			f.apply(omitted+policy, "--refresh", "--expect-no-changes")
		},
		"the program repeats it, and later omits it": func(f fixture) {
			importFile(f.Stack, f.project, f.strict, f.binding)
			f.apply(f.repeated+policy+binding, "--expect-no-changes")
			f.apply(f.repeated+policy+binding, "--refresh", "--expect-no-changes")
			f.WriteProgram(header + omitted + policy + binding)
			assert.Contains(f, f.Must("preview", "--expect-no-changes"), "the program does not set defaultPolicyProfileId any more")
			f.apply(omitted+policy+binding, "--expect-no-changes")
			f.apply(omitted+policy+binding, "--refresh", "--expect-no-changes")
		},
		"the program repeats it, and a targeted update omits it": func(f fixture) {
			importFile(f.Stack, f.project, f.strict, f.binding)
			f.apply(f.repeated + policy + binding)
			f.apply(omitted+policy+binding, "--target", f.State()["shop"].URN)
			f.apply(omitted+policy+binding, "--refresh", "--expect-no-changes")
		},
		"the import option, with and without it": func(f fixture) {
			importing := func(resource string, entry importEntry) string {
				return strings.Replace(resource, "} }\n", "}, options: { import: "+entry.ID+" } }\n", 1)
			}
			f.apply(importing(f.repeated, f.project) + importing(policy, f.strict))
			f.apply(importing(omitted, f.project) + importing(policy, f.strict) + importing(binding, f.binding))
			f.apply(omitted+policy+binding, "--refresh", "--expect-no-changes")
		},
		"a component enforces it, and is imported with its children": func(f fixture) {
			importComponent(f.Stack, f.project, f.strict, f.binding)
			f.apply(component)
			f.apply(component, "--expect-no-changes")
			f.Must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
			f.apply(component, "--expect-no-changes")
		},
		"a component enforces it, and creates the binding": func(f fixture) {
			importComponent(f.Stack, f.project, f.strict)
			f.apply(component)
			f.apply(component, "--refresh", "--expect-no-changes")
		},
		"the binding is destroyed and imported again": func(f fixture) {
			importFile(f.Stack, f.project, f.strict, f.binding)
			f.Must("state", "delete", "--yes", f.State()["default"].URN)
			f.apply(omitted+policy, "--expect-no-changes")
			importFile(f.Stack, f.binding)
			f.apply(omitted+policy+binding, "--expect-no-changes")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			project := env.Project()
			strict := env.Policy(project, "strict")
			env.Create("ProjectDefaultPolicy", "default", object{"projectId": project.ID, "policyProfileId": strict.ID})
			s := clitest.New(t, env.Local, "name: imported\nruntime: yaml\n")
			s.AddCanaries()
			f := fixture{
				Stack:    s,
				project:  entryOf("Project", "shop", project.ID),
				strict:   entryOf("PolicyProfile", "strict", project.ID+"/"+strict.ID),
				binding:  entryOf("ProjectDefaultPolicy", "default", project.ID),
				repeated: strings.Replace(omitted, "name: parent", "name: parent, defaultPolicyProfileId: "+strict.ID, 1),
			}
			f.apply = func(resources string, args ...string) {
				t.Helper()
				s.WriteProgram(header + resources)
				env.Local.ResetRequests()
				s.Up(append([]string{"--skip-preview"}, args...)...)
				for _, request := range env.Local.Requests() {
					if body := string(request.RequestBody); strings.Contains(body, "default_policy_profile_id") {
						assert.Contains(t, body, strict.ID, "it is never without the policy")
					}
				}
				assert.Equal(t, strict.ID, env.Local.Objects("projects")[0]["default_policy_profile_id"])
			}
			run(f)
		})
	}
}

// TestImportOfThePrimaryDatabaseTwice imports the primary database of a project with the
// project and as a Database, which its list leaves out. As long as the program has the
// settings of both, neither undoes those of the other.
func TestImportOfThePrimaryDatabaseTwice(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	id := project.State.Get("primaryDatabaseId").AsString()
	settings := object{
		"ssl_mode": "verify-full", "query_timeout_ms": 5000, "auto_read_routing": true, "pool_region": "us-east-1",
		"cache_config": object{"enabled": true, "ttl_seconds": 5, "max_entries": 10, "swr_seconds": 1},
	}
	require.NoError(t, env.Local.Edit("databases", id, settings))
	before := env.Local.Objects("databases")[0]
	s := clitest.New(t, env.Local, "name: imported\nruntime: yaml\n")
	s.AddCanaries()
	program, _ := importFile(s, entryOf("Project", "shop", project.ID), entryOf("Database", "primary", project.ID+"/"+id))
	s.WriteProgram(program)
	s.Up("--skip-preview")
	s.Up("--skip-preview", "--expect-no-changes")
	s.Must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
	s.Up("--skip-preview", "--expect-no-changes")
	after := env.Local.Objects("databases")[0]
	for name := range settings {
		assert.Equal(t, before[name], after[name], name)
	}
	// The settings that the API chooses can be left to the other resource.
	for _, line := range []string{"cacheConfig:", "sslMode:"} {
		assert.LessOrEqual(t, strings.Count(program, line), 2)
	}
}

// TestImportOfCacheRuleAndCacheConfig imports a cache rule and its database. A rule of one
// query and the settings of the database are different values, so neither undoes the other.
func TestImportOfCacheRuleAndCacheConfig(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	id := project.State.Get("primaryDatabaseId").AsString()
	cache := object{"enabled": true, "ttl_seconds": 5, "max_entries": 10, "swr_seconds": 1}
	require.NoError(t, env.Local.Edit("databases", id, object{"cache_config": cache}))
	const hash = "a1b2c3d4e5f60718"
	require.NoError(t, env.Local.ObserveQuery(project.ID, id, hash, "SELECT $1"))
	env.Create("CacheRule", "rule", object{"projectId": project.ID, "databaseId": id, "queryHash": hash, "cacheEnabled": false})
	rules, databases := env.Local.Objects("cache-rules"), env.Local.Objects("databases")
	s := clitest.New(t, env.Local, "name: imported\nruntime: yaml\n")
	s.AddCanaries()
	program, _ := importFile(s, entryOf("Project", "shop", project.ID), entryOf("CacheRule", "rule", project.ID+"/"+id+"/"+hash))
	s.WriteProgram(program)
	s.Up("--skip-preview")
	s.Up("--skip-preview", "--refresh", "--expect-no-changes")
	assert.Equal(t, rules, env.Local.Objects("cache-rules"))
	assert.Equal(t, databases[0]["cache_config"], env.Local.Objects("databases")[0]["cache_config"])
}

// TestImportWritesReferences imports objects whose values equal the IDs and names of others.
// The CLI writes references to the objects that they belong to, and to nothing else.
func TestImportWritesReferences(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	first := env.Project()
	second := env.Project()
	strict := env.Policy(first, "parent")                   // the name of the project
	agent := env.Create("AgentCredential", "agent", object{ // and of the policy
		"projectId": first.ID, "policyProfileId": strict.ID, "name": "parent",
	})
	database := env.Create("Database", "database", object{
		"projectId": second.ID, "host": "parent", "port": 5432, "name": "parent", "username": "parent", "password": enginetest.DatabaseInputs["password"],
	})
	env.Create("ProjectDefaultPolicy", "default", object{"projectId": first.ID, "policyProfileId": strict.ID})
	env.Create("SpendLimit", "limit", object{"orgId": env.Local.OrgID, "spendLimit": 100})
	env.Create("OrganizationMember", "alex", object{"orgId": env.Local.OrgID, "email": "alex@example.com"})
	const hash = "a1b2c3d4e5f60718"
	entries := []importEntry{
		entryOf("Project", "first", first.ID),
		entryOf("Project", "second", second.ID),
		entryOf("PolicyProfile", "strict", first.ID+"/"+strict.ID),
		entryOf("AgentCredential", "agent", first.ID+"/"+agent.ID),
		entryOf("Database", "database", second.ID+"/"+database.ID),
		entryOf("ProjectDefaultPolicy", "default", first.ID),
		entryOf("SpendLimit", "limit", env.Local.OrgID),
		entryOf("OrganizationMember", "alex", "alex@example.com"),
	}
	for name, project := range map[string]*enginetest.Resource{"rule1": first, "rule2": second} { // of the same query
		primary := project.State.Get("primaryDatabaseId").AsString()
		require.NoError(t, env.Local.ObserveQuery(project.ID, primary, hash, "SELECT $1"))
		env.Create("CacheRule", name, object{"projectId": project.ID, "databaseId": primary, "queryHash": hash, "cacheEnabled": true})
		entries = append(entries, entryOf("CacheRule", name, project.ID+"/"+primary+"/"+hash))
	}
	s := clitest.New(t, env.Local, "name: imported\nruntime: yaml\n")
	s.AddCanaries()
	program, _ := importFile(s, entries...)
	assert.Equal(t, 4, strings.Count(program, "orgId: "+env.Local.OrgID+"\n"), program)
	assert.Equal(t, 4, strings.Count(program, "projectId: ${first.id}\n"), program)
	assert.Equal(t, 2, strings.Count(program, "projectId: ${second.id}\n"), program)
	assert.Equal(t, 2, strings.Count(program, "policyProfileId: ${strict.id}\n"), program)
	assert.Equal(t, 8, strings.Count(program, "${"), program)
	assert.Equal(t, 2, strings.Count(program, "queryHash: "+hash+"\n"), program)

	s.WriteProgram(program)
	s.Up("--skip-preview")
	s.Up("--skip-preview", "--refresh", "--expect-no-changes")
	ids := map[string]string{}
	for name, resource := range s.State() {
		ids[name] = resource.ID
	}
	assert.Equal(t, env.Local.OrgID+"/spend-limit", ids["limit"])
	assert.Equal(t, first.ID+"/default-policy", ids["default"])
	s.WriteProgram(strings.Replace(program, "spendLimit: 100", "spendLimit: 200", 1))
	s.Up("--skip-preview")
	assert.InDelta(t, 200, env.Local.Objects("plan")[0]["spend_limit"], 0)
	assert.Equal(t, ids["limit"], s.State()["limit"].ID)
	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
	assert.Nil(t, env.Local.Objects("plan")[0]["spend_limit"])
}

// TestImportSaysWhichSecretsAreMissing imports objects with one-time secrets. The import and
// each update warn; a refresh does not repeat it.
func TestImportSaysWhichSecretsAreMissing(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	agent := env.Agent(project, "bot")
	enrollment := env.Create("SelfHostEnrollment", "gateway", object{"orgId": env.Local.OrgID})
	s := clitest.New(t, env.Local, "name: imported\nruntime: yaml\n")
	s.AddCanaries()
	program, output := importFile(s, entryOf("AgentCredential", "bot", project.ID+"/"+agent.ID), entryOf("SelfHostEnrollment", "gateway", enrollment.ID))
	for _, part := range []string{
		"the state has no connectionString and no mcpToken", "the state has no token", "To issue new ones, add or change rotationTriggers", "then stop working",
	} {
		assert.Contains(t, output, part)
	}
	assert.Equal(t, agent.State.Get("mcpUrl").AsString(), s.State()["bot"].Outputs["mcpUrl"])
	assert.NotContains(t, s.Must("refresh", "--yes", "--skip-preview"), "the state has no")
	s.WriteProgram(program)
	assert.Contains(t, s.Up("--skip-preview", "--expect-no-changes"), "the state has no token")

	rotating := strings.ReplaceAll(program, "    properties:\n", "    properties:\n      rotationTriggers: { imported: \"1\" }\n")
	s.WriteProgram(rotating)
	env.Local.ResetRequests()
	assert.NotContains(t, s.Up("--skip-preview"), "the state has no")
	s.AddCanaries()
	assert.Equal(t, 2, env.Local.Count(http.MethodPost, ""), "each was rotated once")
	assert.NotContains(t, s.Up("--skip-preview", "--refresh", "--expect-no-changes"), "the state has no")
	assert.Equal(t, agent.State.Get("mcpUrl").AsString(), s.State()["bot"].Outputs["mcpUrl"], fmt.Sprint(s.State()["bot"].Outputs))
}
