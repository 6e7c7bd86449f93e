// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"time"
)

// windowQuery is the query of reports on a period. The start is inclusive, the end is not.
var windowQuery = schema{timeField("start"), timeField("end")}

// window returns the period of a report. It ends now, and begins the default length before its end, unless the query says
// otherwise.
func (c *call) window(length time.Duration) (start, end time.Time, p *problem) {
	end = c.s.timestamp()
	if at, ok := c.queryTime("end"); ok {
		end = at
	}
	start = end.Add(-length)
	if at, ok := c.queryTime("start"); ok {
		start = at
	}
	if start.After(end) {
		return start, end, invalidField("start", "must not be after the end")
	}
	return start, end, nil
}

// queryTime returns a timestamp of the query, which has been validated.
func (c *call) queryTime(name string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, c.query.Get(name))
	return at.UTC(), err == nil
}

type catalogColumn struct {
	Name     string `json:"name"`
	DataType string `json:"data_type"`
	IsBinary bool   `json:"is_binary"`
}

type catalogRelation struct {
	Schema  string          `json:"schema"`
	Name    string          `json:"name"`
	Kind    string          `json:"kind"`
	Columns []catalogColumn `json:"columns"`
}

type schemaCatalog struct {
	Relations        []catalogRelation `json:"relations"`
	ScannedRelations int               `json:"scanned_relations"`
	ScannedColumns   int               `json:"scanned_columns"`
	Error            string            `json:"error,omitempty"`
}

// simulatedRelations are the relations of every reachable database, since there are no real databases. The report on personal data
// is about the same tables.
var simulatedRelations = []catalogRelation{
	{Schema: "public", Name: "active_users", Kind: "view", Columns: []catalogColumn{
		{"id", "bigint", false}, {"email", "text", false},
	}},
	{Schema: "public", Name: "orders", Kind: "table", Columns: []catalogColumn{
		{"id", "bigint", false}, {"user_id", "bigint", false}, {"total", "numeric", false}, {"created_at", "timestamp with time zone", false},
	}},
	{Schema: "public", Name: "users", Kind: "table", Columns: []catalogColumn{
		{"id", "bigint", false}, {"email", "text", false}, {"phone", "text", false}, {"name", "text", false}, {"avatar", "bytea", true},
	}},
}

func (s *Server) schemaCatalog(c *call) (response, *problem) {
	o, p := s.lookup(s.databases, c)
	if p != nil {
		return response{}, p
	}
	catalog := schemaCatalog{Relations: simulatedRelations, ScannedRelations: len(simulatedRelations)}
	for _, relation := range simulatedRelations {
		catalog.ScannedColumns += len(relation.Columns)
	}
	if isUnreachable(o.stringValue("host")) {
		catalog = schemaCatalog{Relations: []catalogRelation{}, Error: "the host name cannot be resolved"}
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, catalog)), nil
}

type auditVerification struct {
	OK                       bool    `json:"ok"`
	VerifiedCount            int64   `json:"verified_count"`
	KeyedCount               int64   `json:"keyed_count"`
	UnchainedCount           int64   `json:"unchained_count"`
	ChainStartSeq            *int64  `json:"chain_start_seq"`
	ChainEndSeq              *int64  `json:"chain_end_seq"`
	FirstBrokenSeq           *int64  `json:"first_broken_seq"`
	FailureReason            *string `json:"failure_reason"`
	LinkStatus               *string `json:"link_status"`
	LinkVerifiedFromSeq      *int64  `json:"link_verified_from_seq"`
	AnchorStatus             *string `json:"anchor_status"`
	AnchorVerifiedFromSeq    *int64  `json:"anchor_verified_from_seq"`
	AnchorVerifiedThroughSeq *int64  `json:"anchor_verified_through_seq"`
	VerifiedAt               string  `json:"verified_at"`
}

// verifyAudit reports an empty chain, since there is no proxy that records anything.
func (s *Server) verifyAudit(c *call) (response, *problem) {
	if _, p := c.project(); p != nil {
		return response{}, p
	}
	if _, _, p := c.window(0); p != nil {
		return response{}, p
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, auditVerification{OK: true, VerifiedAt: s.formatTime(s.timestamp())})), nil
}

