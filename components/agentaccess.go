// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// AgentAccess is a component: the access of one agent to a project that exists.
type AgentAccess struct {
	pulumi.ResourceState

	PolicyProfileID   pulumi.StringOutput    `pulumi:"policyProfileId"`
	PolicyTestID      pulumi.StringPtrOutput `pulumi:"policyTestId"`
	AgentCredentialID pulumi.StringOutput    `pulumi:"agentCredentialId"`
	AnomalyRuleIDs    pulumi.StringMapInput  `pulumi:"anomalyRuleIds"`
	Username          pulumi.StringOutput    `pulumi:"username"`
	ConnectionString  pulumi.StringOutput    `pulumi:"connectionString"`
	MCPURL            pulumi.StringOutput    `pulumi:"mcpUrl"`
	MCPToken          pulumi.StringOutput    `pulumi:"mcpToken"`
	MCPClientConfig   pulumi.StringOutput    `pulumi:"mcpClientConfig"`
}

// AgentAccessArgs contains the inputs of an AgentAccess.
type AgentAccessArgs struct {
	ProjectID       pulumi.StringInput    `pulumi:"projectId"`
	PolicyProfileID pulumi.StringPtrInput `pulumi:"policyProfileId,optional"`

	Policy       *AgentPolicy                    `pulumi:"policy,optional"`
	Agent        *AgentSettings                  `pulumi:"agent,optional"`
	PolicyTests  pgbeam.PolicyTestCaseArrayInput `pulumi:"policyTests,optional"`
	AnomalyRules map[string]AnomalySettings      `pulumi:"anomalyRules,optional"`

	AllowUnapprovedWrites pulumi.BoolPtrInput `pulumi:"allowUnapprovedWrites,optional"`
}

// Annotate describes the component and its outputs.
func (c *AgentAccess) Annotate(a infer.Annotator) {
	a.Describe(&c, "The access of one more AI agent to a project that exists: a policy profile, tests of the policy, an agent credential that is bound to it, "+
		"and anomaly rules for the credential.\n\n"+
		"By default, the agent has read-only access, the rows and the duration of a query and the queries per hour are limited, and unsafe migrations are blocked. "+
		"A policy that lets the agent write without the approval of a person is rejected before anything is created, unless `allowUnapprovedWrites` is `true`. "+
		"The credential is neither created nor changed before the tests have passed.")
	a.Describe(&c.PolicyProfileID, "ID of the policy profile, `pol_…`.")
	a.Describe(&c.PolicyTestID, "ID of the `PolicyTest`, `ptest_…`, if `policyTests` is set.")
	a.Describe(&c.AgentCredentialID, "ID of the agent credential, `agt_…`.")
	a.Describe(&c.AnomalyRuleIDs, "IDs of the anomaly rules, `anr_…`, by the names in `anomalyRules`.")
	a.Describe(&c.Username, "PostgreSQL username of the agent.")
	a.Describe(&c.ConnectionString, "PostgreSQL connection string of the agent, including the username and the password.")
	a.Describe(&c.MCPURL, "URL of the project's MCP server.")
	a.Describe(&c.MCPToken, "Bearer token of the agent for the MCP server.")
	a.Describe(&c.MCPClientConfig, mcpClientConfigDescription)
}

// mcpClientConfigDescription describes the output mcpClientConfig of each component.
const mcpClientConfigDescription = "Configuration of an MCP client as JSON, including the token, in the format of Claude Code (`.mcp.json`). " +
	"For other clients, pass `mcpUrl` and `mcpToken` to the function `mcpClientConfig`."

// policyTestsDescription describes policyTests of each component.
const policyTestsDescription = "Statements, and what the policy is expected to do with them. They are evaluated when the policy or they change. " +
	"If a verdict differs, the update fails before the agent credential is created or changed."

