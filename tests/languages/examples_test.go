// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const (
	canaryPassword      = `db-p@ss:/w"ord'%20\1`
	canaryWebhookSecret = "whsec-canary-2f6d"
)

// exampleKinds are the kinds of the objects that the examples create.
var exampleKinds = []string{"projects", "databases", "replicas", "policies", "agents", "webhooks", "domains", "cache-rules", "plan"}

// allObjects returns the objects of exampleKinds without their update times.
func allObjects(local *localapi.Local) map[string][]map[string]any {
	objects := map[string][]map[string]any{}
	for _, kind := range exampleKinds {
		objects[kind] = local.Objects(kind)
		for _, object := range objects[kind] {
			delete(object, "updated_at")
		}
	}
	return objects
}

// testSecureAgentProject deploys the example secure-agent-project, which is the same
// in every language, and destroys it.
func testSecureAgentProject(t *testing.T, l language, folder, file string) {
	local := localapi.Start(t, localapi.Options{})
	p := newProgram(t, l, local, file, example(folder))
	p.AddCanary("the database password", canaryPassword)
	p.AddCanary("the webhook secret", canaryWebhookSecret)
	p.Must("config", "set", "orgId", local.OrgID)
	p.Must("config", "set", "--secret", "dbPassword", canaryPassword)
	p.Must("config", "set", "--secret", "webhookSecret", canaryWebhookSecret)

	preview := p.preview()
	assert.Empty(t, local.Requests(), "a preview sends no requests")
	assert.Equal(t, 8, preview.Changes["create"], "the stack, the component and its children: %v", preview.Changes)

	p.up()
	p.AddCanaries()
	assert.Len(t, local.Requests(), 6, "each object requires one request")
	project, agent, policy := local.Objects("projects")[0], local.Objects("agents")[0], local.Objects("policies")[0]
	assert.Equal(t, map[string]any{
		"projectId":             project["id"],
		"proxyHost":             project["proxy_host"],
		"agentUsername":         agent["pg_username"],
		"mcpUrl":                p.State()["shop"].Outputs["mcpUrl"],
		"agentConnectionString": local.Secret("agents", agent["id"].(string), "connection_string"),
		"mcpToken":              local.Secret("agents", agent["id"].(string), "mcp_token"),
	}, p.Outputs())
	assert.NotEmpty(t, p.Outputs()["mcpUrl"])
	assert.Equal(t, 2, strings.Count(p.Must("stack", "output"), "[secret]"))

	database := local.Objects("databases")[0]
	assert.Equal(t, "The shop's database, for the support agent", project["description"])
	assert.Equal(t, canaryPassword, local.Secret("databases", database["id"].(string), "password"))
	assert.Equal(t, canaryWebhookSecret, local.Secret("webhooks", local.Objects("webhooks")[0]["id"].(string), "secret"))
	assert.Equal(t, []any{"query_blocked", "canary_tripped"}, local.Objects("webhooks")[0]["event_types"])
	assert.NotNil(t, findObject(local, "replicas", "host", "replica-1.shop.example.com"))
	assert.NotNil(t, findObject(local, "replicas", "host", "replica-2.shop.example.com"))
	assert.Equal(t, []any{"public.orders", "public.customers"}, policy["table_allowlist"])
	assert.Equal(t, []any{
		map[string]any{"table": "customers", "column": "email", "kind": "redact"},
		map[string]any{"table": "customers", "column": "phone", "kind": "null"},
	}, policy["masking_rules"])
	assert.Equal(t, []any{
		map[string]any{"table": "orders", "predicate": "created_at > now() - interval '1 year'"},
	}, policy["row_filters"])
	assert.Equal(t, "Support bot", agent["name"])
	assert.Equal(t, "2099-01-01T00:00:00Z", agent["expires_at"])

	local.ResetRequests()
	p.requireNoChanges()
	assert.Empty(t, local.Requests(), "an update without changes sends no requests")
	p.Must("destroy", "--yes")
	for kind, objects := range allObjects(local) {
		if kind != "plan" {
			assert.Empty(t, objects, kind)
		}
	}
}

// TestSecureAgentProject deploys the same example in every language except YAML,
// which the tests in the parent folder deploy.
func TestSecureAgentProject(t *testing.T) {
	t.Parallel()
	t.Run("TypeScript", func(t *testing.T) {
		t.Parallel()
		testSecureAgentProject(t, node, "typescript", nodeExample("secure-agent-project"))
	})
	t.Run("Python", func(t *testing.T) {
		t.Parallel()
		testSecureAgentProject(t, python, "python", pythonExample("secure-agent-project"))
	})
	t.Run("Go", func(t *testing.T) {
		t.Parallel()
		testSecureAgentProject(t, golang, "go", "")
	})
	t.Run("Java", func(t *testing.T) {
		t.Parallel()
		testSecureAgentProject(t, java, "java", "")
	})
}

