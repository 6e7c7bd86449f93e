// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCacheRulesRequireObservedQueries(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	path := project + "/databases/" + database + "/cache-rules"
	const hash = "a1b2c3d4e5f60718"
	body := fields{"cache_enabled": true, "cache_ttl_seconds": 0, "cache_swr_seconds": nil}
	a.do(http.MethodPut, path+"/"+hash, body).requireProblem(http.StatusNotFound, "NOT_FOUND")

	require.NoError(t, a.ObserveQuery(lastSegment(project), database, hash, "SELECT * FROM users WHERE id = $1"))
	require.NoError(t, a.ObserveQuery(lastSegment(project), database, hash, "SELECT * FROM users WHERE id = $1"))
	require.NoError(t, a.ObserveQuery(lastSegment(project), database, "00000000000000ff", "UPDATE users SET a = $1"))
	require.NoError(t, a.ObserveQuery(lastSegment(project), database, "00000000000000fe", "SHOW x"))
	entries := a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK).listField("entries")
	require.Len(t, entries, 3)
	assertFields(t, fields{
		"query_hash": hash, "query_type": "read", "cache_enabled": false, "cache_ttl_seconds": nil, "cache_swr_seconds": nil,
		"call_count": float64(2),
	}, entries[0])
	assert.Equal(t, "write", entries[1]["query_type"])
	assert.Equal(t, "other", entries[2]["query_type"])

	entry := a.do(http.MethodPut, path+"/"+hash, body).requireStatus(http.StatusOK).objectField("entry")
	assertFields(t, fields{"cache_enabled": true, "cache_ttl_seconds": float64(0), "cache_swr_seconds": nil}, entry)
	entry = a.do(http.MethodPut, path+"/"+hash, fields{"cache_enabled": false}).requireStatus(http.StatusOK).objectField("entry")
	assertFields(t, fields{"cache_enabled": false, "cache_ttl_seconds": nil}, entry)

	a.requireAllInvalid(http.MethodPut, path+"/"+hash, body, []invalidInput{
		{"nothing", fields{"cache_enabled": absent}, []string{"cache_enabled"}},
		{"ttl", fields{"cache_ttl_seconds": 86401}, []string{"cache_ttl_seconds"}},
		{"swr", fields{"cache_swr_seconds": -1}, []string{"cache_swr_seconds"}},
		{"null", fields{"cache_enabled": nil}, []string{"cache_enabled"}},
	})
	for _, wrong := range []string{"A1B2C3D4E5F60718", "a1b2", hash + "0", "undefined"} {
		a.do(http.MethodPut, path+"/"+wrong, body).requireInvalid("query_hash")
		require.Error(t, a.ObserveQuery(lastSegment(project), database, wrong, "SELECT 1"))
	}
	a.do(http.MethodDelete, path+"/"+hash, nil).requireProblem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")

	other, _ := a.createProject("other")
	a.do(http.MethodPut, other+"/databases/"+database+"/cache-rules/"+hash, body).requireProblem(http.StatusNotFound, "NOT_FOUND")
	require.Error(t, a.ObserveQuery(lastSegment(other), database, hash, "SELECT 1"))
	require.NoError(t, a.Remove("cache-rules", database+"/"+hash))
	a.do(http.MethodPut, path+"/"+hash, body).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodDelete, project+"/databases/"+database, nil).requireStatus(http.StatusNoContent)
	assert.Empty(t, a.Objects("cache-rules"))
}
