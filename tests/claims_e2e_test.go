// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// settings is a program with each kind that is a setting of the API. The rule is
// left out until the query has been seen.
const settings = `
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

const rule = `
  rule:
    type: pgbeam:CacheRule
    properties: { projectId: "${project.id}", databaseId: "${project.primaryDatabaseId}", queryHash: a1b2c3d4e5f60718, cacheEnabled: true, cacheTtlSeconds: 60 }
`

// deployedSettings deploys the program with settings.
func deployedSettings(t *testing.T) (*stack, *localapi.Local) {
	t.Helper()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, settings)
	s.plant("the password", "settings-planted")
	s.up("--skip-preview")
	project := local.Objects("projects")[0]["id"].(string)
	require.NoError(t, local.ObserveQuery(project, local.Objects("databases")[0]["id"].(string), "a1b2c3d4e5f60718", "SELECT $1"))
	s.program(settings + rule)
	s.up("--skip-preview")
	assertSettings(t, local)
	return s, local
}

// assertSettings fails unless the API holds what the program says.
func assertSettings(t *testing.T, local *localapi.Local) {
	t.Helper()
	assert.Equal(t, 500.0, local.Objects("plan")[0]["spend_limit"])
	assert.Equal(t, local.Objects("policies")[0]["id"], local.Objects("projects")[0]["default_policy_profile_id"])
	live := local.Objects("cache-rules")[0]
	assert.Equal(t, true, live["cache_enabled"])
	assert.Equal(t, 60.0, live["cache_ttl_seconds"])
}

// TestSettingsSurviveWhatTheEngineDeletes: renamed, replaced by force, tainted
// and with a replacement trigger, each followed by an update that changes nothing.
func TestSettingsSurviveWhatTheEngineDeletes(t *testing.T) {
	t.Parallel()
	s, local := deployedSettings(t)
	unchanged := func() {
		t.Helper()
		assertSettings(t, local)
		s.up("--skip-preview", "--refresh", "--expect-no-changes")
		assertSettings(t, local)
	}
	renamed := strings.NewReplacer("  limit:", "  budget:", "  tie:", "  bond:", "  rule:", "  cache:").Replace(settings + rule)
	s.program(renamed)
	assert.Contains(t, s.up("--skip-preview"), "left as it is")
	unchanged()

	state := s.state()
	var replaces []string
	for _, name := range []string{"budget", "bond", "cache"} {
		replaces = append(replaces, "--replace", state[name].URN)
	}
	s.up(append([]string{"--skip-preview"}, replaces...)...)
	unchanged()

	for _, name := range []string{"budget", "bond", "cache"} {
		s.must("state", "taint", state[name].URN, "--yes")
	}
	s.up("--skip-preview")
	unchanged()

	trigger := func(value string) {
		program := renamed
		for _, name := range []string{"budget", "bond", "cache"} {
			program = strings.Replace(program, "  "+name+":\n", "  "+name+":\n    options: { replacementTrigger: "+value+" }\n", 1)
		}
		s.program(program)
	}
	trigger("one")
	s.up("--skip-preview")
	trigger("two")
	s.up("--skip-preview")
	unchanged()

	s.must("destroy", "--yes", "--skip-preview")
	assert.Nil(t, local.Objects("plan")[0]["spend_limit"])
	assertEmpty(t, local)
}

// TestDefaultPolicyMoves into the project, out of it again, and from the
// component to a resource beside it, which another plugin may serve.
func TestDefaultPolicyMoves(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	const parts = `
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
	const tie = `
  tie:
    type: pgbeam:ProjectDefaultPolicy
    properties: { projectId: "${shop.projectId}", policyProfileId: "${shop.policyProfileId}" }
`
	s := newStack(t, local, parts)
	s.plant("the password", "moves-planted")
	s.up("--skip-preview")
	s.plantAll()
	policy := local.Objects("policies")[0]["id"]
	assertDefault := func() {
		t.Helper()
		assert.Equal(t, policy, local.Objects("projects")[0]["default_policy_profile_id"])
	}
	assertDefault()
	s.up("--skip-preview", "--replace", s.state()["shop-default-policy"].URN)
	assertDefault()

	s.program(strings.Replace(parts, "enforceForHumans: true", "enforceForHumans: false", 1) + tie)
	s.up("--skip-preview")
	assertDefault()
	s.up("--skip-preview", "--refresh", "--expect-no-changes")

	s.program(parts)
	s.up("--skip-preview")
	assertDefault()
	s.up("--skip-preview", "--refresh", "--expect-no-changes")

	// The dashboard has set another one since.
	other := "pol_other"
	require.NoError(t, local.Edit("projects", local.Objects("projects")[0]["id"].(string), object{"default_policy_profile_id": other}))
	s.program(strings.Replace(parts, "enforceForHumans: true", "enforceForHumans: false", 1))
	assert.Contains(t, s.up("--skip-preview"), "changed outside of Pulumi")
	assert.Equal(t, other, local.Objects("projects")[0]["default_policy_profile_id"])

	runs, err := filepath.Glob(filepath.Join(filepath.Dir(s.Dir), "home", "pgbeam", "runs", "*"))
	require.NoError(t, err)
	assert.Empty(t, runs, "runs that end in order leave nothing")
}

