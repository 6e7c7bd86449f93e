// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// fleet returns a program with a fleet, whose properties follow, and a resource that depends on
// an entry of its outputs.
func fleet(properties ...string) string {
	return shopProject + `  note:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${shop.id}", url: "https://example.com", description: "${fleet.usernames[\"bot\"]}", secret: "${fleet.mcpTokens[\"bot\"]}" }
  fleet:
    type: pgbeam:AgentFleet
    properties:
      projectId: ${shop.id}
      ` + strings.Join(properties, "\n      ") + `
outputs:
  token: ${fleet.mcpTokens["bot"]}
`
}

// deployed is what a component with several agents consists of.
type deployed struct {
	*clitest.Stack
	component string
	ids       map[string]string         // of its children
	outputs   map[string]map[string]any // with secrets in clear text
}

func newDeployed(s *clitest.Stack, component string) deployed {
	s.Helper()
	s.AddCanaries()
	d := deployed{s, component, map[string]string{}, map[string]map[string]any{}}
	state := s.StateWithSecrets()
	for name, resource := range state {
		if child, ok := strings.CutPrefix(name, component+"-"); ok {
			d.ids[child] = resource.ID
		}
	}
	for name, output := range state[component].Outputs {
		entries := output.(map[string]any)
		secret, ok := entries["plaintext"].(string)
		assert.Equal(s, slices.Contains([]string{"connectionStrings", "mcpTokens", "mcpClientConfigs"}, name), ok, "%s is secret as a whole", name)
		if ok {
			entries = map[string]any{}
			require.NoError(s, json.Unmarshal([]byte(secret), &entries))
		}
		d.outputs[name] = entries
	}
	return d
}

// up deploys another program. The requests that change something must be the expected ones, in
// any order, in which {child} stands for the ID of a child before or after the update. The
// children keep their IDs, and the entries in the outputs their values, except for those in
// changed.
func (d deployed) up(program string, requests, changed []string) deployed {
	d.Helper()
	d.WriteProgram(program)
	d.Local.ResetRequests()
	d.Up()
	actual := mutations(d.Local)
	after := newDeployed(d.Stack, d.component)
	for i := range actual {
		actual[i] = strings.Replace(actual[i], "/v1/projects/"+d.Local.Objects("projects")[0]["id"].(string), "", 1)
	}
	for i := range requests {
		for _, ids := range []map[string]string{d.ids, after.ids} {
			for child, id := range ids {
				requests[i] = strings.ReplaceAll(requests[i], "{"+child+"}", id)
			}
		}
	}
	assert.ElementsMatch(d, requests, actual)
	withoutChanged := func(entries map[string]string) map[string]string {
		entries = maps.Clone(entries)
		maps.DeleteFunc(entries, func(child, _ string) bool { return slices.Contains(changed, child) })
		return entries
	}
	assert.Equal(d, withoutChanged(d.ids), withoutChanged(after.ids))
	for output, entries := range d.outputs {
		for key, value := range entries {
			if !slices.ContainsFunc(changed, func(child string) bool { return strings.HasSuffix(child, "-"+key) }) {
				assert.Equal(d, value, after.outputs[output][key], "%s of %s", output, key)
			}
		}
	}
	return after
}

