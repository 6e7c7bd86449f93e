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
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Definition implements kind.ComponentController.
func (*HumanAccess) Definition() kind.ComponentDefinition {
	agent := agentSettingsProperties()
	flag := properties.Bool()
	return kind.ComponentDefinition{
		Properties: properties.Table{
			"projectId": properties.ID("prj_").Required().Replaces(),
			"baseline":  agentPolicyProperties(),
			"roles": properties.Map(properties.Object[HumanAccessRole](properties.Table{
				"policy":           agentPolicyProperties(),
				"people":           properties.List(properties.String().NamesChildren()).MustBeKnown().Required(),
				"expiresAt":        agent["expiresAt"],
				"rotationTriggers": agent["rotationTriggers"],
				"rotateAfter":      agent["rotateAfter"],
			})).NamesChildren(),
			"approvals":              properties.Map(approvalProperties()).NamesChildren(),
			"webhook":                webhookProperties(),
			"allowUnapprovedWrites":  flag,
			"allowInsecureTransport": flag,
		},
		Validate:        validateHumanAccess,
		Secrets:         []string{"connectionStrings"},
		OptionalOutputs: []string{"baselinePolicyProfileId", "webhookEndpointId"},
		InheritFrom:     inheritFrom(""),
		Children: []kind.Child{
			{Suffix: "webhook", Kind: "WebhookEndpoint", If: "webhook"},
			{Suffix: "approval-<name>", Kind: "ApprovalRule", ForEach: "approvals"},
			{Suffix: "baseline-pii", Kind: "DetectedPii", If: "baseline.maskDetectedPii"},
			{Suffix: "baseline", Kind: "PolicyProfile", If: "baseline", RefersTo: []string{"baseline-pii"}},
			{Suffix: "default-policy", Kind: "ProjectDefaultPolicy", If: "baseline", RefersTo: []string{"baseline"}},
			{Suffix: "policy-<role>-pii", Kind: "DetectedPii", ForEach: "roles", If: "policy.maskDetectedPii", RefersTo: []string{"approval-<name>"}},
			{Suffix: "policy-<role>", Kind: "PolicyProfile", ForEach: "roles", RefersTo: []string{"approval-<name>", "policy-<role>-pii"}},
			{Suffix: "person-<role>/<person>", Kind: "AgentCredential", ForEach: "roles.*.people", RefersTo: []string{"policy-<role>"}},
		},
	}
}

func validateHumanAccess(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs}
	// Rules are documented for credentials, not for connections with those of the database.
	v.validateWrites("baseline", inputs.Get("baseline"))
	v.validateDetectedPii("baseline", inputs.Get("baseline"))
	approved := false
	for _, rule := range properties.AsMap(inputs.Get("approvals")).All {
		approved = approved || holdsAllWrites(properties.AsMap(rule))
	}
	for name, role := range properties.AsMap(inputs.Get("roles")).AllStable {
		path := properties.Path("roles").Field(name)
		if !approved {
			v.validateWrites(path.Field("policy"), properties.AsMap(role).Get("policy"))
		}
		v.validateDetectedPii(path.Field("policy"), properties.AsMap(role).Get("policy"))
		v.validateDistinct(path.Field("people"), properties.AsMap(role).Get("people"))
	}
	v.validateRuleNames("approvals")
	v.validateWebhook("webhook", inputs.Get("webhook"))
	return v.failures
}

// validateDistinct rejects a list that contains a name twice.
func (v *validator) validateDistinct(at properties.Path, list property.Value) {
	if !list.IsArray() {
		return
	}
	first := map[string]int{}
	for i, item := range list.AsArray().All {
		name := convert.Text(item)
		if other, ok := first[name]; ok && name != "" {
			v.fail(at.Index(i), "must be unique in the list: %s is the same", at.Index(other))
			continue
		}
		first[name] = i
	}
}

