// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReplicas(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{DefaultSSLMode: "require"}})
	_, database := a.project("shop")
	_, other := a.project("other")
	path := "/v1/databases/" + database + "/replicas"

	created := a.do(http.MethodPost, path, fields{"host": "replica-1", "port": 5432}).wants(http.StatusCreated)
	assert.Regexp(t, `^rep_`, created.body["id"])
	assert.Equal(t, database, created.body["database_id"])
	assert.Equal(t, "require", created.body["ssl_mode"])
	second := a.create(path, fields{"host": "replica-1", "port": 5432, "ssl_mode": "disable"})

	listed := a.do(http.MethodGet, path, nil).wants(http.StatusOK).list("replicas")
	assert.Len(t, listed, 2)
	assert.Equal(t, created.body, listed[0])
	a.do(http.MethodDelete, "/v1/databases/"+other+"/replicas/"+tail(second), nil).problem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodDelete, second, nil).wants(http.StatusNoContent)
	a.do(http.MethodDelete, second, nil).problem(http.StatusNotFound, "NOT_FOUND")
	assert.Len(t, a.Objects("replicas"), 1)

	for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodPut} {
		assert.Equal(t, "DELETE", a.do(method, second, nil).problem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED").header.Get("Allow"))
	}
	a.do(http.MethodGet, "/v1/databases/db_none/replicas", nil).problem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodPost, "/v1/databases/db_none/replicas", fields{"host": "r", "port": 1}).problem(http.StatusNotFound, "NOT_FOUND")
	a.rejectsAll(http.MethodPost, path, fields{"host": "r", "port": 1}, []badInput{
		{"nothing", fields{"host": absent, "port": absent}, []string{"host", "port"}},
		{"blank in the host", fields{"host": "a b"}, []string{"host"}},
		{"port", fields{"port": 65536}, []string{"port"}},
		{"ssl_mode", fields{"ssl_mode": "x"}, []string{"ssl_mode"}},
		{"credentials", fields{"username": "u", "password": "p"}, []string{"username", "password"}},
	})
}
