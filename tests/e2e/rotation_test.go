// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func testExplore(t *testing.T) {
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, `
name: rotation
runtime: yaml
resources:
  edge:
    type: pgbeam:SelfHostEnrollment
    properties: { orgId: `+local.OrgID+`, rotateAfter: 30d }
outputs:
  rotatedAt: ${edge.rotatedAt}
  next: ${edge.nextRotation}
`)
	s.Env = append(s.Env, "PGBEAM_TEST_TIME=2027-01-01T00:00:00Z")
	t.Log(s.Up("--skip-preview"))
	s.Env = append(s.Env, "PGBEAM_TEST_TIME=2027-01-31T00:00:00Z")
	t.Log(s.Must("preview", "--diff"))
	t.Log(s.Must("preview"))
	t.Log(s.Must("preview", "--json"))
	t.Log(s.Up())
}
