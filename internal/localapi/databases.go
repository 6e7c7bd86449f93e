// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

var (
	cacheConfigSchema = schema{
		boolField("enabled", required, defaultsTo(true)),
		intField("ttl_seconds", required, between(0, 86400), defaultsTo(int64(60))),
		intField("max_entries", required, between(0, 1000000), defaultsTo(int64(10000))),
		intField("swr_seconds", required, between(0, 86400), defaultsTo(int64(30))),
	}

	poolConfigSchema = schema{
		intField("pool_size", required, between(1, 10000), defaultsTo(int64(10))),
		intField("min_pool_size", required, between(1, 10000), defaultsTo(int64(1))),
		stringField("pool_mode", required, oneOfStrings("session", "transaction", "statement")),
		intField("max_active", between(1, 10000), defaultsTo(int64(200))),
	}

	databaseCreate = schema{
		stringField("host", required, length(1, 0), pattern(hostPattern)),
		port(required),
		stringField("name", required, length(1, 0), pattern(nonEmptyNoNUL)),
		stringField("username", required, length(1, 0), pattern(nonEmptyNoNUL)),
		stringField("password", required, writeOnly, length(1, 0), pattern(nonEmptyNoNUL)),
		sslMode(),
		databaseRole(),
		stringField("pool_region"),
		intField("query_timeout_ms", between(0, 300000), defaultsTo(int64(0))),
		boolField("auto_read_routing", defaultsTo(false)),
		objectField("cache_config", cacheConfigSchema),
		objectField("pool_config", poolConfigSchema),
	}

	databasePatch = schema{
		stringField("host", length(1, 0), pattern(nonEmptyNoNUL)),
		port(),
		stringField("name", pattern(noNUL)),
		stringField("username", pattern(noNUL)),
		stringField("password", writeOnly, pattern(noNUL)),
		sslMode(),
		databaseRole(),
		stringField("pool_region"),
		intField("query_timeout_ms", between(0, 300000)),
		boolField("auto_read_routing"),
		objectField("cache_config", cacheConfigSchema),
		objectField("pool_config", poolConfigSchema),
	}

	databaseOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("project_id", required),
		stringField("connection_string"),
		stringField("host", required),
		port(required),
		stringField("name", required),
		stringField("username", required),
		sslMode(required),
		databaseRole(),
		stringField("pool_region", defaultsTo("")),
		intField("query_timeout_ms", defaultsTo(int64(0))),
		boolField("auto_read_routing", defaultsTo(false)),
		objectField("cache_config", cacheConfigSchema, required),
		objectField("pool_config", poolConfigSchema, required),
	}, timestamps())
)

func port(traits ...fieldOption) *field {
	return intField("port", append(traits, between(1, 65535))...)
}

func sslMode(traits ...fieldOption) *field {
	return stringField("ssl_mode", append(traits, oneOfStrings("disable", "allow", "prefer", "require", "verify-ca", "verify-full"))...)
}

func databaseRole() *field {
	return stringField("role", oneOfStrings("primary", "replica"), defaultsTo("primary"))
}

func (s *Server) databaseKind() kind {
	return kind{
		name: "databases", noun: "database", prefix: "db_", list: "databases", param: "database_id",
		input: databaseCreate, patch: databasePatch, output: databaseOutput,
		scope: inProject,
		check: s.checkDatabase,
		derive: func(o *object) {
			o.fields["connection_string"] = connectionString(o.stringValue("username"), "YOUR_PASSWORD", s.proxyHostOf(o.parent), o.stringValue("name"))
		},
		remove: s.removeDatabase,
	}
}

func (s *Server) databaseOperations() []*operation {
	const all, one = "/v1/projects/{project_id}/databases", "/v1/projects/{project_id}/databases/{database_id}"
	return []*operation{
		{id: "createDatabase", method: http.MethodPost, path: all, body: databaseCreate, run: s.createOp(s.databases)},
		{id: "listDatabases", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.databases)},
		{id: "getDatabase", method: http.MethodGet, path: one, run: s.getOp(s.databases)},
		{id: "updateDatabase", method: http.MethodPatch, path: one, body: databasePatch, partial: true, run: s.patchOp(s.databases)},
		{id: "deleteDatabase", method: http.MethodDelete, path: one, run: s.deleteOp(s.databases)},
		{id: "testDatabaseConnection", method: http.MethodPost, path: one + "/test-connection", run: s.testConnection},
		{id: "scanDatabaseForPii", method: http.MethodPost, path: one + "/scan-pii", run: s.scanPII},
	}
}