// validateRuleNames rejects approval rules that have the same name, which is unique in a project.
func (v *validator) validateRuleNames(at properties.Path) {
	first := map[string]string{} // key by name
	for key, rule := range properties.AsMap(v.inputs.Get(string(at))).AllStable {
		name, field := key, at.Field(key)
		if given := properties.AsMap(rule).Get("name"); !given.IsNull() {
			name, field = convert.Text(given), field.Field("name")
		}
		if other, ok := first[name]; ok && name != "" {
			v.fail(field, "must be unique: the rule %s has the same name", at.Field(other))
			continue
		}
		first[name] = key
	}
}

// Construct implements kind.ComponentController.
func (c *HumanAccess) Construct(ctx *pulumi.Context, name string, args HumanAccessArgs) error {
	parent := pulumi.Parent(c)

	var err error
	if c.WebhookEndpointID, err = newWebhook(ctx, name+"-webhook", args.Webhook.forApprovers(), args.ProjectID, parent); err != nil {
		return err
	}
	var rules []pulumi.Resource
	c.ApprovalRuleIDs, err = createEach(args.Approvals, func(key string, settings ApprovalSettings) (pulumi.CustomResource, error) {
		rule, err := pgbeam.NewApprovalRule(ctx, name+"-approval-"+key, settings.resourceArgs(args.ProjectID, key), parent)
		rules = append(rules, rule)
		return rule, err
	})
	if err != nil {
		return err
	}

	c.BaselinePolicyProfileID = noString()
	if args.Baseline != nil {
		baseline, err := newPolicy(ctx, name+"-baseline", args.Baseline, args.ProjectID, nil, parent)
		if err != nil {
			return err
		}
		if _, err := pgbeam.NewProjectDefaultPolicy(ctx, name+"-default-policy", &pgbeam.ProjectDefaultPolicyArgs{
			ProjectId: args.ProjectID, PolicyProfileId: baseline.ID(),
		}, parent); err != nil {
			return err
		}
		c.BaselinePolicyProfileID = baseline.ID().ToStringPtrOutput()
	}

	// The policy of a role can allow writes because a rule holds them, so the rule has to exist first.
	afterRules := []pulumi.ResourceOption{parent, pulumi.DependsOn(rules)}
	policyIDs, credentialIDs, usernames, connectionStrings := pulumi.StringMap{}, pulumi.StringMap{}, pulumi.StringMap{}, pulumi.StringMap{}
	for _, roleName := range slices.Sorted(maps.Keys(args.Roles)) {
		role := args.Roles[roleName]
		policy, err := newPolicy(ctx, name+"-policy-"+roleName, role.Policy, args.ProjectID, nil, afterRules...)
		if err != nil {
			return err
		}
		policyIDs[roleName] = policy.ID().ToStringOutput()
		for _, person := range role.People {
			// No name contains a slash, so that no two people have the same key.
			key := fmt.Sprintf("%s/%s", roleName, person)
			credential, err := pgbeam.NewAgentCredential(ctx, name+"-person-"+key, role.credentialArgs(args.ProjectID, policy.ID()), parent)
			if err != nil {
				return err
			}
			credentialIDs[key] = credential.ID().ToStringOutput()
			usernames[key] = credential.PgUsername
			connectionStrings[key] = secretUnlessEmpty(credential.ConnectionString)
		}
	}
	c.PolicyProfileIDs, c.CredentialIDs = policyIDs, credentialIDs
	c.Usernames, c.ConnectionStrings = usernames, connectionStrings
	return nil
}

func (r HumanAccessRole) credentialArgs(projectID, policyProfileID pulumi.StringInput) *pgbeam.AgentCredentialArgs {
	settings := &AgentSettings{
		PrincipalType: pulumi.String("human"), ExpiresAt: r.ExpiresAt, RotationTriggers: r.RotationTriggers, RotateAfter: r.RotateAfter,
	}
	return settings.resourceArgs(projectID, policyProfileID)
}
