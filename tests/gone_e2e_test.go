// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const withoutNames = `
name: strangers
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: strangers-planted } }
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

// TestStrangersWithTheCLI refreshes and destroys a stack with a base URL at which
// another server answers, and with the key of another organization: nothing is
// dropped from the state, and nothing is said to be destroyed.
func TestStrangersWithTheCLI(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_local": "org_local", "pbo_other": "org_other"}})
	local.APIKey, local.OrgID = "pbo_local", "org_local"
	s := newStack(t, local, withoutNames)
	s.plant("the password", "strangers-planted")
	s.up("--skip-preview")
	s.plantAll()
	s.up("--skip-preview", "--refresh") // the project shows the default policy that it has since
	state := s.stateWithSecrets()
	untouched := func() {
		t.Helper()
		now := s.stateWithSecrets()
		for _, name := range []string{"project", "policy", "agent", "tie"} {
			assert.Equal(t, state[name].ID, now[name].ID)
			assert.Equal(t, state[name].Inputs, now[name].Inputs)
			assert.Equal(t, state[name].Outputs, now[name].Outputs)
		}
		assert.Len(t, local.Objects("agents"), 1)
	}
	for name, stranger := range strangers {
		server := httptest.NewServer(stranger)
		s.must("config", "set", "pgbeam:baseUrl", server.URL)
		s.fails("refresh", "--yes", "--skip-preview")
		untouched()
		printed := s.fails("destroy", "--yes", "--skip-preview")
		untouched()
		assert.Contains(t, printed, server.URL, name)
		server.Close()
	}

	// At the API's address, also as people copy it from the documentation of its paths.
	for _, address := range []string{local.URL + "/v1", local.URL + "/v1/"} {
		s.must("config", "set", "pgbeam:baseUrl", address)
		s.up("--skip-preview", "--refresh", "--expect-no-changes")
	}
	s.must("config", "rm", "pgbeam:baseUrl")

	// What knows its organization stops the run; for the others, there is a warning.
	s.must("config", "set", "--secret", "pgbeam:apiKey", "pbo_other")
	printed := s.fails("refresh", "--yes", "--skip-preview", "--target", s.state()["project"].URN)
	assert.Contains(t, printed, "org_local")
	assert.Contains(t, printed, "org_other")
	untouched()
	printed = s.must("refresh", "--yes", "--skip-preview", "--target", s.state()["agent"].URN)
	assert.Contains(t, printed, "is not visible to the API key, which is one of the organization org_other")
	assert.Len(t, local.Objects("agents"), 1)
}

// TestDeletedByHandAndDestroyed: what a project had is gone with it.
func TestDeletedByHandAndDestroyed(t *testing.T) {
	t.Parallel()
	for name, behaviour := range behaviours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{Behaviour: behaviour})
			s := newStack(t, local, withoutNames)
			s.plant("the password", "strangers-planted")
			s.up("--skip-preview")
			s.plantAll()
			require.NoError(t, local.Remove("projects", local.Objects("projects")[0]["id"].(string)))
			s.must("destroy", "--yes", "--skip-preview")
			assert.NotContains(t, s.must("stack", "export"), "pgbeam:index:Project")
		})
	}
}
