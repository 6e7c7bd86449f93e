// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// program is what the tests read of an example's Pulumi.yaml.
type program struct {
	Name   string
	Config map[string]struct {
		Secret  bool
		Default *string
	}
	Resources map[string]struct{ Type string }
	Outputs   map[string]any
}

func programOf(t *testing.T, folder string) program {
	t.Helper()
	text, err := readFile(filepath.Join(folder, "Pulumi.yaml"))
	require.NoError(t, err)
	var read program
	require.NoError(t, yaml.Unmarshal([]byte(text), &read))
	return read
}

// examples returns the folders of the YAML examples, by name.
func examples(t *testing.T) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(built.root, "examples", "yaml"))
	require.NoError(t, err)
	folders := map[string]string{}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		folders[entry.Name()] = filepath.Join(built.root, "examples", "yaml", entry.Name())
	}
	return folders
}

// expectation is what an example leads to.
type expectation struct {
	// prepare makes what has to exist before, and returns the settings that name it.
	prepare func(t *testing.T, local *localapi.Local) map[string]string
	// objects are what the API then holds, by kind: a part of the only object of the kind.
	objects map[string]object
	// outputs are what the program gives out: a field of the only object of a kind
	// ("projects.id"), a secret of it ("agents.mcp_token"), or the value itself.
	outputs map[string]any
	// stays are the kinds of which objects are left when all is destroyed.
	stays []string
}

// The primary database that most examples begin with, as the API holds it.
var databaseLive = object{"host": "db.example.com", "port": 5432.0, "name": "mydb", "username": "pgbeam"}