// TestAgentFleet deploys a fleet and changes one part of it at a time.
func TestAgentFleet(t *testing.T) {
	t.Parallel()
	const (
		tiers  = "tiers: { support: { tableAllowlist: [orders] }, admin: { maxRows: 5 } }"
		tests  = `policyTests: { support: [{ name: reads orders, sql: "select id from orders", expect: allow }] }`
		others = `webhooks: { security: { url: "https://example.com/hooks", secret: { fn::secret: signing-planted } } }` + "\n      orgId: org_local\n      spendLimit: 3"
		bot    = "bot: { tier: support }"
		loader = "loader: { tier: support, budgetQueriesPerHour: 5 }"
	)
	agents := func(agents ...string) string { return "agents: { " + strings.Join(agents, ", ") + " }" }
	program := func(agents string) string { return fleet(tiers, tests, others, agents) }
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, program(agents(bot, loader)))
	s.AddCanary("the password", "hunter2-planted")
	s.AddCanary("the signing key", "signing-planted")
	s.Up()
	d := newDeployed(s, "fleet")
	assert.ElementsMatch(t, []string{"tier-support", "tier-admin", "test-support", "policy-loader", "agent-bot", "agent-loader", "webhook-security", "spend-limit"},
		slices.Collect(maps.Keys(d.ids)))
	assert.Equal(t, local.Secret("agents", d.ids["agent-bot"], "mcp_token"), s.Outputs()["token"])
	note := s.State()["note"].ID
	assert.Equal(t, findByID(t, local, "agents", d.ids["agent-bot"])["pg_username"], findByID(t, local, "webhooks", note)["description"])
	own := findByID(t, local, "policies", d.ids["policy-loader"])
	assert.Equal(t, 5.0, own["budget_queries_per_hour"])
	assert.Equal(t, []any{"orders"}, own["table_allowlist"])
	assert.Equal(t, own["id"], findByID(t, local, "agents", d.ids["agent-loader"])["policy_profile_id"])
	s.Up("--expect-no-changes")
	s.Up("--refresh", "--expect-no-changes")

	// While an agent is created, the outputs of the others stay known: the preview changes nothing that depends on them.
	s.WriteProgram(program(agents(bot, loader, "new: { tier: admin }")))
	preview := s.Must("preview", "--diff")
	assert.Contains(t, preview, "fleet-agent-new")
	assert.NotContains(t, preview, "WebhookEndpoint")

	// Agents are added and removed one by one, with and without a budget, also as null.
	d = d.up(program(agents(bot, loader, "new: { tier: admin }")), []string{"POST /agents"}, []string{"agent-new"})
	d = d.up(program(agents(bot, loader, "new: null")), []string{"DELETE /agents/{agent-new}"}, []string{"agent-new"})
	d = d.up(program(agents(bot)), []string{"DELETE /agents/{agent-loader}", "DELETE /policies/{policy-loader}"}, []string{"agent-loader", "policy-loader"})
	d = d.up(program(agents(bot, loader)), []string{"POST /policies", "POST /agents"}, []string{"agent-loader", "policy-loader"})

	// Moving an agent replaces its credential, unless it has a policy of its own.
	d = d.up(program(agents(bot, "loader: { tier: admin, budgetQueriesPerHour: 5, budgetQueriesPerDay: null }")), []string{"PUT /policies/{policy-loader}"}, nil)
	assert.Equal(t, 5.0, findByID(t, local, "policies", d.ids["policy-loader"])["max_rows"])
	before := d.ids["agent-bot"]
	d = d.up(program(agents("bot: { tier: admin }", loader)), []string{"POST /agents", "DELETE /agents/" + before, "PUT /policies/{policy-loader}", "PUT /webhooks/" + note},
		[]string{"agent-bot"})
	assert.NotEqual(t, before, d.ids["agent-bot"])
	before = d.ids["agent-bot"]
	d = d.up(program(agents(bot, loader)), []string{"POST /agents", "DELETE /agents/" + before, "PUT /webhooks/" + note}, []string{"agent-bot"})

	// A tier is not removed while an agent is in it.
	local.ResetRequests()
	s.WriteProgram(fleet("tiers: { support: null, admin: {} }", agents(bot)))
	for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}} {
		assert.Contains(t, s.MustFail(command...), `property agents.bot.tier with value "support" has a problem: agents.bot.tier is "support", which is not in tiers`)
	}
	assert.Empty(t, mutations(local))

	// A policy that fails its tests neither creates an agent of the tier nor changes one, nor the policy of one.
	s.WriteProgram(fleet(strings.Replace(tiers, "[orders]", "[payments]", 1), tests, others,
		agents("bot: { tier: support, status: disabled }", "loader: { tier: support, budgetQueriesPerHour: 6 }", "new: { tier: support }")))
	assert.Contains(t, s.MustFail("up", "--yes", "--skip-preview"), "reads orders")
	for _, request := range mutations(local) {
		assert.True(t, strings.HasSuffix(request, "/policies/"+d.ids["tier-support"]), request)
	}

	// Drift is shown and repaired.
	s.WriteProgram(program(agents(bot, loader)))
	s.Up()
	require.NoError(t, local.Edit("policies", d.ids["tier-admin"], map[string]any{"max_rows": 50}))
	assert.Contains(t, s.Must("preview", "--refresh", "--diff"), "maxRows")
	s.Up("--refresh")
	assert.InDelta(t, 5, findByID(t, local, "policies", d.ids["tier-admin"])["max_rows"], 0)
	s.Must("destroy", "--yes")
	s.AssertEmpty()
}
