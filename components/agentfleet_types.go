// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
)

// AgentFleet is a component: agents of a project that share the policies of tiers. The
// outputs are maps of outputs: see agentOutputs.
type AgentFleet struct {
	pulumi.ResourceState

	TierPolicyProfileIDs pulumi.StringMapInput `pulumi:"tierPolicyProfileIds"`
	PolicyTestIDs        pulumi.StringMapInput `pulumi:"policyTestIds"`
	PolicyProfileIDs     pulumi.StringMapInput `pulumi:"policyProfileIds"`
	AgentCredentialIDs   pulumi.StringMapInput `pulumi:"agentCredentialIds"`
	Usernames            pulumi.StringMapInput `pulumi:"usernames"`
	ConnectionStrings    pulumi.StringMapInput `pulumi:"connectionStrings"`
	MCPURLs              pulumi.StringMapInput `pulumi:"mcpUrls"`
	MCPTokens            pulumi.StringMapInput `pulumi:"mcpTokens"`
	MCPClientConfigs     pulumi.StringMapInput `pulumi:"mcpClientConfigs"`
	WebhookEndpointIDs   pulumi.StringMapInput `pulumi:"webhookEndpointIds"`
}

// AgentFleetArgs contains the inputs of an AgentFleet.
type AgentFleetArgs struct {
	ProjectID pulumi.StringInput `pulumi:"projectId"`

	Tiers       map[string]AgentPolicy                     `pulumi:"tiers"`
	PolicyTests map[string]pgbeam.PolicyTestCaseArrayInput `pulumi:"policyTests,optional"`
	Agents      map[string]AgentFleetAgent                 `pulumi:"agents"`
	Webhooks    map[string]WebhookSettings                 `pulumi:"webhooks,optional"`

	OrgID      pulumi.StringPtrInput  `pulumi:"orgId,optional"`
	SpendLimit pulumi.Float64PtrInput `pulumi:"spendLimit,optional"`

	AllowUnapprovedWrites  pulumi.BoolPtrInput `pulumi:"allowUnapprovedWrites,optional"`
	AllowInsecureTransport pulumi.BoolPtrInput `pulumi:"allowInsecureTransport,optional"`
}

// AgentFleetAgent contains the tier of an agent, the settings of its credential, and its
// budgets if they differ from those of the tier.
type AgentFleetAgent struct {
	Tier string `pulumi:"tier"`

	// These are the fields of AgentSettings.
	Name             pulumi.StringPtrInput `pulumi:"name,optional"`
	Status           pulumi.StringPtrInput `pulumi:"status,optional"`
	PrincipalType    pulumi.StringPtrInput `pulumi:"principalType,optional"`
	ExpiresAt        pulumi.StringPtrInput `pulumi:"expiresAt,optional"`
	RotationTriggers pulumi.StringMapInput `pulumi:"rotationTriggers,optional"`
	RotateAfter      pulumi.StringPtrInput `pulumi:"rotateAfter,optional"`

	BudgetQueriesPerHour pulumi.IntPtrInput `pulumi:"budgetQueriesPerHour,optional"`
	BudgetQueriesPerDay  pulumi.IntPtrInput `pulumi:"budgetQueriesPerDay,optional"`
}

// Annotate describes the component and its outputs.
func (c *AgentFleet) Annotate(a infer.Annotator) {
	a.Describe(&c, "The AI agents of a project, with a policy for each tier of agents: a policy profile for each tier, tests of the profiles, an agent credential for each agent, "+
		"webhook endpoints for the project's events, and the spend limit of the organization.\n\n"+
		"By default, the agents have read-only access, the rows and the duration of a query and the queries per hour are limited, and unsafe migrations are blocked. "+
		"A tier that lets its agents write without the approval of a person is rejected before anything is created, unless `allowUnapprovedWrites` is `true`.\n\n"+
		"Adding or removing an agent, a tier or a webhook does not affect the others. A tier cannot be removed while an agent is in it. "+
		"Changing the policy of a tier takes effect for its agents within seconds and keeps their credentials. "+
		"Moving an agent to another tier replaces its credential, because the API cannot change the profile of a credential: the agent gets another username and other secrets. "+
		"An agent with a budget of its own keeps them, because its own profile gets the rules of the other tier.")
	a.Describe(&c.TierPolicyProfileIDs, "IDs of the policy profiles of the tiers, `pol_…`, by the names in `tiers`.")
	a.Describe(&c.PolicyTestIDs, "IDs of the `PolicyTest` of each tier, `ptest_…`, by the names in `policyTests`.")
	a.Describe(&c.PolicyProfileIDs, "IDs of the policy profiles that are enforced for the agents, `pol_…`, by the names in `agents`: "+
		"the profile of the agent's tier, or its own if it has a budget of its own.")
	describeAgentOutputs(a, "agents", &c.AgentCredentialIDs, &c.Usernames, &c.ConnectionStrings, &c.MCPURLs, &c.MCPTokens, &c.MCPClientConfigs)
	a.Describe(&c.WebhookEndpointIDs, "IDs of the webhook endpoints, `whk_…`, by the names in `webhooks`.")
}

