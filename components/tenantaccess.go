// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// TenantAccess is a component: an agent for each tenant of a database whose tables have a
// tenant column. The outputs are maps of outputs: see agentOutputs.
type TenantAccess struct {
	pulumi.ResourceState

	PolicyProfileIDs   pulumi.StringMapInput `pulumi:"policyProfileIds"`
	PolicyTestIDs      pulumi.StringMapInput `pulumi:"policyTestIds"`
	AgentCredentialIDs pulumi.StringMapInput `pulumi:"agentCredentialIds"`
	Usernames          pulumi.StringMapInput `pulumi:"usernames"`
	ConnectionStrings  pulumi.StringMapInput `pulumi:"connectionStrings"`
	MCPURLs            pulumi.StringMapInput `pulumi:"mcpUrls"`
	MCPTokens          pulumi.StringMapInput `pulumi:"mcpTokens"`
	MCPClientConfigs   pulumi.StringMapInput `pulumi:"mcpClientConfigs"`
}

// TenantAccessArgs contains the inputs of a TenantAccess.
type TenantAccessArgs struct {
	ProjectID pulumi.StringInput            `pulumi:"projectId"`
	Tables    pulumi.StringMapInput         `pulumi:"tables"`
	Tenants   map[string]pulumi.StringInput `pulumi:"tenants"`

	Policy      *AgentPolicy                    `pulumi:"policy,optional"`
	Agent       *AgentSettings                  `pulumi:"agent,optional"`
	PolicyTests pgbeam.PolicyTestCaseArrayInput `pulumi:"policyTests,optional"`

	AllowUnapprovedWrites pulumi.BoolPtrInput `pulumi:"allowUnapprovedWrites,optional"`
}

// Annotate describes the component and its outputs.
func (c *TenantAccess) Annotate(a infer.Annotator) {
	a.Describe(&c, "An AI agent for each tenant of a database that holds the rows of all tenants in the same tables: a policy profile for each tenant, whose row filters restrict every table "+
		"to the rows of the tenant, tests of the profile, and an agent credential that is bound to it.\n\n"+
		"The agents can access the tables in `tables` and no others, so that there is no table without a filter. The filter of a table is `\"column\" = 'value'`. "+
		"The column is quoted as an identifier and the value as a string literal, so that no name and no value is read as SQL. PostgreSQL gives the literal the type of the column: "+
		"the value `42` matches an integer, and a UUID matches a `uuid`. A row whose column is NULL belongs to no tenant.\n\n"+
		"By default, the agents have read-only access, the rows and the duration of a query and the queries per hour are limited, and unsafe migrations are blocked. "+
		"A policy that lets the agents write without the approval of a person is rejected before anything is created, unless `allowUnapprovedWrites` is `true`. "+
		"A row filter does not restrict the rows of a view on the table, and its effect on writes is unknown: see the [limits]("+
		"https://github.com/pgbeam/pulumi-pgbeam/blob/main/docs/limits.md#row-filters-and-writes).\n\n"+
		"Adding or removing a tenant does not affect the others. Changing the value of a tenant, the tables or the policy keeps the credentials.")
	a.Describe(&c.PolicyProfileIDs, "IDs of the policy profiles, `pol_…`, by the names in `tenants`.")
	a.Describe(&c.PolicyTestIDs, "IDs of the `PolicyTest` of each tenant, `ptest_…`, by the names in `tenants`. Empty unless `policyTests` is set.")
	describeAgentOutputs(a, "tenants", &c.AgentCredentialIDs, &c.Usernames, &c.ConnectionStrings, &c.MCPURLs, &c.MCPTokens, &c.MCPClientConfigs)
}

// Annotate describes the inputs that do not inherit their descriptions.
func (r *TenantAccessArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`. Changing it replaces all children.")
	a.Describe(&r.Tables, "The column that identifies the tenant, by the name of the table, at least one table. The name of a table can have a schema, such as `billing.invoices`; "+
		"one without a schema is in `public`, and its case does not matter. The name of a column is spelled as it is in the database, without quotes: its case matters. "+
		"A view is a table with a tenant column of its own.")
	a.Describe(&r.Tenants, "The value of the tenant column in the rows of a tenant, by the name of the tenant: "+childNameDescription+" "+
		"A value is not empty and is a string, also for a column of numbers: `\"42\"`. A tenant whose value is null does not exist. A secret value is stored encrypted. Changing a value updates the policy profile of the tenant in place, "+
		"and renaming a tenant replaces its profile and its credential.")
	a.Describe(&r.Policy, "What the agents of all tenants are allowed to do. Defaults to read-only access with the default limits. "+
		"A dash and the name of the tenant follow `name`. "+
		"`tableAllowlist` can restrict the agents to some of the tables in `tables`, to which it defaults, also if it is empty; any other table in it is rejected. "+
		"`rowFilters` restrict the rows of a tenant further: a condition for a table in `tables` is combined with the filter of the tenant, in parentheses, with AND.")
	a.Describe(&r.Agent, "Settings of the agent credentials of all tenants. A dash and the name of the tenant follow `name`. Changing `rotationTriggers` rotates the secrets of all tenants.")
	a.Describe(&r.PolicyTests, "Statements, and what the policy of each tenant is expected to do with them. They are evaluated for each tenant when its policy or they change, "+
		"with a request for each statement. If a verdict differs, the update fails before the agent credential of the tenant is created or changed.")
	a.Describe(&r.AllowUnapprovedWrites, allowUnapprovedWritesDescription)
}

