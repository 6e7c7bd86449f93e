// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
)

// SecureAgentProject is a component: a project with its primary database, read
// replicas, a policy profile, an agent credential and a webhook endpoint, with secure
// defaults.
type SecureAgentProject struct {
	pulumi.ResourceState

	ProjectID             pulumi.StringOutput      `pulumi:"projectId"`
	ProxyHost             pulumi.StringOutput      `pulumi:"proxyHost"`
	PrimaryDatabaseID     pulumi.StringOutput      `pulumi:"primaryDatabaseId"`
	ReplicaIDs            pulumi.StringArrayOutput `pulumi:"replicaIds"`
	PolicyProfileID       pulumi.StringOutput      `pulumi:"policyProfileId"`
	PolicyTestID          pulumi.StringPtrOutput   `pulumi:"policyTestId"`
	AgentCredentialID     pulumi.StringOutput      `pulumi:"agentCredentialId"`
	AnomalyRuleIDs        pulumi.StringMapInput    `pulumi:"anomalyRuleIds"`
	AgentUsername         pulumi.StringOutput      `pulumi:"agentUsername"`
	AgentConnectionString pulumi.StringOutput      `pulumi:"agentConnectionString"`
	MCPURL                pulumi.StringOutput      `pulumi:"mcpUrl"`
	MCPToken              pulumi.StringOutput      `pulumi:"mcpToken"`
	MCPClientConfig       pulumi.StringOutput      `pulumi:"mcpClientConfig"`
	WebhookEndpointID     pulumi.StringPtrOutput   `pulumi:"webhookEndpointId"`
}

// SecureAgentProjectArgs contains the inputs of a SecureAgentProject.
type SecureAgentProjectArgs struct {
	OrgID          pulumi.StringInput      `pulumi:"orgId"`
	Name           pulumi.StringPtrInput   `pulumi:"name,optional"`
	Description    pulumi.StringPtrInput   `pulumi:"description,optional"`
	Tags           pulumi.StringArrayInput `pulumi:"tags,optional"`
	Cloud          pulumi.StringPtrInput   `pulumi:"cloud,optional"`
	SelfHosted     pulumi.BoolPtrInput     `pulumi:"selfHosted,optional"`
	Residency      pulumi.StringPtrInput   `pulumi:"residency,optional"`
	AllowedCIDRs   pulumi.StringArrayInput `pulumi:"allowedCidrs,optional"`
	CIDRLabels     pulumi.StringMapInput   `pulumi:"cidrLabels,optional"`
	AgentsDisabled pulumi.BoolPtrInput     `pulumi:"agentsDisabled,optional"`

	Database PrimaryDatabase             `pulumi:"database"`
	Replicas []SecureAgentProjectReplica `pulumi:"replicas,optional"`
	Policy   *AgentPolicy                `pulumi:"policy,optional"`
	Agent    *AgentSettings              `pulumi:"agent,optional"`
	Webhook  *WebhookSettings            `pulumi:"webhook,optional"`

	PolicyTests  pgbeam.PolicyTestCaseArrayInput `pulumi:"policyTests,optional"`
	AnomalyRules map[string]AnomalySettings      `pulumi:"anomalyRules,optional"`

	EnforceForHumans       *bool               `pulumi:"enforceForHumans,optional"`
	AllowUnapprovedWrites  pulumi.BoolPtrInput `pulumi:"allowUnapprovedWrites,optional"`
	AllowInsecureTransport pulumi.BoolPtrInput `pulumi:"allowInsecureTransport,optional"`
}

// SecureAgentProjectReplica contains the settings of a read replica.
type SecureAgentProjectReplica struct {
	Name    *string               `pulumi:"name,optional"`
	Host    pulumi.StringInput    `pulumi:"host"`
	Port    pulumi.IntPtrInput    `pulumi:"port,optional"`
	SSLMode pulumi.StringPtrInput `pulumi:"sslMode,optional"`
}

