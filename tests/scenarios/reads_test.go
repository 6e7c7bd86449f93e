// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestFunctions calls the functions whose operations no resource uses, for the report about the
// contract, which counts the requests of this package. What functions return is tested in
// package functions.
func TestFunctions(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles the SQL parser, as package functions does")
	}
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	agent := env.Agent(project, "bot")
	database := project.State.Get("primaryDatabaseId").AsString()
	policy := agent.State.Get("policyProfileId").AsString()
	domain := env.Create("CustomDomain", "domain", object{"projectId": project.ID, "domain": "db.example.org"})

	for function, inputs := range map[string]object{
		"getOrganizations":   {},
		"getPlans":           {},
		"getRegions":         {},
		"getSchemaCatalog":   {"projectId": project.ID, "databaseId": database},
		"scanPii":            {"projectId": project.ID, "databaseId": database},
		"testConnection":     {"projectId": project.ID, "databaseId": database},
		"evaluatePolicy":     {"projectId": project.ID, "policyProfileId": policy, "statements": []any{"SELECT 1"}},
		"replayPolicy":       {"projectId": project.ID, "policyProfileId": policy},
		"recommendPolicy":    {"projectId": project.ID, "agentCredentialId": agent.ID},
		"lintMigration":      {"projectId": project.ID, "sql": "DROP TABLE users"},
		"verifyCustomDomain": {"projectId": project.ID, "domainId": domain.ID},
		"verifyAuditChain":   {"projectId": project.ID},
		"getAgentUsage":      {"projectId": project.ID},
	} {
		env.Invoke(function, inputs)
	}
}
