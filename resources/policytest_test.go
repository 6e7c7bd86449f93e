// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// testPolicy masks, filters and denies.
var testPolicy = object{
	"tableDenylist": []any{"salaries"},
	"maskingRules": []any{
		object{"table": "users", "column": "email", "kind": "redact"}, object{"table": "users", "column": "phone", "kind": "hash"},
	},
	"rowFilters": []any{object{"table": "orders", "predicate": "tenant = 42"}},
}

// passingCases have every verdict.
var passingCases = []any{
	object{"name": "reads", "sql": "SELECT 1", "expect": "allow", "rule": "ok"},
	object{"name": "no salaries", "sql": "SELECT amount FROM salaries", "expect": "block", "rule": "table_denied"},
	object{"name": "no writes", "sql": "INSERT INTO users (id) VALUES (1)", "expect": "block"},
	object{"name": "hides contacts", "sql": "SELECT phone, email FROM users", "expect": "mask", "maskedColumns": []any{"email", "phone"}},
	object{"name": "own orders", "sql": "SELECT id FROM orders", "expect": "row-filter", "maskedColumns": []any{}},
}

func testInputs(projectID string, cases ...any) object {
	return object{"projectId": projectID, "policy": testPolicy, "cases": cases}
}

func TestPolicyTestResults(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	test := env.Create("PolicyTest", "test", testInputs(env.Project().ID, passingCases...))
	none := []any{}
	assert.Equal(t, []any{
		object{"name": "reads", "verdict": "allow", "rule": "ok", "maskedColumns": none},
		object{"name": "no salaries", "verdict": "block", "rule": "table_denied", "maskedColumns": none},
		object{"name": "no writes", "verdict": "block", "rule": "read_only", "maskedColumns": none},
		object{"name": "hides contacts", "verdict": "mask", "rule": "ok", "maskedColumns": []any{"email", "phone"}},
		object{"name": "own orders", "verdict": "row-filter", "rule": "ok", "maskedColumns": none},
	}, properties.Plain(test.State.Get("results")))
	assert.False(t, test.State.Get("results").HasSecrets())
	assert.True(t, test.State.Get("passed").AsBool())
	assert.True(t, test.State.Get("policyDigest").IsNull(), "the inputs have the policy")
}

// TestPolicyTestFailsForEachDifference has one case that does not pass.
func TestPolicyTestFailsForEachDifference(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	projectID := env.Project().ID
	const contacts = "SELECT phone, email FROM users"
	for name, failing := range map[string]object{
		"allowed":              {"sql": "SELECT 1", "expect": "block"},
		"blocked":              {"sql": "SELECT amount FROM salaries", "expect": "allow"},
		"not parsed":           {"sql": "SELEC 1", "expect": "allow"},
		"blocked by a rule":    {"sql": "SELECT amount FROM salaries", "expect": "block", "rule": "read_only"},
		"masked":               {"sql": contacts, "expect": "allow"},
		"not masked":           {"sql": "SELECT id FROM products", "expect": "mask"},
		"a column more":        {"sql": contacts, "expect": "mask", "maskedColumns": []any{"email"}},
		"a column less":        {"sql": contacts, "expect": "mask", "maskedColumns": []any{"email", "phone", "name"}},
		"another column":       {"sql": contacts, "expect": "mask", "maskedColumns": []any{"email", "Phone"}},
		"filtered":             {"sql": "SELECT id FROM orders", "expect": "allow"},
		"filtered, not masked": {"sql": "SELECT id FROM orders", "expect": "row-filter", "maskedColumns": []any{"id"}},
	} {
		failing["name"] = name
		result := env.Engine.Up(&enginetest.Resource{Kind: "PolicyTest", Name: "test"}, enginetest.Inputs(testInputs(projectID, failing)))
		require.ErrorContains(t, result.Err, `creating PolicyTest "test": 1 of 1 case failed:`, name)
	}
}

