// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var _ kind.FunctionController[GetAgentUsageArgs, GetAgentUsageResult] = GetAgentUsage{}

// GetAgentUsage returns how much the agents of a project have used it.
type GetAgentUsage struct{}

// GetAgentUsageArgs are the inputs of GetAgentUsage.
type GetAgentUsageArgs struct {
	ProjectID string  `pulumi:"projectId"`
	Start     *string `pulumi:"start,optional"`
	End       *string `pulumi:"end,optional"`
}

// GetAgentUsageResult is the result of GetAgentUsage.
type GetAgentUsageResult struct {
	RequestedStart string          `pulumi:"requestedStart"`
	RequestedEnd   string          `pulumi:"requestedEnd"`
	WindowStart    string          `pulumi:"windowStart"`
	WindowEnd      string          `pulumi:"windowEnd"`
	Complete       bool            `pulumi:"complete"`
	Agents         []AgentUsage    `pulumi:"agents"`
	Unattributed   AgentUsage      `pulumi:"unattributed"`
	Totals         AgentUsage      `pulumi:"totals"`
	MarginalRates  AgentUsageRates `pulumi:"marginalRates"`
	DropMarkers    AgentUsageDrops `pulumi:"dropMarkers"`
}

// AgentUsage is the usage of an agent credential, or a sum. Its fields are those of
// client.AgentUsageLine.
type AgentUsage struct {
	CredentialID      *string `pulumi:"credentialId,optional"`
	Entries           int64   `pulumi:"entries"`
	Allowed           int64   `pulumi:"allowed"`
	Blocked           int64   `pulumi:"blocked"`
	Masked            int64   `pulumi:"masked"`
	Truncated         int64   `pulumi:"truncated"`
	RowsReturned      int64   `pulumi:"rowsReturned"`
	BytesOut          int64   `pulumi:"bytesOut"`
	CacheHit          int64   `pulumi:"cacheHit"`
	CacheStale        int64   `pulumi:"cacheStale"`
	CacheMiss         int64   `pulumi:"cacheMiss"`
	CacheBypass       int64   `pulumi:"cacheBypass"`
	CacheNone         int64   `pulumi:"cacheNone"`
	LatencyMeasured   int64   `pulumi:"latencyMeasured"`
	LatencyUnmeasured int64   `pulumi:"latencyUnmeasured"`
	LatencyMsTotal    float64 `pulumi:"latencyMsTotal"`
	LatencyP50Ms      float64 `pulumi:"latencyP50Ms"`
	LatencyP95Ms      float64 `pulumi:"latencyP95Ms"`
	LatencyP99Ms      float64 `pulumi:"latencyP99Ms"`
	FirstSeen         *string `pulumi:"firstSeen,optional"`
	LastSeen          *string `pulumi:"lastSeen,optional"`
}

// AgentUsageRates are the limits of a plan, and the prices of what exceeds them. Its fields
// are those of client.AgentUsageMarginalRates.
type AgentUsageRates struct {
	Plan                 string  `pulumi:"plan"`
	QueriesPerDay        int64   `pulumi:"queriesPerDay"`
	BytesPerMonth        int64   `pulumi:"bytesPerMonth"`
	OveragePer1kQueries  float64 `pulumi:"overagePer1kQueries"`
	OveragePerGB         float64 `pulumi:"overagePerGb"`
	QueryOverageBillable bool    `pulumi:"queryOverageBillable"`
	BytesOverageBillable bool    `pulumi:"bytesOverageBillable"`
}

// AgentUsageDrops are the entries that an audit log lacks. Its fields are those of
// client.AgentUsageDropMarkers.
type AgentUsageDrops struct {
	Markers         int      `pulumi:"markers"`
	Truncated       bool     `pulumi:"truncated"`
	EntriesDropped  int64    `pulumi:"entriesDropped"`
	MarkersUnparsed int      `pulumi:"markersUnparsed"`
	Reasons         []string `pulumi:"reasons"`
}

