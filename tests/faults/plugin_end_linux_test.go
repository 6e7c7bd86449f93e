// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// slowWrites is a localapi.Options.Watch that holds every write of a policy profile.
type slowWrites struct {
	held    chan struct{} // gets a value for each write
	release chan struct{} // closed to continue
}

func (w slowWrites) watch(moment localapi.Moment, method, path string) {
	if moment == localapi.Received && method == http.MethodPost && strings.HasSuffix(path, "/policies") {
		w.held <- struct{}{}
		<-w.release
	}
}

// policiesProgram is a program with more policy profiles than the plugin sends requests
// at a time.
func policiesProgram() string {
	program := `
name: end
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: end-planted-password } }
`
	for i := range 2 * client.DefaultMaxConcurrency {
		program += fmt.Sprintf("  policy%d: { type: pgbeam:PolicyProfile, properties: { projectId: \"${project.id}\" } }\n", i)
	}
	return program
}

// TestPluginEndsWithItsCLI kills the CLI while the plugin waits for as many responses as
// it may, and has more requests to send. The plugin has to end without sending them.
func TestPluginEndsWithItsCLI(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs processes, which the race detector does not see into")
	}
	const policies = 2 * client.DefaultMaxConcurrency
	writes := slowWrites{held: make(chan struct{}, 4*policies), release: make(chan struct{})}
	release := sync.OnceFunc(func() { close(writes.release) })
	local := localapi.Start(t, localapi.Options{Watch: writes.watch})
	t.Cleanup(release) // before the API is closed, which waits for its requests
	s := clitest.New(t, local, policiesProgram())
	s.AddCanary("the password", "end-planted-password")
	var output bytes.Buffer
	command := s.Command(context.Background(), "up", "--yes", "--skip-preview", "--parallel", fmt.Sprint(policies))
	command.Stdout, command.Stderr = &output, &output
	require.NoError(t, command.Start())
	timeout := time.After(time.Minute)
	for range client.DefaultMaxConcurrency {
		select {
		case <-writes.held:
		case <-timeout:
			require.Fail(t, "the plugin does not send as many requests as it may")
		}
	}
	require.NotEmpty(t, s.Plugins())

	require.NoError(t, command.Process.Signal(syscall.SIGKILL))
	require.Error(t, command.Wait())
	killed := time.Now()
	require.Eventually(t, func() bool { return len(s.Plugins()) == 0 }, time.Minute, 10*time.Millisecond, "the plugin runs")
	t.Logf("the plugin ended %s after the CLI", time.Since(killed).Round(time.Millisecond))
	assert.Empty(t, writes.held, "the plugin has sent further requests")

	release()
	s.AddOutput(output.String())
	unlock(s)
	s.Up("--skip-preview")
	s.AddCanaries()
	assert.Len(t, local.Objects("policies"), policies)
	s.Up("--skip-preview", "--expect-no-changes")
}