// TestPolicyTestShowsATable compares the message with the one that users see.
func TestPolicyTestShowsATable(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	cases := append([]any{
		object{"name": "reads\n salaries", "sql": "SELECT amount FROM salaries", "expect": "allow"},
		object{"name": "masks", "sql": "SELECT phone FROM users", "expect": "mask", "rule": "ok", "maskedColumns": []any{"email"}},
	}, passingCases...)
	env.Local.AddFault(localapi.Fault{Path: "/v1/projects/*/policy-evaluations", Set: object{"reason": "because\n of a\tpolicy"}})
	result := env.Engine.Preview(&enginetest.Resource{Kind: "PolicyTest", Name: "test"}, enginetest.Inputs(testInputs(env.Project().ID, cases...)))
	require.Error(t, result.Err)
	assert.Equal(t, `creating PolicyTest "test": 2 of 7 cases failed:
  result  case            expected              actual               rule          reason
  FAILED  reads salaries  allow                 block                table_denied  because of a policy
  FAILED  masks           mask (ok; email)      mask (email, phone)  ok            because of a policy
  passed  reads           allow (ok)            allow                ok            because of a policy
  passed  no salaries     block (table_denied)  block                table_denied  because of a policy
  passed  no writes       block                 block                read_only     because of a policy
  passed  hides contacts  mask (email, phone)   mask (email, phone)  ok            because of a policy
  passed  own orders      row-filter            row-filter           ok            because of a policy`, result.Err.Error())
}

// TestPolicyTestHidesSecrets requires that nothing which may quote a secret is in a message, or in a
// result that is not secret.
func TestPolicyTestHidesSecrets(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	projectID := env.Project().ID
	secret := func(v any) property.Value {
		return properties.Value(v).WithSecret(true)
	}
	statement := "SELECT phone AS planted FROM users"
	with := func(name string, value any) object {
		return enginetest.With(object{"name": "hidden", "sql": statement, "expect": "mask"}, object{name: value})
	}
	for name, inputs := range map[string]object{
		"sql":    testInputs(projectID, passingCases[0], with("sql", secret(statement))),
		"case":   testInputs(projectID, passingCases[0], secret(with("name", "planted-name"))),
		"policy": enginetest.With(testInputs(projectID, passingCases[0], with("rule", "ok")), object{"policy": secret(testPolicy)}),
		"filter": enginetest.With(testInputs(projectID, passingCases[0], with("rule", "ok")), object{"policy": enginetest.With(testPolicy, object{
			"rowFilters": []any{object{"table": "orders", "predicate": secret("tenant = 42")}},
		})}),
	} {
		preview := env.Engine.Preview(&enginetest.Resource{Kind: "PolicyTest", Name: "test"}, enginetest.Inputs(inputs))
		test := env.Create("PolicyTest", "test", inputs)
		assert.Equal(t, test.State, preview.Outputs, name)
		results := test.State.Get("results").AsArray()
		assert.True(t, results.Get(1).Secret(), name)
		isPolicy := name == "policy" || name == "filter"
		assert.Equal(t, isPolicy, results.Get(0).Secret(), name)
		assert.False(t, test.State.Get("passed").Secret(), name)

		cases := inputs["cases"].([]any)
		first := enginetest.With(cases[0].(object), object{"expect": "block", "rule": "planted"})
		env.Local.AddFault(localapi.Fault{Path: "/v1/projects/*/policy-evaluations", Set: object{"reason": "planted"}})
		result := env.Engine.Up(test, enginetest.Inputs(enginetest.With(inputs, object{"cases": []any{first, cases[1]}})))
		env.Local.ClearFaults()
		require.ErrorContains(t, result.Err, "1 of 2 cases failed", name)
		lines := strings.Split(result.Err.Error(), "\n")
		require.Len(t, lines, 4, name)
		assert.Regexp(t, `^  passed  .*mask.* mask \(\[secret\]\) +ok +\[secret\]$`, lines[3], name)
		assert.NotContains(t, lines[3], "planted", name)
		assert.Equal(t, isPolicy, !strings.Contains(lines[2], "planted"), "%s: %s", name, lines[2])
		assert.Equal(t, name == "case", strings.Contains(lines[3], "cases[1]"), lines[3])

		env.Local.AddFault(localapi.Fault{Path: "/v1/projects/*/policy-evaluations", Status: 400, Detail: "cannot judge " + statement + " tenant = 42"})
		result = env.Engine.Preview(&enginetest.Resource{Kind: "PolicyTest", Name: "test"}, enginetest.Inputs(inputs))
		env.Local.ClearFaults()
		require.ErrorContains(t, result.Err, "could not be evaluated: POST ", name)
		switch name {
		case "filter":
			assert.NotContains(t, result.Err.Error(), "tenant = 42")
		case "sql", "case":
			assert.NotContains(t, result.Err.Error(), "planted")
		}
	}
}

