// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package functions has a file for each function of the provider, and the list of
// them. A function asks the API without managing an object. What functions
// have in common is in package lifecycle.
package functions

import "github.com/pgbeam/pulumi-pgbeam/internal/kind"

// All returns every function of the provider.
func All() []kind.Function {
	return []kind.Function{
		kind.NewFunction(GetProject{}),
		kind.NewFunction(GetDatabase{}),
		kind.NewFunction(GetPolicyProfile{}),
		kind.NewFunction(GetAgentCredential{}),
		kind.NewFunction(GetOrganizations{}),
		kind.NewFunction(GetOrganizationPlan{}),
		kind.NewFunction(GetPlans{}),
		kind.NewFunction(GetRegions{}),
		kind.NewFunction(GetQueryShapes{}),
		kind.NewFunction(GetSchemaCatalog{}),
		kind.NewFunction(ScanPii{}),
		kind.NewFunction(EvaluatePolicy{}),
		kind.NewFunction(ReplayPolicy{}),
		kind.NewFunction(RecommendPolicy{}),
		kind.NewFunction(LintMigration{}),
		kind.NewFunction(TestConnection{}),
		kind.NewFunction(VerifyCustomDomain{}),
		kind.NewFunction(VerifyAuditChain{}),
		kind.NewFunction(GetAgentUsage{}),
		kind.NewFunction(MCPClientConfig{}),
	}
}

// EnumDescriptions maps the names of the enum types to their descriptions in the schema,
// because infer cannot annotate them.
var EnumDescriptions = map[string]string{
	"MCPClient":       "A program that connects an agent to MCP servers.",
	"OperatingSystem": "The operating system of the machine that an MCP client runs on.",
}
