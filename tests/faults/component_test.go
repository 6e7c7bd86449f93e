// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

const componentProgram = `
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

// componentWrites are the writes of the component, in a possible order.
var componentWrites = []target{
	{method: "POST", path: "/v1/projects"},
	{method: "PATCH", path: "/v1/projects/*"},
	{method: "POST", path: "/v1/databases/*/replicas"},
	{method: "POST", path: "/v1/projects/*/policies"},
	{method: "POST", path: "/v1/projects/*/webhooks"},
	{method: "POST", path: "/v1/projects/*/agents"},
	{method: "PATCH", path: "/v1/projects/*/agents/*"},
}

// componentFaults returns the faults to inject into the component. Refused
// connections and timeouts have the effects of dropped connections.
func componentFaults() []faultCase {
	var selected []faultCase
	for _, fc := range faultCases() {
		if fc.refused || fc.fault.Latency > 0 || !allFaults() && fc.fault.Drop != localapi.DropAfter {
			continue
		}
		selected = append(selected, fc)
	}
	return selected
}

// newComponentStack creates a stack of the component.
func newComponentStack(t *testing.T, env ...string) *clitest.Stack {
	t.Helper()
	s := clitest.New(t, localapi.Start(t, localapi.Options{}), componentProgram, env...)
	s.AddCanary("the password", "fault-planted-password")
	s.AddCanary("the webhook's secret", "fault-planted-webhook")
	return s
}

// TestComponentRecoversFromPermanentFaults deploys a SecureAgentProject while all
// of its writes fail, then all but the first, and so on. In the end every object
// exists once.
func TestComponentRecoversFromPermanentFaults(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs processes, which the race detector does not see into")
	}
	for _, fc := range componentFaults() {
		t.Run(fc.name, func(t *testing.T) {
			t.Parallel()
			s := newComponentStack(t)
			for i, write := range componentWrites {
				for _, failing := range componentWrites[i:] {
					s.Local.AddFault(fc.faultFor(failing, 0))
				}
				output := s.MustFail("up", "--yes", "--skip-preview")
				s.AddCanaries()
				assert.Contains(t, output, write.method+" /v1/", "the error names the request")
				s.Local.ClearFaults()
			}
			s.Up("--skip-preview")
			s.AddCanaries()
			s.Up("--refresh", "--expect-no-changes")
			assertComponentOnce(s)

			s.Local.AddFault(localapi.Fault{Method: "DELETE", Drop: localapi.DropAfter, Times: 3})
			for range 4 {
				output, err := s.Try("destroy", "--yes", "--skip-preview")
				if err == nil {
					break
				}
				require.Contains(t, output, "DELETE /v1/")
			}
			s.AssertEmpty()
		})
	}
}

// TestComponentRetriesTransientFaults deploys a SecureAgentProject while each of
// its writes fails once, or three times.
func TestComponentRetriesTransientFaults(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs processes, which the race detector does not see into")
	}
	counts := []int{1}
	if allFaults() {
		counts = append(counts, 3)
	}
	for _, fc := range componentFaults() {
		if fc.notRetried {
			continue // TestComponentRecoversFromPermanentFaults injects it
		}
		for _, times := range counts {
			t.Run(fmt.Sprintf("%s, %d", fc.name, times), func(t *testing.T) {
				t.Parallel()
				s := newComponentStack(t, "PGBEAM_MAX_RETRIES=4")
				for _, failing := range componentWrites {
					s.Local.AddFault(fc.faultFor(failing, times))
				}
				s.Up("--skip-preview")
				s.AddCanaries()
				s.Up("--refresh", "--expect-no-changes")
				assertComponentOnce(s)
				s.Must("destroy", "--yes", "--skip-preview")
				s.AssertEmpty()
			})
		}
	}
}

// assertComponentOnce fails unless every object of the component exists once, and
// the state has the secrets that work.
func assertComponentOnce(s *clitest.Stack) {
	s.Helper()
	for collection, count := range map[string]int{"projects": 1, "databases": 1, "replicas": 2, "policies": 1, "agents": 1, "webhooks": 1} {
		assert.Len(s, s.Local.Objects(collection), count, collection)
	}
	state := s.StateWithSecrets()
	agents := s.Local.Objects("agents")
	require.Len(s, agents, 1)
	assert.Equal(s, "disabled", agents[0]["status"])
	token := s.Local.Secret("agents", agents[0]["id"].(string), "mcp_token")
	assert.Equal(s, token, stacktest.PlainSecret(s, state["shop-agent"].Outputs["mcpToken"]))
	assert.Equal(s, token, stacktest.PlainSecret(s, state["shop"].Outputs["mcpToken"]))
	assert.Equal(s, s.Local.Objects("policies")[0]["id"], s.Local.Objects("projects")[0]["default_policy_profile_id"])
}
