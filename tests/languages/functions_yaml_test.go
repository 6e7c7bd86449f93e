// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// functionsYAML returns the program in YAML, in the notation of JSON. YAML has no plain form.
func functionsYAML(t *testing.T) []byte {
	t.Helper()
	config, variables, outputs := object{}, object{}, object{}
	resources := object{"created": object{"type": "pgbeam:PolicyProfile", "properties": object{"projectId": "${known_projectId}"}}}
	for form := range functionForms {
		input := func(name string) string { return "${" + form + "_" + name + "}" }
		for name := range (functionObjects{}).inputs(&localapi.Local{}) {
			config[form+"_"+name] = object{"type": "string", "secret": form == "secret"}
			if form == "unknown" {
				variables["late_"+name] = object{"fn::select": []any{1, []string{"${created.id}", "${unknown_" + name + "}"}}}
				input = func(name string) string { return "${late_" + name + "}" }
			}
		}
		projectID, databaseID := input("projectId"), input("databaseId")
		for name, arguments := range map[string]object{
			"getProject":          {"orgId": input("orgId"), "name": input("name")},
			"getDatabase":         {"projectId": projectID, "id": databaseID},
			"getPolicyProfile":    {"projectId": projectID, "name": input("name")},
			"getAgentCredential":  {"projectId": projectID, "name": input("name")},
			"getOrganizations":    {},
			"getOrganizationPlan": {"orgId": input("orgId")},
			"getPlans":            {},
			"getRegions":          {"provider": "aws", "available": true},
			"getQueryShapes":      {"projectId": projectID, "databaseId": databaseID, "sql": input("table"), "minCallCount": 1},
			"getSchemaCatalog":    {"projectId": projectID, "databaseId": databaseID},
			"scanPii":             {"projectId": projectID, "databaseId": databaseID, "minConfidence": 0.8, "except": []string{"users.phone"}},
			"evaluatePolicy": {
				"projectId": projectID, "policy": object{"tableAllowlist": []string{input("table")}}, "statements": []string{input("read"), input("write")},
			},
			"replayPolicy":             {"projectId": projectID, "policy": object{"tableDenylist": []string{input("table")}}, "limit": 10},
			"recommendPolicy":          {"projectId": projectID, "agentCredentialId": input("agentCredentialId"), "lookbackDays": 30},
			"lintMigration":            {"projectId": projectID, "databaseId": databaseID, "sql": input("migration")},
			"testConnection":           {"projectId": projectID, "databaseId": databaseID},
			"verifyCustomDomain":       {"projectId": projectID, "domainId": input("domainId")},
			"verifyAuditChain":         {"projectId": projectID},
			"getAgentUsage":            {"projectId": projectID},
			"mcpClientConfig":          {"client": "cursor", "mcpUrl": input("mcpUrl"), "mcpTokenEnvVar": input("name")},
			"mcpClientConfigWithToken": {"client": "cursor", "mcpUrl": input("mcpUrl"), "mcpToken": input("mcpToken")},
		} {
			variable := form + "_" + name
			variables[variable] = object{"fn::invoke": object{"function": "pgbeam:" + strings.TrimSuffix(name, "WithToken"), "arguments": arguments}}
			outputs[form+"."+name] = "${" + variable + "}"
		}
		shape := "${" + form + "_getQueryShapes.queryShapes[0]"
		outputs[form+".getQueryShapes"] = []object{{"queryHash": shape + ".queryHash}", "normalizedSql": shape + ".normalizedSql}"}}
		resources["cache-"+form] = object{"type": "pgbeam:CacheRule", "properties": object{
			"projectId": projectID, "databaseId": databaseID, "queryHash": shape + ".queryHash}", "cacheEnabled": true,
		}}
		resources["policy-"+form] = object{"type": "pgbeam:PolicyProfile", "properties": object{
			"projectId": projectID, "maskingRules": "${" + form + "_scanPii.maskingRuleMaps}",
		}}
	}
	text, err := json.Marshal(object{
		"name": "program", "runtime": "yaml", "config": config, "variables": variables, "resources": resources, "outputs": outputs,
	})
	require.NoError(t, err)
	return text
}