// Definition implements kind.ComponentController.
func (*TenantAccess) Definition() kind.ComponentDefinition {
	return kind.ComponentDefinition{
		Properties: properties.Table{
			"projectId":             properties.ID("prj_").Required().Replaces(),
			"tables":                properties.Map(properties.String().Length(1, 0)).Required(),
			"tenants":               properties.Map(properties.String().Length(1, 0)).NamesChildren().Required(),
			"policy":                agentPolicyProperties(),
			"agent":                 agentProperties(),
			"policyTests":           policyTestsProperties(),
			"allowUnapprovedWrites": properties.Bool(),
		},
		Validate:    validateTenantAccess,
		Secrets:     []string{"connectionStrings", "mcpTokens", "mcpClientConfigs"},
		InheritFrom: inheritFrom(""),
		Children: []kind.Child{
			{Suffix: "detected-pii", Kind: "DetectedPii", If: "policy.maskDetectedPii"},
			{Suffix: "policy-<tenant>", Kind: "PolicyProfile", ForEach: "tenants", RefersTo: []string{"detected-pii"}},
			{
				Suffix: "test-<tenant>", Kind: "PolicyTest", ForEach: "tenants", RefersTo: []string{"policy-<tenant>"},
				When: "one for each entry of `tenants`, if `policyTests` is set",
			},
			{Suffix: "agent-<tenant>", Kind: "AgentCredential", ForEach: "tenants", RefersTo: []string{"policy-<tenant>", "test-<tenant>"}},
		},
	}
}

// Construct implements kind.ComponentController.
func (c *TenantAccess) Construct(ctx *pulumi.Context, name string, args TenantAccessArgs) error {
	parent := pulumi.Parent(c)
	outputs, tests := newAgentOutputs(), pulumi.StringMap{}
	var err error
	if args.Policy, err = args.Policy.detectPii(ctx, name+"-detected-pii", args.ProjectID, nil, parent); err != nil {
		return err
	}
	for _, tenant := range slices.Sorted(maps.Keys(args.Tenants)) {
		policy, err := newPolicy(ctx, name+"-policy-"+tenant, args.tenantPolicy(tenant), args.ProjectID, nil, parent)
		if err != nil {
			return err
		}
		policyProfileID := policy.ID().ToStringOutput()
		test, tested, err := newPolicyTest(ctx, name+"-test-"+tenant, args.ProjectID, policyProfileID, args.PolicyTests, parent)
		if err != nil {
			return err
		}
		if test != nil {
			tests[tenant] = test.ID().ToStringOutput()
		}
		credential, err := pgbeam.NewAgentCredential(ctx, name+"-agent-"+tenant, args.tenantAgent(tenant).resourceArgs(args.ProjectID, policyProfileID), parent, tested)
		if err != nil {
			return err
		}
		outputs.add(tenant, policyProfileID, credential)
	}
	c.PolicyProfileIDs, c.PolicyTestIDs, c.AgentCredentialIDs = outputs.policyProfileIDs, tests, outputs.credentialIDs
	c.Usernames, c.ConnectionStrings, c.MCPURLs = outputs.usernames, outputs.connectionStrings, outputs.mcpURLs
	c.MCPTokens, c.MCPClientConfigs = outputs.mcpTokens, outputs.mcpClientConfigs
	return nil
}

// tenantPolicy returns the policy of a tenant.
func (r TenantAccessArgs) tenantPolicy(tenant string) *AgentPolicy {
	policy := AgentPolicy{}
	if r.Policy != nil {
		policy = *r.Policy
	}
	if policy.RowFilters == nil {
		policy.RowFilters = pgbeam.RowFilterArray{}
	}
	if policy.TableAllowlist == nil {
		policy.TableAllowlist = pulumi.StringArray{}
	}
	policy.Name = withSuffix(policy.Name, "-"+tenant)
	policy.RowFilters = pulumi.All(r.Tables, r.Tenants[tenant], policy.RowFilters).ApplyT(func(values []any) ([]pgbeam.RowFilter, error) {
		return tenantFilters(values[0].(map[string]string), values[1].(string), values[2].([]pgbeam.RowFilter))
	}).(pgbeam.RowFilterArrayOutput)
	policy.TableAllowlist = pulumi.All(r.Tables, policy.TableAllowlist).ApplyT(func(values []any) []string {
		if allowlist := values[1].([]string); len(allowlist) > 0 {
			return allowlist
		}
		// An empty list would allow all tables.
		return slices.Sorted(maps.Keys(values[0].(map[string]string)))
	}).(pulumi.StringArrayOutput)
	return &policy
}

// tenantAgent returns the settings of the credential of a tenant.
func (r TenantAccessArgs) tenantAgent(tenant string) *AgentSettings {
	settings := AgentSettings{}
	if r.Agent != nil {
		settings = *r.Agent
	}
	settings.Name = withSuffix(settings.Name, "-"+tenant)
	return &settings
}
