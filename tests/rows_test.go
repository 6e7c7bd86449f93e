// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
)

// object is a set of inputs, or an object of the API.
type object = map[string]any

// row is what the scenarios need to know of a resource. Expectations are those
// of the API's contract.
type row struct {
	kind string
	// list is what the local API calls the objects.
	list string
	// parents makes what the resource belongs to, and returns the inputs that name it.
	parents func(w *world) object
	// least is the least that a program must give, besides the parents.
	least object
	// most is everything that it can give, and live what the API then holds.
	most object
	live object
	// requests is how many the creation with most takes. With least it takes one.
	requests int
	// reads is how many more a create takes to see whether it would overwrite
	// what somebody else has set.
	reads int
	// changes are made one by one to most.
	changes []change
	// resets are the properties that most gives and need not, and what the API
	// holds once they are taken out again.
	resets []change
	// replaces are the properties whose change makes a new object.
	replaces object
	// keepsName is true where the name is unique, so that the old object goes first.
	deletesFirst bool
	// importID makes the ID to import.
	importID func(r *enginetest.Resource, parents object) string
	// unread are the inputs that an import cannot know.
	unread []string
	// notReset are optional properties without a documented default.
	notReset []string
	// idField is what the API calls the object's ID; "id" where nothing is said.
	idField string
	// editID is the ID by which the local API finds the object, where that is not its own.
	editID func(parents object) string
	// stays says why the object cannot go away, where it cannot.
	stays string
}

// change is a change of one property, and what the API then holds.
type change struct {
	property string
	to       any
	field    string
	live     any
}

// world is what a scenario happens in.
type world = enginetest.Env

var databaseInputs = enginetest.DatabaseInputs

var (
	cacheInputs = object{"enabled": false, "ttlSeconds": 120, "maxEntries": 50, "swrSeconds": 0}
	cacheLive   = object{"enabled": false, "ttl_seconds": 120.0, "max_entries": 50.0, "swr_seconds": 0.0}
	poolInputs  = object{"poolSize": 20, "minPoolSize": 5, "poolMode": "session", "maxActive": 100}
	poolLive    = object{"pool_size": 20.0, "min_pool_size": 5.0, "pool_mode": "session", "max_active": 100.0}
)

// with returns an object with entries added or replaced.
func with(o object, entries object) object {
	merged := object{}
	for _, from := range []object{o, entries} {
		for name, value := range from {
			merged[name] = value
		}
	}
	return merged
}

// without returns an object less some entries.
func without(o object, names ...string) object {
	o = with(o, nil)
	for _, name := range names {
		delete(o, name)
	}
	return o
}

func inProject(w *world) object { return object{"projectId": w.Project().ID} }

func importInProject(r *enginetest.Resource, parents object) string {
	return parents["projectId"].(string) + "/" + r.ID
}

