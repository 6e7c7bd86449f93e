// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/migrate"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// formerState returns a stack of a program of the former package, with the state that this
// package wrote, and the outputs of the stack with this provider.
func formerState(t *testing.T, file string) (p *program, outputs map[string]any) {
	t.Helper()
	const sql = "SELECT * FROM orders WHERE id = 1"
	local := localapi.Start(t, localapi.Options{QueryShapes: []string{sql}})
	hash, _ := localapi.QueryShape(sql)
	p = newProgram(t, node, local, nodeProgram("former"), "", "PGBEAM_API_KEY=", "PGBEAM_API_URL=")
	p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--plaintext", "url="+local.URL, "--plaintext", "queryHash="+hash,
		"--secret", "key="+local.APIKey, "--secret", "password="+canaryPassword, "--secret", "webhookSecret="+canaryWebhookSecret)
	p.up()
	outputs = p.Outputs()
	secrets := map[string]string{"project": "canary-project-password", "database": canaryPassword, "webhook": canaryWebhookSecret}
	importState(p.Stack, p.DynamicState(p.Must("stack", "export"), secrets))
	require.Contains(t, p.Must("stack", "export"), "canary-project-password")
	p.file = nodeProgram(file)
	local.ResetRequests()
	return p, outputs
}

func importState(s *stacktest.Stack, state string) {
	s.Helper()
	file := filepath.Join(s.TempDir(), "state.json")
	require.NoError(s, os.WriteFile(file, []byte(state), 0o600))
	s.Must("stack", "import", "--file", file)
}

// checkTakenOver verifies that the program leaves the objects alone that another provider has
// created.
func checkTakenOver(p *program, outputs map[string]any) {
	p.Helper()
	exported := p.Must("stack", "export")
	for _, former := range []string{"PgBeamClient", "pulumi-nodejs", "canary-project-password", canaryPassword, canaryWebhookSecret} {
		assert.NotContains(p, exported, former)
	}
	p.Must("refresh", "--yes")
	p.requireNoChanges()
	assert.Equal(p, outputs, p.Outputs(), "including the secrets")
	for _, request := range p.Local.Requests() {
		if request.Method != http.MethodGet {
			assert.Regexp(p, "/verify$", request.Path, "the program verifies its domain")
		}
	}
	p.Must("destroy", "--yes")
	assert.Empty(p, p.Local.Objects("projects"))
}

// TestFormerState moves the state of a program of the former package, which configures the
// provider in code.
func TestFormerState(t *testing.T) {
	t.Parallel()
	p, outputs := formerState(t, "former")
	moved, report, err := migrate.Dynamic([]byte(p.Must("stack", "export")))
	require.NoError(t, err)
	assert.Len(t, report.Moved, 12)
	assert.Empty(t, report.Left)
	importState(p.Stack, string(moved))
	preview := p.preview()
	assert.Contains(t, preview.Output, "1 to create", "the provider of configure(): %s", preview.Output)
	assert.Contains(t, preview.Output, "13 unchanged", preview.Output)
	p.up()
	checkTakenOver(p, outputs)
}

// TestFormerStateByAlias keeps such a state with the lines that pgbeam-migrate prints.
func TestFormerStateByAlias(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join("nodejs", "programs", "former-alias.ts"))
	require.NoError(t, err)
	assert.Contains(t, string(source), migrate.AliasProgram())
	p, outputs := formerState(t, "former-alias")
	preview := p.preview()
	assert.Contains(t, preview.Output, "12 to update", preview.Output)
	assert.NotContains(t, preview.Output, "to delete", preview.Output)
	assert.NotContains(t, preview.Output, "to replace", preview.Output)
	p.up()
	p.file = nodeProgram("former")
	checkTakenOver(p, outputs)
}
