// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func gateway(regions string) string {
	return `
name: gateway
runtime: yaml
resources:
  proxies:
    type: pgbeam:SelfHostedGateway
    properties:
      orgId: org_local
      image: proxy:1
      regions: { ` + regions + ` }
      project:
        database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
outputs:
  files: ${proxies.environments}
`
}

// TestSelfHostedGateway deploys proxies in several regions, and changes one of them in every way.
func TestSelfHostedGateway(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, gateway("eu: {}, us: { rotateAfter: 90d }, ap: null"))
	s.AddCanary("the password", "hunter2-planted")
	s.Up()
	s.AddCanaries()
	state := s.State()
	eu, us := state["proxies-region-eu"].ID, state["proxies-region-us"].ID
	require.Len(t, local.Objects("enrollments"), 2)
	assert.Equal(t, "eu", findByID(t, local, "enrollments", eu)["region_label"])
	assert.Equal(t, true, local.Objects("projects")[0]["self_hosted"])
	file := func(region string) string { return s.Outputs()["files"].(map[string]any)[region].(string) }
	assert.Contains(t, file("eu"), local.Secret("enrollments", eu, "token"))
	assert.Contains(t, file("us"), local.Secret("enrollments", us, "token"))
	before := file("eu")
	s.Up("--expect-no-changes")
	s.Up("--refresh", "--expect-no-changes")

	// A rotation, an additional region and the removal of one do not change the others.
	local.ResetRequests()
	s.WriteProgram(gateway(`eu: {}, us: { rotateAfter: 90d, rotationTriggers: { leak: "1" } }`))
	s.Up()
	s.AddCanaries()
	require.Len(t, mutations(local), 1)
	assert.Contains(t, mutations(local)[0], us+"/rotate")
	assert.Contains(t, file("us"), local.Secret("enrollments", us, "token"))
	local.ResetRequests()
	s.WriteProgram(gateway("eu: {}, ap: {}"))
	s.Up()
	s.AddCanaries()
	require.Len(t, mutations(local), 2)
	for _, request := range mutations(local) {
		assert.True(t, strings.HasPrefix(request, "POST ") || strings.HasSuffix(request, us), request)
	}
	assert.Equal(t, before, file("eu"))

	s.Must("destroy", "--yes")
	s.AssertEmpty()
}

// TestGatewayWithApprovalRule requires that nothing is created if the organization has an
// enabled approval rule.
func TestGatewayWithApprovalRule(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	rule := clitest.New(t, local, shopProject+`
  rule:
    type: pgbeam:ApprovalRule
    properties: { projectId: "${shop.id}", name: Schema changes, statementKinds: [ddl] }
`)
	rule.AddCanary("the password", "hunter2-planted")
	rule.Up()
	s := clitest.New(t, local, gateway("eu: {}, us: {}"))
	s.AddCanary("the password", "hunter2-planted")
	output := s.MustFail("up", "--yes", "--skip-preview")
	assert.Contains(t, output, "Schema changes")
	assert.Empty(t, local.Objects("enrollments"))
	assert.Len(t, local.Objects("projects"), 1)
}