// expectations has what is known of examples. The values are those of the
// published page wherever that has them.
var expectations = map[string]expectation{
	"create-project": {
		objects: map[string]object{
			"projects":  {"name": "my-app"},
			"databases": {"host": "my-rds.us-east-1.rds.amazonaws.com", "port": 5432.0, "name": "mydb", "username": "pgbeam", "role": "primary"},
		},
		outputs: map[string]any{"proxyHost": "projects.proxy_host"},
	},
	"project": {
		objects: map[string]object{
			"projects": {
				"name": "my-app", "description": "Production database proxy", "tags": []any{"production", "us-east-1"},
				"allowed_cidrs":   []any{object{"cidr": "203.0.113.0/24"}, object{"cidr": "198.51.100.10/32"}},
				"agents_disabled": false, "status": "active",
			},
			"databases": databaseLive,
		},
		outputs: map[string]any{
			"projectId": "projects.id", "proxyHost": "projects.proxy_host",
			"primaryDatabaseId": "databases.id", "maxConnections": "projects.max_connections",
		},
	},
	"database": {
		objects: map[string]object{
			"databases": with(databaseLive, object{
				"ssl_mode": "require", "role": "primary", "pool_region": "us-east-1", "query_timeout_ms": 0.0, "auto_read_routing": false,
				"cache_config": object{"enabled": true, "ttl_seconds": 60.0, "max_entries": 10000.0, "swr_seconds": 30.0},
				"pool_config":  object{"pool_size": 20.0, "min_pool_size": 5.0, "pool_mode": "transaction", "max_active": 200.0},
			}),
		},
		outputs: map[string]any{"databaseId": "databases.id", "connectionString": "databases.connection_string"},
	},
	"replica": {
		objects: map[string]object{
			"replicas": {"host": "replica.db.example.com", "port": 5432.0, "ssl_mode": "require"},
		},
		outputs: map[string]any{"replicaId": "replicas.id"},
	},
	"custom-domain": {
		objects: map[string]object{"domains": {"domain": "db.example.com", "verified": false}},
		outputs: map[string]any{"verified": false, "dnsInstructions": notEmpty{}},
	},
	"cache-rule": {
		prepare: observedQuery,
		objects: map[string]object{
			"cache-rules": {"query_hash": "a1b2c3d4e5f60718", "cache_enabled": true, "cache_ttl_seconds": 300.0, "cache_swr_seconds": 60.0},
		},
		outputs: map[string]any{"normalizedSql": "SELECT $1", "recommendation": "cache-rules.recommendation"},
		// What the example did not make, and the shape, which cannot be forgotten.
		stays: []string{"projects", "databases", "cache-rules"},
	},
	"spend-limit": {
		objects: map[string]object{"plan": {"spend_limit": 500.0}},
		outputs: map[string]any{"plan": "scale", "maxProjects": 0.0},
	},
	"agent-credential": {
		objects: map[string]object{
			"agents": {
				"name": "Claude Code (analytics)", "status": "active", "principal_type": "agent", "expires_at": "2099-01-01T00:00:00Z",
			},
			"policies": {"name": "Read-only analytics", "access_mode": "read_only"},
		},
		outputs: map[string]any{
			"pgUsername": "agents.pg_username", "connectionString": "agents.connection_string",
			"mcpUrl": notEmpty{}, "mcpToken": "agents.mcp_token",
		},
	},
	"policy-profile": {
		objects: map[string]object{
			"policies": {
				"name": "Read-only analytics", "access_mode": "read_only",
				"statement_rules": object{"allow": []any{"select", "explain"}, "deny": []any{"copy"}},
				"table_allowlist": []any{"public.orders", "public.customers", "public.products"}, "table_denylist": []any{"secrets"},
				"masking_rules": []any{
					object{"table": "customers", "column": "email", "kind": "redact"},
					object{"table": "customers", "column": "phone", "kind": "null"},
				},
				"budget_queries_per_hour": 0.0, "budget_queries_per_day": 0.0, "max_rows": 0.0, "statement_timeout_ms": 0.0,
				"row_filters": []any{object{"table": "orders", "predicate": "tenant_id = 42"}},
				"write_mode":  "normal", "approval_mode": "off", "approval_auto_max_rows": 0.0, "approval_timeout_seconds": 300.0,
				"migration_safety": "off", "egress_bytes_per_day": 0.0,
			},
		},
		outputs: map[string]any{"policyProfileId": "policies.id"},
	},
	"webhook-endpoint": {
		objects: map[string]object{
			"webhooks": {
				"url": "https://example.com/hooks/pgbeam", "format": "json", "event_types": []any{"query_blocked", "anomaly_alert"},
				"enabled": true, "description": "Security events",
			},
		},
		outputs: map[string]any{"webhookEndpointId": "webhooks.id"},
	},
	"project-default-policy": {
		objects: map[string]object{"policies": {"name": "Read-only analytics"}},
		outputs: map[string]any{"defaultPolicyProfileId": "projects.default_policy_profile_id"},
	},
	"self-host-enrollment": {
		objects: map[string]object{
			"self-host-enrollments": {
				"region_label": "Frankfurt", "description": "Proxies beside the warehouse", "expires_at": "2099-01-01T00:00:00Z",
			},
		},
		outputs: map[string]any{"token": "self-host-enrollments.token"},
	},
	"honeytoken": {
		objects: map[string]object{
			"honeytokens": {"schema_name": "public", "relation_name": "admin_passwords", "action": "kill"},
		},
		outputs: map[string]any{"honeytokenId": "honeytokens.id"},
	},
	"anomaly-rule": {
		objects: map[string]object{
			"anomaly-rules": {"metric": "queries_per_hour", "sigma_threshold": 4.0, "floor": 200.0, "enabled": true},
		},
		outputs: map[string]any{"anomalyRuleId": "anomaly-rules.id"},
	},
	"approval-rule": {
		objects: map[string]object{
			"approval-rules": {
				"name": "Large changes of orders", "statement_kinds": []any{"update", "delete"},
				"schema_name": "public", "relation_name": "orders", "min_affected_rows": 100.0, "enabled": true,
			},
		},
		outputs: map[string]any{"approvalRuleId": "approval-rules.id"},
	},
}

// notEmpty is an output that the API holds in another form, or no more.
type notEmpty struct{}

// observedQuery makes a project whose proxy has seen a query.
func observedQuery(t *testing.T, local *localapi.Local) map[string]string {
	t.Helper()
	pgbeam, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	created, err := pgbeam.Projects().Create(t.Context(), client.CreateProjectRequest{
		OrgID: local.OrgID, Name: "shop",
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "mydb", Username: "pgbeam", Password: plantedPassword},
	})
	require.NoError(t, err)
	require.NoError(t, local.ObserveQuery(created.Project.ID, created.Database.ID, "a1b2c3d4e5f60718", "SELECT $1"))
	return map[string]string{"projectId": created.Project.ID, "databaseId": created.Database.ID}
}

// kinds are all kinds of objects that the local API holds, but for the plan,
// which every organization has.
var kinds = []string{
	"projects", "databases", "replicas", "policies", "agents", "webhooks", "domains", "cache-rules",
	"self-host-enrollments", "honeytokens", "anomaly-rules", "approval-rules",
}

