// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// settingsProgram has every kind that sets a value of the API, without the cache
// rule, which requires that the query was observed.
const settingsProgram = `
name: settings
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      name: shop
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: settings-planted } }
  strict:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}", name: strict }
  limit:
    type: pgbeam:SpendLimit
    properties: { orgId: org_local, spendLimit: 500 }
  tie:
    type: pgbeam:ProjectDefaultPolicy
    properties: { projectId: "${project.id}", policyProfileId: "${strict.id}" }
`

const cacheRule = `
  rule:
    type: pgbeam:CacheRule
    properties: { projectId: "${project.id}", databaseId: "${project.primaryDatabaseId}", queryHash: a1b2c3d4e5f60718, cacheEnabled: true, cacheTtlSeconds: 60 }
`

// deploySettings deploys the program and the cache rule.
func deploySettings(t *testing.T) (*clitest.Stack, *localapi.Local) {
	t.Helper()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, settingsProgram)
	s.AddCanary("the password", "settings-planted")
	s.Up("--skip-preview")
	project := local.Objects("projects")[0]["id"].(string)
	require.NoError(t, local.ObserveQuery(project, local.Objects("databases")[0]["id"].(string), "a1b2c3d4e5f60718", "SELECT $1"))
	s.WriteProgram(settingsProgram + cacheRule)
	s.Up("--skip-preview")
	assertSettings(t, local)
	return s, local
}

// assertSettings fails unless the API has the values of the program.
func assertSettings(t *testing.T, local *localapi.Local) {
	t.Helper()
	assert.Equal(t, 500.0, local.Objects("plan")[0]["spend_limit"])
	assert.Equal(t, local.Objects("policies")[0]["id"], local.Objects("projects")[0]["default_policy_profile_id"])
	live := local.Objects("cache-rules")[0]
	assert.Equal(t, true, live["cache_enabled"])
	assert.Equal(t, 60.0, live["cache_ttl_seconds"])
}

// TestSettingsSurviveRenamesAndReplacements renames, replaces and taints settings,
// and changes a replacement trigger. An update after each of them plans nothing.
func TestSettingsSurviveRenamesAndReplacements(t *testing.T) {
	t.Parallel()
	s, local := deploySettings(t)
	assertUnchanged := func() {
		t.Helper()
		assertSettings(t, local)
		s.Up("--skip-preview", "--refresh", "--expect-no-changes")
		assertSettings(t, local)
	}
	renamed := strings.NewReplacer("  limit:", "  budget:", "  tie:", "  bond:", "  rule:", "  cache:").Replace(settingsProgram + cacheRule)
	s.WriteProgram(renamed)
	assert.Contains(t, s.Up("--skip-preview"), "is left unchanged")
	assertUnchanged()

	state := s.State()
	var replaces []string
	for _, name := range []string{"budget", "bond", "cache"} {
		replaces = append(replaces, "--replace", state[name].URN)
	}
	s.Up(append([]string{"--skip-preview"}, replaces...)...)
	assertUnchanged()

	for _, name := range []string{"budget", "bond", "cache"} {
		s.Must("state", "taint", state[name].URN, "--yes")
	}
	s.Up("--skip-preview")
	assertUnchanged()

	trigger := func(value string) {
		program := renamed
		for _, name := range []string{"budget", "bond", "cache"} {
			program = strings.Replace(program, "  "+name+":\n", "  "+name+":\n    options: { replacementTrigger: "+value+" }\n", 1)
		}
		s.WriteProgram(program)
	}
	trigger("one")
	s.Up("--skip-preview")
	trigger("two")
	s.Up("--skip-preview")
	assertUnchanged()

	s.Must("destroy", "--yes", "--skip-preview")
	assert.Nil(t, local.Objects("plan")[0]["spend_limit"])
	s.AssertEmpty()
}

