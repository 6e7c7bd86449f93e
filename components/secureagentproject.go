// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Definition implements kind.ComponentController.
func (*SecureAgentProject) Definition() kind.ComponentDefinition {
	flag := properties.Bool()
	return kind.ComponentDefinition{
		Properties: projectSettingsProperties().With(properties.Table{
			"database": primaryDatabaseProperties().Required(),
			"replicas": properties.List(properties.Object[SecureAgentProjectReplica](readReplicaProperties().With(properties.Table{
				"name": properties.String().NamesChildren(),
			}))).MustBeKnown(),
			"policy":                 agentPolicyProperties(),
			"agent":                  agentProperties(),
			"webhook":                webhookProperties(),
			"policyTests":            policyTestsProperties(),
			"anomalyRules":           properties.Map(anomalyProperties()).NamesChildren(),
			"enforceForHumans":       flag.MustBeKnown(),
			"allowUnapprovedWrites":  flag,
			"allowInsecureTransport": flag,
		}),
		Validate:        validateSecureAgentProject,
		Secrets:         []string{"agentConnectionString", "mcpToken", "mcpClientConfig"},
		OptionalOutputs: []string{"policyTestId", "webhookEndpointId"},
		InheritFrom:     inheritFrom("Project"),
		Children: []kind.Child{
			{Suffix: "project", Kind: "Project"},
			{Suffix: "replica-<name or position>", Kind: "Replica", ForEach: "replicas", RefersTo: []string{"project"}},
			{Suffix: "policy-pii", Kind: "DetectedPii", If: "policy.maskDetectedPii", RefersTo: []string{"project"}},
			{Suffix: "policy", Kind: "PolicyProfile", RefersTo: []string{"project", "policy-pii"}},
			{Suffix: "policy-test", Kind: "PolicyTest", If: "policyTests", RefersTo: []string{"project", "policy"}},
			{Suffix: "agent", Kind: "AgentCredential", RefersTo: []string{"project", "policy", "policy-test"}},
			{Suffix: "anomaly-<name>", Kind: "AnomalyRule", ForEach: "anomalyRules", RefersTo: []string{"project", "agent"}},
			{Suffix: "webhook", Kind: "WebhookEndpoint", If: "webhook", RefersTo: []string{"project"}},
			{Suffix: "default-policy", Kind: "ProjectDefaultPolicy", If: "enforceForHumans", RefersTo: []string{"project", "policy", "policy-test"}},
		},
	}
}

// Construct implements kind.ComponentController.
func (c *SecureAgentProject) Construct(ctx *pulumi.Context, name string, args SecureAgentProjectArgs) error {
	parent := pulumi.Parent(c)

	project, err := pgbeam.NewProject(ctx, name+"-project", args.projectSettings().resourceArgs(args.Database.settingsArgs(len(args.Replicas) > 0)), parent)
	if err != nil {
		return err
	}
	replicaIDs := pulumi.StringArray{}
	suffixes := args.replicaSuffixes()
	for i, replica := range args.Replicas {
		childName := func(suffix string) string { return name + "-replica-" + suffix }
		childOpts := []pulumi.ResourceOption{parent}
		if position := replicaSuffix(nil, i); !slices.Contains(suffixes, position) {
			// The name may have been added to an existing item.
			childOpts = append(childOpts, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(childName(position))}}))
		}
		child, err := pgbeam.NewReplica(ctx, childName(suffixes[i]), replica.settings().resourceArgs(project.PrimaryDatabaseId), childOpts...)
		if err != nil {
			return err
		}
		replicaIDs = append(replicaIDs, child.ID().ToStringOutput())
	}
	access, err := newAccess(ctx, name, accessArgs{
		projectID: project.ID(), databaseID: project.PrimaryDatabaseId, policy: args.Policy, agent: args.Agent, policyTests: args.PolicyTests, anomalyRules: args.AnomalyRules,
	}, parent)
	if err != nil {
		return err
	}
	if c.WebhookEndpointID, err = newWebhook(ctx, name+"-webhook", args.Webhook, project.ID(), parent); err != nil {
		return err
	}
	if args.EnforceForHumans != nil && *args.EnforceForHumans {
		if _, err := pgbeam.NewProjectDefaultPolicy(ctx, name+"-default-policy", &pgbeam.ProjectDefaultPolicyArgs{
			ProjectId:       project.ID(),
			PolicyProfileId: access.policyProfileID,
		}, access.afterTests...); err != nil {
			return err
		}
	}

	c.ProjectID = project.ID().ToStringOutput()
	c.ProxyHost = project.ProxyHost
	c.PrimaryDatabaseID = project.PrimaryDatabaseId
	c.ReplicaIDs = replicaIDs.ToStringArrayOutput()
	c.PolicyProfileID = access.policyProfileID.ToStringOutput()
	c.PolicyTestID = access.policyTestID
	c.AgentCredentialID = access.credential.ID().ToStringOutput()
	c.AnomalyRuleIDs = access.anomalyRuleIDs
	c.AgentUsername = access.credential.PgUsername
	c.AgentConnectionString = secretUnlessEmpty(access.credential.ConnectionString)
	c.MCPURL = access.credential.McpUrl
	c.MCPToken = secretUnlessEmpty(access.credential.McpToken)
	c.MCPClientConfig = mcpClientConfig(access.credential)
	return nil
}

// replicaSuffixes returns the suffix of the resource name of each replica.
func (r SecureAgentProjectArgs) replicaSuffixes() []string {
	suffixes := make([]string, len(r.Replicas))
	for i, replica := range r.Replicas {
		suffixes[i] = replicaSuffix(replica.Name, i)
	}
	return suffixes
}

// replicaSuffix returns the suffix of the resource name of a replica: the name of the
// item or, if it has none, its position.
func replicaSuffix(name *string, position int) string {
	if name == nil {
		return strconv.Itoa(position)
	}
	return *name
}

// projectSettings returns the settings of the project, which are inputs of the component itself.
func (r SecureAgentProjectArgs) projectSettings() ProjectSettings {
	return ProjectSettings{
		OrgID:          r.OrgID,
		Name:           r.Name,
		Description:    r.Description,
		Tags:           r.Tags,
		Cloud:          r.Cloud,
		SelfHosted:     r.SelfHosted,
		Residency:      r.Residency,
		AllowedCIDRs:   r.AllowedCIDRs,
		CIDRLabels:     r.CIDRLabels,
		AgentsDisabled: r.AgentsDisabled,
	}
}

func (r SecureAgentProjectReplica) settings() ReadReplica {
	return ReadReplica{Host: r.Host, Port: r.Port, SSLMode: r.SSLMode}
}