// Annotate describes the inputs.
func (r *GetAgentUsageArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`.")
	a.Describe(&r.Start, "The start of the period, inclusive, in RFC 3339 format. Defaults to 30 days before `end`. "+
		"The period can be at most 92 days long.")
	a.Describe(&r.End, "The end of the period, exclusive, in RFC 3339 format. Defaults to now.")
}

// Annotate describes the outputs.
func (r *GetAgentUsageResult) Annotate(a infer.Annotator) {
	a.Describe(&r.RequestedStart, "The start of the period, inclusive, in RFC 3339 format.")
	a.Describe(&r.RequestedEnd, "The end of the period, exclusive, in RFC 3339 format.")
	a.Describe(&r.WindowStart, "The time of the first entry in the period, in RFC 3339 format. The same as `windowEnd` if there are no entries.")
	a.Describe(&r.WindowEnd, "The time of the last entry in the period, in RFC 3339 format.")
	a.Describe(&r.Complete, "Whether the audit log is complete. If not, all numbers are minimums: see `dropMarkers`.")
	a.Describe(&r.Agents, "The usage of each agent credential that was used, the busiest first.")
	a.Describe(&r.Unattributed, "The usage that belongs to no agent credential, such as rejected connections.")
	a.Describe(&r.Totals, "The sums of `agents` and `unattributed`.")
	a.Describe(&r.MarginalRates, "The limits of the organization's plan, and the prices of what exceeds them.")
	a.Describe(&r.DropMarkers, "The entries that the audit log lacks.")
}

// Annotate describes the usage.
func (u *AgentUsage) Annotate(a infer.Annotator) {
	a.Describe(&u, "The usage of an agent credential, or a sum.")
	a.Describe(&u.CredentialID, "The ID of the agent credential, `agt_…`. Absent for a sum and for usage that belongs to no credential.")
	a.Describe(&u.Entries, "The number of entries of any kind in the audit log. Some of them are not statements.")
	a.Describe(&u.Allowed, "The number of statements that ran unchanged.")
	a.Describe(&u.Blocked, "The number of statements that were refused.")
	a.Describe(&u.Masked, "The number of statements whose results were masked.")
	a.Describe(&u.Truncated, "The number of statements whose results were truncated.")
	a.Describe(&u.RowsReturned, "The number of rows that were returned.")
	a.Describe(&u.BytesOut, "The number of bytes that were returned.")
	a.Describe(&u.CacheHit, "The number of entries whose result came from the cache.")
	a.Describe(&u.CacheStale, "The number of entries whose expired result came from the cache while it was being refreshed.")
	a.Describe(&u.CacheMiss, "The number of entries whose result was not in the cache.")
	a.Describe(&u.CacheBypass, "The number of entries whose result cannot be cached.")
	a.Describe(&u.CacheNone, "The number of entries that did not reach the cache.")
	a.Describe(&u.LatencyMeasured, "The number of entries with a latency.")
	a.Describe(&u.LatencyUnmeasured, "The number of entries without a latency, such as those that were refused.")
	a.Describe(&u.LatencyMsTotal, "The sum of all latencies in milliseconds.")
	a.Describe(&u.LatencyP50Ms, "The median of the latency in milliseconds. 0 if none was measured.")
	a.Describe(&u.LatencyP95Ms, "The 95th percentile of the latency in milliseconds. 0 if none was measured.")
	a.Describe(&u.LatencyP99Ms, "The 99th percentile of the latency in milliseconds. 0 if none was measured.")
	a.Describe(&u.FirstSeen, "The time of the first entry, in RFC 3339 format. Absent if there is none.")
	a.Describe(&u.LastSeen, "The time of the last entry, in RFC 3339 format. Absent if there is none.")
}

// Annotate describes the rates.
func (r *AgentUsageRates) Annotate(a infer.Annotator) {
	a.Describe(&r, "The limits of a plan, and the prices of what exceeds them.")
	a.Describe(&r.Plan, "The plan of the organization: `starter`, `pro`, `scale` or `enterprise`.")
	a.Describe(&r.QueriesPerDay, "The maximum number of queries per day. 0 means no limit.")
	a.Describe(&r.BytesPerMonth, "The maximum number of bytes transferred per month. 0 means no limit.")
	a.Describe(&r.OveragePer1kQueries, "The price of 1000 queries above the limit. 0 if the limit cannot be exceeded.")
	a.Describe(&r.OveragePerGB, "The price of a gigabyte above the limit. 0 if the limit cannot be exceeded.")
	a.Describe(&r.QueryOverageBillable, "Whether the number of queries has a limit that can be exceeded.")
	a.Describe(&r.BytesOverageBillable, "Whether the number of bytes has a limit that can be exceeded.")
}

// Annotate describes the entries.
func (d *AgentUsageDrops) Annotate(a infer.Annotator) {
	a.Describe(&d, "The entries that an audit log lacks.")
	a.Describe(&d.Markers, "The number of gaps in the audit log.")
	a.Describe(&d.Truncated, "Whether there are more gaps than `markers`.")
	a.Describe(&d.EntriesDropped, "The number of entries that are known to be missing. There may be more.")
	a.Describe(&d.MarkersUnparsed, "The number of gaps whose size is not known.")
	a.Describe(&d.Reasons, "The reasons for the gaps.")
}

// Definition implements kind.FunctionController.
func (GetAgentUsage) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Returns how much each agent credential of a project was used in a period: statements, rows, bytes, cache and latencies, from the audit log.",
		Properties: properties.Table{
			"projectId": properties.ID("prj_"),
			"start":     properties.String().Timestamp(),
			"end":       properties.String().Timestamp(),
		},
	}
}

// Invoke implements kind.FunctionController.
func (GetAgentUsage) Invoke(ctx context.Context, c *client.Client, in GetAgentUsageArgs) (GetAgentUsageResult, error) {
	report, err := c.GetAgentUsage(ctx, in.ProjectID, client.TimeWindow{Start: in.Start, End: in.End})
	drops := AgentUsageDrops(report.DropMarkers)
	drops.Reasons = convert.NonNil(drops.Reasons)
	return GetAgentUsageResult{
		RequestedStart: report.RequestedStart,
		RequestedEnd:   report.RequestedEnd,
		WindowStart:    report.WindowStart,
		WindowEnd:      report.WindowEnd,
		Complete:       report.Complete,
		Agents:         convert.Items(report.Agents, func(line client.AgentUsageLine) AgentUsage { return AgentUsage(line) }),
		Unattributed:   AgentUsage(report.Unattributed),
		Totals:         AgentUsage(report.Totals),
		MarginalRates:  AgentUsageRates(report.MarginalRates),
		DropMarkers:    drops,
	}, err
}
