// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// minimalFleet returns inputs that set only what is required, with one agent.
func minimalFleet() object {
	return object{"projectId": "prj_1", "tiers": object{"support": object{}}, "agents": object{"bot": object{"tier": "support"}}}
}

// fullFleet returns inputs that set every property. Only the agent loader has a budget of its own.
func fullFleet() object {
	return object{
		"projectId": "prj_1", "tiers": object{"support": fullPolicy()}, "policyTests": object{"support": fullPolicyTests()},
		"agents": object{
			"bot":    with(fullAgent(), object{"tier": "support"}),
			"loader": object{"tier": "support", "budgetQueriesPerHour": 5, "budgetQueriesPerDay": 6},
		},
		"webhooks": object{"security": fullWebhook()}, "orgId": "org_1", "spendLimit": 500,
		"allowUnapprovedWrites": true, "allowInsecureTransport": true,
	}
}

func TestFleetTiersAndBudgets(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, "AgentFleet", enginetest.Inputs(object{
		"projectId": "prj_1",
		"tiers": object{
			"support": object{"name": "Support", "maxRows": 10, "budgetQueriesPerDay": 500, "tableDenylist": []any{"secrets"}},
			"admin":   object{},
		},
		"agents": object{
			"bot":    object{"tier": "support", "name": "Support bot", "expiresAt": "2099-01-01T00:00:00Z", "rotationTriggers": object{"quarter": "1"}},
			"loader": object{"tier": "support", "budgetQueriesPerHour": 0},
			"root":   object{"tier": "admin", "status": "disabled"},
		},
		"policyTests": object{"support": fullPolicyTests()},
	}), false)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"shop-agent-bot", "shop-agent-loader", "shop-agent-root", "shop-policy-loader", "shop-test-support", "shop-tier-admin", "shop-tier-support",
	}, slices.Sorted(maps.Keys(children)))

	defaults := object{"accessMode": "read_only", "migrationSafety": "block", "maxRows": 1000, "statementTimeoutMs": 30000, "budgetQueriesPerHour": 1000}
	support := with(defaults, object{"maxRows": 10, "budgetQueriesPerDay": 500, "tableDenylist": []any{"secrets"}, "projectId": "prj_1"})
	for name, policy := range map[string]object{
		"shop-tier-admin":   with(defaults, object{"projectId": "prj_1"}),
		"shop-tier-support": with(support, object{"name": "Support"}),
		// The name of the tier's profile is taken. The budget that the agent does not set is the tier's.
		"shop-policy-loader": with(support, object{"budgetQueriesPerHour": 0}),
	} {
		assert.Equal(t, properties.Plain(property.New(enginetest.Inputs(policy))), properties.Plain(property.New(children[name].Inputs)), name)
	}
	for agent, policy := range map[string]string{"bot": "shop-tier-support", "loader": "shop-policy-loader", "root": "shop-tier-admin"} {
		assert.Equal(t, policy+"-id", children["shop-agent-"+agent].Inputs.Get("policyProfileId").AsString())
		assert.Equal(t, policy+"-id", response.State.Get("policyProfileIds").AsMap().Get(agent).AsString())
		assert.Equal(t, "canary-shop-agent-"+agent+"-mcpToken", response.State.Get("mcpTokens").AsMap().Get(agent).AsString())
		assert.Equal(t, "shop-agent-"+agent+"-pgUsername", response.State.Get("usernames").AsMap().Get(agent).AsString())
	}
	assert.Equal(t, "Support bot", children["shop-agent-bot"].Inputs.Get("name").AsString())
	assert.Equal(t, "2099-01-01T00:00:00Z", children["shop-agent-bot"].Inputs.Get("expiresAt").AsString())
	assert.Equal(t, "1", children["shop-agent-bot"].Inputs.Get("rotationTriggers").AsMap().Get("quarter").AsString())
	assert.Equal(t, "disabled", children["shop-agent-root"].Inputs.Get("status").AsString())

	// Neither a credential of the tier nor the profile of an agent in it is changed before the test has passed.
	for name, tested := range map[string]bool{
		"shop-agent-bot": true, "shop-agent-loader": true, "shop-policy-loader": true, "shop-agent-root": false, "shop-tier-support": false,
	} {
		assert.Equal(t, tested, slices.Contains(dependencies(children[name]), "shop-test-support"), name)
	}
}

func TestFleetValidate(t *testing.T) {
	t.Parallel()
	writes, twice := object{"accessMode": "read_write"}, append(fullPolicyTests(), fullPolicyTests()...)
	agents := func(agent object) object { return object{"agents": object{"bot": agent}} }
	assertValidation(t, "AgentFleet", minimalFleet(), map[string]validation{
		"a tier that does not exist":      {agents(object{"tier": "supports"}), "", `agents.bot.tier is "supports", which is not in tiers (did you mean "support"?)`},
		"a tier that was removed":         {object{"tiers": object{"support": nil, "admin": object{}}}, "", `agents.bot.tier is "support", which is not in tiers`},
		"no tier":                         {agents(object{}), "", "agents.bot.tier is required"},
		"a secret tier":                   {agents(object{"tier": property.New("canary").WithSecret(true)}), "", "agents.bot.tier must not be a secret"},
		"a name with a space":             {object{"agents": object{"a b": object{"tier": "support"}}}, "", `agents["a b"] is not a valid name`},
		"a negative budget":               {agents(object{"tier": "support", "budgetQueriesPerDay": -1}), "", "agents.bot.budgetQueriesPerDay must be at least 0"},
		"an invalid expiry":               {agents(object{"tier": "support", "expiresAt": "soon"}), "", "agents.bot.expiresAt must be an RFC 3339 timestamp"},
		"writes without approvals":        {object{"tiers": object{"support": writes}}, "allowUnapprovedWrites", "tiers.support.accessMode is read_write without approvals: set tiers.support.approvalMode to"},
		"writes with approvals":           {object{"tiers": object{"support": with(writes, object{"approvalMode": "all"})}}, "", ""},
		"an http webhook":                 {object{"webhooks": object{"x": object{"url": "http://example.com"}}}, "allowInsecureTransport", "webhooks.x.url begins with http://"},
		"tests of no tier":                {object{"policyTests": object{"supports": fullPolicyTests()}}, "", `policyTests.supports names no tier (did you mean "support"?)`},
		"no tests":                        {object{"policyTests": object{"support": []any{}}}, "", "policyTests.support must contain a case"},
		"tests of one name":               {object{"policyTests": object{"support": twice}}, "", "policyTests.support[1].name must differ from policyTests.support[0].name"},
		"a limit without an organization": {object{"spendLimit": 0}, "", "orgId is required, because spendLimit is set"},
		"an organization without a limit": {object{"orgId": "org_1"}, "", ""},
		"a negative limit":                {object{"orgId": "org_1", "spendLimit": -1}, "", "spendLimit must be at least 0"},
		"no agents":                       {object{"agents": object{}}, "", ""},
	})
}
