// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

const faultyComponent = `
name: faulty
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      allowedCidrs: [203.0.113.0/24]
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: fault-planted-password } }
      replicas: [{ host: replica-1.example.com }, { host: replica-2.example.com }]
      agent: { status: disabled }
      webhook: { url: "https://example.com/hooks", secret: { fn::secret: fault-planted-webhook } }
      enforceForHumans: true
`

// componentWrites are the requests of the component that change something, in
// an order in which they can come.
var componentWrites = []target{
	{method: "POST", path: "/v1/projects"},
	{method: "PATCH", path: "/v1/projects/*"},
	{method: "POST", path: "/v1/databases/*/replicas"},
	{method: "POST", path: "/v1/projects/*/policies"},
	{method: "POST", path: "/v1/projects/*/webhooks"},
	{method: "POST", path: "/v1/projects/*/agents"},
	{method: "PATCH", path: "/v1/projects/*/agents/*"},
}

// TestFaultsOfTheComponent deploys a SecureAgentProject with the real CLI while
// its requests fail for ever, all of them first and then one fewer with every
// update. At the end everything is there once.
func TestFaultsOfTheComponent(t *testing.T) {
	t.Parallel()
	for _, f := range faultColumns() {
		switch {
		case f.refused || f.is.Latency > 0:
			continue // what the plugin is sees no difference from "dropped before" and "dropped after"
		case os.Getenv("PGBEAM_FAULTS") != "all" && f.is.Drop != localapi.DropAfter:
			continue // make test-faults runs them all
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			s := newStack(t, local, faultyComponent)
			s.plant("the password", "fault-planted-password")
			s.plant("the webhook's secret", "fault-planted-webhook")
			for i, at := range componentWrites {
				for _, failing := range componentWrites[i:] {
					is := f.is
					is.Method, is.Path = failing.method, failing.path
					local.AddFault(is)
				}
				printed := s.fails("up", "--yes", "--skip-preview")
				s.plantAll()
				assert.Contains(t, printed, at.method+" /v1/", "the error says what failed")
				local.ClearFaults()
			}
			s.up("--skip-preview")
			s.plantAll()
			s.up("--refresh", "--expect-no-changes")
			isThereOnce(s)

			local.AddFault(localapi.Fault{Method: "DELETE", Drop: localapi.DropAfter, Times: 3})
			for range 4 {
				if printed, err := s.Try("destroy", "--yes", "--skip-preview"); err == nil {
					break
				} else {
					require.Contains(t, printed, "DELETE /v1/")
				}
			}
			assertEmpty(t, local)
		})
	}
}

// isThereOnce fails unless everything that the component makes is there, once,
// with the secrets that work in the state.
func isThereOnce(s *stack) {
	s.Helper()
	local := s.local
	for kind, count := range map[string]int{"projects": 1, "databases": 1, "replicas": 2, "policies": 1, "agents": 1, "webhooks": 1} {
		assert.Len(s, local.Objects(kind), count, kind)
	}
	state := s.stateWithSecrets()
	agent := local.Objects("agents")[0]
	assert.Equal(s, "disabled", agent["status"])
	assert.Equal(s, local.Secret("agents", agent["id"].(string), "mcp_token"), stacktest.PlainSecret(s, state["shop-agent"].Outputs["mcpToken"]))
	assert.Equal(s, local.Secret("agents", agent["id"].(string), "mcp_token"), stacktest.PlainSecret(s, state["shop"].Outputs["mcpToken"]))
	assert.Equal(s, local.Objects("policies")[0]["id"], local.Objects("projects")[0]["default_policy_profile_id"])
}

// TestFaultsOfTheComponentInPassing deploys a SecureAgentProject while each of
// its requests fails once, or three times.
func TestFaultsOfTheComponentInPassing(t *testing.T) {
	t.Parallel()
	all := os.Getenv("PGBEAM_FAULTS") == "all"
	for _, f := range faultColumns() {
		for _, times := range []int{1, 3} {
			if f.refused || f.is.Latency > 0 || !all && (f.is.Drop != localapi.DropAfter || times > 1) {
				continue // as above
			}
			t.Run(fmt.Sprintf("%s, %d", f.name, times), func(t *testing.T) {
				t.Parallel()
				local := localapi.Start(t, localapi.Options{})
				s := newStack(t, local, faultyComponent, "PGBEAM_MAX_RETRIES=4")
				s.plant("the password", "fault-planted-password")
				s.plant("the webhook's secret", "fault-planted-webhook")
				for _, failing := range componentWrites {
					is := f.is
					is.Method, is.Path, is.Times = failing.method, failing.path, times
					local.AddFault(is)
				}
				s.up("--skip-preview")
				s.plantAll()
				s.up("--refresh", "--expect-no-changes")
				isThereOnce(s)
				s.must("destroy", "--yes", "--skip-preview")
				assertEmpty(t, local)
			})
		}
	}
}
