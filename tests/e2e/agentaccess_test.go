// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// accessOf returns an AgentAccess whose policy allows a table.
func accessOf(agent, table string) string {
	return `  ` + agent + `:
    type: pgbeam:AgentAccess
    properties:
      projectId: ${shop.id}
      policy: { tableAllowlist: [public.` + table + `] }
      policyTests:
        - { name: reads orders, sql: "select id from orders", expect: allow }
        - { name: does not write, sql: "delete from orders where id = 1", expect: block, rule: read_only }
      anomalyRules: { volume: { metric: bytes_per_hour } }
`
}

// TestAgentAccess deploys the access of two agents to a project, and changes one of them in
// every way.
func TestAgentAccess(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, shopProject+accessOf("support", "orders")+accessOf("analyst", "orders"))
	s.AddCanary("the password", "hunter2-planted")
	s.Up()
	s.AddCanaries()
	state := s.StateWithSecrets()
	support, analyst := state["support-agent"], state["analyst-agent"]
	assert.Equal(t, local.Secret("agents", analyst.ID, "mcp_token"), stacktest.PlainSecret(t, state["analyst"].Outputs["mcpToken"]))
	assert.Contains(t, stacktest.PlainSecret(t, state["analyst"].Outputs["mcpClientConfig"]), local.Secret("agents", analyst.ID, "mcp_token"))
	assert.Equal(t, support.Outputs["pgUsername"], state["support"].Outputs["username"])
	s.Up("--expect-no-changes")
	s.Up("--refresh", "--expect-no-changes")

	// A policy that fails its tests changes neither credential.
	local.ResetRequests()
	s.WriteProgram(shopProject + accessOf("support", "payments") + strings.Replace(accessOf("analyst", "orders"), "      policyTests:", "      agent: { status: disabled }\n      policyTests:", 1))
	output := s.MustFail("up", "--yes", "--skip-preview")
	assert.Contains(t, output, "reads orders")
	for _, request := range mutations(local) {
		assert.NotContains(t, request, "/agents/"+support.ID)
	}
	assert.Equal(t, "active", findByID(t, local, "agents", support.ID)["status"])

	// Removing one agent changes nothing of the other.
	s.WriteProgram(shopProject + accessOf("analyst", "orders"))
	s.Up()
	local.ResetRequests()
	s.WriteProgram(shopProject + accessOf("support", "orders") + accessOf("analyst", "orders"))
	s.Up()
	s.AddCanaries()
	for _, request := range mutations(local) {
		assert.True(t, strings.HasPrefix(request, "POST "), request)
	}
	support = s.State()["support-agent"]
	local.ResetRequests()
	s.WriteProgram(shopProject + accessOf("analyst", "orders"))
	s.Up()
	require.Len(t, mutations(local), 3)
	for _, request := range mutations(local) {
		assert.True(t, strings.HasPrefix(request, "DELETE "), request)
		assert.NotContains(t, request, analyst.ID)
	}
	after := s.StateWithSecrets()
	assert.Equal(t, analyst.ID, after["analyst-agent"].ID)
	assert.Equal(t, state["analyst"].Outputs, after["analyst"].Outputs)

	// Drift of a child is shown and repaired.
	require.NoError(t, local.Edit("policies", after["analyst-policy"].ID, map[string]any{"max_rows": 5}))
	s.Must("up", "--yes", "--refresh")
	assert.InDelta(t, 1000, findByID(t, local, "policies", after["analyst-policy"].ID)["max_rows"], 0)
	s.Must("destroy", "--yes")
	s.AssertEmpty()
}
