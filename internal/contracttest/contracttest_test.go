// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest/contract"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func TestViolationsAreFound(t *testing.T) {
	t.Parallel()
	v, err := load()
	require.NoError(t, err)
	if v == nil {
		t.Skipf("%s is not set: there is no contract to violate", contract.Variable)
	}
	const credential = `{"id":"agt_1","project_id":"prj_1","policy_profile_id":"pol_1","name":"a","pg_username":"u","status":"active",` +
		`"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}`
	valid := localapi.Request{
		Method: "PATCH", Path: "/v1/projects/prj_1/agents/agt_1", Status: 200,
		Header:         http.Header{"Content-Type": {"application/json"}},
		ResponseHeader: http.Header{"Content-Type": {"application/json"}},
		RequestBody:    []byte(`{"status":"active"}`),
		ResponseBody:   []byte(credential),
	}
	require.NoError(t, v.validate(valid))
	for name, change := range map[string]func(*localapi.Request){
		"undeclared request property": func(r *localapi.Request) { r.RequestBody = []byte(`{"status":"active","colour":"red"}`) },
		"missing request property":    func(r *localapi.Request) { r.RequestBody = []byte(`{}`) },
		"value not in the enum":       func(r *localapi.Request) { r.RequestBody = []byte(`{"status":"revoked"}`) },
		"null":                        func(r *localapi.Request) { r.RequestBody = []byte(`{"status":null}`) },
		"undeclared path":             func(r *localapi.Request) { r.Path = "/v1/undefined" },
		"invalid ID":                  func(r *localapi.Request) { r.Path = "/v1/projects/a b/agents/agt_1" },
		"undeclared response property": func(r *localapi.Request) {
			r.ResponseBody = []byte(credential[:len(credential)-1] + `,"colour":"red"}`)
		},
		"missing response property": func(r *localapi.Request) { r.ResponseBody = []byte(`{"id":"agt_1"}`) },
		"undeclared status":         func(r *localapi.Request) { r.Status = 201 },
	} {
		invalid := valid
		change(&invalid)
		assert.Error(t, v.validate(invalid), name)
	}
}