// describeAgentOutputs describes the outputs of a component with several agents, which are
// named by the keys of an input.
func describeAgentOutputs(a infer.Annotator, input string, ids, usernames, connectionStrings, mcpURLs, mcpTokens, mcpClientConfigs *pulumi.StringMapInput) {
	by := ", by the names in `" + input + "`."
	a.Describe(ids, "IDs of the agent credentials, `agt_…`"+by)
	a.Describe(usernames, "PostgreSQL usernames of the agents"+by)
	a.Describe(connectionStrings, "PostgreSQL connection strings of the agents, including the usernames and the passwords"+by)
	a.Describe(mcpURLs, "URLs of the project's MCP server"+by)
	a.Describe(mcpTokens, "Bearer tokens of the agents for the MCP server"+by)
	a.Describe(mcpClientConfigs, "Configurations of an MCP client as JSON, including the token, in the format of Claude Code (`.mcp.json`)"+by+
		" For other clients, pass an entry of `mcpUrls` and of `mcpTokens` to the function `mcpClientConfig`.")
}

// childNameDescription describes the keys of a map that names children.
const childNameDescription = "1 to 64 letters, digits, `_`, `.` and `-`. The names must be known during the preview and must not be secret."

// Annotate describes the inputs that do not inherit their descriptions.
func (r *AgentFleetArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`. Changing it replaces all children but the spend limit.")
	a.Describe(&r.Tiers, "The policies that agents share, by the name of the tier: "+childNameDescription+" "+
		"Budgets are counted for each agent, not for the tier. "+
		"An empty object has the default limits. Renaming a tier replaces its profile and the credentials of its agents.")
	a.Describe(&r.PolicyTests, "Statements, and what the policy of a tier is expected to do with them, by the name of the tier. They are evaluated when the policy or they change. "+
		"If a verdict differs, the update fails before the agent credentials of the tier and the policies of agents with a budget of their own are created or changed.")
	a.Describe(&r.Agents, "The agents, by name: "+childNameDescription+" Renaming an agent replaces its credential.")
	a.Describe(&r.Webhooks, "Endpoints that receive the project's events, by a name of your choice: "+childNameDescription)
	a.Describe(&r.OrgID, "The ID of the organization that the spend limit is for. Required if `spendLimit` is set, and not used otherwise. Changing it replaces the spend limit.")
	a.Describe(&r.SpendLimit, "The spend limit of the organization in US dollars per month, 0 or more. It is for all projects of the organization, not only for this one, "+
		"and no other resource may set it. When it is reached, all agents of the organization are paused until the next billing period, or until the limit is raised. "+
		"Whether it is set must be known during the preview. If omitted, the component does not manage the limit.")
	a.Describe(&r.AllowUnapprovedWrites, allowUnapprovedWritesDescription)
	a.Describe(&r.AllowInsecureTransport, "Whether the webhooks may have an `http://` URL. Defaults to `false`.")
}

// Annotate describes the settings that differ from AgentCredential.
func (r *AgentFleetAgent) Annotate(a infer.Annotator) {
	const budget = "%s Defaults to that of the tier. An agent for which this is set has a policy profile of its own, with the other rules of the tier. " +
		"Whether this is set must be known during the preview. Setting the first budget of an agent, or removing the last one, replaces its credential."
	a.Describe(&r, "An agent of an AgentFleet.")
	a.Describe(&r.Tier, "The name of the agent's tier, a key of `tiers`. It must be known during the preview and must not be a secret. "+
		"Changing it replaces the credential, unless the agent has a budget of its own.")
	a.Describe(&r.BudgetQueriesPerHour, fmt.Sprintf(budget, "Maximum number of queries of the agent within any hour. 0 means no limit."))
	a.Describe(&r.BudgetQueriesPerDay, fmt.Sprintf(budget, "Maximum number of queries of the agent per day. 0 means no limit."))
}
