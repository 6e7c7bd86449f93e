// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func TestGetQueryShapesByTheirSQL(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{QueryShapes: []string{"SELECT email\n  FROM users WHERE id = 1", "SELECT total FROM orders", "DELETE FROM users"}})
	hash, normalized := localapi.QueryShape("SELECT email FROM users WHERE id = 7")
	require.NoError(t, env.Local.ObserveQuery(env.project.ID, env.database, hash, normalized))
	shapes := func(filters object) []any {
		return env.invoke("getQueryShapes", env.inDatabase(filters))["queryShapes"].([]any)
	}
	assert.Len(t, shapes(nil), 3)
	for _, filters := range []object{
		{"sql": "select   EMAIL\r\n\tfrom users where id = $1"},
		{"sql": "  email from  users "},
		{"queryHash": hash},
		{"minCallCount": 2},
		{"sql": "users", "minCallCount": 2, "queryHash": hash},
	} {
		found := shapes(filters)
		require.Len(t, found, 1, "%v", filters)
		shape := found[0].(object)
		assert.Equal(t, hash, shape["queryHash"])
		assert.Equal(t, normalized, shape["normalizedSql"])
		assert.Equal(t, 2.0, shape["callCount"])
	}
	assert.Len(t, shapes(object{"sql": "USERS"}), 2)
	assert.Len(t, shapes(object{"minCallCount": 0}), 3)
	for _, filters := range []object{
		{"sql": "select password"}, {"queryHash": "0000000000000000"}, {"minCallCount": 3}, {"sql": "orders", "queryHash": hash},
	} {
		assert.Equal(t, []any{}, shapes(filters), "%v", filters)
	}
	assert.Len(t, env.Local.Requests(), 1, "filters do not change the request")
}

// TestGetQueryShapesReturnsTheCacheRule has the settings only if the rule has them: null is the
// setting of the database, and 0 is not.
func TestGetQueryShapesReturnsTheCacheRule(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{QueryShapes: []string{"SELECT 1", "SELECT a FROM b"}})
	hash, _ := localapi.QueryShape("SELECT 1")
	env.Create("CacheRule", "rule", env.inDatabase(object{"queryHash": hash, "cacheEnabled": true, "cacheTtlSeconds": 0}))
	live := map[any]object{}
	for _, rule := range env.Local.Objects("cache-rules") {
		rule := camelCase(rule).(object)
		for name, value := range rule {
			if value == nil {
				delete(rule, name)
			}
		}
		live[rule["queryHash"]] = rule
	}
	shapes := env.invoke("getQueryShapes", env.inDatabase(nil))["queryShapes"].([]any)
	require.Len(t, shapes, 2)
	for _, shape := range shapes {
		assert.Equal(t, live[shape.(object)["queryHash"]], shape)
	}
	assert.Equal(t, 0.0, live[hash]["cacheTtlSeconds"])
	assert.NotContains(t, live[hash], "cacheSwrSeconds")
}

func TestGetQueryShapesReadsAllPages(t *testing.T) {
	t.Parallel()
	statements := make([]string, 150)
	for i := range statements {
		statements[i] = fmt.Sprintf("SELECT c%03d FROM t", i)
	}
	env := newTestEnv(t, localapi.Options{QueryShapes: statements})
	assert.Len(t, env.invoke("getQueryShapes", env.inDatabase(nil))["queryShapes"], 150)
	assert.Len(t, env.Local.Requests(), 2, "100 on a page")
	assert.Len(t, env.invoke("getQueryShapes", env.inDatabase(object{"sql": "c149"}))["queryShapes"], 1)
}
