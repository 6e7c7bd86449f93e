// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCreateDatabaseSetsDefaults(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	created := a.do(http.MethodPost, project+"/databases", databaseBody()).requireStatus(http.StatusCreated)
	assertFields(t, fields{
		"host": "db.example.com", "port": float64(5432), "name": "shop", "username": "pgbeam", "ssl_mode": "verify-full", "role": "primary",
		"pool_region": "", "query_timeout_ms": float64(0), "auto_read_routing": false, "project_id": lastSegment(project),
		"cache_config": fields{"enabled": false, "ttl_seconds": float64(60), "max_entries": float64(10000), "swr_seconds": float64(30)},
		"pool_config":  fields{"pool_size": float64(10), "min_pool_size": float64(1), "pool_mode": "transaction", "max_active": float64(200)},
	}, created.body)
	assert.Regexp(t, `^postgresql://pgbeam:YOUR_PASSWORD@shop-[0-9a-z]{8}\.proxy\.pgbeam\.app:5432/shop$`, created.body["connection_string"])
	assert.EqualValues(t, 2, a.do(http.MethodGet, project, nil).body["database_count"])
}

func TestDatabaseDefaultsDependOnBehaviour(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{
		DefaultSSLMode: "prefer", DefaultPoolMode: "session", CacheEnabledByDefault: true,
	}})
	project, _ := a.createProject("shop")
	created := a.do(http.MethodPost, project+"/databases", databaseBody()).requireStatus(http.StatusCreated)
	assert.Equal(t, "prefer", created.body["ssl_mode"])
	assert.Equal(t, "session", created.objectField("pool_config")["pool_mode"])
	assert.Equal(t, true, created.objectField("cache_config")["enabled"])
}

func TestCreateDatabaseRejectsInvalidInput(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	cache := func(name string, v any) fields {
		config := fields{"enabled": true, "ttl_seconds": 1, "max_entries": 1, "swr_seconds": 1}
		config[name] = v
		return fields{"cache_config": config}
	}
	pool := func(name string, v any) fields {
		config := fields{"pool_size": 1, "min_pool_size": 1, "pool_mode": "session"}
		config[name] = v
		return fields{"pool_config": config}
	}
	a.requireAllInvalid(http.MethodPost, project+"/databases", databaseBody(), []invalidInput{
		{
			"nothing",
			fields{"host": absent, "port": absent, "name": absent, "username": absent, "password": absent},
			[]string{"host", "port", "name", "username", "password"},
		},
		{"space in host", fields{"host": "db example"}, []string{"host"}},
		{"port 0", fields{"port": 0}, []string{"port"}},
		{"port 65536", fields{"port": 65536}, []string{"port"}},
		{"fraction", fields{"port": 1.5}, []string{"port"}},
		{"port is a string", fields{"port": "5432"}, []string{"port"}},
		{"empty password", fields{"password": ""}, []string{"password"}},
		{"unknown ssl_mode", fields{"ssl_mode": "maybe"}, []string{"ssl_mode"}},
		{"unknown role", fields{"role": "boss"}, []string{"role"}},
		{"long timeout", fields{"query_timeout_ms": 300001}, []string{"query_timeout_ms"}},
		{"negative timeout", fields{"query_timeout_ms": -1}, []string{"query_timeout_ms"}},
		{"null timeout", fields{"query_timeout_ms": nil}, []string{"query_timeout_ms"}},
		{"ttl", cache("ttl_seconds", 86401), []string{"cache_config.ttl_seconds"}},
		{"entries", cache("max_entries", 1000001), []string{"cache_config.max_entries"}},
		{"unknown cache field", cache("colour", 1), []string{"cache_config.colour"}},
		{"pool size", pool("pool_size", 0), []string{"pool_config.pool_size"}},
		{"pool mode", pool("pool_mode", "x"), []string{"pool_config.pool_mode"}},
		{"max_active", pool("max_active", 10001), []string{"pool_config.max_active"}},
		{"null max_active", pool("max_active", nil), []string{"pool_config.max_active"}},
		{"read-only field", fields{"connection_string": "x"}, []string{"connection_string"}},
	})
	assert.Len(t, a.Objects("databases"), 1)
}

func TestUpdateDatabase(t *testing.T) {
	a := start(t, Options{})
	project, id := a.createProject("shop")
	path := project + "/databases/" + id
	changed := a.do(http.MethodPatch, path, fields{
		"host": "db2", "port": 5433, "name": "my db/1", "username": "a:b", "password": "n3w", "ssl_mode": "require", "role": "replica",
		"pool_region": "us-east-1", "query_timeout_ms": 5, "auto_read_routing": true,
		"cache_config": fields{"enabled": false, "ttl_seconds": 0, "max_entries": 0, "swr_seconds": 0},
		"pool_config":  fields{"pool_size": 2, "min_pool_size": 2, "pool_mode": "statement"},
	}).requireStatus(http.StatusOK)
	assert.Equal(t, fields{"pool_size": float64(2), "min_pool_size": float64(2), "pool_mode": "statement", "max_active": float64(200)},
		changed.body["pool_config"])
	assert.Equal(t, "n3w", a.Secret("databases", id, "password"))
	link, err := url.Parse(changed.stringField("connection_string"))
	require.NoError(t, err)
	assert.Equal(t, "/my db/1", link.Path)
	assert.Equal(t, "a:b", link.User.Username())

	one := a.do(http.MethodPatch, path, fields{"pool_region": ""}).requireStatus(http.StatusOK)
	assert.Empty(t, one.body["pool_region"])
	assert.Equal(t, "db2", one.body["host"])
	assert.Equal(t, "n3w", a.Secret("databases", id, "password"))

	a.requireAllInvalid(http.MethodPatch, path, fields{}, []invalidInput{
		{"partial config", fields{"pool_config": fields{"pool_size": 3}}, []string{"pool_config.min_pool_size", "pool_config.pool_mode"}},
		{"null config", fields{"cache_config": nil}, []string{"cache_config"}},
		{"empty host", fields{"host": ""}, []string{"host"}},
		{"NUL in the password", fields{"password": "a\x00"}, []string{"password"}},
		{"project", fields{"project_id": "prj_x"}, []string{"project_id"}},
	})
	// The contract allows a PATCH to clear these three.
	a.do(http.MethodPatch, path, fields{"name": "", "username": "", "password": ""}).requireStatus(http.StatusOK)
}