// TestExamples deploys each example of a resource. TestSecureAgentProjectExample
// does so with the component's.
func TestExamples(t *testing.T) {
	t.Parallel()
	for name, folder := range examples(t) {
		if name == "secure-agent-project" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := expectations[name]
			local := contracttest.Start(t, localapi.Options{})
			settings := map[string]string{
				"orgId": local.OrgID, "dbPassword": plantedPassword, "webhookSecret": plantedWebhook,
			}
			if want.prepare != nil {
				settings = want.prepare(t, local)
			}
			s := stackOf(t, local, folder)
			s.must(append([]string{"config", "set-all"}, settingsFor(s, programOf(t, folder), settings)...)...)

			s.up("--skip-preview")
			s.plantAll()
			for kind, part := range want.objects {
				objects := local.Objects(kind)
				require.NotEmpty(t, objects, kind)
				// A project comes with its primary database; the example's own object is the last.
				assert.Equal(t, part, partOf(objects[len(objects)-1], part), kind)
			}
			assertOutputs(t, local, want.outputs, s.outputs())

			local.ResetRequests()
			s.up("--refresh", "--expect-no-changes")
			for _, request := range local.Requests() {
				assert.Equal(t, http.MethodGet, request.Method, request.Path)
			}
			s.must("destroy", "--yes", "--skip-preview")
			assert.Nil(t, local.Objects("plan")[0]["spend_limit"])
			for _, kind := range kinds {
				if !slices.Contains(want.stays, kind) {
					assert.Empty(t, local.Objects(kind), kind)
				}
			}
		})
	}
	for name := range expectations {
		assert.DirExists(t, filepath.Join(built.root, "examples", "yaml", name))
	}
}

// settingsFor returns the arguments that give an example what it asks for.
func settingsFor(s *stack, example program, settings map[string]string) []string {
	s.Helper()
	var args []string
	for name, setting := range example.Config {
		value, ok := settings[name]
		if setting.Default != nil && !ok {
			continue
		}
		require.True(s, ok, "the example asks for %s", name)
		how := "--plaintext"
		if setting.Secret {
			how = "--secret"
			s.plant(name, value)
		}
		args = append(args, how, name+"="+value)
	}
	return args
}

// partOf returns the fields of an object that a part of it has.
func partOf(whole, part object) object {
	fields := object{}
	for name := range part {
		fields[name] = whole[name]
	}
	return fields
}

func assertOutputs(t *testing.T, local *localapi.Local, want, got map[string]any) {
	t.Helper()
	for name, value := range want {
		switch value := value.(type) {
		case notEmpty:
			assert.NotEmpty(t, got[name], name)
		case string:
			assert.Equal(t, held(local, value), got[name], name)
		default:
			assert.Equal(t, value, got[name], name)
		}
		delete(got, name)
	}
	for name, value := range got {
		assert.NotNil(t, value, name)
	}
}

// held looks up what the API holds where a value names that, as in "projects.id".
func held(local *localapi.Local, value string) any {
	kind, field, _ := strings.Cut(value, ".")
	objects := local.Objects(kind)
	if len(objects) == 0 {
		return value
	}
	newest := objects[len(objects)-1]
	if shown, ok := newest[field]; ok {
		return shown
	}
	return local.Secret(kind, newest["id"].(string), field)
}

// TestEverythingHasAnExample: a resource or component without an example has
// none in the documentation either.
func TestEverythingHasAnExample(t *testing.T) {
	t.Parallel()
	answer, err := enginetest.New(t, nil).Server.GetSchema(p.GetSchemaRequest{})
	require.NoError(t, err)
	var spec schema.PackageSpec
	require.NoError(t, json.Unmarshal([]byte(answer.Schema), &spec))
	require.NotEmpty(t, spec.Resources)

	shown := map[string]bool{}
	for name, folder := range examples(t) {
		example := programOf(t, folder)
		assert.Equal(t, name, example.Name)
		assert.NotEmpty(t, example.Outputs, name)
		assert.FileExists(t, filepath.Join(folder, "README.md"))
		for _, resource := range example.Resources {
			token := strings.Replace(resource.Type, "pgbeam:", "pgbeam:index:", 1)
			assert.Contains(t, spec.Resources, token, name)
			shown[token] = true
		}
	}
	for token := range spec.Resources {
		assert.True(t, shown[token], "%s stands in no example", token)
	}
}
