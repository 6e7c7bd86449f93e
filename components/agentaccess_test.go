// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// TestAccessChildren checks what the children get, in both components that have them.
func TestAccessChildren(t *testing.T) {
	t.Parallel()
	for component, minimal := range map[string]object{"AgentAccess": {"projectId": "prj_1"}, "SecureAgentProject": minimalProject()} {
		t.Run(component, func(t *testing.T) {
			t.Parallel()
			children, response, err := construct(t, component, enginetest.Inputs(with(minimal, object{
				"policy": object{"maxRows": 5}, "policyTests": fullPolicyTests(), "anomalyRules": object{"volume": fullAnomaly()},
			})), false)
			require.NoError(t, err)
			policy, test, agent, rule := children["shop-policy"], children["shop-policy-test"], children["shop-agent"], children["shop-anomaly-volume"]
			for name, value := range map[string]any{
				"accessMode": "read_only", "migrationSafety": "block", "maxRows": 5.0, "statementTimeoutMs": 30000.0, "budgetQueriesPerHour": 1000.0,
			} {
				assert.Equal(t, enginetest.Inputs(object{"v": value}).Get("v"), policy.Inputs.Get(name), name)
			}
			assert.Equal(t, "shop-policy-id", test.Inputs.Get("policyProfileId").AsString())
			assert.Equal(t, enginetest.Inputs(object{"v": fullPolicyTests()}).Get("v"), test.Inputs.Get("cases"))
			assert.Equal(t, "shop-policy-id", agent.Inputs.Get("policyProfileId").AsString())
			assert.True(t, slices.ContainsFunc(agent.RegisterRPC.GetDependencies(), func(dependency string) bool {
				return strings.HasSuffix(dependency, "::shop-policy-test")
			}), "the credential waits for the test")
			assert.Equal(t, "shop-agent-id", rule.Inputs.Get("credentialId").AsString())
			assert.Equal(t, "bytes_per_hour", rule.Inputs.Get("metric").AsString())

			state := response.State
			assert.Equal(t, "shop-policy-test-id", state.Get("policyTestId").AsString())
			assert.Equal(t, enginetest.Inputs(object{"volume": "shop-anomaly-volume-id"}), state.Get("anomalyRuleIds").AsMap())
			var config struct {
				Servers map[string]struct {
					URL     string
					Headers map[string]string
				} `json:"mcpServers"`
			}
			require.NoError(t, json.Unmarshal([]byte(state.Get("mcpClientConfig").AsString()), &config))
			assert.Equal(t, "shop-agent-mcpUrl", config.Servers["pgbeam"].URL)
			assert.Equal(t, "Bearer "+canary+"-shop-agent-mcpToken", config.Servers["pgbeam"].Headers["Authorization"])
		})
	}
}

// TestAccessToAnExistingPolicy checks that the agent gets a policy profile that exists, and
// that there is no other.
func TestAccessToAnExistingPolicy(t *testing.T) {
	t.Parallel()
	inputs := object{"projectId": "prj_1", "policyProfileId": "pol_1", "policyTests": fullPolicyTests()}
	children, response, err := construct(t, "AgentAccess", enginetest.Inputs(inputs), false)
	require.NoError(t, err)
	assert.NotContains(t, children, "shop-policy")
	for _, child := range []string{"shop-policy-test", "shop-agent"} {
		assert.Equal(t, "pol_1", children[child].Inputs.Get("policyProfileId").AsString(), child)
	}
	assert.Equal(t, "pol_1", response.State.Get("policyProfileId").AsString())
	children, _, err = construct(t, "AgentAccess", enginetest.Inputs(with(inputs, object{"policyProfileId": enginetest.Unknown})), true)
	require.NoError(t, err)
	assert.NotContains(t, children, "shop-policy")
}