// TestDefaultPolicyMovesBetweenComponentAndResource moves the default policy from
// the component to a resource of the program and back. Each may have a plugin
// process of its own.
func TestDefaultPolicyMovesBetweenComponentAndResource(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	const componentProgram = `
name: moves
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      enforceForHumans: true
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: moves-planted } }
`
	const binding = `
  tie:
    type: pgbeam:ProjectDefaultPolicy
    properties: { projectId: "${shop.projectId}", policyProfileId: "${shop.policyProfileId}" }
`
	s := clitest.New(t, local, componentProgram)
	s.AddCanary("the password", "moves-planted")
	s.Up("--skip-preview")
	s.AddCanaries()
	policy := local.Objects("policies")[0]["id"]
	assertDefault := func() {
		t.Helper()
		assert.Equal(t, policy, local.Objects("projects")[0]["default_policy_profile_id"])
	}
	assertDefault()
	s.Up("--skip-preview", "--replace", s.State()["shop-default-policy"].URN)
	assertDefault()

	s.WriteProgram(strings.Replace(componentProgram, "enforceForHumans: true", "enforceForHumans: false", 1) + binding)
	s.Up("--skip-preview")
	assertDefault()
	s.Up("--skip-preview", "--refresh", "--expect-no-changes")

	s.WriteProgram(componentProgram)
	s.Up("--skip-preview")
	assertDefault()
	s.Up("--skip-preview", "--refresh", "--expect-no-changes")

	// Another policy is set outside of Pulumi.
	other := "pol_other"
	require.NoError(t, local.Edit("projects", local.Objects("projects")[0]["id"].(string), scenario.Object{"default_policy_profile_id": other}))
	s.WriteProgram(strings.Replace(componentProgram, "enforceForHumans: true", "enforceForHumans: false", 1))
	assert.Contains(t, s.Up("--skip-preview"), "changed outside of Pulumi")
	assert.Equal(t, other, local.Objects("projects")[0]["default_policy_profile_id"])

	runs, err := filepath.Glob(filepath.Join(s.Home(), "pgbeam", "runs", "*"))
	require.NoError(t, err)
	assert.Empty(t, runs, "a run that ends regularly leaves no files")
}

// TestFollowingErrorAdviceKeepsTheObject renames a resource with an explicit name,
// and follows each suggestion of the error.
func TestFollowingErrorAdviceKeepsTheObject(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	const program = `
name: advice
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      name: shop
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: advice-planted } }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}", name: strict }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${policy.id}", name: bot }
`
	s := clitest.New(t, local, program)
	s.AddCanary("the password", "advice-planted")
	s.Up("--skip-preview")
	s.AddCanaries()
	before := s.State()
	project, agent := before["project"].ID, before["agent"].ID
	token := local.Secret("agents", agent, "mcp_token")

	renamed := strings.Replace(program, "  agent:\n", "  robot:\n", 1)
	s.WriteProgram(renamed)
	output := s.MustFail("up", "--yes", "--skip-preview")
	assert.Regexp(t, "`aliases`[^\n]*pulumi import pgbeam:index:AgentCredential robot "+project+"/"+agent, output, "an alias is the first suggestion")
	assert.Contains(t, output, "deleteBeforeReplace")
	output = s.MustFail("up", "--yes", "--skip-preview", "--refresh")
	assert.Contains(t, output, `in the state as AgentCredential "agent"`)
	assert.NotContains(t, output, "pulumi import")

	// The alias keeps the object and its secrets.
	s.WriteProgram(strings.Replace(renamed, "  robot:\n", "  robot:\n    options: { aliases: [{ name: agent }] }\n", 1))
	s.Up("--skip-preview")
	assert.Equal(t, agent, s.State()["robot"].ID)
	assert.Equal(t, token, local.Secret("agents", agent, "mcp_token"))

	// So does the import, although the state has the object under another name.
	s.WriteProgram(program)
	s.Must("import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false", "pgbeam:index:AgentCredential", "agent", project+"/"+agent)
	assert.Contains(t, s.Up("--skip-preview"), "was not deleted")
	require.Len(t, local.Objects("agents"), 1)
	assert.Equal(t, "active", local.Objects("agents")[0]["status"])
	assert.Equal(t, agent, s.State()["agent"].ID)

	// A forced replacement with an explicit name fails, and the error names the option to set.
	output = s.MustFail("up", "--yes", "--skip-preview", "--replace", s.State()["agent"].URN)
	assert.Contains(t, output, "`deleteBeforeReplace`")
	s.WriteProgram(strings.Replace(program, "  agent:\n", "  agent:\n    options: { deleteBeforeReplace: true }\n", 1))
	s.Up("--skip-preview", "--replace", s.State()["agent"].URN)
	s.AddCanaries()
	require.Len(t, local.Objects("agents"), 1)
	assert.NotEqual(t, agent, s.State()["agent"].ID)
	assert.Equal(t, s.State()["agent"].ID, local.Objects("agents")[0]["id"])
	s.Up("--skip-preview", "--refresh", "--expect-no-changes")
}

// TestUpdatePlanOfNewStack saves a plan in the first preview of a stack, and
// applies it.
func TestUpdatePlanOfNewStack(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, recoveryProgram, "PULUMI_EXPERIMENTAL=1")
	s.AddCanary("the password", "repeat-planted-password")
	plan := filepath.Join(t.TempDir(), "plan.json")
	for _, program := range []string{recoveryProgram, recoveryProgram + `
  another:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}" }
`} {
		s.WriteProgram(program)
		s.Must("preview", "--save-plan", plan)
		s.Up("--skip-preview", "--plan", plan)
		s.AddCanaries()
		require.NoError(t, os.Remove(plan))
	}
	s.Up("--skip-preview", "--refresh", "--expect-no-changes")
}