func TestDatabaseBelongsToItsProject(t *testing.T) {
	a := start(t, Options{})
	project, id := a.createProject("shop")
	other, _ := a.createProject("other")
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		a.do(method, other+"/databases/"+id, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	}
	a.do(http.MethodPatch, other+"/databases/"+id, fields{"port": 1}).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodPost, other+"/databases/"+id+"/test-connection", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodGet, project+"/databases/"+id, nil).requireStatus(http.StatusOK)
}

func TestDeleteDatabase(t *testing.T) {
	for name, rejected := range map[string]bool{"last database can be deleted": false, "last database cannot be deleted": true} {
		t.Run(name, func(t *testing.T) {
			a := start(t, Options{Behaviour: Behaviour{LastDatabaseUndeletable: rejected}})
			project, first := a.createProject("shop")
			second := a.create(project+"/databases", databaseBody())
			a.create("/v1/databases/"+first+"/replicas", fields{"host": "r", "port": 1})
			a.do(http.MethodDelete, project+"/databases/"+first, nil).requireStatus(http.StatusNoContent)
			a.do(http.MethodGet, project+"/databases/"+first, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
			assert.Empty(t, a.Objects("replicas"))
			if rejected {
				a.do(http.MethodDelete, second, nil).requireProblem(http.StatusBadRequest, "INVALID_INPUT")
				require.Error(t, a.Remove("databases", lastSegment(second)))
				assert.Len(t, a.Objects("databases"), 1)
			} else {
				a.do(http.MethodDelete, second, nil).requireStatus(http.StatusNoContent)
				assert.Empty(t, a.Objects("databases"))
			}
		})
	}
}

func TestDatabaseLimit(t *testing.T) {
	a := start(t, Options{Limits: Limits{Databases: 2}})
	project, _ := a.createProject("shop")
	a.create(project+"/databases", databaseBody())
	a.do(http.MethodPost, project+"/databases", databaseBody()).requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
	a.createProject("another has room")
}

func TestTestConnectionAndScanPII(t *testing.T) {
	a := start(t, Options{})
	project, id := a.createProject("shop")
	path := project + "/databases/" + id
	reached := a.do(http.MethodPost, path+"/test-connection", nil).requireStatus(http.StatusOK)
	assert.Equal(t, true, reached.body["ok"])
	assert.NotEmpty(t, reached.body["server_version"])
	assert.NotEmpty(t, a.do(http.MethodPost, path+"/scan-pii", nil).requireStatus(http.StatusOK).listField("suggestions"))

	a.do(http.MethodPatch, path, fields{"host": "db.invalid"}).requireStatus(http.StatusOK)
	failed := a.do(http.MethodPost, path+"/test-connection", nil).requireStatus(http.StatusOK)
	assert.Equal(t, false, failed.body["ok"])
	assert.NotEmpty(t, failed.body["error"])
	scan := a.do(http.MethodPost, path+"/scan-pii", nil).requireStatus(http.StatusOK)
	assert.NotEmpty(t, scan.body["error"])
	assert.Empty(t, scan.listField("suggestions"))
}

// TestSetPIIScan changes what a scan finds, through the admin endpoint.
func TestSetPIIScan(t *testing.T) {
	a := start(t, Options{})
	project, id := a.createProject("shop")
	path := project + "/databases/" + id + "/scan-pii"
	found := []any{fields{"table": "users", "column": "ssn", "confidence": 0.5}, fields{"schema": "crm", "table": "leads", "column": "mail", "confidence": 0.9, "mask_kind": "hash"}}
	a.admin(http.MethodPost, "pii-scans", fields{"database_id": id, "scanned_columns": 7, "truncated": true, "suggestions": found}).requireStatus(http.StatusNoContent)
	scan := a.do(http.MethodPost, path, nil).requireStatus(http.StatusOK)
	assertFields(t, fields{"scanned_columns": 7.0, "truncated": true}, scan.body)
	suggestions := scan.listField("suggestions")
	require.Len(t, suggestions, 2)
	assertFields(t, fields{"schema": "crm", "table": "leads", "column": "mail", "mask_kind": "hash"}, suggestions[0])
	assertFields(t, fields{"schema": "public", "table": "users", "column": "ssn", "data_type": "text", "pii_type": "other", "mask_kind": "redact"}, suggestions[1])

	for _, invalid := range []fields{
		{"database_id": "db_missing"},
		{"database_id": id, "suggestions": []any{fields{"table": "users"}}},
		{"database_id": id, "suggestions": []any{fields{"table": "users", "column": "ssn", "confidence": 2}}},
	} {
		a.admin(http.MethodPost, "pii-scans", invalid).requireStatus(http.StatusBadRequest)
	}
	a.admin(http.MethodPost, "reset", nil).requireStatus(http.StatusNoContent)
	another, id := a.createProject("shop")
	assert.Equal(t, "email", a.do(http.MethodPost, another+"/databases/"+id+"/scan-pii", nil).listField("suggestions")[0]["column"])
}
