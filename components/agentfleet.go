// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"
	"maps"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Definition implements kind.ComponentController.
func (*AgentFleet) Definition() kind.ComponentDefinition {
	policy, limit := resources.PolicyProfileProperties(), resources.SpendLimit{}.Definition().Properties
	return kind.ComponentDefinition{
		Properties: properties.Table{
			"projectId":   properties.ID("prj_").Required().Replaces(),
			"tiers":       properties.Map(agentPolicyProperties()).NamesChildren().Required(),
			"policyTests": properties.Map(policyTestsProperties()).NamesChildren(),
			"agents": properties.Map(properties.Object[AgentFleetAgent](agentSettingsProperties().With(properties.Table{
				// The tier decides which policy profile and which test the credential depends on.
				"tier":                 properties.String().Required().NamesChildren(),
				"budgetQueriesPerHour": policy["budgetQueriesPerHour"],
				"budgetQueriesPerDay":  policy["budgetQueriesPerDay"],
			}))).NamesChildren().Required(),
			"webhooks":               properties.Map(webhookProperties()).NamesChildren(),
			"orgId":                  limit["orgId"].Optional(),
			"spendLimit":             limit["spendLimit"],
			"allowUnapprovedWrites":  properties.Bool(),
			"allowInsecureTransport": properties.Bool(),
		},
		Validate:    validateAgentFleet,
		Secrets:     []string{"connectionStrings", "mcpTokens", "mcpClientConfigs"},
		InheritFrom: inheritFrom(""),
		Children: []kind.Child{
			{Suffix: "tier-<tier>-pii", Kind: "DetectedPii", ForEach: "tiers", If: "maskDetectedPii"},
			{Suffix: "tier-<tier>", Kind: "PolicyProfile", ForEach: "tiers", RefersTo: []string{"tier-<tier>-pii"}},
			{Suffix: "test-<tier>", Kind: "PolicyTest", ForEach: "policyTests", RefersTo: []string{"tier-<tier>"}},
			{
				Suffix: "policy-<agent>", Kind: "PolicyProfile", ForEach: "agents", RefersTo: []string{"tier-<tier>-pii", "test-<tier>"},
				When: "one for each entry of `agents` with a budget of its own",
			},
			{Suffix: "agent-<agent>", Kind: "AgentCredential", ForEach: "agents", RefersTo: []string{"tier-<tier>", "test-<tier>", "policy-<agent>"}},
			{Suffix: "webhook-<name>", Kind: "WebhookEndpoint", ForEach: "webhooks"},
			{Suffix: "spend-limit", Kind: "SpendLimit", If: "spendLimit"},
		},
	}
}

// validateAgentFleet returns references to tiers that do not exist, and what weakens the
// defaults without the flag that allows it.
func validateAgentFleet(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs}
	tiers := properties.AsMap(inputs.Get("tiers")).AsMap()
	for name, tier := range properties.AsMap(inputs.Get("tiers")).AllStable {
		v.validateWrites(properties.Path("tiers").Field(name), tier)
		v.validateDetectedPii(properties.Path("tiers").Field(name), tier)
	}
	for tier, cases := range properties.AsMap(inputs.Get("policyTests")).AllStable {
		path := properties.Path("policyTests").Field(tier)
		if _, ok := tiers[tier]; !ok {
			v.fail(path, "names no tier%s: the keys of policyTests are those of tiers", suggestTier(tier, tiers))
		}
		v.validatePolicyTests(path, cases)
	}
	for name, agent := range properties.AsMap(inputs.Get("agents")).AllStable {
		if tier := properties.AsMap(agent).Get("tier"); tier.IsString() && !tier.Secret() {
			if _, ok := tiers[tier.AsString()]; !ok {
				v.fail(properties.Path("agents").Field(name).Field("tier"), "is %q, which is not in tiers%s: "+
					"add the tier, or remove the agent or move it to another tier", tier.AsString(), suggestTier(tier.AsString(), tiers))
			}
		}
	}
	for name, webhook := range properties.AsMap(inputs.Get("webhooks")).AllStable {
		v.validateWebhook(properties.Path("webhooks").Field(name), webhook)
	}
	if !inputs.Get("spendLimit").IsNull() && inputs.Get("orgId").IsNull() {
		v.fail("orgId", "is required, because spendLimit is set, which is a setting of the organization")
	}
	return v.failures
}

// suggestTier returns a hint at the tier whose name is closest to a misspelled one, or "".
func suggestTier(name string, tiers map[string]property.Value) string {
	if best := properties.Closest(name, slices.Sorted(maps.Keys(tiers))); best != "" {
		return fmt.Sprintf(" (did you mean %q?)", best)
	}
	return ""
}

