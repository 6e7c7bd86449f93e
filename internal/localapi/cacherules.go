// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"net/http"
	"strings"
)

var (
	cacheRuleInput = schema{
		boolField("cache_enabled", required),
		intField("cache_ttl_seconds", nullable, between(0, 86400)),
		intField("cache_swr_seconds", nullable, between(0, 86400)),
	}

	cacheRuleOutput = schema{
		stringField("query_hash", required),
		stringField("normalized_sql", required),
		stringField("query_type", required, enum("read", "write", "other")),
		boolField("cache_enabled", required, defaultsTo(false)),
		intField("cache_ttl_seconds", nullable, defaultsTo(nil)),
		intField("cache_swr_seconds", nullable, defaultsTo(nil)),
		intField("call_count", required, volatile, defaultsTo(int64(0))),
		numberField("avg_latency_ms", required, volatile, defaultsTo(4.2)),
		numberField("p95_latency_ms", required, volatile, defaultsTo(9.5)),
		intField("avg_response_bytes", required, volatile, defaultsTo(int64(512))),
		numberField("stability_rate", required, volatile, defaultsTo(0.98)),
		stringField("recommendation", required, volatile, enum("great", "good", "fair", "poor"), defaultsTo("good")),
		timeField("first_seen_at", required),
		timeField("last_seen_at", required, volatile),
	}
)

// cacheRuleID is the internal ID of a cache rule, as query hashes are unique only within a database.
func cacheRuleID(databaseID, queryHash string) string { return databaseID + "/" + queryHash }

// updateCacheRule replaces the settings. An omitted override is removed, as if it were null.
func (s *Server) updateCacheRule(c *call) (response, *problem) {
	database, p := c.database()
	if p != nil {
		return response{}, p
	}
	o, ok := s.cacheRules.byID[cacheRuleID(database.id, c.pathValue("query_hash"))]
	if !ok {
		return response{}, notFound("query shape")
	}
	changed := o.clone()
	for _, f := range cacheRuleInput {
		changed.fields[f.name] = c.in[f.name]
	}
	s.cacheRules.update(o, changed)
	s.dirty = true
	body := append([]byte(`{"entry":`), s.render(s.cacheRules, o)...)
	return jsonResponse(http.StatusOK, append(body, '}')), nil
}

// ObserveQuery simulates that the proxy observes a query shape, which creates its cache rule or increments its call count.
// queryHash is 16 lower-case hex digits.
func (s *Server) ObserveQuery(projectID, databaseID, queryHash, sql string) error {
	if len(queryHash) != 16 || !hashPattern.MatchString(queryHash) {
		return fmt.Errorf("observe query: the hash must be 16 lower-case hex digits, not %q", queryHash)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	database, ok := s.databases.byID[databaseID]
	if !ok || database.parent != projectID {
		return fmt.Errorf("observe query: project %s has no database %s", projectID, databaseID)
	}
	s.observeQuery(database, queryHash, sql)
	return s.save()
}

// observeQuery creates the cache rule of a query shape or increments its call count. The caller holds mu.
func (s *Server) observeQuery(database *object, queryHash, sql string) {
	now := s.timestamp()
	o, ok := s.cacheRules.byID[cacheRuleID(database.id, queryHash)]
	if !ok {
		o = &object{
			id: cacheRuleID(database.id, queryHash), parent: database.id, org: database.org,
			fields: cacheRuleOutput.defaults(),
		}
		o.fields["query_hash"], o.fields["normalized_sql"], o.fields["query_type"] = queryHash, sql, queryType(sql)
		o.fields["first_seen_at"] = now
		s.insert(s.cacheRules, o)
	}
	o.fields["call_count"] = o.intValue("call_count") + 1
	o.fields["last_seen_at"] = now
	s.dirty = true
}

func queryType(sql string) string {
	switch statementKind(sql) {
	case "select":
		return "read"
	case "insert", "update", "delete":
		return "write"
	}
	return "other"
}

// statementKind derives the kind of a statement from its first keyword.
func statementKind(sql string) string {
	words := strings.Fields(strings.ToLower(sql))
	if len(words) == 0 {
		return ""
	}
	switch first := strings.Trim(words[0], "(;"); first {
	case "with", "table", "values":
		return "select"
	case "create", "alter", "drop", "truncate", "grant", "revoke", "comment", "reindex":
		return "ddl"
	case "merge":
		return "update"
	case "begin", "start", "commit", "end", "rollback", "savepoint", "release", "abort":
		return "transaction"
	default:
		return first
	}
}
