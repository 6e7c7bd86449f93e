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
		stringField("pool_mode", required, enum("session", "transaction", "statement")),
		intField("max_active", between(1, 10000), defaultsTo(int64(200))),
	}

	databaseInput = schema{
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

func port(options ...fieldOption) *field {
	return intField("port", append(options, between(1, 65535))...)
}

func sslMode(options ...fieldOption) *field {
	return stringField("ssl_mode", append(options, enum("disable", "allow", "prefer", "require", "verify-ca", "verify-full"))...)
}

func databaseRole() *field {
	return stringField("role", enum("primary", "replica"), defaultsTo("primary"))
}

func (s *Server) prepareDatabase(_ *call, old, o *object) *problem {
	if old != nil {
		return s.checkEmptyStrings(o)
	}
	if p := s.checkLimit(o.org, "max_databases", "databases", func() int { return s.countDatabases(o) }); p != nil {
		return p
	}
	behaviour := &s.options.Behaviour
	if o.stringValue("ssl_mode") == "" {
		o.fields["ssl_mode"] = behaviour.sslMode()
	}
	if _, ok := o.fields["cache_config"]; !ok {
		cache := cacheConfigSchema.defaults()
		cache["enabled"] = behaviour.CacheEnabledByDefault
		o.fields["cache_config"] = cache
	}
	if _, ok := o.fields["pool_config"]; !ok {
		pool := poolConfigSchema.defaults()
		pool["pool_mode"] = behaviour.poolMode()
		o.fields["pool_config"] = pool
	}
	return nil
}

// checkEmptyStrings rejects values that the patterns of a PATCH allow but that cannot work, if the behaviour says so.
func (s *Server) checkEmptyStrings(o *object) *problem {
	if !s.options.Behaviour.RejectEmptyDatabaseStrings {
		return nil
	}
	for name, value := range map[string]string{
		"name": o.stringValue("name"), "username": o.stringValue("username"), "password": o.secrets["password"],
	} {
		if value == "" {
			return invalidField(name, "must not be empty")
		}
	}
	return nil
}

// countDatabases counts the databases that share the limit of a database's plan.
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

func (s *Server) computeDatabase(o *object) {
	o.fields["connection_string"] = connectionString(
		o.stringValue("username"), "YOUR_PASSWORD", s.proxyHostOf(o.parent), o.stringValue("name"))
}

func (s *Server) beforeDeleteDatabase(o *object) *problem {
	if s.options.Behaviour.LastDatabaseUndeletable && len(s.databases.byParent[o.parent]) == 1 {
		return newProblem(http.StatusBadRequest, codeInvalidInput, "the last database of a project cannot be deleted")
	}
	return nil
}

// proxyHostOf returns the host name of a project's proxy.
func (s *Server) proxyHostOf(projectID string) string {
	if project, ok := s.projects.byID[projectID]; ok {
		return project.stringValue("proxy_host")
	}
	return ""
}

// connectionString returns a Postgres URL with percent-encoded parts.
func connectionString(username, password, host, database string) string {
	return fmt.Sprintf("postgresql://%s@%s:5432/%s", url.UserPassword(username, password), host, url.PathEscape(database))
}

// isUnreachable reports whether a host is below the reserved domain .invalid. Such hosts act as unreachable servers.
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