// formatTime formats a timestamp as in other responses.
func (s *Server) formatTime(at time.Time) string { return at.Format(s.encoder.layout()) }

type usageLine struct {
	CredentialID      *string `json:"credential_id"`
	Entries           int64   `json:"entries"`
	Allowed           int64   `json:"allowed"`
	Blocked           int64   `json:"blocked"`
	Masked            int64   `json:"masked"`
	Truncated         int64   `json:"truncated"`
	RowsReturned      int64   `json:"rows_returned"`
	BytesOut          int64   `json:"bytes_out"`
	CacheHit          int64   `json:"cache_hit"`
	CacheStale        int64   `json:"cache_stale"`
	CacheMiss         int64   `json:"cache_miss"`
	CacheBypass       int64   `json:"cache_bypass"`
	CacheNone         int64   `json:"cache_none"`
	LatencyMeasured   int64   `json:"latency_measured"`
	LatencyUnmeasured int64   `json:"latency_unmeasured"`
	LatencyMSTotal    float64 `json:"latency_ms_total"`
	LatencyP50MS      float64 `json:"latency_p50_ms"`
	LatencyP95MS      float64 `json:"latency_p95_ms"`
	LatencyP99MS      float64 `json:"latency_p99_ms"`
	FirstSeen         *string `json:"first_seen"`
	LastSeen          *string `json:"last_seen"`
}

type marginalRates struct {
	Plan                 string  `json:"plan"`
	QueriesPerDay        int64   `json:"queries_per_day"`
	BytesPerMonth        int64   `json:"bytes_per_month"`
	OveragePer1KQueries  float64 `json:"overage_per_1k_queries"`
	OveragePerGB         float64 `json:"overage_per_gb"`
	QueryOverageBillable bool    `json:"query_overage_billable"`
	BytesOverageBillable bool    `json:"bytes_overage_billable"`
}

type dropMarkers struct {
	Markers         int64    `json:"markers"`
	Truncated       bool     `json:"truncated"`
	EntriesDropped  int64    `json:"entries_dropped"`
	MarkersUnparsed int64    `json:"markers_unparsed"`
	Reasons         []string `json:"reasons"`
}

type usageReport struct {
	ProjectID      string        `json:"project_id"`
	RequestedStart string        `json:"requested_start"`
	RequestedEnd   string        `json:"requested_end"`
	WindowStart    string        `json:"window_start"`
	WindowEnd      string        `json:"window_end"`
	Complete       bool          `json:"complete"`
	Agents         []usageLine   `json:"agents"`
	Unattributed   usageLine     `json:"unattributed"`
	Totals         usageLine     `json:"totals"`
	MarginalRates  marginalRates `json:"marginal_rates"`
	DropMarkers    dropMarkers   `json:"drop_markers"`
}

const (
	usageWindow    = 30 * 24 * time.Hour
	maxUsageWindow = 92 * 24 * time.Hour
)

// agentUsage reports no usage, since there is no proxy that records any.
func (s *Server) agentUsage(c *call) (response, *problem) {
	project, p := c.project()
	if p != nil {
		return response{}, p
	}
	start, end, p := c.window(usageWindow)
	if p == nil && end.Sub(start) > maxUsageWindow {
		p = invalidField("start", "must not be more than 92 days before the end")
	}
	if p != nil {
		return response{}, p
	}
	plan := s.plans.byID[project.org]
	limits := &object{fields: plan.fields["limits"].(map[string]any)}
	report := usageReport{
		ProjectID: project.id, RequestedStart: s.formatTime(start), RequestedEnd: s.formatTime(end),
		WindowStart: s.formatTime(end), WindowEnd: s.formatTime(end), Complete: true, Agents: []usageLine{},
		MarginalRates: marginalRates{
			Plan: plan.stringValue("plan"), QueriesPerDay: limits.intValue("queries_per_day"), BytesPerMonth: limits.intValue("bytes_per_month"),
		},
		DropMarkers: dropMarkers{Reasons: []string{}},
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, report)), nil
}
