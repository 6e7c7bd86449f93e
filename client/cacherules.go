// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
)

// CacheRules is the service for cache rules.
type CacheRules struct{ c *Client }

// CacheRules returns the service for cache rules.
func (c *Client) CacheRules() CacheRules { return CacheRules{c} }

// CacheRule is how the results of a query shape are cached, and what the proxy
// has seen of that shape.
type CacheRule struct {
	QueryHash        string  `json:"query_hash" api:"nonempty"`
	NormalizedSQL    string  `json:"normalized_sql"`
	QueryType        string  `json:"query_type" api:"nonempty"`
	CacheEnabled     bool    `json:"cache_enabled"`
	CacheTTLSeconds  *int    `json:"cache_ttl_seconds"`
	CacheSWRSeconds  *int    `json:"cache_swr_seconds"`
	CallCount        int64   `json:"call_count"`
	AvgLatencyMs     float64 `json:"avg_latency_ms"`
	P95LatencyMs     float64 `json:"p95_latency_ms"`
	AvgResponseBytes int64   `json:"avg_response_bytes"`
	StabilityRate    float64 `json:"stability_rate"`
	Recommendation   string  `json:"recommendation" api:"nonempty"`
	FirstSeenAt      string  `json:"first_seen_at"`
	LastSeenAt       string  `json:"last_seen_at"`
}

// UpdateCacheRuleRequest is how to cache from now on. All of it is always sent:
// nil is what the project has, which is not zero.
type UpdateCacheRuleRequest struct {
	CacheEnabled    bool `json:"cache_enabled"`
	CacheTTLSeconds *int `json:"cache_ttl_seconds"`
	CacheSWRSeconds *int `json:"cache_swr_seconds"`
}

// Get finds the rule of a query shape on the list of its database: the API has
// no read of one.
func (s CacheRules) Get(ctx context.Context, projectID, databaseID, queryHash string) (CacheRule, error) {
	return find[cacheRulePage](ctx, s.c, "projects", projectID, "databases", databaseID, "cache-rules", queryHash)
}

// Update sets how a query shape is cached. The proxy must have seen the shape.
func (s CacheRules) Update(ctx context.Context, projectID, databaseID, queryHash string, req UpdateCacheRuleRequest,
) (CacheRule, error) {
	answer, err := send[updateCacheRuleResponse](ctx, s.c, http.MethodPut, req, "projects", projectID, "databases", databaseID, "cache-rules", queryHash)
	return answer.Entry, err
}

type updateCacheRuleResponse struct {
	Entry CacheRule `json:"entry"`
}

type cacheRulePage struct {
	paged
	Items []CacheRule `json:"entries"`
}

func (p cacheRulePage) items() []CacheRule { return p.Items }
