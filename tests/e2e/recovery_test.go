// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

const recoveryProgram = `
name: repeatable
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: repeat-planted-password } }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}", name: strict }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${policy.id}" }
  hooks:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project.id}", url: "https://example.com/hooks" }
`

// TestReplaceAndDestroyWithinADay requires new objects from a forced replacement,
// from an update after a destroy, and from the same program in another backend,
// although the API replays the responses to equal creates for a day.
func TestReplaceAndDestroyWithinADay(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, recoveryProgram)
	s.AddCanary("the password", "repeat-planted-password")
	s.Up("--skip-preview")
	s.AddCanaries()
	for range 2 {
		before := s.State()
		s.Up("--skip-preview", "--replace", before["agent"].URN, "--replace", before["hooks"].URN)
		s.AddCanaries()
		after := s.StateWithSecrets()
		for name, collection := range map[string]string{"agent": "agents", "hooks": "webhooks"} {
			assert.NotEqual(t, before[name].ID, after[name].ID)
			require.Len(t, local.Objects(collection), 1)
			assert.Equal(t, after[name].ID, local.Objects(collection)[0]["id"])
		}
		assert.Equal(t, local.Secret("agents", after["agent"].ID, "mcp_token"), stacktest.PlainSecret(t, after["agent"].Outputs["mcpToken"]))
	}
	// Another machine does not have the journal.
	before := s.State()
	require.NoError(t, os.RemoveAll(filepath.Join(s.Home(), "pgbeam")))
	s.Up("--skip-preview", "--replace", before["agent"].URN)
	s.AddCanaries()
	assert.Equal(t, s.State()["agent"].ID, local.Objects("agents")[0]["id"])
	s.Up("--refresh", "--expect-no-changes")

	other := clitest.New(t, local, recoveryProgram)
	other.AddCanary("the password", "repeat-planted-password")
	other.Up("--skip-preview")
	other.AddCanaries()
	assert.Len(t, local.Objects("projects"), 2)
	other.Must("destroy", "--yes", "--skip-preview")
	assert.Len(t, local.Objects("projects"), 1)
	s.Up("--refresh", "--expect-no-changes")

	before = s.State()
	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
	s.Up("--skip-preview")
	s.AddCanaries()
	after := s.State()
	for _, name := range []string{"project", "policy", "agent"} {
		assert.NotEqual(t, before[name].ID, after[name].ID)
	}
	s.Up("--refresh", "--expect-no-changes")
}

// TestJournalOnAnotherMachine interrupts an update, and carries the directory of the
// journal to another machine, where the program does not have the resource any more.
func TestJournalOnAnotherMachine(t *testing.T) {
	t.Parallel()
	local, journal := localapi.Start(t, localapi.Options{}), t.TempDir()
	s := clitest.New(t, local, recoveryProgram, "PGBEAM_JOURNAL_DIR="+journal, "PGBEAM_MAX_RETRIES=0")
	s.AddCanary("the password", "repeat-planted-password")
	s.Up("--skip-preview")
	s.AddCanaries()

	const other = `
  other:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project.id}", url: "https://example.com/other" }
`
	local.AddFault(localapi.Fault{Method: http.MethodPost, Path: "/v1/projects/*/webhooks", Drop: localapi.DropAfter})
	s.WriteProgram(recoveryProgram + other)
	s.MustFail("up", "--yes", "--skip-preview")
	local.ClearFaults()
	require.Len(t, local.Objects("webhooks"), 2)

	require.NoError(t, os.RemoveAll(filepath.Join(s.Home(), "pgbeam")))
	s.WriteProgram(strings.Replace(recoveryProgram, "name: strict }", "name: strict, maxRows: 10 }", 1))
	output := s.Up("--skip-preview")
	assert.Contains(t, output, `WebhookEndpoint "other"`)
	assert.Contains(t, output, "was deleted. An interrupted update had created it")
	require.Len(t, local.Objects("webhooks"), 1)
	assert.Equal(t, s.State()["hooks"].ID, local.Objects("webhooks")[0]["id"])
	s.Up("--skip-preview", "--expect-no-changes")
}

// TestPluginsOfARunShareItsOutcome interrupts an update of a stack that has two default
// providers: the resources of the component have their own.
func TestPluginsOfARunShareItsOutcome(t *testing.T) {
	t.Parallel()
	const program = `
name: twice
runtime: yaml
resources:
  limit:
    type: pgbeam:SpendLimit
    properties: { orgId: org_local, spendLimit: 10 }
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: repeat-planted-password } }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${shop.projectId}", name: strict }
`
	const hooks = `
  hooks:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${shop.projectId}", url: "https://example.com/hooks" }
`
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, program, "PGBEAM_MAX_RETRIES=0")
	s.AddCanary("the password", "repeat-planted-password")
	s.Up("--skip-preview")
	s.AddCanaries()
	local.AddFault(localapi.Fault{Method: http.MethodPost, Path: "/v1/projects/*/webhooks", Drop: localapi.DropAfter})
	s.WriteProgram(program + hooks)
	s.MustFail("up", "--yes", "--skip-preview")
	local.ClearFaults()
	require.Len(t, local.Objects("webhooks"), 1)

	s.WriteProgram(program)
	for _, output := range []string{s.Must("preview"), s.Up("--skip-preview")} {
		_, diagnostics, _ := strings.Cut(output, "Diagnostics:")
		assert.Equal(t, 1, strings.Count(diagnostics, `may have created WebhookEndpoint "hooks"`), output)
	}

	// The plugin of the component fails, and that of the other resources does not.
	local.AddFault(localapi.Fault{Method: http.MethodPost, Path: "/v1/databases/*/replicas", Status: http.StatusBadRequest, Code: "VALIDATION_ERROR"})
	s.WriteProgram(strings.NewReplacer("      database: {", "      replicas: [{ host: replica.example.com }]\n      database: {", "spendLimit: 10", "spendLimit: 20").Replace(program))
	s.MustFail("up", "--yes", "--skip-preview")
	require.EqualValues(t, 20, local.Objects("plan")[0]["spend_limit"])
	assert.Len(t, local.Objects("webhooks"), 1, "a failed update deletes nothing")
	local.ClearFaults()

	s.Must("destroy", "--yes", "--skip-preview")
	assert.Empty(t, local.Objects("webhooks"))
	assert.Empty(t, local.Objects("projects"))
}
