// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/pgbeam/pulumi-pgbeam/internal/policyjudge"
)

var (
	policyReplayInput = schema{
		stringField("policy_id"),
		objectField("policy", policyInput),
		stringField("credential_id"),
		stringField("bound_policy_id"),
		timeField("start_ts"),
		timeField("end_ts"),
		queryLimit(),
	}

	policyRecommendationInput = schema{
		intField("lookback_days", between(1, 365), defaultsTo(int64(30))),
		queryLimit(),
	}
)

// replayLength is the length of the window of a replay that names no start.
const replayLength = 7 * 24 * time.Hour

func queryLimit() *field {
	return intField("limit", between(1, 500), defaultsTo(int64(200)))
}

// recordedQuery is a query shape in the traffic of a project.
type recordedQuery struct {
	hash, sql   string
	occurrences int64
	first, last time.Time
}

// traffic is what the proxy has recorded in a window: the observed query shapes of the project's databases, newest first. It is not
// attributed to credentials: each has run all of it.
type traffic struct {
	queries   []recordedQuery
	truncated bool // there are more
}

func (s *Server) recordedTraffic(projectID string, start, end time.Time, limit int64) traffic {
	byHash := map[string]*recordedQuery{}
	for _, database := range s.databases.byParent[projectID] {
		for _, o := range s.cacheRules.byParent[database.id] {
			last, _ := o.timeValue("last_seen_at")
			if last.Before(start) || !last.Before(end) {
				continue
			}
			first, _ := o.timeValue("first_seen_at")
			hash := o.stringValue("query_hash")
			query, ok := byHash[hash]
			if !ok {
				query = &recordedQuery{hash: hash, sql: o.stringValue("normalized_sql"), first: first, last: last}
				byHash[hash] = query
			}
			query.occurrences += o.intValue("call_count")
			if first.Before(query.first) {
				query.first = first
			}
			if last.After(query.last) {
				query.last = last
			}
		}
	}
	var t traffic
	for _, query := range byHash {
		t.queries = append(t.queries, *query)
	}
	slices.SortFunc(t.queries, func(a, b recordedQuery) int { return cmp.Or(b.last.Compare(a.last), cmp.Compare(a.hash, b.hash)) })
	if int64(len(t.queries)) > limit {
		t.queries, t.truncated = t.queries[:limit], true
	}
	return t
}

func (t traffic) entries() (entries int64) {
	for _, query := range t.queries {
		entries += query.occurrences
	}
	return entries
}

type replayItem struct {
	QueryHash     string     `json:"query_hash"`
	SQL           string     `json:"sql"`
	StatementKind string     `json:"statement_kind,omitempty"`
	Occurrences   int64      `json:"occurrences"`
	FirstSeen     string     `json:"first_seen"`
	LastSeen      string     `json:"last_seen"`
	RecordedEvent string     `json:"recorded_event"`
	Change        string     `json:"change"`
	Result        evaluation `json:"result"`
}

type replaySummary struct {
	TrafficScope       string `json:"traffic_scope"`
	BoundCredentials   *int   `json:"bound_credentials,omitempty"`
	EntriesScanned     int64  `json:"entries_scanned"`
	DistinctQueries    int    `json:"distinct_queries"`
	Evaluated          int    `json:"evaluated"`
	WouldAllow         int    `json:"would_allow"`
	WouldBlock         int    `json:"would_block"`
	WouldMask          int    `json:"would_mask"`
	WouldRowFilter     int    `json:"would_row_filter"`
	NewlyBlocked       int    `json:"newly_blocked"`
	NewlyAllowed       int    `json:"newly_allowed"`
	SkippedUnparseable int    `json:"skipped_unparseable"`
	Truncated          bool   `json:"truncated"`
}

type replayResult struct {
	Summary replaySummary `json:"summary"`
	Items   []replayItem  `json:"items"`
}

// replay judges recorded traffic by a policy. All of it ran when it was recorded, since the local API has no proxy that blocks.
func (s *Server) replay(t traffic, policy policyjudge.Policy) replayResult {
	result := replayResult{Items: []replayItem{}, Summary: replaySummary{
		TrafficScope: "project", EntriesScanned: t.entries(), DistinctQueries: len(t.queries), Evaluated: len(t.queries), Truncated: t.truncated,
	}}
	for _, query := range t.queries {
		item := replayItem{
			QueryHash: query.hash, SQL: query.sql, StatementKind: statementKind(query.sql), Occurrences: query.occurrences,
			FirstSeen: s.formatTime(query.first), LastSeen: s.formatTime(query.last), RecordedEvent: "query",
			Change: "still_allowed", Result: evaluationOf(policyjudge.Evaluate(policy, query.sql)),
		}
		switch item.Result.Verdict {
		case policyjudge.Block:
			item.Change = "newly_blocked"
			result.Summary.WouldBlock++
			result.Summary.NewlyBlocked++
		case policyjudge.Mask:
			result.Summary.WouldMask++
		case policyjudge.FilterVerdict:
			result.Summary.WouldRowFilter++
		default:
			result.Summary.WouldAllow++
		}
		result.Items = append(result.Items, item)
	}
	slices.SortStableFunc(result.Items, func(a, b replayItem) int {
		return cmp.Or(cmp.Compare(a.Change, b.Change), cmp.Compare(b.Occurrences, a.Occurrences)) // newly_blocked comes first
	})
	return result
}