// snippet is a TypeScript example from the documentation of the former provider.
type snippet struct {
	config  map[string]string // secrets that the program requires
	before  func(p *program)
	outputs func(local *localapi.Local) map[string]any
	check   func(t *testing.T, local *localapi.Local)
	after   func(p *program)
}

// findObject returns the object whose field has a value, or nil.
func findObject(local *localapi.Local, kind, field string, value any) map[string]any {
	for _, object := range local.Objects(kind) {
		if object[field] == value {
			return object
		}
	}
	return nil
}

var snippets = map[string]snippet{
	"configure": {
		outputs: func(*localapi.Local) map[string]any { return map[string]any{"plan": "scale"} },
		check: func(t *testing.T, local *localapi.Local) {
			assert.Equal(t, 500.0, local.Objects("plan")[0]["spend_limit"])
		},
	},
	"create-project": {
		config: map[string]string{"dbPassword": canaryPassword},
		// In the documentation, this example precedes the existing project, which has the same name.
		before: func(p *program) {
			require.NoError(p, p.Local.Remove("projects", snippetProject))
			p.Must("config", "set", "orgId", snippetOrg)
		},
		outputs: func(local *localapi.Local) map[string]any {
			return map[string]any{"proxyHost": local.Objects("projects")[0]["proxy_host"]}
		},
		check: func(t *testing.T, local *localapi.Local) {
			database := local.Objects("databases")[0]
			assert.Equal(t, "my-rds.us-east-1.rds.amazonaws.com", database["host"])
			assert.Equal(t, canaryPassword, local.Secret("databases", database["id"].(string), "password"))
		},
	},
	"project": {
		before: func(p *program) {
			// An import requires a language host, and the tests have only that of YAML.
			file := filepath.Join(p.Dir, "Pulumi.yaml")
			text, err := os.ReadFile(file)
			require.NoError(p, err)
			require.NoError(p, os.WriteFile(file, []byte(strings.Replace(string(text), "runtime: nodejs", "runtime: yaml", 1)), 0o600))
			p.Must("import", "pgbeam:index:Project", "example", snippetProject, "--yes", "--generate-code=false")
			require.NoError(p, os.WriteFile(file, text, 0o600))
			p.Local.ResetRequests()
		},
		check: func(t *testing.T, local *localapi.Local) {
			project := local.Objects("projects")[0]
			assert.Equal(t, "Production database proxy", project["description"])
			assert.Equal(t, []any{"production", "us-east-1"}, project["tags"])
			assert.Len(t, project["allowed_cidrs"], 2)
			assert.Equal(t, snippetPolicy, project["default_policy_profile_id"])
			assert.Equal(t, "db.example.com", local.Objects("databases")[0]["host"])
			assert.Equal(t, 1, local.Count("PATCH", "/v1/projects/*"), "the project is updated")
			assert.Zero(t, local.Count("POST", "/v1/projects"))
		},
		// The imported resource is protected, and the project existed before the example.
		after: func(p *program) { p.Must("state", "delete", p.State()["example"].URN, "--force", "--yes") },
	},
	"database": {
		config: map[string]string{"dbPassword": canaryPassword},
		outputs: func(local *localapi.Local) map[string]any {
			return map[string]any{"connectionString": local.Objects("databases")[1]["connection_string"]}
		},
		check: func(t *testing.T, local *localapi.Local) {
			database := local.Objects("databases")[1]
			assert.Equal(t, snippetProject, database["project_id"])
			assert.Equal(t, canaryPassword, local.Secret("databases", database["id"].(string), "password"))
			assert.Equal(t, "us-east-1", database["pool_region"])
			assert.Equal(t, "verify-full", database["ssl_mode"])
			assert.Equal(t, map[string]any{"enabled": true, "ttl_seconds": 60.0, "max_entries": 10000.0, "swr_seconds": 30.0}, database["cache_config"])
			assert.Equal(t, map[string]any{"pool_size": 20.0, "min_pool_size": 5.0, "pool_mode": "transaction", "max_active": 200.0}, database["pool_config"])
		},
	},
	"replica": {
		check: func(t *testing.T, local *localapi.Local) {
			replica := local.Objects("replicas")[0]
			assert.Equal(t, snippetDatabase, replica["database_id"])
			assert.Equal(t, "replica.db.example.com", replica["host"])
			assert.Equal(t, "verify-full", replica["ssl_mode"])
		},
	},
	"custom-domain": {
		outputs: func(local *localapi.Local) map[string]any {
			instructions := local.Objects("domains")[0]["dns_instructions"].(map[string]any)
			camelCase := map[string]any{}
			for name, value := range instructions {
				words := strings.Split(name, "_")
				for i, word := range words[1:] {
					words[i+1] = strings.ToUpper(word[:1]) + word[1:]
				}
				camelCase[strings.Join(words, "")] = value
			}
			return map[string]any{"dnsInstructions": camelCase}
		},
		check: func(t *testing.T, local *localapi.Local) {
			assert.Equal(t, "db.example.com", local.Objects("domains")[0]["domain"])
		},
	},
	"cache-rule": {
		outputs: func(local *localapi.Local) map[string]any {
			return map[string]any{"normalizedSql": local.Objects("cache-rules")[0]["normalized_sql"]}
		},
		check: func(t *testing.T, local *localapi.Local) {
			rule := local.Objects("cache-rules")[0]
			assert.Equal(t, true, rule["cache_enabled"])
			assert.Equal(t, 300.0, rule["cache_ttl_seconds"])
			assert.Equal(t, 60.0, rule["cache_swr_seconds"])
		},
	},
	"spend-limit": {
		outputs: func(*localapi.Local) map[string]any { return map[string]any{"plan": "scale"} },
		check: func(t *testing.T, local *localapi.Local) {
			assert.Equal(t, 500.0, local.Objects("plan")[0]["spend_limit"])
		},
	},
	"agent-credential": {
		outputs: func(local *localapi.Local) map[string]any {
			agent := local.Objects("agents")[0]
			return map[string]any{
				"pgUsername":       agent["pg_username"],
				"connectionString": local.Secret("agents", agent["id"].(string), "connection_string"),
				"mcpUrl":           mcpURL(local),
				"mcpToken":         local.Secret("agents", agent["id"].(string), "mcp_token"),
			}
		},
		check: func(t *testing.T, local *localapi.Local) {
			agent := local.Objects("agents")[0]
			assert.Equal(t, "Claude Code (analytics)", agent["name"])
			assert.Equal(t, snippetPolicy, agent["policy_profile_id"])
		},
	},
	"policy-profile": {
		check: func(t *testing.T, local *localapi.Local) {
			policy := findObject(local, "policies", "name", "Read-only analytics")
			assert.Equal(t, "read_only", policy["access_mode"])
			assert.Equal(t, map[string]any{"allow": []any{"select"}, "deny": []any{"copy"}}, policy["statement_rules"])
			assert.Equal(t, []any{map[string]any{"table": "users", "column": "email", "kind": "redact"}}, policy["masking_rules"])
			assert.Equal(t, 0.0, policy["max_rows"])
		},
	},
	"webhook-endpoint": {
		config: map[string]string{"webhookSecret": canaryWebhookSecret},
		check: func(t *testing.T, local *localapi.Local) {
			webhook := local.Objects("webhooks")[0]
			assert.Equal(t, "https://example.com/hooks/pgbeam", webhook["url"])
			assert.Equal(t, canaryWebhookSecret, local.Secret("webhooks", webhook["id"].(string), "secret"))
		},
	},
}

