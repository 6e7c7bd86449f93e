// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Defaults of a SafeMigrations instead of those of AgentPolicy and of the API. A migration can
// build an index, and a person approves it.
const (
	defaultMigrationTimeoutMs     = 15 * 60 * 1000
	defaultApprovalTimeoutSeconds = 60 * 60
)

// productionStatements are the kinds of statements that are allowed in production: those that
// read, change the schema, or are part of a migration.
var productionStatements = []string{"select", "ddl", "explain", "set", "show", "transaction"}

// Definition implements kind.ComponentController.
func (*SafeMigrations) Definition() kind.ComponentDefinition {
	rule, flag := resources.ApprovalRuleProperties(), properties.Bool()
	access := properties.Object[SafeMigrationsAccess](properties.Table{
		"policy":      agentPolicyProperties(),
		"agent":       agentProperties(),
		"policyTests": policyTestsProperties(),
	})
	return kind.ComponentDefinition{
		Properties: properties.Table{
			"projectId": properties.ID("prj_").Required().Replaces(),
			"tables":    properties.List(properties.String().NamesChildren()).MustBeKnown().Required(),
			"approvals": properties.Object[SafeMigrationsApprovals](properties.Table{
				"timeoutSeconds":  resources.PolicyProfileProperties()["approvalTimeoutSeconds"],
				"statementKinds":  rule["statementKinds"],
				"minAffectedRows": rule["minAffectedRows"],
				"rulesEnabled":    rule["enabled"],
				"webhook":         webhookProperties(),
			}).MustBeKnown(),
			"sandbox":                access.MustBeKnown(),
			"production":             access.MustBeKnown(),
			"allowUnapprovedWrites":  flag,
			"allowInsecureTransport": flag,
		},
		Validate: validateSafeMigrations,
		Secrets: []string{
			"sandboxConnectionString", "sandboxMcpToken", "productionConnectionString", "productionMcpToken",
		},
		OptionalOutputs: []string{"sandboxPolicyTestId", "productionPolicyTestId", "webhookEndpointId"},
		InheritFrom:     inheritFrom(""),
		Children: []kind.Child{
			{Suffix: "webhook", Kind: "WebhookEndpoint", If: "approvals.webhook"},
			{Suffix: "approval-<table>", Kind: "ApprovalRule", ForEach: "tables"},
			{Suffix: "sandbox-policy-pii", Kind: "DetectedPii", If: "sandbox.policy.maskDetectedPii"},
			{Suffix: "sandbox-policy", Kind: "PolicyProfile", RefersTo: []string{"sandbox-policy-pii"}},
			{Suffix: "sandbox-policy-test", Kind: "PolicyTest", If: "sandbox.policyTests", RefersTo: []string{"sandbox-policy"}},
			{Suffix: "sandbox-agent", Kind: "AgentCredential", RefersTo: []string{"sandbox-policy", "sandbox-policy-test"}},
			{Suffix: "production-policy-pii", Kind: "DetectedPii", If: "production.policy.maskDetectedPii"},
			{Suffix: "production-policy", Kind: "PolicyProfile", RefersTo: []string{"production-policy-pii"}},
			{Suffix: "production-policy-test", Kind: "PolicyTest", If: "production.policyTests", RefersTo: []string{"production-policy"}},
			{Suffix: "production-agent", Kind: "AgentCredential", RefersTo: []string{"production-policy", "production-policy-test"}},
		},
	}
}

