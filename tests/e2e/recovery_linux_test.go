// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestObjectRemovedFromTheStateIsKept kills the plugin during an update, and then removes an
// object of that update from the state. The next update, of a program that has another
// one under its name, must not take the object for one that could not be saved.
func TestObjectRemovedFromTheStateIsKept(t *testing.T) {
	t.Parallel()
	const program = `
name: removed
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      name: shop
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: repeat-planted-password } }
`
	const more = `
  hooks:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project.id}", url: "https://example.com/hooks" }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}", name: strict }
    options: { dependsOn: ["${hooks}"] }
`
	var s *clitest.Stack
	var armed atomic.Bool
	local := localapi.Start(t, localapi.Options{Watch: func(moment localapi.Moment, method, path string) {
		if moment == localapi.Received && method == http.MethodPost && strings.HasSuffix(path, "/policies") && armed.CompareAndSwap(true, false) {
			s.SignalPlugins(syscall.SIGKILL)
		}
	}})
	s = clitest.New(t, local, program)
	s.AddCanary("the password", "repeat-planted-password")
	s.Up("--skip-preview")
	s.AddCanaries()
	armed.Store(true)
	s.WriteProgram(program + more)
	s.MustFail("up", "--yes", "--skip-preview")
	s.AddCanaries()
	hooks := s.State()["hooks"]
	require.NotEmpty(t, hooks.ID, "the state has it")

	s.Must("state", "delete", "--yes", hooks.URN)
	later := time.Now().Add(time.Minute) // a user is not as fast as this test
	require.NoError(t, os.Chtimes(filepath.Join(s.Backend(), ".pulumi", "stacks", "removed", "test.json"), later, later))
	s.WriteProgram(program + strings.Replace(more, "example.com/hooks", "example.com/other", 1))
	output := s.Up("--skip-preview")
	assert.Contains(t, output, hooks.ID, "the object is named")
	assert.Len(t, local.Objects("webhooks"), 2)
	require.NoError(t, local.Remove("webhooks", hooks.ID), "it was not deleted")
	assert.NotContains(t, s.Up("--skip-preview", "--expect-no-changes"), hooks.ID, "it is named once")
}
