// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestFormerProgram deploys a program that was written for the former package, with all its
// kinds. The program former-types, which is compiled with it, has all its types.
func TestFormerProgram(t *testing.T) {
	t.Parallel()
	const sql = "SELECT * FROM orders WHERE id = 1"
	local := localapi.Start(t, localapi.Options{QueryShapes: []string{sql}})
	hash, _ := localapi.QueryShape(sql)
	p := newProgram(t, node, local, nodeProgram("former"), "", "PGBEAM_API_KEY=", "PGBEAM_API_URL=")
	for _, secret := range []string{local.APIKey, "canary-project-password", canaryPassword, canaryWebhookSecret} {
		p.AddCanary("a secret of the program", secret)
	}
	p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--plaintext", "url="+local.URL, "--plaintext", "queryHash="+hash,
		"--secret", "key="+local.APIKey, "--secret", "password="+canaryPassword, "--secret", "webhookSecret="+canaryWebhookSecret)
	p.preview()
	p.up()
	p.AddCanaries()

	project, agent, enrollment := local.Objects("projects")[0], local.Objects("agents")[0], local.Objects("self-host-enrollments")[0]
	id := func(object map[string]any) string { return object["id"].(string) }
	outputs := p.Outputs()
	assert.Equal(t, local.Secret("agents", id(agent), "connection_string"), outputs["agentConnectionString"])
	assert.Equal(t, local.Secret("agents", id(agent), "mcp_token"), outputs["agentMcpToken"])
	assert.Equal(t, local.Secret("self-host-enrollments", id(enrollment), "token"), outputs["enrollmentToken"])
	result := outputs["result"].(map[string]any)
	assert.Equal(t, map[string]any{"verified": false, "error": "the TXT record was not found"}, result["verified"])
	assert.Equal(t, project["proxy_host"], result["proxyHost"])
	assert.Equal(t, "shop", result["projectName"])

	assert.Equal(t, map[string]any{
		"cacheSwrSeconds": "null", "floor": "undefined", "verifiedAt": "", "approvalTimeoutSeconds": 300.0, "replicaSslMode": "verify-full",
		"allowedCidrs": []any{"203.0.113.0/24", "198.51.100.10/32"}, "cidrLabels": map[string]any{"203.0.113.0/24": "Office"},
	}, outputs["values"])
	assert.Regexp(t, `primaryHost +\[secret\]`, p.Must("stack", "output"), "the output with the password is secret as a whole")

	assert.Equal(t, []any{map[string]any{"cidr": "203.0.113.0/24", "label": "Office"}, map[string]any{"cidr": "198.51.100.10/32"}}, project["allowed_cidrs"])
	assert.Equal(t, "eu", project["residency"])
	assert.NotContains(t, p.State()["project"].Inputs, "queriesPerSecond", "inputs that the API does not have are ignored")
	primary := findObject(local, "databases", "name", "shop")
	assert.Equal(t, "require", primary["ssl_mode"])
	assert.Equal(t, 120.0, primary["cache_config"].(map[string]any)["ttl_seconds"])
	assert.Equal(t, "canary-project-password", local.Secret("databases", id(primary), "password"))
	extra := findObject(local, "databases", "name", "archive")
	assert.Equal(t, canaryPassword, local.Secret("databases", id(extra), "password"))
	assert.Equal(t, map[string]any{"pool_size": 20.0, "min_pool_size": 5.0, "pool_mode": "transaction", "max_active": 200.0}, extra["pool_config"])
	assert.Equal(t, id(primary), local.Objects("replicas")[0]["database_id"])
	rule := findObject(local, "cache-rules", "cache_enabled", true)
	assert.Equal(t, 300.0, rule["cache_ttl_seconds"])
	assert.Nil(t, rule["cache_swr_seconds"])
	policy := local.Objects("policies")[0]
	assert.Equal(t, map[string]any{"allow": []any{"select"}, "deny": []any{"copy"}}, policy["statement_rules"])
	assert.Equal(t, 500.0, policy["max_rows"])
	assert.Equal(t, 300.0, policy["approval_timeout_seconds"], "null is the default of the API")
	assert.Equal(t, canaryWebhookSecret, local.Secret("webhooks", id(local.Objects("webhooks")[0]), "secret"))
	assert.Equal(t, "kill", local.Objects("honeytokens")[0]["action"])
	assert.Equal(t, 4.0, local.Objects("anomaly-rules")[0]["sigma_threshold"])
	assert.Equal(t, 500.0, local.Objects("plan")[0]["spend_limit"])

	p.requireNoChanges()
	p.Must("refresh", "--yes")
	p.requireNoChanges()
	p.Must("destroy", "--yes")
	assert.Empty(t, local.Objects("projects"))
}

// TestECMAScriptModule checks that a program that is an ECMAScript module can import what the
// former package exported, which was such a module.
func TestECMAScriptModule(t *testing.T) {
	t.Parallel()
	require.NoError(t, compileNode())
	const names = "AgentCredential, AnomalyRule, CacheRule, configure, CustomDomain, Database, Honeytoken, PolicyProfile, Project, " +
		"Replica, SelfHostEnrollment, SpendLimit, verifyCustomDomain, WebhookEndpoint"
	program := fmt.Sprintf(`import { %[1]s } from "@pgbeam/pulumi";
import * as pgbeam from "@pgbeam/pulumi";
for (const [name, value] of Object.entries({ %[1]s })) {
    if (typeof value !== "function" || pgbeam[name] !== value) throw new Error(name);
}`, names)
	require.NoError(t, command(nodeFolder(), "node", "--input-type=module", "--eval", program))
}