// Construct implements kind.ComponentController.
func (c *SafeMigrations) Construct(ctx *pulumi.Context, name string, args SafeMigrationsArgs) error {
	parent, approvals := pulumi.Parent(c), args.approvals()

	var err error
	if c.WebhookEndpointID, err = newWebhook(ctx, name+"-webhook", approvals.Webhook.forApprovers(), args.ProjectID, parent); err != nil {
		return err
	}
	ruleIDs := pulumi.StringMap{}
	for _, table := range args.Tables {
		rule, err := pgbeam.NewApprovalRule(ctx, name+"-approval-"+table, approvals.ruleArgs(args.ProjectID, name, table), parent)
		if err != nil {
			return err
		}
		ruleIDs[table] = rule.ID().ToStringOutput()
	}
	c.ApprovalRuleIDs = ruleIDs

	sandbox, err := newAccess(ctx, name+"-sandbox", args.Sandbox.accessArgs(args.ProjectID, args.sandboxPolicy()), parent)
	if err != nil {
		return err
	}
	c.SandboxPolicyProfileID = sandbox.policyProfileID.ToStringOutput()
	c.SandboxPolicyTestID = sandbox.policyTestID
	c.SandboxCredentialID = sandbox.credential.ID().ToStringOutput()
	c.SandboxUsername = sandbox.credential.PgUsername
	c.SandboxConnectionString = secretUnlessEmpty(sandbox.credential.ConnectionString)
	c.SandboxMCPToken = secretUnlessEmpty(sandbox.credential.McpToken)

	production, err := newAccess(ctx, name+"-production", args.Production.accessArgs(args.ProjectID, args.productionPolicy()), parent)
	if err != nil {
		return err
	}
	c.ProductionPolicyProfileID = production.policyProfileID.ToStringOutput()
	c.ProductionPolicyTestID = production.policyTestID
	c.ProductionCredentialID = production.credential.ID().ToStringOutput()
	c.ProductionUsername = production.credential.PgUsername
	c.ProductionConnectionString = secretUnlessEmpty(production.credential.ConnectionString)
	c.ProductionMCPToken = secretUnlessEmpty(production.credential.McpToken)
	c.MCPURL = production.credential.McpUrl
	return nil
}

// approvals returns the settings of approvals, with the defaults of those that are not set.
func (r SafeMigrationsArgs) approvals() SafeMigrationsApprovals {
	var settings SafeMigrationsApprovals
	if r.Approvals != nil {
		settings = *r.Approvals
	}
	if settings.StatementKinds == nil {
		settings.StatementKinds = pulumi.ToStringArray([]string{"ddl"})
	}
	return settings
}

// ruleArgs returns the inputs of the approval rule for a table.
func (r SafeMigrationsApprovals) ruleArgs(projectID pulumi.StringInput, component, table string) *pgbeam.ApprovalRuleArgs {
	schema, relation := splitTable(table)
	settings := ApprovalSettings{
		StatementKinds:  r.StatementKinds,
		SchemaName:      pulumi.String(schema),
		RelationName:    pulumi.String(relation),
		MinAffectedRows: r.MinAffectedRows,
		Enabled:         r.RulesEnabled,
	}
	return settings.resourceArgs(projectID, component+": changes of "+table)
}

// splitTable returns the schema and the name of a table. In a policy, a name without a schema
// is that of a table in public.
func splitTable(table string) (schema, relation string) {
	if schema, relation, ok := strings.Cut(table, "."); ok {
		return schema, relation
	}
	return publicSchema, table
}

// sandboxPolicy returns the policy of the sandbox.
func (r SafeMigrationsArgs) sandboxPolicy() *AgentPolicy {
	policy := r.policy(r.Sandbox)
	if policy.WriteMode == nil {
		policy.WriteMode = pulumi.String("sandbox")
	}
	return policy
}

// productionPolicy returns the policy of production.
func (r SafeMigrationsArgs) productionPolicy() *AgentPolicy {
	policy := r.policy(r.Production)
	if policy.ApprovalMode == nil {
		policy.ApprovalMode = pulumi.String("ddl")
	}
	if policy.ApprovalTimeoutSeconds == nil {
		policy.ApprovalTimeoutSeconds = withDefault(r.approvals().TimeoutSeconds, defaultApprovalTimeoutSeconds).ToIntPtrOutput()
	}
	if policy.StatementRules == nil {
		var rules pgbeam.StatementRulesInput = pgbeam.StatementRulesArgs{Allow: pulumi.ToStringArray(productionStatements)}
		policy.StatementRules = &rules
	}
	return policy
}

// policy returns a policy with what the policies of both accesses have in common.
func (r SafeMigrationsArgs) policy(access *SafeMigrationsAccess) *AgentPolicy {
	var policy AgentPolicy
	if access != nil && access.Policy != nil {
		policy = *access.Policy
	}
	if policy.AccessMode == nil {
		policy.AccessMode = pulumi.String("read_write")
	}
	if policy.TableAllowlist == nil {
		policy.TableAllowlist = pulumi.ToStringArray(r.Tables)
	}
	policy.StatementTimeoutMs = withDefault(policy.StatementTimeoutMs, defaultMigrationTimeoutMs).ToIntPtrOutput()
	return &policy
}

// accessArgs returns what the access consists of.
func (r *SafeMigrationsAccess) accessArgs(projectID pulumi.StringInput, policy *AgentPolicy) accessArgs {
	if r == nil {
		r = &SafeMigrationsAccess{}
	}
	return accessArgs{projectID: projectID, policy: policy, agent: r.Agent, policyTests: r.PolicyTests}
}
