// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const rotatePath = "/v1/*/*/*/*/rotate"

// rotationProgram rotates an agent credential and an enrollment. Webhooks use their secrets.
func rotationProgram(local *localapi.Local) string {
	return `
name: rotation
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: ` + local.OrgID + `
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}", name: strict, budgetQueriesPerHour: 1000 }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${policy.id}", rotateAfter: 30d }
  edge:
    type: pgbeam:SelfHostEnrollment
    properties: { orgId: ` + local.OrgID + `, rotateAfter: 8w }
  usesTheAgent:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project.id}", url: "https://example.com/agent", secret: "${agent.mcpToken}" }
outputs:
  rotatedAt: ${agent.rotatedAt}
  nextRotation: ${agent.nextRotation}
`
}

// setTime sets the clock of the rotations.
func setTime(s *clitest.Stack, time string) { s.Env = append(s.Env, "PGBEAM_TEST_TIME="+time) }

// newRotationStack deploys the program on 1 January 2027.
func newRotationStack(t *testing.T, local *localapi.Local) *clitest.Stack {
	t.Helper()
	s := clitest.New(t, local, rotationProgram(local))
	s.AddCanary("the password", "hunter2-planted")
	setTime(s, "2027-01-01T00:00:00Z")
	s.Up("--skip-preview")
	s.AddCanaries()
	local.ResetRequests()
	return s
}

// TestRotationByAge runs an unchanged program on several days.
func TestRotationByAge(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newRotationStack(t, local)
	agent, edge := s.State()["agent"].ID, s.State()["edge"].ID
	token := local.Secret("agents", agent, "mcp_token")
	assert.Equal(t, "2027-01-31T00:00:00Z", s.Outputs()["nextRotation"])

	for _, time := range []string{"2027-01-02T00:00:00Z", "2027-01-30T23:59:59Z", "2026-06-01T00:00:00Z"} {
		setTime(s, time)
		s.Up("--expect-no-changes", "--skip-preview")
	}
	assert.Empty(t, local.Requests())

	// The preview of a later date shows what the update will do.
	setTime(s, "2027-01-31T00:00:00Z")
	preview := s.Must("preview", "--diff")
	assert.Contains(t, preview, "2 to update", "the credential and the webhook that uses it")
	for _, part := range []string{`rotatedAt   : "2027-01-01T00:00:00Z"`, `nextRotation: "2027-01-31T00:00:00Z"`, "the rotation of its secrets is due", "PGBEAM_TEST_TIME is set"} {
		assert.Contains(t, preview, part)
	}
	assert.Empty(t, local.Requests())

	// The preview runs before the due date, and the update after it.
	setTime(s, "2027-01-30T23:59:59Z")
	s.Must("preview", "--expect-no-changes")
	setTime(s, "2027-02-01T06:00:00Z")
	s.Up("--skip-preview")
	s.AddCanaries()
	assert.Equal(t, 1, local.Count("POST", rotatePath))
	assert.Equal(t, 1, local.Count("PUT", "/v1/projects/*/webhooks/*"))
	assert.NotEqual(t, token, local.Secret("agents", agent, "mcp_token"))
	assert.Equal(t, local.Secret("agents", agent, "mcp_token"), local.Secret("webhooks", s.State()["usesTheAgent"].ID, "secret"))
	assert.Equal(t, map[string]any{"rotatedAt": "2027-02-01T06:00:00Z", "nextRotation": "2027-03-03T06:00:00Z"}, s.Outputs())

	local.ResetRequests()
	s.Up("--expect-no-changes")
	assert.Empty(t, local.Requests(), "it is rotated once")
	s.Up("--refresh", "--expect-no-changes")
	assert.Zero(t, local.Count("POST", rotatePath))

	// A refresh before the update does not change that it is due.
	setTime(s, "2027-04-01T00:00:00Z")
	s.Up("--refresh", "--skip-preview")
	s.AddCanaries()
	assert.Equal(t, 2, local.Count("POST", rotatePath), "both are due")
	assert.Equal(t, agent, s.State()["agent"].ID)
	assert.Equal(t, edge, s.State()["edge"].ID)
	s.Up("--expect-no-changes")

	s.Env = append(s.Env, "PGBEAM_TEST_TIME=soon")
	assert.Contains(t, s.MustFail("preview"), "the environment variable PGBEAM_TEST_TIME must be an RFC 3339 timestamp")
}

// TestTargetedRotation rotates only what the command names.
func TestTargetedRotation(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newRotationStack(t, local)
	setTime(s, "2027-04-01T00:00:00Z")
	state := s.State()
	s.Up("--skip-preview", "--target", state["policy"].URN)
	assert.Empty(t, local.Requests())
	s.Up("--skip-preview", "--target", state["edge"].URN)
	assert.Equal(t, 1, local.Count("POST", "/v1/organizations/*/self-host-enrollments/*/rotate"))
	assert.Equal(t, 1, local.Count("POST", rotatePath))
	s.AddCanaries()
	s.Up("--skip-preview")
	assert.Equal(t, 2, local.Count("POST", rotatePath))
	s.AddCanaries()
	s.Up("--expect-no-changes")
}

// TestIgnoredPeriodOfRotation requires that ignoreChanges keeps the period of the state, and
// does not prevent rotations.
func TestIgnoredPeriodOfRotation(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newRotationStack(t, local)
	original := s.Program()
	s.WriteProgram(strings.Replace(original, "rotateAfter: 8w }", "rotateAfter: 1d }\n    options: { ignoreChanges: [rotateAfter] }", 1))
	setTime(s, "2027-01-20T00:00:00Z")
	s.Up("--expect-no-changes")
	setTime(s, "2027-02-26T00:00:00Z")
	s.Up("--skip-preview")
	assert.Equal(t, 1, local.Count("POST", "/v1/organizations/*/self-host-enrollments/*/rotate"))
	s.AddCanaries()
	assert.Equal(t, "8w", s.State()["edge"].Outputs["rotateAfter"])
	s.Up("--expect-no-changes")
	s.WriteProgram(original)
	s.Up("--expect-no-changes")
}

// TestPlannedRotation saves a plan with a rotation and applies it.
func TestPlannedRotation(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newRotationStack(t, local)
	setTime(s, "2027-02-10T00:00:00Z")
	s.Must("preview", "--save-plan", "plan.json")
	s.Up("--plan", "plan.json", "--skip-preview")
	assert.Equal(t, 1, local.Count("POST", rotatePath))
	s.AddCanaries()
	s.Up("--expect-no-changes")
}
