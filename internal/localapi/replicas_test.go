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
	_, database := a.createProject("shop")
	_, other := a.createProject("other")
	path := "/v1/databases/" + database + "/replicas"

	created := a.do(http.MethodPost, path, fields{"host": "replica-1", "port": 5432}).requireStatus(http.StatusCreated)
	assert.Regexp(t, `^rep_`, created.body["id"])
	assert.Equal(t, database, created.body["database_id"])
	assert.Equal(t, "require", created.body["ssl_mode"])
	second := a.create(path, fields{"host": "replica-1", "port": 5432, "ssl_mode": "disable"})

	listed := a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK).listField("replicas")
	assert.Len(t, listed, 2)
	assert.Equal(t, created.body, listed[0])
	a.do(http.MethodDelete, "/v1/databases/"+other+"/replicas/"+lastSegment(second), nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodDelete, second, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodDelete, second, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	assert.Len(t, a.Objects("replicas"), 1)

	for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodPut} {
		assert.Equal(t, "DELETE", a.do(method, second, nil).requireProblem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED").header.Get("Allow"))
	}
	a.do(http.MethodGet, "/v1/databases/db_none/replicas", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodPost, "/v1/databases/db_none/replicas", fields{"host": "r", "port": 1}).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.requireAllInvalid(http.MethodPost, path, fields{"host": "r", "port": 1}, []invalidInput{
		{"nothing", fields{"host": absent, "port": absent}, []string{"host", "port"}},
		{"space in host", fields{"host": "a b"}, []string{"host"}},
		{"port", fields{"port": 65536}, []string{"port"}},
		{"ssl_mode", fields{"ssl_mode": "x"}, []string{"ssl_mode"}},
		{"credentials", fields{"username": "u", "password": "p"}, []string{"username", "password"}},
	})
}
