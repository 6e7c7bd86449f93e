// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// observedHash is the hash of the query shape that the database has observed.
const observedHash = "a1b2c3d4e5f60718"

// cacheRuleInputs returns the inputs of a rule in a new project.
func cacheRuleInputs(t *testing.T, env *enginetest.Env) (inputs object, project *enginetest.Resource) {
	t.Helper()
	project = env.Project()
	database := project.State.Get("primaryDatabaseId").AsString()
	require.NoError(t, env.Local.ObserveQuery(project.ID, database, observedHash, "SELECT $1"))
	env.Local.ResetRequests()
	return object{"projectId": project.ID, "databaseId": database, "queryHash": observedHash, "cacheEnabled": true}, project
}

// TestCacheRuleDistinguishesZeroFromNull checks that every request sends all settings:
// null inherits the setting of the database, 0 overrides it.
func TestCacheRuleDistinguishesZeroFromNull(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs, _ := cacheRuleInputs(t, env)
	const path = "/v1/projects/*/databases/*/cache-rules/*"
	rule := env.Create("CacheRule", "rule", inputs)
	assert.Equal(t, object{"cache_enabled": true, "cache_ttl_seconds": nil, "cache_swr_seconds": nil}, env.RequestBody("PUT", path))

	env.Up(rule, enginetest.With(inputs, object{"cacheTtlSeconds": 0}))
	assert.Equal(t, object{"cache_enabled": true, "cache_ttl_seconds": 0.0, "cache_swr_seconds": nil}, env.RequestBody("PUT", path))
	live := env.Local.Objects("cache-rules")[0]
	assert.Equal(t, 0.0, live["cache_ttl_seconds"])
	assert.Nil(t, live["cache_swr_seconds"])
	env.Refresh(rule)
	env.RequireNoChanges(rule, enginetest.With(inputs, object{"cacheTtlSeconds": 0}))
	preview := env.Engine.Preview(rule, enginetest.Inputs(inputs))
	assert.Equal(t, enginetest.Update, preview.Op)

	env.Up(rule, inputs)
	assert.Equal(t, object{"cache_enabled": true, "cache_ttl_seconds": nil, "cache_swr_seconds": nil}, env.RequestBody("PUT", path))
	assert.Equal(t, 3, env.Local.Count("PUT", path))
}

func TestCacheRuleRequiresAnObservedQueryShape(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs, _ := cacheRuleInputs(t, env)
	rule := &enginetest.Resource{Kind: "CacheRule", Name: "rule"}
	result := env.Engine.Up(rule, enginetest.Inputs(enginetest.With(inputs, object{"queryHash": "ffffffffffffffff"})))
	require.Error(t, result.Err)
	for _, part := range []string{"404 NOT_FOUND", "only be set for a query shape that the proxy has observed", "request ID"} {
		assert.Contains(t, result.Err.Error(), part)
	}
	assert.Empty(t, rule.ID)
}

func TestDeletedCacheRuleDisablesCaching(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs, project := cacheRuleInputs(t, env)
	rule := env.Create("CacheRule", "rule", enginetest.With(inputs, object{"cacheTtlSeconds": 300}))
	require.NoError(t, env.Engine.Delete(rule))
	live := env.Local.Objects("cache-rules")[0]
	assert.Equal(t, false, live["cache_enabled"])
	assert.Nil(t, live["cache_ttl_seconds"])

	rule = env.Create("CacheRule", "rule", inputs)
	require.NoError(t, env.Engine.Delete(project))
	require.NoError(t, env.Engine.Delete(rule), "the project has been deleted")
}

func TestCacheRuleStatisticsAreNotDrift(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs, _ := cacheRuleInputs(t, env)
	rule := env.Create("CacheRule", "rule", inputs)
	require.NoError(t, env.Local.Edit("cache-rules", inputs["databaseId"].(string)+"/"+observedHash, object{"call_count": 1000, "avg_latency_ms": 1.5}))
	env.Refresh(rule)
	assert.Equal(t, 1000.0, rule.State.Get("callCount").AsNumber())
	env.RequireNoChanges(rule, inputs)
}