func (s *Server) replayPolicy(c *call) (response, *problem) {
	project, p := c.project()
	if p != nil {
		return response{}, p
	}
	policy, p := c.policyInBody(project)
	if p != nil {
		return response{}, p
	}
	end, hasEnd := c.in["end_ts"].(time.Time)
	if !hasEnd {
		end = s.timestamp().Add(time.Second) // what was recorded in this second counts
	}
	start, hasStart := c.in["start_ts"].(time.Time)
	if !hasStart {
		start = end.Add(-replayLength)
	}
	if !start.Before(end) {
		return response{}, invalidField("start_ts", "must be before the end")
	}
	bound, p := s.boundCredentials(c, project)
	if p != nil {
		return response{}, p
	}
	recorded := s.recordedTraffic(project.id, start, end, c.intIn("limit"))
	if bound != nil && *bound == 0 {
		recorded = traffic{}
	}
	judged := s.judgedPolicy(policy)
	var result replayResult
	s.withoutLock(func() { result = s.replay(recorded, judged) })
	if bound != nil {
		result.Summary.TrafficScope, result.Summary.BoundCredentials = "bound_credentials", bound
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, result)), nil
}

// boundCredentials validates what limits the traffic of a replay. It returns the number of credentials with the policy that the
// request names, or nil if it names none.
func (s *Server) boundCredentials(c *call, project *object) (*int, *problem) {
	credentialID, hasCredential := c.in["credential_id"].(string)
	policyID, hasPolicy := c.in["bound_policy_id"].(string)
	if hasCredential && hasPolicy {
		return nil, invalidField("bound_policy_id", "must not be used with credential_id")
	}
	if o, ok := s.agents.byID[credentialID]; hasCredential && (!ok || o.parent != project.id) {
		return nil, invalidField("credential_id", "is not an agent credential of this project")
	}
	if !hasPolicy {
		return nil, nil
	}
	if _, ok := s.findPolicy(project.id, policyID); !ok {
		return nil, invalidField("bound_policy_id", "is not a policy profile of this project")
	}
	count := 0
	for _, o := range s.agents.byParent[project.id] {
		if o.stringValue("policy_profile_id") == policyID && !s.agents.isRevoked(o) {
			count++
		}
	}
	return &count, nil
}

// intIn returns an integer of the body, or its default.
func (c *call) intIn(name string) int64 {
	if n, ok := c.in[name].(int64); ok {
		return n
	}
	return c.operation.body.find(name).defaultValue.(int64)
}

type recommendation struct {
	SufficientHistory bool           `json:"sufficient_history"`
	Message           string         `json:"message,omitempty"`
	Candidate         map[string]any `json:"candidate,omitempty"`
	Replay            *replayResult  `json:"replay,omitempty"`
	ObservedQueries   int            `json:"observed_queries"`
	ObservedEntries   int64          `json:"observed_entries"`
	WindowStart       string         `json:"window_start"`
	WindowEnd         string         `json:"window_end"`
	Notes             []string       `json:"notes,omitempty"`
}

// recommendPolicy recommends the tightest policy that permits the recorded traffic.
func (s *Server) recommendPolicy(c *call) (response, *problem) {
	agent, p := s.lookup(s.agents, c)
	if p != nil {
		return response{}, p
	}
	end := s.timestamp().Add(time.Second)
	start := end.AddDate(0, 0, -int(c.intIn("lookback_days")))
	recorded := s.recordedTraffic(agent.parent, start, end, c.intIn("limit"))
	result := recommendation{
		ObservedQueries: len(recorded.queries), ObservedEntries: recorded.entries(), WindowStart: s.formatTime(start), WindowEnd: s.formatTime(end),
	}
	name := agent.stringValue("name") + " (recommended)"
	s.withoutLock(func() { result.recommend(s, name, recorded) })
	return jsonResponse(http.StatusOK, appendJSON(nil, result)), nil
}

func (r *recommendation) recommend(s *Server, name string, recorded traffic) {
	kinds, relations, writes := map[string]bool{}, map[string]bool{}, false
	for _, query := range recorded.queries {
		usage, err := policyjudge.UsageOf(query.sql)
		if err != nil {
			r.Notes = append(r.Notes, fmt.Sprintf("the statement %s is left out, because no policy permits it: %v", query.hash, err))
			continue
		}
		for _, kind := range usage.Kinds {
			kinds[kind] = true
		}
		for _, relation := range usage.Relations {
			relations[relation] = true
		}
		writes = writes || usage.Writes
	}
	if len(kinds) == 0 {
		r.Message = "no statement that a policy can permit was recorded in the window"
		return
	}
	judged := policyjudge.Policy{
		AccessMode: "read_only", StatementAllow: slices.Sorted(maps.Keys(kinds)), TableAllowlist: slices.Sorted(maps.Keys(relations)),
	}
	if writes {
		judged.AccessMode = "read_write"
	} else {
		r.Notes = append(r.Notes, "the access mode is read_only, because no writes were recorded")
	}
	replay := s.replay(recorded, judged)
	r.SufficientHistory, r.Replay = true, &replay
	r.Candidate = map[string]any{
		"name": name, "access_mode": judged.AccessMode, "table_allowlist": append([]string{}, judged.TableAllowlist...),
		"statement_rules": map[string]any{"allow": judged.StatementAllow, "deny": []string{}},
	}
}
