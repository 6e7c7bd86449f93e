// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// expectation is the expected result of an example.
type expectation struct {
	// objects are the expected fields of the newest object of each collection.
	objects map[string]scenario.Object
	// outputs are the expected outputs: a field of the newest object of a collection
	// ("projects.id"), a secret of it ("agents.mcp_token"), or the value itself.
	outputs map[string]any
}

// primaryDatabase is the primary database of most examples, as the API holds it.
var primaryDatabase = scenario.Object{"host": "db.example.com", "port": 5432.0, "name": "mydb", "username": "pgbeam"}

// expectations has the expected results by example. Values are those of the
// published documentation if that has them.
var expectations = map[string]expectation{
	"create-project": {
		objects: map[string]scenario.Object{
			"projects":  {"name": "my-app"},
			"databases": {"host": "my-rds.us-east-1.rds.amazonaws.com", "port": 5432.0, "name": "mydb", "username": "pgbeam", "role": "primary"},
		},
		outputs: map[string]any{"proxyHost": "projects.proxy_host"},
	},
	"project": {
		objects: map[string]scenario.Object{
			"projects": {
				"name": "my-app", "description": "Production database proxy", "tags": []any{"production", "us-east-1"},
				"allowed_cidrs":   []any{scenario.Object{"cidr": "203.0.113.0/24"}, scenario.Object{"cidr": "198.51.100.10/32"}},
				"agents_disabled": false, "status": "active",
			},
			"databases": primaryDatabase,
		},
		outputs: map[string]any{
			"projectId": "projects.id", "proxyHost": "projects.proxy_host",
			"primaryDatabaseId": "databases.id", "maxConnections": "projects.max_connections",
		},
	},
	"database": {
		objects: map[string]scenario.Object{
			"databases": scenario.Merge(primaryDatabase, scenario.Object{
				"ssl_mode": "verify-full", "role": "primary", "pool_region": "us-east-1", "query_timeout_ms": 0.0, "auto_read_routing": false,
				"cache_config": scenario.Object{"enabled": true, "ttl_seconds": 60.0, "max_entries": 10000.0, "swr_seconds": 30.0},
				"pool_config":  scenario.Object{"pool_size": 20.0, "min_pool_size": 5.0, "pool_mode": "transaction", "max_active": 200.0},
			}),
		},
		outputs: map[string]any{"databaseId": "databases.id", "connectionString": "databases.connection_string"},
	},
	"replica": {
		objects: map[string]scenario.Object{
			"replicas": {"host": "replica.db.example.com", "port": 5432.0, "ssl_mode": "verify-full"},
		},
		outputs: map[string]any{"replicaId": "replicas.id"},
	},
	"custom-domain": {
		objects: map[string]scenario.Object{"domains": {"domain": "db.example.com", "verified": false}},
		outputs: map[string]any{"verified": false, "dnsInstructions": notEmpty{}},
	},
	"cache-rule": {
		objects: map[string]scenario.Object{
			"cache-rules": {"query_hash": "a1b2c3d4e5f60718", "cache_enabled": true, "cache_ttl_seconds": 300.0, "cache_swr_seconds": 60.0},
		},
		outputs: map[string]any{"normalizedSql": "SELECT $1", "recommendation": "cache-rules.recommendation"},
	},
	"spend-limit": {
		objects: map[string]scenario.Object{"plan": {"spend_limit": 500.0}},
		outputs: map[string]any{"plan": "scale", "maxProjects": 100.0},
	},
	"agent-credential": {
		objects: map[string]scenario.Object{
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
		objects: map[string]scenario.Object{
			"policies": {
				"name": "Read-only analytics", "access_mode": "read_only",
				"statement_rules": scenario.Object{"allow": []any{"select", "explain"}, "deny": []any{"copy"}},
				"table_allowlist": []any{"public.orders", "public.customers", "public.products"}, "table_denylist": []any{"secrets"},
				"masking_rules": []any{
					scenario.Object{"table": "customers", "column": "email", "kind": "redact"},
					scenario.Object{"table": "customers", "column": "phone", "kind": "null"},
				},
				"budget_queries_per_hour": 1000.0, "budget_queries_per_day": 10000.0, "max_rows": 1000.0, "statement_timeout_ms": 0.0,
				"row_filters": []any{scenario.Object{"table": "orders", "predicate": "tenant_id = 42"}},
				"write_mode":  "normal", "approval_mode": "off", "approval_auto_max_rows": 0.0, "approval_timeout_seconds": 300.0,
				"migration_safety": "off", "egress_bytes_per_day": 0.0,
			},
		},
		outputs: map[string]any{"policyProfileId": "policies.id"},
	},
	"policy-test": {
		objects: map[string]scenario.Object{
			"policies": {"name": "Support", "access_mode": "read_only"},
			"agents":   {"name": "Support bot"},
		},
		outputs: map[string]any{"results": notEmpty{}, "connectionString": "agents.connection_string"},
	},
	"detected-pii": {
		objects: map[string]scenario.Object{
			"policies": {"name": "Support", "masking_rules": []any{
				scenario.Object{"table": "public.users", "column": "email", "kind": "hash"},
				scenario.Object{"table": "public.users", "column": "phone", "kind": "redact"},
			}},
			"agents": {"name": "Support bot"},
		},
		outputs: map[string]any{"maskingRules": notEmpty{}, "connectionString": "agents.connection_string"},
	},
	"human-access": {
		objects: map[string]scenario.Object{
			"policies":       {"budget_queries_per_hour": 1000.0, "migration_safety": "block"},
			"agents":         {"principal_type": "human", "status": "active"},
			"approval-rules": {"name": "Changes of refunds", "statement_kinds": []any{}, "schema_name": "billing", "relation_name": "refunds"},
			"webhooks":       {"url": "https://example.com/hooks/approvals", "event_types": []any{"approval_requested"}},
		},
		outputs: map[string]any{"usernames": notEmpty{}, "connectionStrings": notEmpty{}},
	},
	"safe-migrations": {
		objects: map[string]scenario.Object{
			"policies": {
				"access_mode": "read_write", "migration_safety": "block", "statement_timeout_ms": 900000.0,
				"table_allowlist": []any{"public.orders", "billing.invoices"},
			},
			"agents":         {"principal_type": "agent", "status": "active"},
			"approval-rules": {"statement_kinds": []any{"ddl"}, "enabled": true},
			"webhooks":       {"url": "https://example.com/hooks/approvals", "event_types": []any{"approval_requested"}},
		},
		outputs: map[string]any{"mcpUrl": notEmpty{}, "sandboxMcpToken": notEmpty{}, "productionMcpToken": notEmpty{}, "approvalRuleIds": notEmpty{}},
	},
	"webhook-endpoint": {
		objects: map[string]scenario.Object{
			"webhooks": {
				"url": "https://example.com/hooks/pgbeam", "format": "json", "event_types": []any{"query_blocked", "anomaly_alert"},
				"enabled": true, "description": "Security events",
			},
		},
		outputs: map[string]any{"webhookEndpointId": "webhooks.id"},
	},
	"project-default-policy": {
		objects: map[string]scenario.Object{"policies": {"name": "Read-only analytics"}},
		outputs: map[string]any{"defaultPolicyProfileId": "projects.default_policy_profile_id"},
	},
	"self-host-enrollment": {
		objects: map[string]scenario.Object{
			"self-host-enrollments": {
				"region_label": "Frankfurt", "description": "Proxies beside the warehouse", "expires_at": "2099-01-01T00:00:00Z",
			},
		},
		outputs: map[string]any{"token": "self-host-enrollments.token"},
	},
	"agent-fleet": {
		objects: map[string]scenario.Object{
			"agents":   {"status": "active", "principal_type": "agent"},
			"webhooks": {"url": "https://example.com/hooks/pgbeam", "event_types": []any{"query_blocked", "kill_switch"}},
			"plan":     {"spend_limit": 500.0},
		},
		outputs: map[string]any{
			"usernames": notEmpty{}, "chatBotConnectionString": notEmpty{}, "refundBotMcpUrl": notEmpty{}, "refundBotMcpToken": notEmpty{},
		},
	},
	"tenant-access": {
		objects: map[string]scenario.Object{
			"policies": {
				"access_mode": "read_only", "budget_queries_per_hour": 500.0, "table_allowlist": []any{"billing.invoices", "customers", "orders"},
				"masking_rules": []any{scenario.Object{"table": "customers", "column": "email", "kind": "redact"}},
			},
			"agents": {"status": "active", "expires_at": "2099-01-01T00:00:00Z"},
		},
		outputs: map[string]any{
			"usernames": notEmpty{}, "acmeConnectionString": notEmpty{}, "acmeMcpUrl": notEmpty{}, "acmeMcpClientConfig": notEmpty{},
		},
	},
	"agent-access": {
		objects: map[string]scenario.Object{
			"policies": {
				"access_mode": "read_only", "max_rows": 1000.0, "table_allowlist": []any{"public.orders", "public.customers"},
				"masking_rules": []any{scenario.Object{"table": "customers", "column": "email", "kind": "redact"}},
			},
			"agents":        {"name": "Support bot", "status": "active", "expires_at": "2099-01-01T00:00:00Z"},
			"anomaly-rules": {"metric": "bytes_per_hour", "sigma_threshold": 4.0},
		},
		outputs: map[string]any{
			"username": "agents.pg_username", "connectionString": "agents.connection_string", "mcpUrl": notEmpty{}, "mcpClientConfig": notEmpty{},
		},
	},
	"self-hosted-gateway": {
		objects: map[string]scenario.Object{
			"projects":  {"self_hosted": true, "description": "The warehouse"},
			"databases": {"host": "warehouse.internal.example.com", "ssl_mode": "verify-full"},
		},
		outputs: map[string]any{"projectId": "projects.id", "enrollmentIds": notEmpty{}, "composeFiles": notEmpty{}},
	},
	"rotating-agent-credential": {
		objects: map[string]scenario.Object{
			"policies": {"name": "Reporting"},
			"agents":   {"status": "active"},
		},
		outputs: map[string]any{"current": notEmpty{}, "nextRotation": notEmpty{}},
	},
	"honeytoken": {
		objects: map[string]scenario.Object{
			"honeytokens": {"schema_name": "public", "relation_name": "admin_passwords", "action": "kill"},
		},
		outputs: map[string]any{"honeytokenId": "honeytokens.id"},
	},
	"anomaly-rule": {
		objects: map[string]scenario.Object{
			"anomaly-rules": {"metric": "queries_per_hour", "sigma_threshold": 4.0, "floor": 200.0, "enabled": true},
		},
		outputs: map[string]any{"anomalyRuleId": "anomaly-rules.id"},
	},
	"approval-rule": {
		objects: map[string]scenario.Object{
			"approval-rules": {
				"name": "Large changes of orders", "statement_kinds": []any{"update", "delete"},
				"schema_name": "public", "relation_name": "orders", "min_affected_rows": 100.0, "enabled": true,
			},
		},
		outputs: map[string]any{"approvalRuleId": "approval-rules.id"},
	},
	"tripwires": {
		objects: map[string]scenario.Object{
			"anomaly-rules": {"credential_id": nil, "enabled": true},
			"webhooks":      {"url": "https://example.com/hooks/security", "event_types": []any{"canary_tripped", "anomaly_alert"}},
		},
		outputs: map[string]any{"honeytokenIds": notEmpty{}, "webhookEndpointIds": notEmpty{}},
	},
	"replicated-database": {
		objects: map[string]scenario.Object{
			"projects": {"name": "shop"},
			"databases": {
				"host": "shop.example.com", "port": 5432.0, "ssl_mode": "verify-full", "auto_read_routing": true,
				"pool_config":  scenario.Object{"pool_size": 20.0, "min_pool_size": 2.0, "pool_mode": "transaction", "max_active": 200.0},
				"cache_config": scenario.Object{"enabled": true, "ttl_seconds": 60.0, "max_entries": 10000.0, "swr_seconds": 30.0},
			},
			"domains": {"domain": "db.shop.example.com"},
		},
		outputs: map[string]any{
			"projectId": "projects.id", "connectionString": "databases.connection_string", "replicaIds": notEmpty{}, "dnsInstructions": notEmpty{},
		},
	},
}

// notEmpty is an output that the API holds in another form or not at all.
type notEmpty struct{}

// observeQuery creates a project whose proxy has observed a query, and returns the
// configuration of an example that refers to it.
func observeQuery(t *testing.T, local *localapi.Local) map[string]string {
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

// TestExamples deploys the example of every resource and component. TestSecureAgentProjectExample
// deploys that of SecureAgentProject, and TestFunctionExamples those of the functions.
func TestExamples(t *testing.T) {
	t.Parallel()
	for name, example := range repotest.Examples(t) {
		if name == "secure-agent-project" || functionOutputs[name] != nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := expectations[name]
			local := contracttest.Start(t, localapi.Options{})
			config := map[string]string{
				"orgId": local.OrgID, "dbPassword": plantedPassword, "webhookSecret": plantedWebhook,
			}
			if _, ok := example.Config["projectId"]; ok { // of an existing project
				maps.Copy(config, observeQuery(t, local))
			}
			existing := map[string]int{}
			for _, collection := range scenario.Collections() {
				existing[collection] = len(local.Objects(collection))
			}
			s := clitest.NewFromDir(t, local, example.Dir)
			s.Must(append([]string{"config", "set-all"}, configArgs(s, example, config)...)...)

			assert.NotContains(t, s.Up("--skip-preview"), "warning:")
			s.AddCanaries()
			for kind, part := range want.objects {
				objects := local.Objects(kind)
				require.NotEmpty(t, objects, kind)
				// The database of an example is newer than the primary one of its project.
				assert.Equal(t, part, selectFields(objects[len(objects)-1], part), kind)
			}
			assertOutputs(t, local, want.outputs, s.Outputs())

			local.ResetRequests()
			s.Up("--refresh", "--expect-no-changes")
			assert.Empty(t, mutations(local))
			s.Must("destroy", "--yes", "--skip-preview")
			assert.Nil(t, local.Objects("plan")[0]["spend_limit"])
			for collection, count := range existing {
				assert.Len(t, local.Objects(collection), count, collection)
			}
		})
	}
	for name := range expectations {
		assert.DirExists(t, repotest.Path(t, "examples", "yaml", name))
	}
}