// rows has a row for each resource.
var rows = []row{
	{
		kind: "Project", list: "projects",
		parents: func(w *world) object { return object{"orgId": w.Local.OrgID} },
		least:   object{"database": databaseInputs},
		most: object{
			"name": "shop", "description": "The shop", "tags": []string{"production", "eu"}, "cloud": "gcp", "selfHosted": true,
			"database": databaseInputs, "allowedCidrs": []string{"203.0.113.0/24", "2001:DB8::/32"},
			"cidrLabels": object{"203.0.113.0/24": "Office"}, "residency": "eu", "agentsDisabled": true, "status": "suspended",
		},
		live: object{
			"name": "shop", "description": "The shop", "tags": []any{"production", "eu"}, "cloud": "gcp", "self_hosted": true,
			"allowed_cidrs": []any{object{"cidr": "203.0.113.0/24", "label": "Office"}, object{"cidr": "2001:db8::/32"}},
			"residency":     "eu", "agents_disabled": true, "status": "suspended",
		},
		requests: 2,
		changes: []change{
			{"name", "store", "name", "store"},
			{"description", "The store", "description", "The store"},
			{"tags", []string{"staging"}, "tags", []any{"staging"}},
			{"allowedCidrs", []string{"203.0.113.0/24"}, "allowed_cidrs", []any{object{"cidr": "203.0.113.0/24", "label": "Office"}}},
			{"cidrLabels", object{"2001:db8::/32": "VPN"}, "allowed_cidrs", []any{
				object{"cidr": "203.0.113.0/24"}, object{"cidr": "2001:db8::/32", "label": "VPN"},
			}},
			{"residency", "us", "residency", "us"},
			{"agentsDisabled", false, "agents_disabled", false},
			{"status", "active", "status", "active"},
		},
		resets: []change{
			{"description", nil, "description", ""},
			{"tags", nil, "tags", []any{}},
			{"cidrLabels", nil, "allowed_cidrs", []any{object{"cidr": "203.0.113.0/24"}, object{"cidr": "2001:db8::/32"}}},
			{"residency", nil, "residency", "any"},
			{"agentsDisabled", nil, "agents_disabled", false},
			{"status", nil, "status", "active"},
		},
		replaces:     object{"cloud": "aws", "selfHosted": false},
		deletesFirst: true,
		importID:     func(r *enginetest.Resource, _ object) string { return r.ID },
		unread:       []string{"database.password"},
		notReset:     []string{"name", "database", "cloud", "selfHosted", "allowedCidrs"},
	},
	{
		kind: "ProjectDefaultPolicy", list: "projects",
		parents: func(w *world) object {
			project := w.Project()
			w.Policy(project, "other")
			return object{"projectId": project.ID, "policyProfileId": w.Policy(project, "strict").ID}
		},
		least: object{}, most: object{}, live: object{},
		requests: 1, reads: 1,
		importID: func(r *enginetest.Resource, _ object) string { return r.ID },
	},
	{
		kind: "Database", list: "databases",
		parents: inProject,
		least:   databaseInputs,
		most: with(databaseInputs, object{
			"sslMode": "verify-full", "role": "replica", "poolRegion": "us-east-1", "queryTimeoutMs": 30000,
			"autoReadRouting": true, "cacheConfig": cacheInputs, "poolConfig": poolInputs,
		}),
		live: object{
			"host": "db.example.com", "port": 5432.0, "name": "shop", "username": "pgbeam", "ssl_mode": "verify-full",
			"role": "replica", "pool_region": "us-east-1", "query_timeout_ms": 30000.0, "auto_read_routing": true,
			"cache_config": cacheLive, "pool_config": poolLive,
		},
		requests: 1,
		changes: []change{
			{"host", "new.example.com", "host", "new.example.com"},
			{"port", 6432, "port", 6432.0},
			{"name", "store", "name", "store"},
			{"username", "beam", "username", "beam"},
			{"sslMode", "require", "ssl_mode", "require"},
			{"role", "primary", "role", "primary"},
			{"poolRegion", "eu-west-1", "pool_region", "eu-west-1"},
			{"queryTimeoutMs", 0, "query_timeout_ms", 0.0},
			{"autoReadRouting", false, "auto_read_routing", false},
			{"cacheConfig", with(cacheInputs, object{"ttlSeconds": 0}), "cache_config", with(cacheLive, object{"ttl_seconds": 0.0})},
			{"poolConfig", with(poolInputs, object{"poolSize": 30}), "pool_config", with(poolLive, object{"pool_size": 30.0})},
		},
		resets: []change{
			{"role", nil, "role", "primary"},
			{"poolRegion", nil, "pool_region", ""},
			{"queryTimeoutMs", nil, "query_timeout_ms", 0.0},
			{"autoReadRouting", nil, "auto_read_routing", false},
			{"cacheConfig", nil, "cache_config", object{"enabled": true, "ttl_seconds": 60.0, "max_entries": 10000.0, "swr_seconds": 30.0}},
			{"poolConfig", nil, "pool_config", object{"pool_size": 10.0, "min_pool_size": 1.0, "pool_mode": "transaction", "max_active": 200.0}},
		},
		importID: importInProject,
		unread:   []string{"password"},
		notReset: []string{"sslMode"},
	},
	{
		kind: "Replica", list: "replicas",
		parents: func(w *world) object {
			return object{"databaseId": w.Project().State.Get("primaryDatabaseId").AsString()}
		},
		least:    object{"host": "replica.example.com", "port": 5432},
		most:     object{"host": "replica.example.com", "port": 5432, "sslMode": "require"},
		live:     object{"host": "replica.example.com", "port": 5432.0, "ssl_mode": "require"},
		requests: 1,
		replaces: object{"host": "other.example.com", "port": 6432, "sslMode": "verify-ca"},
		importID: func(r *enginetest.Resource, parents object) string {
			return parents["databaseId"].(string) + "/" + r.ID
		},
		notReset: []string{"sslMode"},
	},
	{
		kind: "PolicyProfile", list: "policies",
		parents: inProject,
		least:   object{},
		most: object{
			"name": "analytics", "accessMode": "read_write",
			"statementRules": object{"allow": []string{"select", "insert"}, "deny": []string{"copy"}},
			"tableAllowlist": []string{"public.orders", "customers"}, "tableDenylist": []string{"secrets"},
			"maskingRules": []any{
				object{"table": "users", "column": "email", "kind": "redact"},
				object{"table": "users", "column": "phone", "kind": "null"},
			},
			"rowFilters":           []any{object{"table": "orders", "predicate": "tenant_id = 42"}},
			"budgetQueriesPerHour": 100, "budgetQueriesPerDay": 1000, "maxRows": 500, "maxAffectedRows": 10,
			"statementTimeoutMs": 5000, "writeMode": "rollback", "approvalMode": "writes", "approvalAutoMaxRows": 5,
			"approvalTimeoutSeconds": 60, "migrationSafety": "block", "egressBytesPerDay": 5368709120,
			"contentScanMode": "annotate", "contentScanMaxBytes": 1048576,
		},
		live: object{
			"name": "analytics", "access_mode": "read_write",
			"statement_rules": object{"allow": []any{"select", "insert"}, "deny": []any{"copy"}},
			"table_allowlist": []any{"public.orders", "customers"}, "table_denylist": []any{"secrets"},
			"masking_rules": []any{
				object{"table": "users", "column": "email", "kind": "redact"},
				object{"table": "users", "column": "phone", "kind": "null"},
			},
			"row_filters":             []any{object{"table": "orders", "predicate": "tenant_id = 42"}},
			"budget_queries_per_hour": 100.0, "budget_queries_per_day": 1000.0, "max_rows": 500.0, "max_affected_rows": 10.0,
			"statement_timeout_ms": 5000.0, "write_mode": "rollback", "approval_mode": "writes", "approval_auto_max_rows": 5.0,
			"approval_timeout_seconds": 60.0, "migration_safety": "block", "egress_bytes_per_day": 5368709120.0,
			"content_scan_mode": "annotate", "content_scan_max_bytes": 1048576.0,
		},
		requests: 1,
		changes: []change{
			{"name", "reports", "name", "reports"},
			{"accessMode", "read_only", "access_mode", "read_only"},
			{"statementRules", object{"deny": []string{"ddl"}}, "statement_rules", object{"allow": []any{}, "deny": []any{"ddl"}}},
			{"tableAllowlist", []string{"orders"}, "table_allowlist", []any{"orders"}},
			{"tableDenylist", []string{}, "table_denylist", []any{}},
			{
				"maskingRules",
				[]any{object{"table": "users", "column": "email", "kind": "hash"}},
				"masking_rules",
				[]any{object{"table": "users", "column": "email", "kind": "hash"}},
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
		resets: []change{
			{"accessMode", nil, "access_mode", "read_only"},
			{"statementRules", nil, "statement_rules", object{"allow": []any{}, "deny": []any{}}},
			{"tableAllowlist", nil, "table_allowlist", []any{}},
			{"tableDenylist", nil, "table_denylist", []any{}},
			{"maskingRules", nil, "masking_rules", []any{}},
			{"rowFilters", nil, "row_filters", []any{}},
			{"budgetQueriesPerHour", nil, "budget_queries_per_hour", 0.0},
			{"budgetQueriesPerDay", nil, "budget_queries_per_day", 0.0},
			{"maxRows", nil, "max_rows", 0.0},
			{"maxAffectedRows", nil, "max_affected_rows", 0.0},
			{"statementTimeoutMs", nil, "statement_timeout_ms", 0.0},
			{"writeMode", nil, "write_mode", "normal"},
			{"approvalMode", nil, "approval_mode", "off"},
			{"approvalAutoMaxRows", nil, "approval_auto_max_rows", 0.0},
			{"approvalTimeoutSeconds", nil, "approval_timeout_seconds", 300.0},
			{"migrationSafety", nil, "migration_safety", "off"},
			{"egressBytesPerDay", nil, "egress_bytes_per_day", 0.0},
			{"contentScanMode", nil, "content_scan_mode", "off"},
			{"contentScanMaxBytes", nil, "content_scan_max_bytes", 0.0},
		},
		importID: importInProject,
		notReset: []string{"name"},
	},
	{
		kind: "AgentCredential", list: "agents",
		parents: func(w *world) object {
			project := w.Project()
			return object{"projectId": project.ID, "policyProfileId": w.Policy(project, "strict").ID}
		},
		least: object{},
		most: object{
			"name": "Support bot", "status": "disabled", "principalType": "human", "expiresAt": "2099-01-01T01:00:00+01:00",
			"rotationTriggers": object{"quarter": "1"},
		},
		live: object{
			"name": "Support bot", "status": "disabled", "principal_type": "human", "expires_at": "2099-01-01T00:00:00Z",
		},
		requests: 2,
		changes:  []change{{"status", "active", "status", "active"}},
		resets:   []change{{"status", nil, "status", "active"}},
		replaces: object{
			"name": "Sales bot", "principalType": "agent", "expiresAt": "2098-01-01T00:00:00Z",
		},
		importID: importInProject,
		unread:   []string{"rotationTriggers"},
		notReset: []string{"name", "principalType", "expiresAt", "rotationTriggers"},
	},
	{
		kind: "WebhookEndpoint", list: "webhooks",
		parents: inProject,
		least:   object{"url": "https://example.com/hooks"},
		most: object{
			"url": "https://example.com/hooks", "secret": "whsec 1", "format": "splunk_hec",
			"eventTypes": []string{"query_blocked", "webhook.test"}, "enabled": false, "description": "Security",
		},
		live: object{
			"url": "https://example.com/hooks", "format": "splunk_hec", "event_types": []any{"query_blocked", "webhook.test"},
			"enabled": false, "description": "Security",
		},
		requests: 1,
		changes: []change{
			{"url", "https://example.org/hooks", "url", "https://example.org/hooks"},
			{"format", "elastic", "format", "elastic"},
			{"eventTypes", []string{}, "event_types", []any{}},
			{"enabled", true, "enabled", true},
			{"description", "Audit", "description", "Audit"},
		},
		resets: []change{
			{"format", nil, "format", "json"},
			{"eventTypes", nil, "event_types", []any{}},
			{"enabled", nil, "enabled", true},
			{"description", nil, "description", ""},
		},
		importID: importInProject,
		unread:   []string{"secret"},
		notReset: []string{"secret"},
	},
	{
		kind: "CustomDomain", list: "domains",
		parents: func(w *world) object {
			require.NoError(w, w.Local.PublishDNS("db.example.com"))
			require.NoError(w, w.Local.PublishDNS("DB2.example.com"))
			return inProject(w)
		},
		least:    object{"domain": "db.example.com"},
		most:     object{"domain": "DB.Example.com", "waitForVerification": true},
		live:     object{"domain": "DB.Example.com", "verified": true},
		requests: 2,
		replaces: object{"domain": "db2.example.com"},
		importID: importInProject,
		unread:   []string{"waitForVerification"},
		notReset: []string{"waitForVerification"},
	},
	{
		kind: "CacheRule", list: "cache-rules", idField: "query_hash",
		parents: func(w *world) object {
			project := w.Project()
			database := project.State.Get("primaryDatabaseId").AsString()
			for _, hash := range []string{"a1b2c3d4e5f60718", "b1b2c3d4e5f60718"} {
				require.NoError(w, w.Local.ObserveQuery(project.ID, database, hash, "SELECT $1"))
			}
			return object{"projectId": project.ID, "databaseId": database}
		},
		least:    object{"queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true},
		most:     object{"queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true, "cacheTtlSeconds": 300, "cacheSwrSeconds": 0},
		live:     object{"query_hash": "a1b2c3d4e5f60718", "cache_enabled": true, "cache_ttl_seconds": 300.0, "cache_swr_seconds": 0.0},
		requests: 1, reads: 1,
		changes: []change{
			{"cacheEnabled", false, "cache_enabled", false},
			{"cacheTtlSeconds", 0, "cache_ttl_seconds", 0.0},
			{"cacheSwrSeconds", 60, "cache_swr_seconds", 60.0},
		},
		resets: []change{
			{"cacheTtlSeconds", nil, "cache_ttl_seconds", nil},
			{"cacheSwrSeconds", nil, "cache_swr_seconds", nil},
		},
		importID: func(r *enginetest.Resource, parents object) string {
			return parents["projectId"].(string) + "/" + parents["databaseId"].(string) + "/" + r.ID
		},
		editID: func(parents object) string { return parents["databaseId"].(string) + "/a1b2c3d4e5f60718" },
		stays:  "a query shape that was seen cannot be forgotten",
	},
	{
		kind: "SpendLimit", list: "plan", idField: "org_id",
		parents:  func(w *world) object { return object{"orgId": w.Local.OrgID} },
		least:    object{},
		most:     object{"spendLimit": 500.5},
		live:     object{"spend_limit": 500.5},
		requests: 1, reads: 1,
		changes:  []change{{"spendLimit", 0, "spend_limit", 0.0}},
		resets:   []change{{"spendLimit", nil, "spend_limit", nil}},
		importID: func(r *enginetest.Resource, _ object) string { return r.ID },
		stays:    "every organization has a plan",
	},
	{
		kind: "SelfHostEnrollment", list: "self-host-enrollments",
		parents: func(w *world) object { return object{"orgId": w.Local.OrgID} },
		least:   object{},
		most: object{
			"regionLabel": "Frankfurt", "description": "Our cluster", "expiresAt": "2099-01-01T01:00:00+01:00",
			"rotationTriggers": object{"quarter": "1"},
		},
		live: object{
			"region_label": "Frankfurt", "description": "Our cluster", "expires_at": "2099-01-01T00:00:00Z",
		},
		requests: 1,
		replaces: object{"regionLabel": "Dublin", "description": "Another", "expiresAt": "2098-01-01T00:00:00Z"},
		importID: func(r *enginetest.Resource, parents object) string { return parents["orgId"].(string) + "/" + r.ID },
		unread:   []string{"rotationTriggers"},
		notReset: []string{"regionLabel", "description", "expiresAt", "rotationTriggers"},
	},
	{
		kind: "Honeytoken", list: "honeytokens",
		parents:  inProject,
		least:    object{"relationName": "salaries", "action": "audit_only"},
		most:     object{"schemaName": "hr", "relationName": "salaries", "action": "kill"},
		live:     object{"schema_name": "hr", "relation_name": "salaries", "action": "kill"},
		requests: 1,
		changes: []change{
			{"schemaName", "finance", "schema_name", "finance"},
			{"relationName", "bonuses", "relation_name", "bonuses"},
			{"action", "audit_only", "action", "audit_only"},
		},
		resets:   []change{{"schemaName", nil, "schema_name", nil}},
		importID: importInProject,
	},
	{
		kind: "AnomalyRule", list: "anomaly-rules",
		parents: func(w *world) object {
			project := w.Project()
			agent := w.Create("AgentCredential", "bot", object{
				"projectId": project.ID, "policyProfileId": w.Policy(project, "strict").ID, "name": "bot",
			})
			return object{"projectId": project.ID, "credentialId": agent.ID}
		},
		least:    object{"metric": "distinct_shapes"},
		most:     object{"metric": "queries_per_hour", "sigmaThreshold": 3.5, "floor": 100, "enabled": false},
		live:     object{"metric": "queries_per_hour", "sigma_threshold": 3.5, "floor": 100.0, "enabled": false},
		requests: 1,
		changes: []change{
			{"metric", "errors_per_hour", "metric", "errors_per_hour"},
			{"sigmaThreshold", 4, "sigma_threshold", 4.0},
			{"floor", 0.5, "floor", 0.5},
			{"enabled", true, "enabled", true},
			{"credentialId", "", "credential_id", nil},
		},
		resets: []change{
			{"sigmaThreshold", nil, "sigma_threshold", nil},
			{"floor", nil, "floor", nil},
			{"enabled", nil, "enabled", true},
			{"credentialId", nil, "credential_id", nil},
		},
		importID: importInProject,
	},
	{
		kind: "ApprovalRule", list: "approval-rules",
		parents: inProject,
		least:   object{"name": "Everything"},
		most: object{
			"name": "Large deletes", "statementKinds": []string{"delete", "ddl"}, "schemaName": "public", "relationName": "orders",
			"minAffectedRows": 10, "enabled": false,
		},
		live: object{
			"name": "Large deletes", "statement_kinds": []any{"delete", "ddl"}, "schema_name": "public", "relation_name": "orders",
			"min_affected_rows": 10.0, "enabled": false,
		},
		requests: 1,
		changes: []change{
			{"name", "Deletes", "name", "Deletes"},
			{"statementKinds", []string{"delete"}, "statement_kinds", []any{"delete"}},
			{"schemaName", "billing", "schema_name", "billing"},
			{"relationName", "invoices", "relation_name", "invoices"},
			{"minAffectedRows", 1, "min_affected_rows", 1.0},
			{"enabled", true, "enabled", true},
		},
		resets: []change{
			{"statementKinds", nil, "statement_kinds", []any{}},
			{"schemaName", nil, "schema_name", nil},
			{"relationName", nil, "relation_name", nil},
			{"minAffectedRows", nil, "min_affected_rows", nil},
			{"enabled", nil, "enabled", true},
		},
		importID: importInProject,
	},
}
