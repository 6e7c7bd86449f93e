// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const humanAccessProgram = shopProject + `
  people:
    type: pgbeam:HumanAccess
    properties:
      projectId: ${shop.id}
      baseline: { maxRows: 100 }
      roles:
        support: { people: [ada, grace], policy: { tableAllowlist: [orders] } }
        operations:
          people: [ada]
          policy: { accessMode: read_write, tableAllowlist: [orders], maxAffectedRows: 10 }
          expiresAt: "2099-01-01T00:00:00Z"
        removed: { fn::secret: null }
      approvals:
        writes: { name: All writes }
      webhook: { url: "https://example.com/hooks", secret: { fn::secret: signing-planted } }
outputs:
  usernames: ${people.usernames}
  connectionStrings: ${people.connectionStrings}
`

func TestHumanAccess(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, humanAccessProgram)
	s.AddCanary("the password", "hunter2-planted")
	s.AddCanary("the signing key", "signing-planted")
	s.Must("preview")
	s.Up("--skip-preview")
	s.AddCanaries()

	created := s.StateWithSecrets()
	people := []string{"operations/ada", "support/ada", "support/grace"}
	outputs := s.Outputs()
	assert.Equal(t, people, slices.Sorted(maps.Keys(outputs["usernames"].(map[string]any))))
	for _, person := range people {
		id := created["people-person-"+person].ID
		assert.Equal(t, local.Secret("agents", id, "connection_string"), outputs["connectionStrings"].(map[string]any)[person])
	}
	require.Len(t, local.Objects("agents"), 3)
	for _, credential := range local.Objects("agents") {
		assert.Equal(t, "human", credential["principal_type"])
	}
	assert.Len(t, local.Objects("policies"), 3)
	assert.Equal(t, created["people-baseline"].ID, local.Objects("projects")[0]["default_policy_profile_id"])
	assert.Equal(t, []any{"approval_requested"}, local.Objects("webhooks")[0]["event_types"])
	assert.Equal(t, "All writes", local.Objects("approval-rules")[0]["name"])
	s.Up("--expect-no-changes")
	s.Up("--refresh", "--expect-no-changes")

	without := strings.Replace(humanAccessProgram, "people: [ada, grace]", "people: [ada]", 1)
	after := deployChange(s, without, "DELETE agents")
	unchangedExcept(t, created, after, "people-person-support/grace")
	assert.NotContains(t, after, "people-person-support/grace")
	assert.Equal(t, []string{"operations/ada", "support/ada"}, slices.Sorted(maps.Keys(s.Outputs()["connectionStrings"].(map[string]any))))

	// The order does not matter, and the person gets a new credential.
	after = deployChange(s, strings.Replace(humanAccessProgram, "people: [ada, grace]", "people: [joan, grace, ada]", 1), "POST agents", "POST agents")
	unchangedExcept(t, created, after, "people-person-support/grace", "people-person-support/joan")
	assert.NotEqual(t, created["people-person-support/grace"].ID, after["people-person-support/grace"].ID)
	after = deployChange(s, without, "DELETE agents", "DELETE agents")

	// A role is removed and added.
	role := without[strings.Index(without, "        operations:"):strings.Index(without, "        removed:")]
	removed := deployChange(s, strings.Replace(without, role, "", 1), "DELETE agents", "DELETE policies")
	unchangedExcept(t, after, removed, "people-policy-operations", "people-person-operations/ada")
	added := deployChange(s, without, "POST agents", "POST policies")
	unchangedExcept(t, removed, added, "people-policy-operations", "people-person-operations/ada")

	// What was changed outside of Pulumi is shown and repaired.
	require.NoError(t, local.Edit("approval-rules", added["people-approval-writes"].ID, map[string]any{"enabled": false}))
	require.NoError(t, local.Remove("agents", added["people-person-support/ada"].ID))
	preview := s.Must("preview", "--refresh", "--diff")
	assert.Contains(t, preview, "~ enabled: false => true")
	local.ResetRequests()
	s.Up("--refresh", "--skip-preview")
	s.AddCanaries()
	assert.Equal(t, []string{"POST agents", "PUT approval-rules"}, changedKinds(local))
	unchangedExcept(t, added, s.StateWithSecrets(), "people-approval-writes", "people-person-support/ada")
	s.Up("--expect-no-changes")

	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}

// TestDefaultPolicyOfHumanAccess requires that a baseline takes no default policy from another
// owner, and that a removal of the baseline leaves the project without a default.
func TestDefaultPolicyOfHumanAccess(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	program := shopProject + `
  strict:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${shop.id}", budgetQueriesPerHour: 5 }
  people:
    type: pgbeam:HumanAccess
    properties: { projectId: "${shop.id}", baseline: {} }
`
	withoutBaseline := strings.Replace(program, ", baseline: {}", "", 1)
	s := clitest.New(t, local, withoutBaseline)
	s.AddCanary("the password", "hunter2-planted")
	s.Up("--skip-preview")
	s.AddCanaries()
	defaultPolicy := func() any { return local.Objects("projects")[0]["default_policy_profile_id"] }
	require.NoError(t, local.Edit("projects", s.State()["shop"].ID, map[string]any{"default_policy_profile_id": s.State()["strict"].ID}))
	s.WriteProgram(program)
	output := s.MustFail("up", "--yes", "--skip-preview")
	require.Len(t, diagnosticErrors(output), 1, output)
	assert.Contains(t, diagnosticErrors(output)[0], `ProjectDefaultPolicy "people-default-policy"`)
	assert.Equal(t, s.State()["strict"].ID, defaultPolicy())

	require.NoError(t, local.Edit("projects", s.State()["shop"].ID, map[string]any{"default_policy_profile_id": ""}))
	s.Up("--skip-preview")
	assert.Equal(t, s.State()["people-baseline"].ID, defaultPolicy())
	s.WriteProgram(withoutBaseline)
	s.Up("--skip-preview")
	assert.Empty(t, defaultPolicy())
	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}
