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

// yamlProgram returns a program with a project, a policy and agent credentials.
func yamlProgram(credentials int, description string) string {
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
`, i, agentName(i))
	}
	return text.String()
}

// deployment is a stack with a separate plugin and API.
type deployment struct {
	*pulumicli.Workspace
	folder string
	local  *localapi.Local
}

func newDeployment(b *testing.B, plugin string, credentials int, env ...string) *deployment {
	b.Helper()
	cli, err := pulumicli.Locate(context.Background(), binaries(b).root, os.Stderr)
	require.NoError(b, err)
	d := &deployment{folder: b.TempDir(), local: localapi.Start(b, localapi.Options{})}
	source := filepath.Join(d.folder, "source")
	require.NoError(b, os.MkdirAll(source, 0o700))
	require.NoError(b, os.WriteFile(filepath.Join(source, "Pulumi.yaml"), []byte(yamlProgram(credentials, "first")), 0o600))
	d.Workspace, err = pulumicli.NewWorkspace(d.folder, source, cli, plugin,
		append(env, "PGBEAM_API_KEY="+d.local.APIKey, "PGBEAM_API_URL="+d.local.URL)...)
	require.NoError(b, err)
	d.run(b, "stack", "init", "dev")
	return d
}

// run runs a CLI command and returns the number of API requests.
func (d *deployment) run(b *testing.B, args ...string) float64 {
	b.Helper()
	d.local.ResetRequests()
	var output bytes.Buffer
	require.NoError(b, d.Run(b.Context(), &output, args...), output.String())
	return float64(len(d.local.Requests()))
}

// stateSize returns the size of the state file in bytes.
func (d *deployment) stateSize(b *testing.B) float64 {
	b.Helper()
	file, err := os.Stat(filepath.Join(d.folder, "backend", ".pulumi", "stacks", "bench", "dev.json"))
	require.NoError(b, err)
	return float64(file.Size())
}

// BenchmarkUp deploys a project, a policy and agent credentials with the Pulumi
// CLI, with the plugin and with the null provider.
func BenchmarkUp(b *testing.B) {
	const n = 200
	for _, provider := range []program{{"floor", binaries(b).null}, {"plugin", binaries(b).plugin}} {
		b.Run(fmt.Sprintf("by=%s/n=%d", provider.name, n), func(b *testing.B) {
			d := newDeployment(b, provider.path, n)
			b.ResetTimer()
			d.run(b, "up", "--yes", "--skip-preview")
			b.StopTimer()
			b.ReportMetric(d.stateSize(b)/1e6, "state-MB")
		})
	}
}

// BenchmarkRequests reports the number of requests of each CLI command, and the
// minimum that the API requires.
func BenchmarkRequests(b *testing.B) {
	if !*growth {
		b.Skip("the numbers do not vary between rounds")
	}
	const credentials = 200
	d := newDeployment(b, binaries(b).plugin, credentials)
	count := func(name string, minimum float64, args ...string) {
		b.Run("of="+name, func(b *testing.B) {
			b.ReportMetric(d.run(b, args...), "requests")
			b.ReportMetric(minimum, "minimum")
		})
	}
	count("preview", 0, "preview")
	count("creates", credentials+2, "up", "--yes", "--skip-preview")
	count("nothing", 0, "up", "--yes")
	require.NoError(b, os.WriteFile(filepath.Join(d.Dir, "Pulumi.yaml"), []byte(yamlProgram(credentials, "second")), 0o600))
	count("update", 1, "up", "--yes", "--skip-preview")
	count("deletes", credentials+2, "destroy", "--yes", "--skip-preview")
}