// TestMaskDetectedPii checks which masking rules a policy has: those that are given, and those
// that were detected for other columns.
func TestMaskDetectedPii(t *testing.T) {
	t.Parallel()
	policyOf := func(inputs object, given ...any) object {
		policy := object{"maskDetectedPii": inputs}
		if given != nil {
			policy["maskingRules"] = given
		}
		return object{"policy": policy}
	}
	mask := func(table, column string) any { return object{"table": table, "column": column, "kind": "null"} }
	inDatabase := object{"databaseId": "db_1", "except": []any{"users.name"}}
	for component, minimal := range map[string]object{"AgentAccess": {"projectId": "prj_1"}, "SecureAgentProject": minimalProject()} {
		for name, test := range map[string]struct {
			given, detected []any
		}{
			"none":                    {nil, detectedRules},
			"empty":                   {[]any{}, detectedRules},
			"another column":          {[]any{mask("users", "name")}, detectedRules},
			"without a schema":        {[]any{mask("users", "email")}, []any{detectedRules[0], detectedRules[2]}},
			"with the schema":         {[]any{mask("public.users", "phone")}, detectedRules[:2]},
			"with another schema":     {[]any{mask("old.users", "email")}, detectedRules[1:]},
			"in another spelling":     {[]any{mask(`"Public".USERS`, `"Phone"`)}, detectedRules[:2]},
			"all":                     {[]any{mask("users", "email"), mask("users", "phone"), mask("old.users", "email")}, nil},
			"not the name of a table": {[]any{mask("public.users;", "email")}, detectedRules},
		} {
			t.Run(component+" "+name, func(t *testing.T) {
				t.Parallel()
				children, _, err := construct(t, component, enginetest.Inputs(with(minimal, policyOf(inDatabase, test.given...))), false)
				require.NoError(t, err)
				assert.Equal(t, properties.Value(slices.Concat(test.given, test.detected)), children["shop-policy"].Inputs.Get("maskingRules"))
				assert.Equal(t, "db_1", children["shop-policy-pii"].Inputs.Get("databaseId").AsString())
				assert.Equal(t, properties.Value([]any{"users.name"}), children["shop-policy-pii"].Inputs.Get("except"))
			})
		}
	}
	children, _, err := construct(t, "SecureAgentProject", enginetest.Inputs(with(minimalProject(), policyOf(object{}))), false)
	require.NoError(t, err)
	assert.Equal(t, "shop-project-primaryDatabaseId", children["shop-policy-pii"].Inputs.Get("databaseId").AsString())
	assert.Equal(t, "shop-project-id", children["shop-policy-pii"].Inputs.Get("projectId").AsString())
	children, _, err = construct(t, "AgentAccess", enginetest.Inputs(object{"projectId": "prj_1"}), false)
	require.NoError(t, err)
	assert.NotContains(t, children, "shop-policy-pii")
	for problem, inputs := range map[string]object{
		"policy.maskDetectedPii.databaseId is required":           {},
		"policy.maskDetectedPii.minConfidence must be":            {"databaseId": "db_1", "minConfidence": 2},
		"policy.maskDetectedPii.kind must be one of":              {"databaseId": "db_1", "kind": "blur"},
		"policy.maskDetectedPii.except[0] must name a column as":  {"databaseId": "db_1", "except": []any{"email"}},
		"policy.maskDetectedPii.allowPartialScan must be true or": {"databaseId": "db_1", "allowPartialScan": "yes"},
	} {
		children, _, err := construct(t, "AgentAccess", enginetest.Inputs(with(object{"projectId": "prj_1"}, policyOf(inputs))), true)
		require.ErrorContains(t, err, problem)
		assert.Empty(t, children)
	}
}

// TestMaskDetectedPiiOfSeveralPolicies checks that a database is scanned once for all profiles
// that have the same policy.
func TestMaskDetectedPiiOfSeveralPolicies(t *testing.T) {
	t.Parallel()
	policy := object{"maskDetectedPii": object{"databaseId": "db_1"}}
	for component, test := range map[string]struct {
		inputs   object
		scan     string
		profiles []string
	}{
		"AgentFleet": {
			inputs: object{
				"projectId": "prj_1", "tiers": object{"support": policy},
				"agents": object{"bot": object{"tier": "support", "budgetQueriesPerHour": 5}, "loader": object{"tier": "support"}},
			},
			scan: "shop-tier-support-pii", profiles: []string{"shop-tier-support", "shop-policy-bot"},
		},
		"TenantAccess": {
			inputs: with(minimalTenants(), object{"tenants": object{"acme": "1", "globex": "2"}, "policy": policy}),
			scan:   "shop-detected-pii", profiles: []string{"shop-policy-acme", "shop-policy-globex"},
		},
	} {
		children, _, err := construct(t, component, enginetest.Inputs(test.inputs), false)
		require.NoError(t, err)
		var scans, profiles []string
		for name, child := range children {
			switch {
			case child.TypeToken == token("DetectedPii"):
				scans = append(scans, name)
			case child.TypeToken == token("PolicyProfile"):
				profiles = append(profiles, name)
				assert.Equal(t, properties.Value(detectedRules), child.Inputs.Get("maskingRules"), name)
			}
		}
		assert.Equal(t, []string{test.scan}, scans)
		assert.ElementsMatch(t, test.profiles, profiles)
	}
	children, _, err := construct(t, "AgentFleet", enginetest.Inputs(object{
		"projectId": "prj_1", "tiers": object{"support": object{"maskDetectedPii": object{}}}, "agents": object{},
	}), true)
	require.ErrorContains(t, err, "tiers.support.maskDetectedPii.databaseId is required")
	assert.Empty(t, children)
}

// TestInvalidAccess checks what is refused before anything is created.
func TestInvalidAccess(t *testing.T) {
	t.Parallel()
	twice := append(fullPolicyTests(), fullPolicyTests()...)
	for component, minimal := range map[string]object{"AgentAccess": {"projectId": "prj_1"}, "SecureAgentProject": minimalProject()} {
		assertValidation(t, component, minimal, map[string]validation{
			"writes without approvals":        {object{"policy": object{"accessMode": "read_write"}}, "allowUnapprovedWrites", "policy.accessMode is read_write without approvals"},
			"a negative limit":                {object{"policy": object{"maxRows": -1}}, "", "policy.maxRows must be at least 0"},
			"no tests":                        {object{"policyTests": []any{}}, "", "policyTests must contain a case"},
			"tests of one name":               {object{"policyTests": twice}, "", "policyTests[1].name must differ from policyTests[0].name"},
			"an unknown verdict":              {object{"policyTests": []any{object{"name": "n", "sql": "select 1", "expect": "maybe"}}}, "", `policyTests[0].expect must be one of`},
			"a floor of a metric without one": {object{"anomalyRules": object{"hours": object{"metric": "active_hours", "floor": 1}}}, "", "anomalyRules.hours.floor is not supported for the metric active"},
			"a name with a space":             {object{"anomalyRules": object{"a b": fullAnomaly()}}, "", `anomalyRules["a b"] is not a valid name`},
		})
	}
	assertValidation(t, "AgentAccess", object{}, map[string]validation{
		"no project":   {nil, "", "projectId is required"},
		"two policies": {object{"projectId": "prj_1", "policyProfileId": "pol_1", "policy": object{}}, "", "policy cannot be set together with policyProfileId"},
	})
}
