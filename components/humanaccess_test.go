// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// fullHumanAccess returns inputs that set every property of the component.
func fullHumanAccess() object {
	return object{
		"projectId": "prj_1", "baseline": fullPolicy(), "roles": object{"support": object{
			"policy": fullPolicy(), "people": []any{"ada", "grace"}, "expiresAt": "2099-01-01T00:00:00Z", "rotationTriggers": object{"a": "1"}, "rotateAfter": "90d",
		}},
		"approvals": object{"orders": fullApproval()}, "webhook": fullWebhook(), "allowUnapprovedWrites": true, "allowInsecureTransport": true,
	}
}

// humanAccess returns inputs with a project.
func humanAccess(inputs object) property.Map {
	return enginetest.Inputs(with(object{"projectId": "prj_1"}, inputs))
}

func role(people ...any) object { return object{"people": append([]any{}, people...)} }

func TestHumanAccess(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, "HumanAccess", humanAccess(object{
		// The roles and people are composed of the same parts.
		"roles": object{
			"a-b": role("c"), "a": with(role("c", "b-c"), object{"expiresAt": "2099-01-01T00:00:00Z", "rotationTriggers": object{"quarter": "1"}, "rotateAfter": "30d"}),
			"baseline": with(role(), object{"policy": object{"maxRows": 5}}),
		},
		"approvals": object{"deletes": object{"statementKinds": []any{"delete"}}, "refunds": object{"name": "Refunds", "relationName": "refunds"}},
		"webhook":   object{"url": "https://example.com"}, "baseline": object{"maxRows": 9},
	}), false)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{
		"shop-webhook", "shop-approval-deletes", "shop-approval-refunds", "shop-baseline", "shop-default-policy",
		"shop-policy-a-b", "shop-policy-a", "shop-policy-baseline", "shop-person-a-b/c", "shop-person-a/c", "shop-person-a/b-c",
	}, slices.Collect(maps.Keys(children)))

	baseline, support := children["shop-baseline"].Inputs, children["shop-policy-a"].Inputs
	assert.Equal(t, 9.0, baseline.Get("maxRows").AsNumber())
	assert.Equal(t, 1000.0, support.Get("maxRows").AsNumber())
	for _, policy := range []property.Map{baseline, support} {
		assert.Equal(t, "read_only", policy.Get("accessMode").AsString())
		assert.Equal(t, "block", policy.Get("migrationSafety").AsString())
	}
	assert.Equal(t, "shop-baseline-id", children["shop-default-policy"].Inputs.Get("policyProfileId").AsString())

	assert.Equal(t, enginetest.Inputs(object{
		"projectId": "prj_1", "policyProfileId": "shop-policy-a-id", "principalType": "human",
		"expiresAt": "2099-01-01T00:00:00Z", "rotationTriggers": object{"quarter": "1"}, "rotateAfter": "30d",
	}), children["shop-person-a/b-c"].Inputs)
	assert.Equal(t, enginetest.Inputs(object{"projectId": "prj_1", "policyProfileId": "shop-policy-a-b-id", "principalType": "human"}), children["shop-person-a-b/c"].Inputs)
	assert.Equal(t, enginetest.Inputs(object{
		"projectId": "prj_1", "name": "deletes", "statementKinds": []any{"delete"}, "schemaName": "", "relationName": "", "enabled": true,
	}), children["shop-approval-deletes"].Inputs)
	assert.Equal(t, enginetest.Inputs(object{
		"projectId": "prj_1", "name": "Refunds", "statementKinds": []any{}, "schemaName": "", "relationName": "refunds", "enabled": true,
	}), children["shop-approval-refunds"].Inputs)
	assert.Equal(t, properties.Value([]string{"approval_requested"}), children["shop-webhook"].Inputs.Get("eventTypes"))

	state := response.State
	people := []string{"a/b-c", "a/c", "a-b/c"}
	for _, output := range []string{"usernames", "connectionStrings", "credentialIds"} {
		assert.ElementsMatch(t, people, slices.Collect(maps.Keys(state.Get(output).AsMap().AsMap())), output)
	}
	assert.True(t, state.Get("connectionStrings").Secret())
	assert.Equal(t, mockOutput("shop-person-a-b/c", "connectionString", true), state.Get("connectionStrings").AsMap().Get("a-b/c").AsString())
	assert.Equal(t, mockOutput("shop-person-a/c", "pgUsername", false), state.Get("usernames").AsMap().Get("a/c").AsString())
	assert.Equal(t, "shop-person-a/b-c-id", state.Get("credentialIds").AsMap().Get("a/b-c").AsString())
	assert.Equal(t, enginetest.Inputs(object{"a": "shop-policy-a-id", "a-b": "shop-policy-a-b-id", "baseline": "shop-policy-baseline-id"}), state.Get("policyProfileIds").AsMap())
	assert.Equal(t, "shop-baseline-id", state.Get("baselinePolicyProfileId").AsString())
	assert.Equal(t, enginetest.Inputs(object{"deletes": "shop-approval-deletes-id", "refunds": "shop-approval-refunds-id"}), state.Get("approvalRuleIds").AsMap())
	assert.Equal(t, "shop-webhook-id", state.Get("webhookEndpointId").AsString())
}

