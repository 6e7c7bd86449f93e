// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestReferencesToLookedUpResources looks up resources with get, and uses their ids
// as inputs of other resources.
func TestReferencesToLookedUpResources(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	policy, agent := env.Policy(project, "strict"), env.Agent(project, "agent")
	s := clitest.New(t, env.Local, fmt.Sprintf(`
name: lookups
runtime: yaml
resources:
  project: { type: pgbeam:Project, get: { id: %[1]s } }
  strict: { type: pgbeam:PolicyProfile, get: { id: %[1]s/%[2]s } }
  watched: { type: pgbeam:AgentCredential, get: { id: %[1]s/%[3]s } }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${strict.id}" }
  anomaly:
    type: pgbeam:AnomalyRule
    properties: { projectId: "${project.id}", credentialId: "${watched.id}", metric: errors_per_hour }
outputs:
  strict: ${strict.id}
`, project.ID, policy.ID, agent.ID))
	s.AddCanaries()
	output := s.Up("--skip-preview")
	assert.Contains(t, output, "the state has no connectionString and no mcpToken", "the credential was looked up")
	assert.Contains(t, []any{policy.ID, project.ID + "/" + policy.ID}, s.Outputs()["strict"], "older CLIs return the import ID")
	for _, live := range env.Local.Objects("agents") {
		assert.NotContains(t, live["policy_profile_id"], "/")
	}
	assert.Equal(t, agent.ID, env.Local.Objects("anomaly-rules")[0]["credential_id"])
	s.Up("--refresh", "--expect-no-changes")
	s.Must("destroy", "--yes", "--skip-preview")
	assert.Len(t, env.Local.Objects("projects"), 1, "a resource that was looked up is not deleted")
}
