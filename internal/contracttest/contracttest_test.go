// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestViolationsAreFound: what is wrong on purpose is told.
func TestViolationsAreFound(t *testing.T) {
	t.Parallel()
	contract, err := load()
	require.NoError(t, err)
	if contract == nil {
		t.Skipf("%s names no file", variable)
	}
	const credential = `{"id":"agt_1","project_id":"prj_1","policy_profile_id":"pol_1","name":"a","pg_username":"u","status":"active",` +
		`"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}`
	fine := localapi.Request{
		Method: "PATCH", Path: "/v1/projects/prj_1/agents/agt_1", Status: 200,
		Header:         http.Header{"Content-Type": {"application/json"}},
		ResponseHeader: http.Header{"Content-Type": {"application/json"}},
		RequestBody:    []byte(`{"status":"active"}`),
		ResponseBody:   []byte(credential),
	}
	require.NoError(t, contract.validate(fine))
	for name, spoil := range map[string]func(*localapi.Request){
		"a request field that is not named": func(r *localapi.Request) { r.RequestBody = []byte(`{"status":"active","colour":"red"}`) },
		"an empty body":                     func(r *localapi.Request) { r.RequestBody = []byte(`{}`) },
		"a value that is not allowed":       func(r *localapi.Request) { r.RequestBody = []byte(`{"status":"revoked"}`) },
		"a null":                            func(r *localapi.Request) { r.RequestBody = []byte(`{"status":null}`) },
		"a path that is not there":          func(r *localapi.Request) { r.Path = "/v1/undefined" },
		"an ID that cannot be one":          func(r *localapi.Request) { r.Path = "/v1/projects/a b/agents/agt_1" },
		"an answer field that is not named": func(r *localapi.Request) {
			r.ResponseBody = []byte(credential[:len(credential)-1] + `,"colour":"red"}`)
		},
		"an answer that lacks a field":       func(r *localapi.Request) { r.ResponseBody = []byte(`{"id":"agt_1"}`) },
		"a status that is not in the answer": func(r *localapi.Request) { r.Status = 201 },
	} {
		spoilt := fine
		spoil(&spoilt)
		assert.Error(t, contract.validate(spoilt), name)
	}
}
