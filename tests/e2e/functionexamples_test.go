// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// functionOutputs are the expected outputs of the examples of functions, which create no
// objects. The existing project is that of existingObjects.
var functionOutputs = map[string]map[string]any{
	"get-project":           {"projectId": "projects.id", "proxyHost": "projects.proxy_host"},
	"get-database":          {"databaseId": "databases.id", "host": "db.example.com"},
	"get-policy-profile":    {"policyProfileId": "policies.id", "tableAllowlist": []any{"public.orders"}},
	"get-agent-credential":  {"pgUsername": "agents.pg_username", "status": "active"},
	"get-organizations":     {"orgId": localapi.DefaultOrgID},
	"get-organization-plan": {"plan": "scale", "maxProjects": 100.0},
	"get-plans":             {"plans": notEmpty{}},
	"get-regions":           {"poolRegion": notEmpty{}},
	"get-query-shapes":      {"queryHash": "b1b2c3d4e5f60718"},
	"get-schema-catalog":    {"relations": notEmpty{}},
	"scan-pii":              {"maskingRules": notEmpty{}, "scannedTables": notEmpty{}},
	"evaluate-policy":       {"read": "allow", "write": "block"},
	"replay-policy":         {"newlyBlocked": 0.0, "evaluated": 2.0},
	"recommend-policy":      {"sufficientHistory": true, "observedQueries": 2.0},
	"lint-migration":        {"safe": false, "findings": notEmpty{}},
	"test-connection":       {"ok": true},
	"verify-custom-domain":  {"verified": false},
	"verify-audit-chain":    {"ok": true, "verifiedCount": 0.0},
	"get-agent-usage":       {"complete": true, "bytesOut": 0.0},
	"mcp-client-config":     {"json": notEmpty{}, "path": ".mcp.json"},
}

// existingObjects adds to the project of observeQuery what the examples of functions look
// for, and returns their configuration.
func existingObjects(t *testing.T, local *localapi.Local) map[string]string {
	t.Helper()
	pgbeam, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	config := observeQuery(t, local)
	project := config["projectId"]
	require.NoError(t, local.ObserveQuery(project, config["databaseId"], "b1b2c3d4e5f60718", "SELECT * FROM orders WHERE id = $1"))
	policy, err := pgbeam.PolicyProfiles().Create(t.Context(), project, client.PolicyProfileInput{
		Name: "Read-only analytics", TableAllowlist: &[]string{"public.orders"},
	})
	require.NoError(t, err)
	agent, err := pgbeam.AgentCredentials().Create(t.Context(), project, client.CreateAgentCredentialRequest{
		Name: "Support bot", PolicyProfileID: policy.ID,
	})
	require.NoError(t, err)
	domain, err := pgbeam.CustomDomains().Create(t.Context(), project, "db.example.com")
	require.NoError(t, err)
	config["orgId"], config["agentCredentialId"], config["domainId"] = local.OrgID, agent.Credential.ID, domain.ID
	return config
}

// TestFunctionExamples deploys the example of every function, one after the other in one
// stack: they have no resources.
func TestFunctionExamples(t *testing.T) {
	t.Parallel()
	assert.Len(t, functionOutputs, len(functions.All()))
	local := contracttest.Start(t, localapi.Options{})
	examples, config := repotest.Examples(t), existingObjects(t, local)
	s := clitest.New(t, local, "name: examples\nruntime: yaml\n")
	arguments := []string{"config", "set-all"}
	for name, value := range config {
		arguments = append(arguments, "--plaintext", name+"="+value)
	}
	s.Must(arguments...)
	for _, name := range slices.Sorted(maps.Keys(functionOutputs)) {
		program := strings.Replace(repotest.Read(t, "examples", "yaml", name, "Pulumi.yaml"), "name: "+name+"\n", "name: examples\n", 1)
		require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "Pulumi.yaml"), []byte(program), 0o600))
		require.Empty(t, examples[name].Resources)
		assert.NotContains(t, s.Up("--skip-preview"), "warning:", name)
		assertOutputs(t, local, functionOutputs[name], s.Outputs())
	}
}