// mcpURL returns the MCP URL from the response that created the first credential.
func mcpURL(local *localapi.Local) any {
	for _, r := range local.Requests() {
		if strings.HasSuffix(r.Path, "/agents") {
			var agent map[string]any
			_ = json.Unmarshal(r.ResponseBody, &agent)
			return agent["mcp_url"]
		}
	}
	return nil
}

// TestSnippets deploys every snippet from the documentation of the former provider.
func TestSnippets(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(tools.Root, "examples", "typescript")
	inGo := exampleNames(t, "go")
	names := slices.DeleteFunc(exampleNames(t, "typescript"), func(name string) bool { return slices.Contains(inGo, name) })
	for _, name := range names { // the others are the same in other languages
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ok := snippets[name]
			require.True(t, ok, "the example is missing in snippets")
			testSnippet(t, s, nodeExample(name), filepath.Join(folder, name))
		})
	}
	assert.Len(t, snippets, len(names), "all other examples are snippets")
}

// exampleNames returns the names of the examples in a language.
func exampleNames(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(tools.Root, "examples", folder))
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	require.NotEmpty(t, names)
	return names
}

func testSnippet(t *testing.T, s snippet, file, folder string) {
	local := startWithExistingObjects(t)
	p := newProgram(t, node, local, file, folder)
	for name, value := range s.config {
		p.Must("config", "set", "--secret", name, value)
		p.AddCanary(name, value)
	}
	if s.before != nil {
		s.before(p)
	}
	before := allObjects(local)
	p.up()
	p.AddCanaries()
	s.check(t, local)
	outputs := map[string]any{}
	if s.outputs != nil {
		outputs = s.outputs(local)
	}
	assert.Equal(t, outputs, p.Outputs())

	local.ResetRequests()
	p.requireNoChanges()
	assert.Empty(t, local.Requests(), "an update without changes sends no requests")
	if s.after != nil {
		s.after(p)
		return
	}
	p.Must("destroy", "--yes")
	after := allObjects(local)
	if filepath.Base(folder) == "cache-rule" {
		assert.Equal(t, false, after["cache-rules"][0]["cache_enabled"], "an observed query remains")
		return
	}
	assert.Equal(t, before, after)
}