// fleetTier is a tier that exists.
type fleetTier struct {
	settings AgentPolicy // with the rules that were detected
	policy   *pgbeam.PolicyProfile
	tested   pulumi.ResourceOption // of a child that must not exist before the policy has passed its tests
}

// Construct implements kind.ComponentController.
func (c *AgentFleet) Construct(ctx *pulumi.Context, name string, args AgentFleetArgs) error {
	parent := pulumi.Parent(c)
	tiers := map[string]fleetTier{}
	tierPolicies, tests := pulumi.StringMap{}, pulumi.StringMap{}
	for _, key := range slices.Sorted(maps.Keys(args.Tiers)) {
		given := args.Tiers[key]
		settings, err := given.detectPii(ctx, name+"-tier-"+key+"-pii", args.ProjectID, nil, parent)
		if err != nil {
			return err
		}
		tier := fleetTier{settings: *settings}
		tier.policy, err = newPolicy(ctx, name+"-tier-"+key, settings, args.ProjectID, nil, parent)
		if err != nil {
			return err
		}
		id := tier.policy.ID().ToStringOutput()
		tierPolicies[key] = id
		var test *pgbeam.PolicyTest
		test, tier.tested, err = newPolicyTest(ctx, name+"-test-"+key, args.ProjectID, id, args.PolicyTests[key], parent)
		if err != nil {
			return err
		}
		if test != nil {
			tests[key] = test.ID().ToStringOutput()
		}
		tiers[key] = tier
	}

	outputs := newAgentOutputs()
	for _, key := range slices.Sorted(maps.Keys(args.Agents)) {
		agent := args.Agents[key]
		tier := tiers[agent.Tier]
		policyProfileID := tier.policy.ID().ToStringOutput()
		if agent.hasOwnBudget() {
			// Its rules are those of the tier, whose test is therefore about it, too.
			policy, err := newPolicy(ctx, name+"-policy-"+key, agent.policy(tier.settings), args.ProjectID, nil, parent, tier.tested)
			if err != nil {
				return err
			}
			policyProfileID = policy.ID().ToStringOutput()
		}
		credential, err := pgbeam.NewAgentCredential(ctx, name+"-agent-"+key, agent.settings().resourceArgs(args.ProjectID, policyProfileID), parent, tier.tested)
		if err != nil {
			return err
		}
		outputs.add(key, policyProfileID, credential)
	}

	webhooks, err := createEach(args.Webhooks, func(key string, settings WebhookSettings) (pulumi.CustomResource, error) {
		return pgbeam.NewWebhookEndpoint(ctx, name+"-webhook-"+key, settings.resourceArgs(args.ProjectID), parent)
	})
	if err != nil {
		return err
	}
	if args.SpendLimit != nil {
		if _, err := pgbeam.NewSpendLimit(ctx, name+"-spend-limit", &pgbeam.SpendLimitArgs{
			OrgId: args.OrgID.ToStringPtrOutput().Elem(), SpendLimit: args.SpendLimit,
		}, parent); err != nil {
			return err
		}
	}

	c.TierPolicyProfileIDs, c.PolicyTestIDs, c.WebhookEndpointIDs = tierPolicies, tests, webhooks
	c.PolicyProfileIDs, c.AgentCredentialIDs, c.Usernames = outputs.policyProfileIDs, outputs.credentialIDs, outputs.usernames
	c.ConnectionStrings, c.MCPURLs, c.MCPTokens = outputs.connectionStrings, outputs.mcpURLs, outputs.mcpTokens
	c.MCPClientConfigs = outputs.mcpClientConfigs
	return nil
}

// hasOwnBudget reports whether a budget of the agent differs from that of its tier, which
// takes a policy profile of its own: the API has budgets in profiles only.
func (r AgentFleetAgent) hasOwnBudget() bool {
	return r.BudgetQueriesPerHour != nil || r.BudgetQueriesPerDay != nil
}

// policy returns the policy of a tier with the budgets of the agent. It has a generated name,
// because the one of the tier is taken.
func (r AgentFleetAgent) policy(tier AgentPolicy) *AgentPolicy {
	tier.Name = nil
	if r.BudgetQueriesPerHour != nil {
		tier.BudgetQueriesPerHour = r.BudgetQueriesPerHour
	}
	if r.BudgetQueriesPerDay != nil {
		tier.BudgetQueriesPerDay = r.BudgetQueriesPerDay
	}
	return &tier
}

// settings returns the settings of the agent's credential.
func (r AgentFleetAgent) settings() *AgentSettings {
	return &AgentSettings{
		Name:             r.Name,
		Status:           r.Status,
		PrincipalType:    r.PrincipalType,
		ExpiresAt:        r.ExpiresAt,
		RotationTriggers: r.RotationTriggers,
		RotateAfter:      r.RotateAfter,
	}
}
