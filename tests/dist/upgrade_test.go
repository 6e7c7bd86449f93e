// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build dist

package dist

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// upgrade updates, refreshes and destroys a stack that each recorded release made. The programs
// keep the TLS mode that SecureAgentProject had as its default in 0.1.0.
func (m *machine) upgrade() {
	m.Helper()
	states := m.source("tests", "e2e", "testdata", "states")
	releases, err := os.ReadDir(states)
	require.NoError(m, err)
	require.NotEmpty(m, releases)
	for _, release := range releases {
		dir := m.mkdir("upgrades", release.Name())
		for target, source := range map[string]string{"api.json": "api.json", "Pulumi.yaml": "program.yaml", "Pulumi.test.yaml": "Pulumi.test.yaml"} {
			m.copy(filepath.Join(dir, target), filepath.Join(states, release.Name(), source))
		}
		url, api := m.startAPI("--state", filepath.Join(dir, "api.json"))
		m.setenv("PGBEAM_API_URL", url)
		recorded := len(m.projects(api))
		require.NotZero(m, recorded)

		s := m.newStack(dir, "test") // the name in the recorded state
		s.pulumi("stack", "import", "--file", filepath.Join(states, release.Name(), "state.json"))
		program, err := os.ReadFile(filepath.Join(dir, "Pulumi.yaml"))
		require.NoError(m, err)
		kept := strings.NewReplacer("fn::secret: old-planted-component }", "fn::secret: old-planted-component }, sslMode: require",
			"host: replica-1.example.com", "host: replica-1.example.com, sslMode: require").Replace(string(program))
		m.write(filepath.Join(dir, "Pulumi.yaml"), kept)
		// The state gets the inputs of the component, which 0.1.0 did not record.
		output := s.up(false)
		assert.Contains(m, output, "~ 1 updated", output)
		assert.NotContains(m, output, "replaced")
		assert.Len(m, m.projects(api), recorded)
		s.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
		s.up(true)

		changed := strings.ReplaceAll(kept, "description: before", "description: after")
		require.NotEqual(m, kept, changed)
		m.write(filepath.Join(dir, "Pulumi.yaml"), changed)
		output = s.up(false)
		assert.NotContains(m, output, "replaced")
		state := s.pulumi("stack", "export")
		for _, secret := range []string{"old-planted-password", "old-planted-archive", "old-planted-webhook", "old-planted-component"} {
			assert.NotContains(m, state, secret)
			assert.NotContains(m, output, secret)
		}
		s.pulumi("destroy", "--yes", "--skip-preview")
		assert.Empty(m, m.projects(api))
	}
}