// TestHumanAccessWithoutBaseline checks that a component without a baseline leaves the default
// policy of the project alone, and that an empty baseline is one.
func TestHumanAccessWithoutBaseline(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, "HumanAccess", humanAccess(nil), false)
	require.NoError(t, err)
	assert.Empty(t, children)
	assert.True(t, response.State.Get("baselinePolicyProfileId").IsNull())
	assert.True(t, response.State.Get("webhookEndpointId").IsNull())

	children, _, err = construct(t, "HumanAccess", humanAccess(object{"baseline": object{}}), false)
	require.NoError(t, err)
	assert.Equal(t, []string{"shop-baseline", "shop-default-policy"}, slices.Sorted(maps.Keys(children)))
	assert.Equal(t, "read_only", children["shop-baseline"].Inputs.Get("accessMode").AsString())
}

// TestPoliciesOfRolesFollowTheApprovals checks that the policy of a role, which can allow writes
// because a rule holds them, is created after the rules.
func TestPoliciesOfRolesFollowTheApprovals(t *testing.T) {
	t.Parallel()
	children, _, err := construct(t, "HumanAccess", humanAccess(object{"roles": object{"support": role("ada")}, "approvals": object{"x": object{}, "y": object{}}}), false)
	require.NoError(t, err)
	assert.Equal(t, []string{"shop-approval-x", "shop-approval-y"}, dependencies(children["shop-policy-support"]))
	assert.Equal(t, []string{"shop-policy-support"}, dependencies(children["shop-person-support/ada"]))
}