// Annotate describes the inputs that do not inherit their descriptions.
func (r *AgentAccessArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`. Changing it replaces all children.")
	a.Describe(&r.PolicyProfileID, "The ID of a policy profile that exists, `pol_…`, instead of `policy`. Whether it is set must be known during the preview.")
	a.Describe(&r.Policy, "What the agent is allowed to do. Defaults to read-only access with the default limits. Excludes `policyProfileId`.")
	a.Describe(&r.Agent, "Settings of the agent credential. The credential is created even if this is not set.")
	a.Describe(&r.PolicyTests, policyTestsDescription)
	a.Describe(&r.AnomalyRules, "Anomaly rules for the credential, by a name of your choice. The names must be known during the preview.")
	a.Describe(&r.AllowUnapprovedWrites, allowUnapprovedWritesDescription)
}

// Definition implements kind.ComponentController.
func (*AgentAccess) Definition() kind.ComponentDefinition {
	return kind.ComponentDefinition{
		Properties: properties.Table{
			"projectId":             properties.ID("prj_").Required().Replaces(),
			"policyProfileId":       properties.ID("pol_").Optional(),
			"policy":                agentPolicyProperties(),
			"agent":                 agentProperties(),
			"policyTests":           policyTestsProperties(),
			"anomalyRules":          properties.Map(anomalyProperties()).NamesChildren(),
			"allowUnapprovedWrites": properties.Bool(),
		},
		Validate:        validateAgentAccess,
		Secrets:         []string{"connectionString", "mcpToken", "mcpClientConfig"},
		OptionalOutputs: []string{"policyTestId"},
		InheritFrom:     inheritFrom(""),
		Children: []kind.Child{
			{Suffix: "policy-pii", Kind: "DetectedPii", If: "policy.maskDetectedPii"},
			{Suffix: "policy", Kind: "PolicyProfile", Unless: "policyProfileId", RefersTo: []string{"policy-pii"}},
			{Suffix: "policy-test", Kind: "PolicyTest", If: "policyTests", RefersTo: []string{"policy"}},
			{Suffix: "agent", Kind: "AgentCredential", RefersTo: []string{"policy", "policy-test"}},
			{Suffix: "anomaly-<name>", Kind: "AnomalyRule", ForEach: "anomalyRules", RefersTo: []string{"agent"}},
		},
	}
}

func validateAgentAccess(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs, failures: properties.AtMostOne(inputs, "policyProfileId", "policy")}
	v.validateWrites("policy", inputs.Get("policy"))
	v.validateDetectedPii("policy", inputs.Get("policy"))
	v.validatePolicyTests("policyTests", inputs.Get("policyTests"))
	v.validateAnomalyRules("anomalyRules")
	return v.failures
}

// Construct implements kind.ComponentController.
func (c *AgentAccess) Construct(ctx *pulumi.Context, name string, args AgentAccessArgs) error {
	access, err := newAccess(ctx, name, accessArgs{
		projectID: args.ProjectID, policyProfileID: args.PolicyProfileID, policy: args.Policy, agent: args.Agent,
		policyTests: args.PolicyTests, anomalyRules: args.AnomalyRules,
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.PolicyProfileID = access.policyProfileID.ToStringOutput()
	c.PolicyTestID = access.policyTestID
	c.AgentCredentialID = access.credential.ID().ToStringOutput()
	c.AnomalyRuleIDs = access.anomalyRuleIDs
	c.Username = access.credential.PgUsername
	c.ConnectionString = secretUnlessEmpty(access.credential.ConnectionString)
	c.MCPURL = access.credential.McpUrl
	c.MCPToken = secretUnlessEmpty(access.credential.McpToken)
	c.MCPClientConfig = mcpClientConfig(access.credential)
	return nil
}

// accessArgs are what the access of an agent consists of.
type accessArgs struct {
	projectID       pulumi.StringInput
	databaseID      pulumi.StringInput    // of the database that a policy scans by default; may be nil
	policyProfileID pulumi.StringPtrInput // of a profile that exists, instead of policy
	policy          *AgentPolicy
	agent           *AgentSettings
	policyTests     pgbeam.PolicyTestCaseArrayInput
	anomalyRules    map[string]AnomalySettings
}

// access is the access of an agent.
type access struct {
	policyProfileID pulumi.StringInput
	policyTestID    pulumi.StringPtrOutput
	credential      *pgbeam.AgentCredential
	anomalyRuleIDs  pulumi.StringMap
	// afterTests are the options of a child that must not exist before the policy has passed
	// its tests.
	afterTests []pulumi.ResourceOption
}

// newAccess creates the children of AgentAccess, which other components have, too. They are
// named after the component.
func newAccess(ctx *pulumi.Context, name string, args accessArgs, parent pulumi.ResourceOption) (*access, error) {
	created := &access{policyTestID: noString()}
	if args.policyProfileID != nil {
		created.policyProfileID = args.policyProfileID.ToStringPtrOutput().Elem()
	} else {
		policy, err := newPolicy(ctx, name+"-policy", args.policy, args.projectID, args.databaseID, parent)
		if err != nil {
			return nil, err
		}
		created.policyProfileID = policy.ID().ToStringOutput()
	}
	test, tested, err := newPolicyTest(ctx, name+"-policy-test", args.projectID, created.policyProfileID, args.policyTests, parent)
	if err != nil {
		return nil, err
	}
	if test != nil {
		created.policyTestID = test.ID().ToStringPtrOutput()
	}
	created.afterTests = []pulumi.ResourceOption{parent, tested}
	created.credential, err = pgbeam.NewAgentCredential(ctx, name+"-agent", args.agent.resourceArgs(args.projectID, created.policyProfileID), created.afterTests...)
	if err != nil {
		return nil, err
	}
	created.anomalyRuleIDs, err = createEach(args.anomalyRules, func(key string, settings AnomalySettings) (pulumi.CustomResource, error) {
		return pgbeam.NewAnomalyRule(ctx, name+"-anomaly-"+key, settings.resourceArgs(args.projectID, created.credential.ID()), parent)
	})
	if err != nil {
		return nil, err
	}
	return created, nil
}

// newPolicyTest creates a test of a policy profile, or returns nil if there are no cases. A child
// with the option tested is neither created nor changed before the policy has passed them.
func newPolicyTest(ctx *pulumi.Context, name string, projectID, policyProfileID pulumi.StringInput, cases pgbeam.PolicyTestCaseArrayInput,
	parent pulumi.ResourceOption,
) (test *pgbeam.PolicyTest, tested pulumi.ResourceOption, err error) {
	if cases == nil {
		return nil, pulumi.DependsOn(nil), nil
	}
	test, err = pgbeam.NewPolicyTest(ctx, name, &pgbeam.PolicyTestArgs{
		ProjectId: projectID, PolicyProfileId: policyProfileID.ToStringOutput().ToStringPtrOutput(), Cases: cases,
	}, parent)
	return test, pulumi.DependsOn([]pulumi.Resource{test}), err
}

// policyTestsProperties describes the policyTests of a component.
func policyTestsProperties() properties.Property {
	return resources.PolicyTestProperties()["cases"].Optional()
}

// mcpClientConfig returns the configuration of Claude Code for a credential.
func mcpClientConfig(credential *pgbeam.AgentCredential) pulumi.StringOutput {
	config := pulumi.All(credential.McpUrl, credential.McpToken).ApplyT(func(values []any) (string, error) {
		url, token := values[0].(string), values[1].(string)
		if token == "" { // see secretUnlessEmpty
			return "", nil
		}
		result, err := functions.MCPClientConfig{}.Invoke(context.Background(), nil, functions.MCPClientConfigArgs{
			Client: "claude-code", MCPURL: url, MCPToken: &token,
		})
		return result.JSON, err
	}).(pulumi.StringOutput)
	return secretUnlessEmpty(config)
}
