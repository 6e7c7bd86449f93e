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
		stringField("query_type", required, oneOfStrings("read", "write", "other")),
		boolField("cache_enabled", required, defaultsTo(false)),
		intField("cache_ttl_seconds", nullable, defaultsTo(nil)),
		intField("cache_swr_seconds", nullable, defaultsTo(nil)),
		intField("call_count", required, volatile, defaultsTo(int64(0))),
		numberField("avg_latency_ms", required, volatile, defaultsTo(4.2)),
		numberField("p95_latency_ms", required, volatile, defaultsTo(9.5)),
		intField("avg_response_bytes", required, volatile, defaultsTo(int64(512))),
		numberField("stability_rate", required, volatile, defaultsTo(0.98)),
		stringField("recommendation", required, volatile, oneOfStrings("great", "good", "fair", "poor"), defaultsTo("good")),
		timeField("first_seen_at", required),
		timeField("last_seen_at", required, volatile),
	}
)

// cacheRuleKind has no create and no delete: a query shape is there once the proxy has seen it. See
// ObserveQuery and Options.QueryShapes.
func (s *Server) cacheRuleKind() kind {
	return kind{
		name: "cache-rules", noun: "cache rule", list: "entries", param: "query_hash",
		input: cacheRuleInput, output: cacheRuleOutput,
		scope: inDatabase,
	}
}

func (s *Server) cacheRuleOperations() []*operation {
	const all = "/v1/projects/{project_id}/databases/{database_id}/cache-rules"
	return []*operation{
		{id: "listCacheRules", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.cacheRules)},
		{
			id: "updateCacheRule", method: http.MethodPut, path: all + "/{query_hash}",
			body: cacheRuleInput, run: s.updateCacheRule,
		},
	}
}

// cacheRuleID is the internal ID: a hash is unique within a database only.
func cacheRuleID(database, queryHash string) string { return database + "/" + queryHash }

// updateCacheRule replaces the settings. An override that the body leaves out is inherited again, as for null.
func (s *Server) updateCacheRule(c *call) (response, *problem) {
	scope, p := inDatabase(c)
	if p != nil {
		return response{}, p
	}
	o, found := s.cacheRules.byID[cacheRuleID(scope.id, c.param("query_hash"))]
	if !found {
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

// ObserveQuery stands for the proxy seeing a query shape, which is what makes a cache rule exist. queryHash is 16 lower-case
// hex digits. Seeing it again adds to its count.
func (s *Server) ObserveQuery(projectID, databaseID, queryHash, sql string) error {
	if len(queryHash) != 16 || !hashPattern.MatchString(queryHash) {
		return fmt.Errorf("observing a query: the hash must be 16 lower-case hex digits, not %q", queryHash)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	database, found := s.databases.byID[databaseID]
	if !found || database.parent != projectID {
		return fmt.Errorf("observing a query: there is no database %s in project %s", databaseID, projectID)
	}
	s.observeQuery(database, queryHash, sql)
	return s.save()
}

// observeQuery adds a query shape to a database, or to its count. The caller holds mu.
func (s *Server) observeQuery(database *object, queryHash, sql string) {
	now := s.timestamp()
	o, known := s.cacheRules.byID[cacheRuleID(database.id, queryHash)]
	if !known {
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

// statementKind is the kind that a statement's first word says.
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
