// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

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