// TestValidateHumanAccess checks that invalid inputs create nothing, unless a flag allows them.
func TestValidateHumanAccess(t *testing.T) {
	t.Parallel()
	writer := func(approvals object) object {
		return object{"roles": object{"support": with(role("ada"), object{"policy": object{"accessMode": "read_write"}})}, "approvals": approvals}
	}
	rule := func(settings object) object { return object{"writes": settings} }
	every := []any{"ddl", "delete", "update", "insert"}
	assertValidation(t, "HumanAccess", object{"projectId": "prj_1"}, map[string]validation{
		"a baseline that writes":               {object{"baseline": object{"accessMode": "read_write"}}, "allowUnapprovedWrites", "baseline.accessMode is read_write without approvals: set baseline.approvalMode to"},
		"a baseline with approvals":            {object{"baseline": object{"accessMode": "read_write", "approvalMode": "writes"}}, "", ""},
		"a baseline that writes, with a rule":  {object{"baseline": object{"accessMode": "read_write"}, "approvals": rule(object{})}, "allowUnapprovedWrites", "baseline.accessMode is read_write"},
		"a role that writes":                   {writer(nil), "allowUnapprovedWrites", "roles.support.policy.accessMode is read_write without approvals: set roles.support.policy.approvalMode to"},
		"a rule for all writes":                {writer(rule(object{})), "", ""},
		"a rule for no kinds":                  {writer(rule(object{"statementKinds": []any{}})), "", ""},
		"a rule for every kind":                {writer(rule(object{"statementKinds": every})), "", ""},
		"a rule for some kinds":                {writer(rule(object{"statementKinds": every[1:]})), "allowUnapprovedWrites", "roles.support.policy.accessMode is read_write"},
		"a rule for kinds that are unknown":    {writer(rule(object{"statementKinds": []any{enginetest.Unknown}})), "", ""},
		"a rule for a schema":                  {writer(rule(object{"schemaName": "public"})), "allowUnapprovedWrites", "roles.support.policy.accessMode is read_write"},
		"a rule for a table":                   {writer(rule(object{"relationName": "orders"})), "allowUnapprovedWrites", "roles.support.policy.accessMode is read_write"},
		"a rule for any schema":                {writer(rule(object{"schemaName": "", "relationName": ""})), "", ""},
		"a rule for many rows":                 {writer(rule(object{"minAffectedRows": 2})), "allowUnapprovedWrites", "roles.support.policy.accessMode is read_write"},
		"a disabled rule":                      {writer(rule(object{"enabled": false})), "allowUnapprovedWrites", "roles.support.policy.accessMode is read_write"},
		"an enabled rule":                      {writer(rule(object{"enabled": true})), "", ""},
		"an unknown rule":                      {writer(object{"writes": enginetest.Unknown}), "", ""},
		"the same person twice":                {object{"roles": object{"support": role("ada", "grace", "ada")}}, "", "roles.support.people[2] must be unique in the list: roles.support.people[0] is the same"},
		"a person with two roles":              {object{"roles": object{"support": role("ada"), "operations": role("ada")}}, "", ""},
		"a role without people":                {object{"roles": object{"support": object{}}}, "", "roles.support.people is required"},
		"an empty role":                        {object{"roles": object{"support": role()}}, "", ""},
		"a null role":                          {object{"roles": object{"support": nil}}, "", ""},
		"a mail address":                       {object{"roles": object{"support": role("ada@example.com")}}, "", `roles.support.people[0] must contain only letters, digits, and _ . -; got "ada@example.com"`},
		"a name with a slash":                  {object{"roles": object{"a/b": role()}}, "", `roles["a/b"] is not a valid name`},
		"a null person":                        {object{"roles": object{"support": role(nil)}}, "", "roles.support.people[0] must not be null"},
		"an unknown person":                    {object{"roles": object{"support": role(enginetest.Unknown)}}, "", "roles.support.people[0] must be known"},
		"a secret person":                      {object{"roles": object{"support": role(property.New("canary").WithSecret(true))}}, "", "roles.support.people[0] must not be a secret"},
		"people in a secret role":              {object{"roles": object{"support": enginetest.Inputs(object{"v": role("canary")}).Get("v").WithSecret(true)}}, "", "roles.support.people[0] must not be a secret"},
		"an expiry that is no time":            {object{"roles": object{"support": with(role("ada"), object{"expiresAt": "soon"})}}, "", "roles.support.expiresAt must be"},
		"an expiry in the past":                {object{"roles": object{"support": with(role("ada"), object{"expiresAt": "2020-01-01T00:00:00Z"})}}, "", ""}, // see agentSettingsProperties
		"two rules of the same name":           {object{"approvals": object{"a": object{"name": "b"}, "b": object{}}}, "", "approvals.b must be unique: the rule approvals.a has the same name"},
		"two rules of the same name, reversed": {object{"approvals": object{"a": object{}, "b": object{"name": "a"}}}, "", "approvals.b.name must be unique: the rule approvals.a has the same name"},
		"a rule without a name":                {object{"approvals": object{"a": object{"name": " "}}}, "", "approvals.a.name must not be blank"},
		"a rule for another kind":              {object{"approvals": object{"a": object{"statementKinds": []any{"select"}}}}, "", "approvals.a.statementKinds[0] must be one of"},
		"an http webhook":                      {object{"webhook": object{"url": "http://example.com"}}, "allowInsecureTransport", "webhook.url begins with http://"},
	})
}

// TestApproversReceiveTheirEvents checks the events of the webhook of each component for which
// statements wait for approval.
func TestApproversReceiveTheirEvents(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		events any
		want   []string
	}{
		"default":     {nil, []string{"approval_requested"}},
		"all":         {[]any{}, []string{}},
		"others":      {[]any{"query_blocked"}, []string{"query_blocked"}},
		"a null list": {property.New(property.Null).WithSecret(true), []string{"approval_requested"}},
	} {
		webhook := object{"url": "https://example.com", "eventTypes": test.events}
		for component, inputs := range map[string]object{
			"HumanAccess":    {"webhook": webhook},
			"SafeMigrations": {"tables": []any{"orders"}, "approvals": object{"webhook": webhook}},
		} {
			t.Run(component+" "+name, func(t *testing.T) {
				t.Parallel()
				children, _, err := construct(t, component, humanAccess(inputs), false)
				require.NoError(t, err)
				assert.Equal(t, properties.Value(test.want), children["shop-webhook"].Inputs.Get("eventTypes"))
			})
		}
	}
}
