// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// GetAgentUsage returns how much each agent credential of a project was used. A window
// without an end ends now, and one without a start begins 30 days before its end. The API
// rejects a window of more than 92 days.
func (c *Client) GetAgentUsage(ctx context.Context, projectID string, window TimeWindow) (AgentUsageReport, error) {
	return get[AgentUsageReport](ctx, c, window.query(), "projects", projectID, "usage", "agents")
}

// AgentUsageReport is how much the agent credentials of a project were used. PgBeam
// computes it from the audit log.
type AgentUsageReport struct {
	// ProjectID is the ID of the project.
	ProjectID string `json:"project_id" api:"nonempty"`
	// RequestedStart is the start of the window, inclusive.
	RequestedStart string `json:"requested_start"`
	// RequestedEnd is the end of the window, exclusive.
	RequestedEnd string `json:"requested_end"`
	// WindowStart is the time of the first entry in the window. It equals WindowEnd if
	// there is none.
	WindowStart string `json:"window_start"`
	// WindowEnd is the time of the last entry in the window.
	WindowEnd string `json:"window_end"`
	// Complete is false if the audit log lacks entries, so that all numbers are minima; see
	// DropMarkers.
	Complete bool `json:"complete"`
	// Agents are the agent credentials that were used, the busiest first.
	Agents []AgentUsageLine `json:"agents"`
	// Unattributed is the usage of no agent credential, such as rejected connections.
	Unattributed AgentUsageLine `json:"unattributed"`
	// Totals are the sums of Agents and Unattributed.
	Totals AgentUsageLine `json:"totals"`
	// MarginalRates are the limits and prices of the organization's plan.
	MarginalRates AgentUsageMarginalRates `json:"marginal_rates"`
	// DropMarkers describe the entries that the audit log lacks.
	DropMarkers AgentUsageDropMarkers `json:"drop_markers"`
}

func (r AgentUsageReport) identity() identity {
	return identity{idField: "project_id", parents: []parent{{"project_id", r.ProjectID}}}
}

// AgentUsageLine is the usage of an agent credential, or a sum.
type AgentUsageLine struct {
	// CredentialID is the ID of the agent credential. Nil for Unattributed and Totals.
	CredentialID *string `json:"credential_id"`
	// Entries is the number of entries of any kind in the audit log. Some are no
	// statements.
	Entries int64 `json:"entries"`
	// Allowed is the number of statements that ran unchanged.
	Allowed int64 `json:"allowed"`
	// Blocked is the number of statements that were rejected.
	Blocked int64 `json:"blocked"`
	// Masked is the number of statements whose results were masked.
	Masked int64 `json:"masked"`
	// Truncated is the number of statements whose results were truncated.
	Truncated int64 `json:"truncated"`
	// RowsReturned is the number of rows returned to the agent.
	RowsReturned int64 `json:"rows_returned"`
	// BytesOut is the number of bytes returned to the agent.
	BytesOut int64 `json:"bytes_out"`
	// CacheHit is the number of entries whose result came from the cache.
	CacheHit int64 `json:"cache_hit"`
	// CacheStale is the number of entries whose stale result came from the cache while it
	// was being refreshed.
	CacheStale int64 `json:"cache_stale"`
	// CacheMiss is the number of entries whose result was not in the cache.
	CacheMiss int64 `json:"cache_miss"`
	// CacheBypass is the number of entries whose result cannot be cached.
	CacheBypass int64 `json:"cache_bypass"`
	// CacheNone is the number of entries that did not reach the cache.
	CacheNone int64 `json:"cache_none"`
	// LatencyMeasured is the number of entries with a latency.
	LatencyMeasured int64 `json:"latency_measured"`
	// LatencyUnmeasured is the number of entries without a latency, such as those that
	// were blocked.
	LatencyUnmeasured int64 `json:"latency_unmeasured"`
	// LatencyMsTotal is the sum of all latencies in milliseconds.
	LatencyMsTotal float64 `json:"latency_ms_total"`
	// LatencyP50Ms is the median of the latency in milliseconds. 0 if there is none.
	LatencyP50Ms float64 `json:"latency_p50_ms"`
	// LatencyP95Ms is the 95th percentile of the latency in milliseconds. 0 if there is
	// none.
	LatencyP95Ms float64 `json:"latency_p95_ms"`
	// LatencyP99Ms is the 99th percentile of the latency in milliseconds. 0 if there is
	// none.
	LatencyP99Ms float64 `json:"latency_p99_ms"`
	// FirstSeen is the time of the first entry. Nil if there is none.
	FirstSeen *string `json:"first_seen"`
	// LastSeen is the time of the last entry. Nil if there is none.
	LastSeen *string `json:"last_seen"`
}

// AgentUsageMarginalRates are the limits of a plan, and the prices of what exceeds them.
// The API does not name the currency of the prices.
type AgentUsageMarginalRates struct {
	// Plan is the name of the plan; see OrganizationPlan.
	Plan string `json:"plan"`
	// QueriesPerDay is the number of queries per day. 0 is no limit.
	QueriesPerDay int64 `json:"queries_per_day"`
	// BytesPerMonth is the transferred data per month in bytes. 0 is no limit.
	BytesPerMonth int64 `json:"bytes_per_month"`
	// OveragePer1kQueries is the price of 1000 queries above the limit. 0 if the limit
	// cannot be exceeded.
	OveragePer1kQueries float64 `json:"overage_per_1k_queries"`
	// OveragePerGB is the price of a gigabyte above the limit. 0 if the limit cannot be
	// exceeded.
	OveragePerGB float64 `json:"overage_per_gb"`
	// QueryOverageBillable is true if there is a limit of queries that can be exceeded.
	QueryOverageBillable bool `json:"query_overage_billable"`
	// BytesOverageBillable is true if there is a limit of bytes that can be exceeded.
	BytesOverageBillable bool `json:"bytes_overage_billable"`
}

// AgentUsageDropMarkers describe the entries that an audit log lacks.
type AgentUsageDropMarkers struct {
	// Markers is the number of gaps in the audit log, at most 1000.
	Markers int `json:"markers"`
	// Truncated is true if there are more gaps.
	Truncated bool `json:"truncated"`
	// EntriesDropped is the known number of missing entries. There may be more.
	EntriesDropped int64 `json:"entries_dropped"`
	// MarkersUnparsed is the number of gaps of unknown size.
	MarkersUnparsed int `json:"markers_unparsed"`
	// Reasons are the reasons for the gaps, sorted.
	Reasons []string `json:"reasons"`
}
