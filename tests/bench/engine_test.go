// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
)

// program is a project, a policy and agent credentials.
func program(credentials int, description string) string {
	var text strings.Builder
	fmt.Fprintf(&text, `name: bench
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      name: bench
      description: %s
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: hunter2 } }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}", name: bench, accessMode: read_only, tableAllowlist: [public.orders] }
`, description)
	for i := range credentials {
		fmt.Fprintf(&text, `  agent%05d:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${policy.id}", name: %s }
`, i, name(i))
	}
	return text.String()
}

// deployment is the program with a state, a plugin and an API of its own.
type deployment struct {
	*pulumicli.Workspace
	folder string
	local  *localapi.Local
}

func deploy(b *testing.B, plugin string, credentials int) *deployment {
	b.Helper()
	cli, err := pulumicli.Locate(context.Background(), built(b).root, os.Stderr)
	require.NoError(b, err)
	d := &deployment{folder: b.TempDir(), local: localapi.Start(b, localapi.Options{})}
	source := filepath.Join(d.folder, "source")
	require.NoError(b, os.MkdirAll(source, 0o700))
	require.NoError(b, os.WriteFile(filepath.Join(source, "Pulumi.yaml"), []byte(program(credentials, "first")), 0o600))
	d.Workspace, err = pulumicli.NewWorkspace(d.folder, source, cli, plugin,
		"PGBEAM_API_KEY="+d.local.APIKey, "PGBEAM_API_URL="+d.local.URL)
	require.NoError(b, err)
	d.run(b, "stack", "init", "dev")
	return d
}

// run runs a command of the CLI and returns how many requests it took.
func (d *deployment) run(b *testing.B, args ...string) float64 {
	b.Helper()
	d.local.ResetRequests()
	var printed bytes.Buffer
	require.NoError(b, d.Run(b.Context(), &printed, args...), printed.String())
	return float64(len(d.local.Requests()))
}

// state returns the size of the state, in bytes.
func (d *deployment) state(b *testing.B) float64 {
	b.Helper()
	file, err := os.Stat(filepath.Join(d.folder, "backend", ".pulumi", "stacks", "bench", "dev.json"))
	require.NoError(b, err)
	return float64(file.Size())
}

// BenchmarkUp deploys a project, a policy and agent credentials with the Pulumi
// CLI, with the plugin and with a provider that does nothing.
func BenchmarkUp(b *testing.B) {
	for _, n := range sizes(200, 10, 100, 1000) {
		for by, plugin := range inOrder("floor", built(b).null, "plugin", built(b).plugin) {
			b.Run(fmt.Sprintf("by=%s/n=%d", by, n), func(b *testing.B) {
				d := deploy(b, plugin, n)
				b.ResetTimer()
				d.run(b, "up", "--yes", "--skip-preview")
				b.StopTimer()
				b.ReportMetric(d.state(b)/1e6, "state-MB")
			})
		}
	}
}

// BenchmarkRequests counts the requests of what is done with that program, and
// says what the least is that the API allows.
func BenchmarkRequests(b *testing.B) {
	if !*growth {
		b.Skip("they do not change from one round to the next")
	}
	const credentials = 200
	d := deploy(b, built(b).plugin, credentials)
	count := func(what string, least float64, args ...string) {
		b.Run("of="+what, func(b *testing.B) {
			b.ReportMetric(d.run(b, args...), "requests")
			b.ReportMetric(least, "least")
		})
	}
	count("preview", 0, "preview")
	count("creates", credentials+2, "up", "--yes", "--skip-preview")
	count("nothing", 0, "up", "--yes")
	require.NoError(b, os.WriteFile(filepath.Join(d.Dir, "Pulumi.yaml"), []byte(program(credentials, "second")), 0o600))
	count("update", 1, "up", "--yes", "--skip-preview")
	count("deletes", credentials+2, "destroy", "--yes", "--skip-preview")
}