func TestPolicyTestSendsTheInlinePolicy(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	policyBody := func(inputs object) object {
		env.Create("PolicyTest", "test", inputs)
		body := env.RequestBody("POST", "/v1/projects/*/policy-evaluations")
		assert.NotContains(t, body, "policy_id")
		assert.Equal(t, "SELECT 1", body["sql"])
		return body["policy"].(object)
	}
	inputs := testInputs(project.ID, passingCases[0])
	body := policyBody(inputs)
	assert.NotEmpty(t, body["name"], "the API requires one")
	assert.Equal(t, []any{"salaries"}, body["table_denylist"])
	assert.Equal(t, "mine", policyBody(enginetest.With(inputs, object{"policy": object{"name": "mine"}}))["name"])

	policy := env.Policy(project, "strict")
	env.Create("PolicyTest", "test", enginetest.With(inputs, object{"policy": nil, "policyProfileId": project.ID + "/" + policy.ID}))
	assert.Equal(t, object{"policy_id": policy.ID, "sql": "SELECT 1"}, env.RequestBody("POST", "/v1/projects/*/policy-evaluations"))
}

func TestPolicyTestChecks(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	withCase := func(entries object) object {
		return testInputs("prj_1", enginetest.With(object{"name": "a", "sql": "SELECT 1", "expect": "allow"}, entries))
	}
	valid := withCase(nil)
	for reason, inputs := range map[string]object{
		"policyProfileId is required, unless policy is set":  enginetest.With(valid, object{"policy": nil}),
		"policy cannot be set together with policyProfileId": enginetest.With(valid, object{"policyProfileId": "pol_1"}),
		"cases is required":                                                          enginetest.With(valid, object{"cases": nil}),
		"cases must contain a case":                                                  testInputs("prj_1"),
		"cases[0].name must not be blank":                                            withCase(object{"name": " "}),
		"cases[0].sql must not be empty":                                             withCase(object{"sql": ""}),
		"cases[0].sql must have at most 100000 characters":                           withCase(object{"sql": strings.Repeat("x", 100001)}),
		"cases[0].expect must be one of allow, block, mask, row-filter":              withCase(object{"expect": "deny"}),
		"cases[0].maskedColumns can only be set if expect is mask or row-filter":     withCase(object{"maskedColumns": []any{"email"}}),
		"cases[0].maskedColumns must contain a column if expect is mask":             withCase(object{"expect": "mask", "maskedColumns": []any{}}),
		"cases[0].masked is not a valid property":                                    withCase(object{"masked": true}),
		"policy.projectId is not a valid property":                                   enginetest.With(valid, object{"policy": object{"projectId": "prj_1"}}),
		"policy.maxRows must be at least 0":                                          enginetest.With(valid, object{"policy": object{"maxRows": -1}}),
		"cases[2].name must differ from cases[0].name":                               testInputs("prj_1", passingCases[0], passingCases[1], passingCases[0]),
		"policyProfileId must be an ID, with letters, digits, '_', '.' and '-' only": enginetest.With(valid, object{"policy": nil, "policyProfileId": "a b"}),
	} {
		_, failures := env.Engine.Check(&enginetest.Resource{Kind: "PolicyTest", Name: "test"}, enginetest.Inputs(inputs))
		if assert.Len(t, failures, 1, reason) {
			assert.Contains(t, failures[0].Reason, reason)
		}
	}
	for name, inputs := range map[string]object{
		"unknown subject": enginetest.With(valid, object{"policy": enginetest.Unknown}),
		"unknown cases":   enginetest.With(valid, object{"cases": enginetest.Unknown}),
		"unknown case":    testInputs("prj_1", enginetest.Unknown, passingCases[0]),
		"unknown values": testInputs("prj_1", passingCases[0], object{"name": enginetest.Unknown, "sql": enginetest.Unknown, "expect": enginetest.Unknown},
			object{"name": enginetest.Unknown, "sql": "SELECT 1", "expect": "mask", "maskedColumns": enginetest.Unknown}),
	} {
		_, failures := env.Engine.Check(&enginetest.Resource{Kind: "PolicyTest", Name: "test"}, enginetest.Inputs(inputs))
		assert.Empty(t, failures, name)
	}
}
