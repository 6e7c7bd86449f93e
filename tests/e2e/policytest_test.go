// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// policyTestProgram hands out a credential after a test of its policy.
const policyTestProgram = shopProject + `
  policy:
    type: pgbeam:PolicyProfile
    properties:
      projectId: ${shop.id}
      budgetQueriesPerHour: 1000
      tableAllowlist: [orders]
  test:
    type: pgbeam:PolicyTest
    properties:
      projectId: ${shop.id}
      policyProfileId: ${policy.id}
      cases:
        - { name: reads orders, sql: SELECT id FROM orders, expect: allow }
        - { name: no salaries, sql: { fn::secret: "SELECT planted_column FROM salaries" }, expect: block, rule: table_not_allowed }
  agent:
    type: pgbeam:AgentCredential
    properties:
      projectId: ${shop.id}
      policyProfileId: ${policy.id}
      status: active
    options:
      dependsOn: ["${test}"]
`

// withSalaries returns the program with a policy that does not pass the test.
func withSalaries(program string) string {
	return strings.Replace(program, "tableAllowlist: [orders]", "tableAllowlist: [orders, salaries]", 1)
}

// assertFailedTest requires the table of a test that failed, without what may quote the secret
// statement. expected and actual match those of the second case.
func assertFailedTest(t *testing.T, output, expected, actual string) {
	t.Helper()
	assert.Contains(t, output, "1 of 2 cases failed:")
	assert.Regexp(t, `(?m)^ *passed +reads orders +allow +allow +ok +the policy permits the statement$`, output)
	assert.Regexp(t, `(?m)^ *FAILED +no salaries +`+expected+` +`+actual+` +\S+ +\[secret\]$`, output)
}

// assertSameState requires that a resource has the same ID, inputs and outputs in two states.
func assertSameState(t *testing.T, before, after stacktest.Resource) {
	t.Helper()
	assert.Equal(t, before.ID, after.ID)
	assert.Equal(t, before.Inputs, after.Inputs)
	assert.Equal(t, before.Outputs, after.Outputs)
	assert.Empty(t, after.InitErrors)
}

const evaluationsPath = "/v1/projects/*/policy-evaluations"