// TestAdviceLosesNothing: whoever renames what has a name of its own in the
// program, and does what the error says, keeps the object.
func TestAdviceLosesNothing(t *testing.T) {
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
	s := newStack(t, local, program)
	s.plant("the password", "advice-planted")
	s.up("--skip-preview")
	s.plantAll()
	before := s.state()
	project, agent := before["project"].ID, before["agent"].ID
	token := local.Secret("agents", agent, "mcp_token")

	renamed := strings.Replace(program, "  agent:\n", "  robot:\n", 1)
	s.program(renamed)
	said := s.fails("up", "--yes", "--skip-preview")
	assert.Regexp(t, "`aliases`[^\n]*pulumi import pgbeam:index:AgentCredential robot "+project+"/"+agent, said, "the alias comes first")
	assert.Contains(t, said, "deleteBeforeReplace")
	said = s.fails("up", "--yes", "--skip-preview", "--refresh")
	assert.Contains(t, said, `in the state as AgentCredential "agent"`)
	assert.NotContains(t, said, "pulumi import")

	// The alias keeps everything.
	s.program(strings.Replace(renamed, "  robot:\n", "  robot:\n    options: { aliases: [{ name: agent }] }\n", 1))
	s.up("--skip-preview")
	assert.Equal(t, agent, s.state()["robot"].ID)
	assert.Equal(t, token, local.Secret("agents", agent, "mcp_token"))

	// The import, which the state has under another name, does so, too.
	s.program(program)
	s.must("import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false", "pgbeam:index:AgentCredential", "agent", project+"/"+agent)
	assert.Contains(t, s.up("--skip-preview"), "was not deleted")
	require.Len(t, local.Objects("agents"), 1)
	assert.Equal(t, "active", local.Objects("agents")[0]["status"])
	assert.Equal(t, agent, s.state()["agent"].ID)

	// A forced replacement of what has a name of its own fails, and says what to set.
	said = s.fails("up", "--yes", "--skip-preview", "--replace", s.state()["agent"].URN)
	assert.Contains(t, said, "`deleteBeforeReplace`")
	s.program(strings.Replace(program, "  agent:\n", "  agent:\n    options: { deleteBeforeReplace: true }\n", 1))
	s.up("--skip-preview", "--replace", s.state()["agent"].URN)
	s.plantAll()
	require.Len(t, local.Objects("agents"), 1)
	assert.NotEqual(t, agent, s.state()["agent"].ID)
	assert.Equal(t, s.state()["agent"].ID, local.Objects("agents")[0]["id"])
	s.up("--skip-preview", "--refresh", "--expect-no-changes")
}

// TestPlanOfANewStack: what the first preview saves, the update does.
func TestPlanOfANewStack(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, repeatable, "PULUMI_EXPERIMENTAL=1")
	s.plant("the password", "repeat-planted-password")
	plan := filepath.Join(t.TempDir(), "plan.json")
	for _, program := range []string{repeatable, repeatable + `
  another:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}" }
`} {
		s.program(program)
		s.must("preview", "--save-plan", plan)
		s.up("--skip-preview", "--plan", plan)
		s.plantAll()
		require.NoError(t, os.Remove(plan))
	}
	s.up("--skip-preview", "--refresh", "--expect-no-changes")
}
