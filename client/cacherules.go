// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
	"reflect"
)

// CacheRules gives access to the cache rules of databases. A rule exists for each
// query shape that the proxy has observed. It cannot be created or deleted.
type CacheRules struct{ client *Client }

// CacheRules returns the cache rules of databases.
func (c *Client) CacheRules() *CacheRules { return &CacheRules{c} }

// Get returns the rule of a query shape. It searches the list of the database, which
// concurrent calls share. The error satisfies IsNotFound if there is no such rule.
func (r CacheRules) Get(ctx context.Context, projectID, databaseID, queryHash string) (CacheRule, error) {
	var result CacheRule
	err := r.client.findByID(ctx, &result, cacheRulePageType(), []string{"projects", projectID, "databases", databaseID, "cache-rules", queryHash})
	return result, err
}

// List returns the rules of all query shapes of a database. It fetches pages as they are
// needed and ends after the last rule or with the first error.
func (r CacheRules) List(ctx context.Context, projectID, databaseID string) iter.Seq2[CacheRule, error] {
	return list[CacheRule](ctx, r.client, cacheRulePageType(), nil, "projects", projectID, "databases", databaseID, "cache-rules")
}

// Update sets how the results of a query shape are cached, and returns the rule.
func (r CacheRules) Update(ctx context.Context, projectID, databaseID, queryHash string, req UpdateCacheRuleRequest) (CacheRule, error) {
	resp, err := call[updateCacheRuleResponse](ctx, r.client, http.MethodPut, req,
		"projects", projectID, "databases", databaseID, "cache-rules", queryHash)
	return resp.Entry, err
}

func cacheRulePageType() reflect.Type { return pageType(reflect.TypeFor[CacheRule](), "entries") }

// CacheRule is how the results of a query shape are cached, with statistics of the
// query shape. PgBeam computes the statistics.
type CacheRule struct {
	// QueryHash identifies the query shape: the xxHash64 of NormalizedSQL in 16
	// lowercase hexadecimal digits.
	QueryHash string `json:"query_hash" api:"nonempty"`
	// NormalizedSQL is the statement with placeholders, such as $1, for literals.
	NormalizedSQL string `json:"normalized_sql"`
	// QueryType is "read", "write" or "other".
	QueryType string `json:"query_type" api:"nonempty"`
	// CacheEnabled is true if results are cached.
	CacheEnabled bool `json:"cache_enabled"`
	// CacheTTLSeconds is how long a result is fresh, in seconds. Nil is the setting of
	// the project.
	CacheTTLSeconds *int `json:"cache_ttl_seconds"`
	// CacheSWRSeconds is how long a stale result is served while it is being refreshed,
	// in seconds. Nil is the setting of the project.
	CacheSWRSeconds *int `json:"cache_swr_seconds"`
	QueryStatistics
}

// QueryStatistics are the statistics of a query shape.
type QueryStatistics struct {
	// CallCount is the number of executions.
	CallCount int64 `json:"call_count"`
	// AvgLatencyMs is the average latency in milliseconds.
	AvgLatencyMs float64 `json:"avg_latency_ms"`
	// P95LatencyMs is the 95th percentile of the latency in milliseconds.
	P95LatencyMs float64 `json:"p95_latency_ms"`
	// AvgResponseBytes is the average size of a result in bytes.
	AvgResponseBytes int64 `json:"avg_response_bytes"`
	// StabilityRate is how often the result stays the same, from 0 to 1.
	StabilityRate float64 `json:"stability_rate"`
	// Recommendation is how well the query shape is suited for caching: "great",
	// "good", "fair" or "poor".
	Recommendation string `json:"recommendation" api:"nonempty"`
	// FirstSeenAt is the time of the first execution.
	FirstSeenAt string `json:"first_seen_at"`
	// LastSeenAt is the time of the last execution.
	LastSeenAt string `json:"last_seen_at"`
}

func (r CacheRule) identity() identity { return identity{idField: "query_hash", id: r.QueryHash} }

// UpdateCacheRuleRequest is the request to update a cache rule. All fields are
// always sent; nil is sent as null.
type UpdateCacheRuleRequest struct {
	// CacheEnabled is true to cache results.
	CacheEnabled bool `json:"cache_enabled"`
	// CacheTTLSeconds is 0 to 86400 seconds. Nil is the setting of the project, which
	// differs from 0.
	CacheTTLSeconds *int `json:"cache_ttl_seconds"`
	// CacheSWRSeconds is 0 to 86400 seconds. Nil is the setting of the project, which
	// differs from 0.
	CacheSWRSeconds *int `json:"cache_swr_seconds"`
}

type updateCacheRuleResponse struct {
	Entry CacheRule `json:"entry"`
}

func (r updateCacheRuleResponse) identity() identity { return r.Entry.identity().in("entry") }