// configArgs returns the arguments of `pulumi config set-all` for an example.
func configArgs(s *clitest.Stack, example repotest.Example, config map[string]string) []string {
	s.Helper()
	var args []string
	for name, setting := range example.Config {
		value, ok := config[name]
		if setting.Default != nil && !ok {
			continue
		}
		require.True(s, ok, "the example requires %s", name)
		flag := "--plaintext"
		if setting.Secret {
			flag = "--secret"
			s.AddCanary(name, value)
		}
		args = append(args, flag, name+"="+value)
	}
	return args
}

// selectFields returns the fields of an object that another one has.
func selectFields(whole, part scenario.Object) scenario.Object {
	fields := scenario.Object{}
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
			assert.Equal(t, resolveExpected(local, value), got[name], name)
		default:
			assert.Equal(t, value, got[name], name)
		}
		delete(got, name)
	}
	for name, value := range got {
		assert.NotNil(t, value, name)
	}
}

// resolveExpected returns the value that a reference such as "projects.id" names in
// the API, or the value itself.
func resolveExpected(local *localapi.Local, value string) any {
	collection, field, _ := strings.Cut(value, ".")
	objects := local.Objects(collection)
	if len(objects) == 0 {
		return value
	}
	newest := objects[len(objects)-1]
	if shown, ok := newest[field]; ok {
		return shown
	}
	return local.Secret(collection, newest["id"].(string), field)
}
