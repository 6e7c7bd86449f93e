// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestLookedUpResourcesCanBeReferredTo looks up resources with get, whose id then is
// what get was given, and refers to them by that.
func TestLookedUpResourcesCanBeReferredTo(t *testing.T) {
	t.Parallel()
	w := enginetest.NewEnv(t, localapi.Options{})
	project := w.Project()
	policy, agent := w.Policy(project, "strict"), w.Agent(project, "agent")
	s := newStack(t, w.Local, fmt.Sprintf(`
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
	s.plantAll()
	output := s.up("--skip-preview")
	assert.Contains(t, output, "the state has no connectionString and no mcpToken", "of the credential that was looked up")
	assert.Equal(t, project.ID+"/"+policy.ID, s.outputs()["strict"], "the id is what get was given")
	for _, live := range w.Local.Objects("agents") {
		assert.NotContains(t, live["policy_profile_id"], "/")
	}
	assert.Equal(t, agent.ID, w.Local.Objects("anomaly-rules")[0]["credential_id"])
	s.up("--refresh", "--expect-no-changes")
	s.must("destroy", "--yes", "--skip-preview")
	assert.Len(t, w.Local.Objects("projects"), 1, "what was looked up stays")
}
