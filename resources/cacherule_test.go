// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
)

const seenShape = "a1b2c3d4e5f60718"

func cacheRule(t *testing.T, w *enginetest.Env) (inputs object, project *enginetest.Resource) {
	t.Helper()
	project = w.Project()
	database := project.State.Get("primaryDatabaseId").AsString()
	require.NoError(t, w.Local.ObserveQuery(project.ID, database, seenShape, "SELECT $1"))
	w.Local.ResetRequests()
	return object{"projectId": project.ID, "databaseId": database, "queryHash": seenShape, "cacheEnabled": true}, project
}

// TestCacheRuleSendsAllThreeSettings, and tells 0 from null, which inherits.
func TestCacheRuleSendsAllThreeSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs, _ := cacheRule(t, w)
	const path = "/v1/projects/*/databases/*/cache-rules/*"
	rule := w.Create("CacheRule", "rule", inputs)
	assert.Equal(t, object{"cache_enabled": true, "cache_ttl_seconds": nil, "cache_swr_seconds": nil}, sent(t, w, "PUT", path))

	w.Up(rule, with(inputs, object{"cacheTtlSeconds": 0}))
	assert.Equal(t, object{"cache_enabled": true, "cache_ttl_seconds": 0.0, "cache_swr_seconds": nil}, sent(t, w, "PUT", path))
	zero := w.Local.Objects("cache-rules")[0]
	assert.Equal(t, 0.0, zero["cache_ttl_seconds"])
	assert.Nil(t, zero["cache_swr_seconds"])
	w.Refresh(rule)
	w.RequireNoChanges(rule, with(inputs, object{"cacheTtlSeconds": 0}))
	inherits := w.Engine.Preview(rule, enginetest.Inputs(inputs))
	assert.Equal(t, enginetest.Update, inherits.Op, "0 is not null")

	w.Up(rule, inputs)
	assert.Equal(t, object{"cache_enabled": true, "cache_ttl_seconds": nil, "cache_swr_seconds": nil}, sent(t, w, "PUT", path))
	assert.Equal(t, 3, w.Local.Count("PUT", path))
}

// TestCacheRuleOfAnUnseenShape says what has to happen first.
func TestCacheRuleOfAnUnseenShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs, _ := cacheRule(t, w)
	rule := &enginetest.Resource{Kind: "CacheRule", Name: "rule"}
	result := w.Engine.Up(rule, enginetest.Inputs(with(inputs, object{"queryHash": "ffffffffffffffff"})))
	require.Error(t, result.Err)
	for _, part := range []string{"404 NOT_FOUND", "only be set for a query shape that the proxy has seen", "request ID"} {
		assert.Contains(t, result.Err.Error(), part)
	}
	assert.Empty(t, rule.ID)
}

// TestCacheRuleDeletionDisablesCaching, for a shape that was seen stays.
func TestCacheRuleDeletionDisablesCaching(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs, project := cacheRule(t, w)
	rule := w.Create("CacheRule", "rule", with(inputs, object{"cacheTtlSeconds": 300}))
	require.NoError(t, w.Engine.Delete(rule))
	live := w.Local.Objects("cache-rules")[0]
	assert.Equal(t, false, live["cache_enabled"])
	assert.Nil(t, live["cache_ttl_seconds"])

	again := w.Create("CacheRule", "rule", inputs)
	require.NoError(t, w.Engine.Delete(project))
	require.NoError(t, w.Engine.Delete(again), "it went with its project")
}

// TestCacheRuleFiguresAreNoDrift: what the proxy counts changes all the time.
func TestCacheRuleFiguresAreNoDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs, _ := cacheRule(t, w)
	rule := w.Create("CacheRule", "rule", inputs)
	require.NoError(t, w.Local.Edit("cache-rules", inputs["databaseId"].(string)+"/"+seenShape, object{"call_count": 1000, "avg_latency_ms": 1.5}))
	w.Refresh(rule)
	assert.Equal(t, 1000.0, rule.State.Get("callCount").AsNumber())
	w.RequireNoChanges(rule, inputs)
}
