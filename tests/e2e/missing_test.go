// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

const autoNamedProgram = `
name: foreign
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: foreign-planted } }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}" }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${policy.id}" }
  tie:
    type: pgbeam:ProjectDefaultPolicy
    properties: { projectId: "${project.id}", policyProfileId: "${policy.id}" }
`

// TestForeignServersChangeNothing refreshes and destroys a stack with the base URL
// of another server, and with the API key of another organization. Nothing is
// dropped from the state.
func TestForeignServersChangeNothing(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_local": "org_local", "pbo_other": "org_other"}})
	local.APIKey, local.OrgID = "pbo_local", "org_local"
	s := clitest.New(t, local, autoNamedProgram)
	s.AddCanary("the password", "foreign-planted")
	s.Up("--skip-preview")
	s.AddCanaries()
	s.Up("--skip-preview", "--refresh") // the project now has the default policy
	state := s.StateWithSecrets()
	assertUnchanged := func() {
		t.Helper()
		after := s.StateWithSecrets()
		for _, name := range []string{"project", "policy", "agent", "tie"} {
			assert.Equal(t, state[name].ID, after[name].ID)
			assert.Equal(t, state[name].Inputs, after[name].Inputs)
			assert.Equal(t, state[name].Outputs, after[name].Outputs)
		}
		assert.Len(t, local.Objects("agents"), 1)
	}
	for name, handler := range scenario.ForeignServers() {
		server := httptest.NewServer(handler)
		s.Must("config", "set", "pgbeam:baseUrl", server.URL)
		s.MustFail("refresh", "--yes", "--skip-preview")
		assertUnchanged()
		output := s.MustFail("destroy", "--yes", "--skip-preview")
		assertUnchanged()
		assert.Contains(t, output, server.URL, name)
		server.Close()
	}

	// The address of the API may end with the version, as in the documentation of its paths.
	for _, address := range []string{local.URL + "/v1", local.URL + "/v1/"} {
		s.Must("config", "set", "pgbeam:baseUrl", address)
		s.Up("--skip-preview", "--refresh", "--expect-no-changes")
	}
	s.Must("config", "rm", "pgbeam:baseUrl")

	// A resource that names its organization fails. The others cause a warning.
	s.Must("config", "set", "--secret", "pgbeam:apiKey", "pbo_other")
	output := s.MustFail("refresh", "--yes", "--skip-preview", "--target", s.State()["project"].URN)
	assert.Contains(t, output, "org_local")
	assert.Contains(t, output, "org_other")
	assertUnchanged()
	output = s.Must("refresh", "--yes", "--skip-preview", "--target", s.State()["agent"].URN)
	assert.Contains(t, output, "is not visible to the API key, which belongs to the organization org_other")
	assert.Len(t, local.Objects("agents"), 1)
}

// TestDestroyAfterProjectWasDeleted deletes a project outside of Pulumi, and with
// it the objects that belong to it.
func TestDestroyAfterProjectWasDeleted(t *testing.T) {
	t.Parallel()
	for name, behaviour := range scenario.Behaviours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{Behaviour: behaviour})
			s := clitest.New(t, local, autoNamedProgram)
			s.AddCanary("the password", "foreign-planted")
			s.Up("--skip-preview")
			s.AddCanaries()
			require.NoError(t, local.Remove("projects", local.Objects("projects")[0]["id"].(string)))
			s.Must("destroy", "--yes", "--skip-preview")
			assert.NotContains(t, s.Must("stack", "export"), "pgbeam:index:Project")
		})
	}
}