func (s *Server) checkDatabase(_ *call, old, o *object) *problem {
	if old != nil {
		return s.checkDatabaseTexts(o)
	}
	count := func() int { return s.countDatabases(o) }
	if p := s.checkLimit(o.org, "max_databases", "databases", count); p != nil {
		return p
	}
	o.fields["project_id"] = o.parent
	behaviour := &s.options.Behaviour
	if o.stringValue("ssl_mode") == "" {
		o.fields["ssl_mode"] = behaviour.sslMode()
	}
	if _, given := o.fields["cache_config"]; !given {
		cache := cacheConfigSchema.defaults()
		cache["enabled"] = behaviour.cachesByDefault()
		o.fields["cache_config"] = cache
	}
	if _, given := o.fields["pool_config"]; !given {
		pool := poolConfigSchema.defaults()
		pool["pool_mode"] = behaviour.poolMode()
		o.fields["pool_config"] = pool
	}
	return nil
}

// checkDatabaseTexts refuses what a PATCH may leave empty by its pattern, where that means nothing.
func (s *Server) checkDatabaseTexts(o *object) *problem {
	if !s.options.Behaviour.RefuseEmptyDatabaseTexts {
		return nil
	}
	for name, value := range map[string]string{"name": o.stringValue("name"), "username": o.stringValue("username"), "password": o.secrets["password"]} {
		if value == "" {
			return invalidField(name, "must not be empty")
		}
	}
	return nil
}

// countDatabases counts what the limit on databases is for.
func (s *Server) countDatabases(o *object) int {
	if !s.options.Behaviour.DatabaseLimitPerOrganization {
		return len(s.databases.byParent[o.parent])
	}
	count := 0
	for _, other := range s.databases.byID {
		if other.org == o.org {
			count++
		}
	}
	return count
}

func (s *Server) removeDatabase(o *object) *problem {
	if s.options.Behaviour.LastDatabaseUndeletable && len(s.databases.byParent[o.parent]) == 1 {
		return newProblem(http.StatusBadRequest, codeInvalidInput, "the last database of a project cannot be deleted")
	}
	s.databases.delete(o)
	s.replicas.deleteChildren(o.id)
	s.cacheRules.deleteChildren(o.id)
	return nil
}

// proxyHostOf returns the host name of a project's proxy.
func (s *Server) proxyHostOf(project string) string {
	if o, found := s.projects.byID[project]; found {
		return o.stringValue("proxy_host")
	}
	return ""
}

// connectionString builds a URL for psql and drivers, every part percent-encoded.
func connectionString(username, password, host, database string) string {
	return fmt.Sprintf("postgresql://%s@%s:5432/%s", url.UserPassword(username, password), host, url.PathEscape(database))
}

// isUnreachable tells whether a host stands for a server that does not answer: one under the reserved domain .invalid.
func isUnreachable(host string) bool {
	return strings.HasSuffix(strings.ToLower(strings.TrimSuffix(host, ".")), ".invalid")
}

func (s *Server) testConnection(c *call) (response, *problem) {
	o, p := s.lookup(s.databases, c)
	if p != nil {
		return response{}, p
	}
	result := struct {
		OK            bool     `json:"ok"`
		LatencyMS     *float64 `json:"latency_ms"`
		Error         string   `json:"error,omitempty"`
		ServerVersion string   `json:"server_version,omitempty"`
	}{OK: true, LatencyMS: new(1.5), ServerVersion: "17.2"}
	if isUnreachable(o.stringValue("host")) {
		result.OK, result.LatencyMS, result.ServerVersion = false, nil, ""
		result.Error = "the host name cannot be resolved"
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, result)), nil
}
