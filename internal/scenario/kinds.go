// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

var (
	cacheInputs = Object{"enabled": false, "ttlSeconds": 120, "maxEntries": 50, "swrSeconds": 0}
	cacheLive   = Object{"enabled": false, "ttl_seconds": 120.0, "max_entries": 50.0, "swr_seconds": 0.0}
	poolInputs  = Object{"poolSize": 20, "minPoolSize": 5, "poolMode": "session", "maxActive": 100}
	poolLive    = Object{"pool_size": 20.0, "min_pool_size": 5.0, "pool_mode": "session", "max_active": 100.0}
)

func inProject(env *enginetest.Env) Object { return Object{"projectId": env.Project().ID} }

// rotationInputs are the inputs that say when secrets are rotated.
var rotationInputs = map[string]string{
	"rotationTriggers": "the API does not hold them", "rotateAfter": "the API does not hold it", "standby": "the API does not hold it",
}

// rotationTimes are the outputs that depend on these inputs.
var rotationTimes = []string{"nextRotation", "standbySince"}

// Kinds returns the table of scenarios: a row for each kind of resource that has an object
// in the API, in the order of resources.All. Evaluations has the others. Expected values come from the API's contract.
func Kinds() []Kind {
	return []Kind{
		{
			Name: "Project", Collection: "projects",
			RequestSchemas: []string{"CreateProjectRequest", "UpdateProjectRequest"},
			Parents:        func(env *enginetest.Env) Object { return Object{"orgId": env.Local.OrgID} },
			Minimal:        Object{"database": enginetest.DatabaseInputs},
			Full: Object{
				"name": "shop", "description": "The shop", "tags": []string{"production", "eu"}, "cloud": "gcp", "selfHosted": true,
				"database": enginetest.DatabaseInputs, "allowedCidrs": []string{"203.0.113.0/24", "2001:DB8::/32"},
				"cidrLabels": Object{"203.0.113.0/24": "Office"}, "residency": "eu", "agentsDisabled": true, "status": "suspended",
			},
			Live: Object{
				"name": "shop", "description": "The shop", "tags": []any{"production", "eu"}, "cloud": "gcp", "self_hosted": true,
				"allowed_cidrs": []any{Object{"cidr": "203.0.113.0/24", "label": "Office"}, Object{"cidr": "2001:db8::/32"}},
				"residency":     "eu", "agents_disabled": true, "status": "suspended",
			},
			Requests: 2,
			Changes: []Change{
				{"name", "store", "name", "store"},
				{"description", "The store", "description", "The store"},
				{"tags", []string{"staging"}, "tags", []any{"staging"}},
				{"allowedCidrs", []string{"203.0.113.0/24"}, "allowed_cidrs", []any{Object{"cidr": "203.0.113.0/24", "label": "Office"}}},
				{"cidrLabels", Object{"2001:db8::/32": "VPN"}, "allowed_cidrs", []any{
					Object{"cidr": "203.0.113.0/24"}, Object{"cidr": "2001:db8::/32", "label": "VPN"},
				}},
				{"residency", "us", "residency", "us"},
				{"agentsDisabled", false, "agents_disabled", false},
				{"status", "active", "status", "active"},
			},
			Removable: []Removal{
				{"description", "description", ""},
				{"tags", "tags", []any{}},
				{"cidrLabels", "allowed_cidrs", []any{Object{"cidr": "203.0.113.0/24"}, Object{"cidr": "2001:db8::/32"}}},
				{"residency", "residency", "any"},
				{"agentsDisabled", "agents_disabled", false},
				{"status", "status", "active"},
			},
			Replacing:    Object{"cloud": "aws", "selfHosted": false},
			WriteOnly:    []string{"database.password"},
			StateOnly:    []string{"database"},
			NotRemovable: map[string]string{"allowedCidrs": "cidrLabels refers to its ranges"},
			Defaults:     Object{"cloud": "aws", "self_hosted": false, "allowed_cidrs": []any{}},
			SoftDeletes:  true,
			Lookups: func(b localapi.Behaviour) int {
				if b.CreateProjectOmitsDatabase {
					return 1
				}
				return 0
			},
			Operations: []Operation{{
				Name: "update with its database",
				Change: Object{
					"description": "Another",
					"database":    Merge(enginetest.DatabaseInputs, Object{"host": "other.example.com", "password": "another"}),
				},
			}},
		},
		{
			Name: "ProjectDefaultPolicy", Collection: "projects",
			Parents: func(env *enginetest.Env) Object {
				project := env.Project()
				env.Policy(project, "other")
				return Object{"projectId": project.ID, "policyProfileId": env.Policy(project, "strict").ID}
			},
			Minimal: Object{}, Full: Object{}, Live: Object{},
			Requests: 1, Reads: 1,
			Setting: &Setting{
				Property: "policyProfileId", Field: "default_policy_profile_id", IDProperty: "projectId",
				Other: func(c *Case) any { return c.findPolicy("other") },
			},
		},
		{
			Name: "Database", Collection: "databases",
			RequestSchemas: []string{"CreateDatabaseRequest", "UpdateDatabaseRequest"},
			Parents:        inProject,
			Minimal:        enginetest.DatabaseInputs,
			Full: Merge(enginetest.DatabaseInputs, Object{
				"sslMode": "verify-ca", "role": "replica", "poolRegion": "us-east-1", "queryTimeoutMs": 30000,
				"autoReadRouting": true, "cacheConfig": cacheInputs, "poolConfig": poolInputs,
			}),
			Live: Object{
				"host": "db.example.com", "port": 5432.0, "name": "shop", "username": "pgbeam", "ssl_mode": "verify-ca",
				"role": "replica", "pool_region": "us-east-1", "query_timeout_ms": 30000.0, "auto_read_routing": true,
				"cache_config": cacheLive, "pool_config": poolLive,
			},
			Requests: 1,
			Changes: []Change{
				{"host", "neenv.example.com", "host", "neenv.example.com"},
				{"port", 6432, "port", 6432.0},
				{"name", "store", "name", "store"},
				{"username", "beam", "username", "beam"},
				{"sslMode", "require", "ssl_mode", "require"},
				{"role", "primary", "role", "primary"},
				{"poolRegion", "eu-west-1", "pool_region", "eu-west-1"},
				{"queryTimeoutMs", 0, "query_timeout_ms", 0.0},
				{"autoReadRouting", false, "auto_read_routing", false},
				{"cacheConfig", Merge(cacheInputs, Object{"ttlSeconds": 0}), "cache_config", Merge(cacheLive, Object{"ttl_seconds": 0.0})},
				{"poolConfig", Merge(poolInputs, Object{"poolSize": 30}), "pool_config", Merge(poolLive, Object{"pool_size": 30.0})},
			},
			Removable: []Removal{
				{"sslMode", "ssl_mode", "verify-full"},
				{"role", "role", "primary"},
				{"poolRegion", "pool_region", ""},
				{"queryTimeoutMs", "query_timeout_ms", 0.0},
				{"autoReadRouting", "auto_read_routing", false},
				{"cacheConfig", "cache_config", Object{"enabled": false, "ttl_seconds": 60.0, "max_entries": 10000.0, "swr_seconds": 30.0}},
				{"poolConfig", "pool_config", Object{"pool_size": 10.0, "min_pool_size": 1.0, "pool_mode": "transaction", "max_active": 200.0}},
			},
			WriteOnly:      []string{"password"},
			Affects:        map[string][]string{"name": {"connectionString"}, "username": {"connectionString"}},
			ServerDefaults: []string{"sslMode", "poolConfig", "cacheConfig"},
			StateOnly:      []string{"password"},
		},
		{
			Name: "Replica", Collection: "replicas",
			RequestSchemas: []string{"CreateReplicaRequest"},
			Parents: func(env *enginetest.Env) Object {
				return Object{"databaseId": env.Project().State.Get("primaryDatabaseId").AsString()}
			},
			Minimal:        Object{"host": "replica.example.com", "port": 5432},
			Full:           Object{"host": "replica.example.com", "port": 5432, "sslMode": "require"},
			Live:           Object{"host": "replica.example.com", "port": 5432.0, "ssl_mode": "require"},
			Requests:       1,
			Replacing:      Object{"host": "other.example.com", "port": 6432, "sslMode": "verify-ca"},
			ServerDefaults: []string{"sslMode"},
		},
		{
			Name: "PolicyProfile", Collection: "policies",
			RequestSchemas: []string{"PolicyProfileInput"},
			Parents:        inProject,
			Minimal:        Object{},
			Full: Object{
				"name": "analytics", "accessMode": "read_write",
				"statementRules": Object{"allow": []string{"select", "insert"}, "deny": []string{"copy"}},
				"tableAllowlist": []string{"public.orders", "customers"}, "tableDenylist": []string{"secrets"},
				"maskingRules": []any{
					Object{"table": "users", "column": "email", "kind": "redact"},
					Object{"table": "users", "column": "phone", "kind": "null"},
				},
				"rowFilters":           []any{Object{"table": "orders", "predicate": "tenant_id = 42"}},
				"budgetQueriesPerHour": 100, "budgetQueriesPerDay": 1000, "maxRows": 500, "maxAffectedRows": 10,
				"statementTimeoutMs": 5000, "writeMode": "rollback", "approvalMode": "writes", "approvalAutoMaxRows": 5,
				"approvalTimeoutSeconds": 60, "migrationSafety": "block", "egressBytesPerDay": 5368709120,
				"contentScanMode": "annotate", "contentScanMaxBytes": 1048576,
			},
			Live: Object{
				"name": "analytics", "access_mode": "read_write",
				"statement_rules": Object{"allow": []any{"select", "insert"}, "deny": []any{"copy"}},
				"table_allowlist": []any{"public.orders", "customers"}, "table_denylist": []any{"secrets"},
				"masking_rules": []any{
					Object{"table": "users", "column": "email", "kind": "redact"},
					Object{"table": "users", "column": "phone", "kind": "null"},
				},
				"row_filters":             []any{Object{"table": "orders", "predicate": "tenant_id = 42"}},
				"budget_queries_per_hour": 100.0, "budget_queries_per_day": 1000.0, "max_rows": 500.0, "max_affected_rows": 10.0,
				"statement_timeout_ms": 5000.0, "write_mode": "rollback", "approval_mode": "writes", "approval_auto_max_rows": 5.0,
				"approval_timeout_seconds": 60.0, "migration_safety": "block", "egress_bytes_per_day": 5368709120.0,
				"content_scan_mode": "annotate", "content_scan_max_bytes": 1048576.0,
			},
			Requests: 1,
			Changes: []Change{
				{"name", "reports", "name", "reports"},
				{"accessMode", "read_only", "access_mode", "read_only"},
				{"statementRules", Object{"deny": []string{"ddl"}}, "statement_rules", Object{"allow": []any{}, "deny": []any{"ddl"}}},
				{"tableAllowlist", []string{"orders"}, "table_allowlist", []any{"orders"}},
				{"tableDenylist", []string{}, "table_denylist", []any{}},
				{
					"maskingRules",
					[]any{Object{"table": "users", "column": "email", "kind": "hash"}},
					"masking_rules",
					[]any{Object{"table": "users", "column": "email", "kind": "hash"}},
				},
				{"rowFilters", []any{}, "row_filters", []any{}},
				{"budgetQueriesPerHour", 0, "budget_queries_per_hour", 0.0},
				{"budgetQueriesPerDay", 2000, "budget_queries_per_day", 2000.0},
				{"maxRows", 1, "max_rows", 1.0},
				{"maxAffectedRows", 0, "max_affected_rows", 0.0},
				{"statementTimeoutMs", 1000, "statement_timeout_ms", 1000.0},
				{"writeMode", "sandbox", "write_mode", "sandbox"},
				{"approvalMode", "all", "approval_mode", "all"},
				{"approvalAutoMaxRows", 0, "approval_auto_max_rows", 0.0},
				{"approvalTimeoutSeconds", 0, "approval_timeout_seconds", 0.0},
				{"migrationSafety", "warn", "migration_safety", "warn"},
				{"egressBytesPerDay", 0, "egress_bytes_per_day", 0.0},
				{"contentScanMode", "block", "content_scan_mode", "block"},
				{"contentScanMaxBytes", 0, "content_scan_max_bytes", 0.0},
			},
			Removable: []Removal{
				{"accessMode", "access_mode", "read_only"},
				{"statementRules", "statement_rules", Object{"allow": []any{}, "deny": []any{}}},
				{"tableAllowlist", "table_allowlist", []any{}},
				{"tableDenylist", "table_denylist", []any{}},
				{"maskingRules", "masking_rules", []any{}},
				{"rowFilters", "row_filters", []any{}},
				{"budgetQueriesPerHour", "budget_queries_per_hour", 0.0},
				{"budgetQueriesPerDay", "budget_queries_per_day", 0.0},
				{"maxRows", "max_rows", 0.0},
				{"maxAffectedRows", "max_affected_rows", 0.0},
				{"statementTimeoutMs", "statement_timeout_ms", 0.0},
				{"writeMode", "write_mode", "normal"},
				{"approvalMode", "approval_mode", "off"},
				{"approvalAutoMaxRows", "approval_auto_max_rows", 0.0},
				{"approvalTimeoutSeconds", "approval_timeout_seconds", 300.0},
				{"migrationSafety", "migration_safety", "off"},
				{"egressBytesPerDay", "egress_bytes_per_day", 0.0},
				{"contentScanMode", "content_scan_mode", "off"},
				{"contentScanMaxBytes", "content_scan_max_bytes", 0.0},
			},
		},
		{
			Name: "AgentCredential", Collection: "agents",
			RequestSchemas: []string{"CreateAgentCredentialRequest", "UpdateAgentCredentialStatusRequest"},
			Parents: func(env *enginetest.Env) Object {
				project := env.Project()
				return Object{"projectId": project.ID, "policyProfileId": env.Policy(project, "strict").ID}
			},
			Minimal: Object{},
			Full: Object{
				"name": "Support bot", "status": "disabled", "principalType": "human", "expiresAt": "2099-01-01T01:00:00+01:00",
				"rotationTriggers": Object{"quarter": "1"}, "rotateAfter": "90d", "standby": false,
			},
			Live: Object{
				"name": "Support bot", "status": "disabled", "principal_type": "human", "expires_at": "2099-01-01T00:00:00Z",
			},
			Requests:  2,
			Changes:   []Change{{"status", "active", "status", "active"}},
			Removable: []Removal{{"status", "status", "active"}},
			Replacing: Object{
				"name": "Sales bot", "principalType": "agent", "expiresAt": "2098-01-01T00:00:00Z",
			},
			WriteOnly:         []string{"rotationTriggers", "rotateAfter", "standby"},
			NotRemovable:      rotationInputs,
			StateOnly:         []string{"connectionString", "mcpUrl", "mcpToken", "rotatedAt", "nextRotation", "standbySince"},
			OptionalOutputs:   rotationTimes,
			Defaults:          Object{"principal_type": "agent", "expires_at": nil},
			SoftDeletes:       true,
			DuplicatesAllowed: func(b localapi.Behaviour) bool { return b.AgentNamesNotUnique },
			Operations: []Operation{
				{Name: "rotate", Change: Object{"rotationTriggers": Object{"quarter": "2"}}},
				{Name: "rotate and activate", Change: Object{"rotationTriggers": Object{"quarter": "2"}, "status": "active"}},
			},
		},
		{
			Name: "WebhookEndpoint", Collection: "webhooks",
			RequestSchemas: []string{"WebhookEndpointInput"},
			Parents:        inProject,
			Minimal:        Object{"url": "https://example.com/hooks"},
			Full: Object{
				"url": "https://example.com/hooks", "secret": "whsec 1", "format": "splunk_hec",
				"eventTypes": []string{"query_blocked", "webhook.test"}, "enabled": false, "description": "Security",
			},
			Live: Object{
				"url": "https://example.com/hooks", "format": "splunk_hec", "event_types": []any{"query_blocked", "webhook.test"},
				"enabled": false, "description": "Security",
			},
			Requests: 1,
			Changes: []Change{
				{"url", "https://example.org/hooks", "url", "https://example.org/hooks"},
				{"format", "elastic", "format", "elastic"},
				{"eventTypes", []string{}, "event_types", []any{}},
				{"enabled", true, "enabled", true},
				{"description", "Audit", "description", "Audit"},
			},
			Removable: []Removal{
				{"format", "format", "json"},
				{"eventTypes", "event_types", []any{}},
				{"enabled", "enabled", true},
				{"description", "description", ""},
			},
			WriteOnly:    []string{"secret"},
			NotRemovable: map[string]string{"secret": "the API does not document whether it keeps an omitted secret"},
			StateOnly:    []string{"secret"},
		},
		{
			Name: "CustomDomain", Collection: "domains",
			RequestSchemas: []string{"CreateCustomDomainRequest"},
			Parents: func(env *enginetest.Env) Object {
				require.NoError(env, env.Local.PublishDNS("db.example.com"))
				require.NoError(env, env.Local.PublishDNS("DB2.example.com"))
				return inProject(env)
			},
			Minimal:      Object{"domain": "db.example.com"},
			Full:         Object{"domain": "DB.Example.com", "waitForVerification": true},
			Live:         Object{"domain": "DB.Example.com", "verified": true},
			Requests:     2,
			Replacing:    Object{"domain": "db2.example.com"},
			WriteOnly:    []string{"waitForVerification"},
			NotRemovable: map[string]string{"waitForVerification": "the API does not hold it"},
			StateOnly:    []string{"dnsInstructions"},
			Operations:   []Operation{{Name: "verify", Before: Object{"waitForVerification": false}, Change: Object{"waitForVerification": true}}},
		},
		{
			Name: "CacheRule", Collection: "cache-rules", IDField: "query_hash",
			RequestSchemas: []string{"UpdateCacheRuleRequest"},
			Parents: func(env *enginetest.Env) Object {
				project := env.Project()
				database := project.State.Get("primaryDatabaseId").AsString()
				for _, hash := range []string{"a1b2c3d4e5f60718", "b1b2c3d4e5f60718"} {
					require.NoError(env, env.Local.ObserveQuery(project.ID, database, hash, "SELECT $1"))
				}
				return Object{"projectId": project.ID, "databaseId": database}
			},
			Minimal:  Object{"queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true},
			Full:     Object{"queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true, "cacheTtlSeconds": 300, "cacheSwrSeconds": 0},
			Live:     Object{"query_hash": "a1b2c3d4e5f60718", "cache_enabled": true, "cache_ttl_seconds": 300.0, "cache_swr_seconds": 0.0},
			Requests: 1, Reads: 1,
			Changes: []Change{
				{"cacheEnabled", false, "cache_enabled", false},
				{"cacheTtlSeconds", 0, "cache_ttl_seconds", 0.0},
				{"cacheSwrSeconds", 60, "cache_swr_seconds", 60.0},
			},
			Removable: []Removal{
				{"cacheTtlSeconds", "cache_ttl_seconds", nil},
				{"cacheSwrSeconds", "cache_swr_seconds", nil},
			},
			Replacing: Object{"queryHash": "b1b2c3d4e5f60718"},
			EditID:    func(inputs Object) string { return inputs["databaseId"].(string) + "/a1b2c3d4e5f60718" },
			Setting: &Setting{
				Property: "cacheTtlSeconds", Field: "cache_ttl_seconds", IDProperty: "queryHash",
				Other: func(*Case) any { return 60 },
			},
		},
		{
			Name: "SpendLimit", Collection: "plan", IDField: "org_id",
			RequestSchemas: []string{"UpdateSpendLimitRequest"},
			Parents:        func(env *enginetest.Env) Object { return Object{"orgId": env.Local.OrgID} },
			Minimal:        Object{},
			Full:           Object{"spendLimit": 500.5},
			Live:           Object{"spend_limit": 500.5},
			Requests:       1, Reads: 1,
			Changes:   []Change{{"spendLimit", 0, "spend_limit", 0.0}},
			Removable: []Removal{{"spendLimit", "spend_limit", nil}},
			Setting: &Setting{
				Property: "spendLimit", Field: "spend_limit", IDProperty: "orgId",
				Other: func(*Case) any { return 700 },
			},
			Permanent:         true,
			ForbiddenToOthers: true,
		},
		{
			Name: "SelfHostEnrollment", Collection: "self-host-enrollments",
			RequestSchemas: []string{"CreateSelfHostEnrollmentRequest"},
			Parents:        func(env *enginetest.Env) Object { return Object{"orgId": env.Local.OrgID} },
			Minimal:        Object{},
			Full: Object{
				"regionLabel": "Frankfurt", "description": "Our cluster", "expiresAt": "2099-01-01T01:00:00+01:00",
				"rotationTriggers": Object{"quarter": "1"}, "rotateAfter": "90d", "standby": false,
			},
			Live: Object{
				"region_label": "Frankfurt", "description": "Our cluster", "expires_at": "2099-01-01T00:00:00Z",
			},
			Requests:          1,
			Replacing:         Object{"regionLabel": "Dublin", "description": "Another", "expiresAt": "2098-01-01T00:00:00Z"},
			WriteOnly:         []string{"rotationTriggers", "rotateAfter", "standby"},
			NotRemovable:      rotationInputs,
			StateOnly:         []string{"token", "rotatedAt", "nextRotation", "standbySince"},
			OptionalOutputs:   rotationTimes,
			SoftDeletes:       true,
			ForbiddenToOthers: true,
			Operations:        []Operation{{Name: "rotate", Change: Object{"rotationTriggers": Object{"quarter": "2"}}}},
		},
		{
			Name: "Honeytoken", Collection: "honeytokens",
			RequestSchemas: []string{"HoneytokenInput"},
			Parents:        inProject,
			Minimal:        Object{"relationName": "salaries", "action": "audit_only"},
			Full:           Object{"schemaName": "hr", "relationName": "salaries", "action": "kill"},
			Live:           Object{"schema_name": "hr", "relation_name": "salaries", "action": "kill"},
			Requests:       1,
			Changes: []Change{
				{"schemaName", "finance", "schema_name", "finance"},
				{"relationName", "bonuses", "relation_name", "bonuses"},
				{"action", "audit_only", "action", "audit_only"},
			},
			Removable: []Removal{{"schemaName", "schema_name", nil}},
		},
		{
			Name: "AnomalyRule", Collection: "anomaly-rules",
			RequestSchemas: []string{"AnomalyRuleInput"},
			Parents: func(env *enginetest.Env) Object {
				project := env.Project()
				agent := env.Create("AgentCredential", "bot", Object{
					"projectId": project.ID, "policyProfileId": env.Policy(project, "strict").ID, "name": "bot",
				})
				return Object{"projectId": project.ID, "credentialId": agent.ID}
			},
			Minimal:  Object{"metric": "distinct_shapes"},
			Full:     Object{"metric": "queries_per_hour", "sigmaThreshold": 3.5, "floor": 100, "enabled": false},
			Live:     Object{"metric": "queries_per_hour", "sigma_threshold": 3.5, "floor": 100.0, "enabled": false},
			Requests: 1,
			Changes: []Change{
				{"metric", "errors_per_hour", "metric", "errors_per_hour"},
				{"sigmaThreshold", 4, "sigma_threshold", 4.0},
				{"floor", 0.5, "floor", 0.5},
				{"enabled", true, "enabled", true},
				{"credentialId", "", "credential_id", nil},
			},
			Removable: []Removal{
				{"sigmaThreshold", "sigma_threshold", nil},
				{"floor", "floor", nil},
				{"enabled", "enabled", true},
				{"credentialId", "credential_id", nil},
			},
		},
		{
			Name: "ApprovalRule", Collection: "approval-rules",
			RequestSchemas: []string{"ApprovalRuleInput"},
			Parents:        inProject,
			Minimal:        Object{"name": "Everything"},
			Full: Object{
				"name": "Large deletes", "statementKinds": []string{"delete", "ddl"}, "schemaName": "public", "relationName": "orders",
				"minAffectedRows": 10, "enabled": false,
			},
			Live: Object{
				"name": "Large deletes", "statement_kinds": []any{"delete", "ddl"}, "schema_name": "public", "relation_name": "orders",
				"min_affected_rows": 10.0, "enabled": false,
			},
			Requests: 1,
			Changes: []Change{
				{"name", "Deletes", "name", "Deletes"},
				{"statementKinds", []string{"delete"}, "statement_kinds", []any{"delete"}},
				{"schemaName", "billing", "schema_name", "billing"},
				{"relationName", "invoices", "relation_name", "invoices"},
				{"minAffectedRows", 1, "min_affected_rows", 1.0},
				{"enabled", true, "enabled", true},
			},
			Removable: []Removal{
				{"statementKinds", "statement_kinds", []any{}},
				{"schemaName", "schema_name", nil},
				{"relationName", "relation_name", nil},
				{"minAffectedRows", "min_affected_rows", nil},
				{"enabled", "enabled", true},
			},
		},
		{
			Name: "SchemaAnnotation", Collection: "schema-annotations", Parents: inProject,
			RequestSchemas: []string{"SchemaAnnotationInput"},
			Minimal:        Object{"tableName": "orders", "description": "Orders of customers"},
			Full:           Object{"schemaName": "sales", "tableName": "Orders", "columnName": "total", "description": "In euros"},
			Live:           Object{"schema_name": "sales", "table_name": "Orders", "column_name": "total", "description": "In euros"},
			Requests:       1, Reads: 1, Changes: []Change{{"description", "In cents", "description", "In cents"}},
			Replacing: Object{"schemaName": "billing", "tableName": "invoices", "columnName": "tax"},
			Setting:   &Setting{Property: "description", Field: "description", IDProperty: "tableName", IsObject: true, Other: func(*Case) any { return "In dollars" }},
		},
		{
			Name: "OrganizationMember", Collection: "invitations", RequestSchemas: []string{"CreateOrgInvitationRequest", "UpdateOrgMemberRoleRequest"},
			ResourceID: func(live Object) string { return localapi.DefaultOrgID + "/" + strings.ToLower(live["email"].(string)) },
			Parents:    func(env *enginetest.Env) Object { return Object{"orgId": env.Local.OrgID} },
			Minimal:    Object{"email": "sam@example.com"},
			Full:       Object{"email": "Alex@Example.com", "role": "auditor"},
			Live:       Object{"email": "Alex@Example.com", "role": "auditor", "status": "pending"},
			Requests:   1, Reads: 1, NoKey: true,
			// An update lists members and invitations, revokes the invitation, lists the members again, and sends another invitation.
			UpdateRequests:    5,
			Changes:           []Change{{"role", "policy-author", "role", "policy-author"}},
			Removable:         []Removal{{"role", "role", "member"}},
			Replacing:         Object{"email": "kim@example.com"},
			Affects:           map[string][]string{"role": {"invitationId", "expiresAt", "createdAt"}},
			ForbiddenToOthers: true,
		},
	}
}