// Annotate describes the component and its outputs.
func (c *SecureAgentProject) Annotate(a infer.Annotator) {
	a.Describe(&c, "A PgBeam project with secure defaults for an AI agent: the project with its primary database, read replicas, "+
		"a policy profile, an agent credential that is bound to the profile, and a webhook endpoint for the project's events.\n\n"+
		"By default, the agent has read-only access, connections to the databases use TLS and verify the certificate of the server, the rows and the duration of a query and "+
		"the queries per hour are limited, unsafe migrations are blocked, and reads are routed to the replicas, if there are any. "+
		"Inputs that allow unapproved writes or insecure transport are rejected before anything is created, "+
		"unless `allowUnapprovedWrites` or `allowInsecureTransport` is `true`.\n\n"+
		"The child resources are named after the component: `<name>-project`, `<name>-replica-<name or position>`, `<name>-policy`, "+
		"`<name>-agent`, `<name>-webhook`, `<name>-default-policy`, `<name>-policy-test` and `<name>-anomaly-<name>`.")
	a.Describe(&c.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&c.ProxyHost, "Host name of the proxy, which clients connect to instead of the database.")
	a.Describe(&c.PrimaryDatabaseID, "ID of the primary database, `db_…`.")
	a.Describe(&c.ReplicaIDs, "IDs of the read replicas, `rep_…`, in the order of `replicas`.")
	a.Describe(&c.PolicyProfileID, "ID of the policy profile, `pol_…`.")
	a.Describe(&c.PolicyTestID, "ID of the `PolicyTest`, `ptest_…`, if `policyTests` is set.")
	a.Describe(&c.AgentCredentialID, "ID of the agent credential, `agt_…`.")
	a.Describe(&c.AnomalyRuleIDs, "IDs of the anomaly rules, `anr_…`, by the names in `anomalyRules`.")
	a.Describe(&c.AgentUsername, "PostgreSQL username of the agent.")
	a.Describe(&c.AgentConnectionString, "PostgreSQL connection string of the agent, including the username and the password.")
	a.Describe(&c.MCPURL, "URL of the project's MCP server.")
	a.Describe(&c.MCPToken, "Bearer token of the agent for the MCP server.")
	a.Describe(&c.MCPClientConfig, mcpClientConfigDescription)
	a.Describe(&c.WebhookEndpointID, "ID of the webhook endpoint, `whk_…`, if `webhook` is set.")
}

// Annotate describes the inputs that the component defines. The other inputs inherit
// their descriptions: see Definition.InheritFrom.
func (r *SecureAgentProjectArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.Database, "The primary database.")
	a.Describe(&r.Replicas, "Read replicas of the primary database. The number of replicas must be known during the preview. "+
		"Give each replica a `name`, so that removing or moving one does not replace the others.")
	a.Describe(&r.Policy, "What the agent is allowed to do. Defaults to read-only access with the default limits.")
	a.Describe(&r.Agent, "Settings of the agent credential. The credential is created even if this is not set.")
	a.Describe(&r.PolicyTests, policyTestsDescription)
	a.Describe(&r.AnomalyRules, "Anomaly rules for the agent credential, by a name of your choice. The names must be known during the preview.")
	a.Describe(&r.Webhook, "Endpoint that receives the project's events. If this is not set, there is no endpoint.")
	a.Describe(&r.EnforceForHumans, "Whether the policy also applies to people who connect with the credentials of the database. "+
		"Must be known during the preview. Defaults to `false`.")
	a.Describe(&r.AllowUnapprovedWrites, allowUnapprovedWritesDescription)
	a.Describe(&r.AllowInsecureTransport, "Whether the databases and replicas may have an `sslMode` that allows connections "+
		"without TLS (`disable`, `allow` or `prefer`), and the webhook an `http://` URL. Defaults to `false`.")
}

// Annotate describes the settings that differ from Replica.
func (r *SecureAgentProjectReplica) Annotate(a infer.Annotator) {
	a.Describe(&r, "A read replica of a SecureAgentProject. Changing any property but the name replaces it.")
	a.Describe(&r.Name, "Name of the replica, 1 to 64 letters, digits, `_`, `.` and `-`, unique in the list. Must be known during the preview "+
		"and must not be a secret. The child resource is named `<component>-replica-<name>` or, without a name, after the position of the item; "+
		"removing an item then replaces the items after it. A name can be added to an existing item without replacing it, unless the same update "+
		"moves the item. Changing or removing a name replaces the replica.")
	a.Describe(&r.Port, fmt.Sprintf("Port of the replica, 1 to 65535. Defaults to %d.", defaultPort))
	a.Describe(&r.SSLMode, "TLS mode of the connection to the replica. "+sslModeDescription)
}