func TestPolicyTest(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	expectsMore := strings.NewReplacer("expect: block, rule: table_not_allowed", "expect: allow").Replace
	disabled := strings.NewReplacer("status: active", "status: disabled").Replace
	s := clitest.New(t, local, withSalaries(policyTestProgram))
	s.AddCanary("the statement", "planted_column")
	count := func() int { return local.Count("POST", evaluationsPath) }

	// A policy that the update creates: the preview claims nothing, and the update creates no credential.
	output := s.Must("preview")
	assert.NotContains(t, output, "failed")
	assert.Empty(t, local.Requests(), "a preview of a policy that does not exist evaluates nothing")
	assertFailedTest(t, s.MustFail("up", "--yes"), `block \(\[secret\]\)`, "allow")
	assert.Len(t, local.Objects("policies"), 1)
	assert.Empty(t, local.Objects("agents"))
	assert.NotContains(t, s.State(), "test", "a create that failed leaves nothing")
	// The policy exists now and is unchanged: the preview fails.
	assertFailedTest(t, s.MustFail("preview"), `block \(\[secret\]\)`, "allow")

	s.WriteProgram(policyTestProgram)
	s.Up()
	s.AddCanaries()
	require.Len(t, local.Objects("agents"), 1)
	created := s.StateWithSecrets()
	assert.Equal(t, true, created["test"].Outputs["passed"])
	local.ResetRequests()
	s.Up("--expect-no-changes")
	assert.Zero(t, count(), "an unchanged update evaluates nothing")
	assert.Equal(t, 2, local.Count("GET", "/v1/projects/*/policies/*"), "the preview and the update")
	assert.Len(t, local.Requests(), 2)

	// A wrong expectation of the unchanged policy fails in the preview.
	s.WriteProgram(expectsMore(disabled(policyTestProgram)))
	assertFailedTest(t, s.MustFail("preview"), "allow", "block")
	assertFailedTest(t, s.MustFail("up", "--yes", "--skip-preview"), "allow", "block")
	assert.Equal(t, "active", local.Objects("agents")[0]["status"])

	// A policy that the update changes: the preview passes, the update fails, and the credential is not changed.
	s.WriteProgram(withSalaries(disabled(policyTestProgram)))
	local.ResetRequests()
	assert.NotContains(t, s.Must("preview"), "failed")
	assert.Zero(t, count())
	for range 2 { // the first one changes the policy, and the second one finds it unchanged
		assertFailedTest(t, s.MustFail("up", "--yes", "--skip-preview"), `block \(\[secret\]\)`, "allow")
		assertSameState(t, created["test"], s.StateWithSecrets()["test"])
		assert.Equal(t, "active", local.Objects("agents")[0]["status"])
	}
	assert.Equal(t, []any{"orders", "salaries"}, local.Objects("policies")[0]["table_allowlist"])

	s.WriteProgram(disabled(policyTestProgram))
	s.Up()
	assert.Equal(t, "disabled", local.Objects("agents")[0]["status"])
	assert.Equal(t, created["test"].ID, s.State()["test"].ID)

	// An edit in the dashboard is noticed with a refresh, and without one.
	edit := func(tables ...any) {
		require.NoError(t, local.Edit("policies", s.State()["policy"].ID, map[string]any{"table_allowlist": tables}))
	}
	edit("orders", "salaries")
	assertFailedTest(t, s.MustFail("preview", "--target", "**test"), `block \(\[secret\]\)`, "allow")
	output = s.Must("refresh", "--yes", "--skip-preview", "--target", "**test")
	assert.Contains(t, output, "warning: PolicyTest \"test\"")
	assertFailedTest(t, output, `block \(\[secret\]\)`, "allow")
	assert.Equal(t, false, s.State()["test"].Outputs["passed"])
	assertFailedTest(t, s.MustFail("preview", "--target", "**test"), `block \(\[secret\]\)`, "allow")
	edit("orders")
	local.ResetRequests()
	s.Up("--skip-preview")
	assert.Equal(t, 2, count(), "the state had a failed result")
	assert.Equal(t, true, s.State()["test"].Outputs["passed"])
	s.Up("--expect-no-changes")

	// The policy is deleted outside of Pulumi.
	require.NoError(t, local.Remove("agents", s.State()["agent"].ID))
	require.NoError(t, local.Remove("policies", s.State()["policy"].ID))
	local.ResetRequests()
	s.Must("destroy", "--yes", "--skip-preview")
	assert.Zero(t, count(), "a destroy evaluates nothing")
	s.AssertEmpty()
}

// TestPolicyTestOfInlinePolicy fails in the preview, and nothing is created.
func TestPolicyTestOfInlinePolicy(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	projectID := observeQuery(t, local)["projectId"]
	program := func(table string) string {
		return `
name: inline
runtime: yaml
resources:
  test:
    type: pgbeam:PolicyTest
    properties:
      projectId: ` + projectID + `
      policy: { tableAllowlist: [` + table + `] }
      cases:
        - { name: reads orders, sql: SELECT id FROM orders, expect: allow }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: ` + projectID + `, budgetQueriesPerHour: 1000, tableAllowlist: [` + table + `] }
    options: { dependsOn: ["${test}"] }
`
	}
	s := clitest.New(t, local, program("order"))
	local.ResetRequests()
	for _, args := range [][]string{{"preview"}, {"up", "--yes"}, {"up", "--yes", "--skip-preview"}} {
		output := s.MustFail(args...)
		assert.Contains(t, output, `creating PolicyTest "test": 1 of 1 case failed:`)
		assert.Regexp(t, `(?m)^ *FAILED +reads orders +allow +block +table_not_allowed +\S`, output)
	}
	assert.Len(t, local.Requests(), 3, "an evaluation each")
	assert.Empty(t, local.Objects("policies"))

	s.WriteProgram(program("orders"))
	s.Up()
	local.ResetRequests()
	s.Up("--expect-no-changes")
	assert.Empty(t, local.Requests())
	s.WriteProgram(program("order"))
	assert.Contains(t, s.MustFail("preview"), `1 of 1 case failed:`)

	assert.Contains(t, s.MustFail("import", "pgbeam:index:PolicyTest", "other", projectID+"/ptest_1", "--yes"), `PolicyTest "other" cannot be imported`)
	assert.Empty(t, doList(s, "PolicyTest", "--project-id", projectID))
	s.Must("destroy", "--yes")
}
