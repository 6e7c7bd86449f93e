// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// runAccountIn runs the command in a folder, and returns its exit code and output.
func runAccountIn(t *testing.T, ctx context.Context, local *localapi.Local, folder string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(folder)
	t.Setenv("PGBEAM_API_KEY", local.APIKey)
	t.Setenv("PGBEAM_API_URL", local.URL)
	t.Setenv("PGBEAM_MAX_RETRIES", "0")
	var out, err bytes.Buffer
	code = run(ctx, append([]string{"account"}, args...), streams{out: &out, err: &err})
	assert.NotContains(t, out.String()+err.String(), local.APIKey)
	return code, out.String(), err.String()
}

// createShop creates a project with the objects of a SecureAgentProject.
func createShop(t *testing.T, local *localapi.Local) {
	t.Helper()
	env := &enginetest.Env{TB: t, Local: local, Engine: enginetest.New(t, local)}
	project := env.Create("Project", "shop", map[string]any{"orgId": local.OrgID, "name": "shop", "database": enginetest.DatabaseInputs})
	policy := env.Create("PolicyProfile", "support", map[string]any{"projectId": project.ID, "name": "support", "budgetQueriesPerHour": 100})
	env.Create("AgentCredential", "bot", map[string]any{"projectId": project.ID, "policyProfileId": policy.ID, "name": "bot"})
	env.Create("WebhookEndpoint", "hook", map[string]any{"projectId": project.ID, "url": "https://hooks.example.com/T0/planted", "secret": "planted-too"})
	local.ResetRequests()
}

// files returns the names in a folder.
func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// importNames returns the names in an import file.
func importNames(t *testing.T, text string) (names []string) {
	t.Helper()
	var file struct{ Resources []struct{ Name string } }
	require.NoError(t, json.Unmarshal([]byte(text), &file), text)
	for _, r := range file.Resources {
		names = append(names, r.Name)
	}
	return names
}

func TestAccountWritesAnImportFile(t *testing.T) {
	local := localapi.Start(t, localapi.Options{})
	createShop(t, local)
	folder := t.TempDir()
	code, stdout, stderr := runAccountIn(t, t.Context(), local, folder, "--org", local.OrgID)
	require.Equal(t, exitOK, code, stderr)
	names := []string{"shop", "shop-policy-support", "shop-agent-bot", "shop-webhook-hooks-example-com"}
	assert.Equal(t, names, importNames(t, stdout))
	assert.Empty(t, files(t, folder), "the progress is not needed any more")
	assert.Contains(t, stderr, "Found 4 objects: Project 1, PolicyProfile 1, AgentCredential 1, WebhookEndpoint 1.")
	assert.Regexp(t, `(?s)returned the secrets of these objects once.*rotationTriggers.*the old ones then stop working.*AgentCredential shop-agent-bot \(prj_\w+/agt_\w+\)`, stderr)
	assert.Regexp(t, `(?s)which the program has to set:\n  Project shop \(prj_\w+\): database.password\n  WebhookEndpoint shop-webhook-hooks-example-com \(prj_\w+/whk_\w+\): secret, if there is one`, stderr)
	assert.NotContains(t, stdout+stderr, "planted")

	code, stdout, stderr = runAccountIn(t, t.Context(), local, folder, "--out", "import.json", "--program", "Pulumi.yaml", "--components")
	require.Equal(t, exitOK, code, stderr)
	assert.Empty(t, stdout)
	assert.Equal(t, []string{"Pulumi.yaml", "import.json"}, files(t, folder))
	text, err := os.ReadFile(filepath.Join(folder, "import.json"))
	require.NoError(t, err)
	assert.Equal(t, []string{"shop", "shop-project", "shop-policy", "shop-agent", "shop-webhook"}, importNames(t, string(text)))
	assert.Contains(t, stderr, "pulumi config set --secret shopPassword")
	assert.Contains(t, stderr, "pulumi import --generate-code=false --file import.json")
	program, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
	require.NoError(t, err)
	assert.Contains(t, string(program), "password: ${shopPassword}")

	// A program that was edited is not overwritten.
	local.ResetRequests()
	code, _, stderr = runAccountIn(t, t.Context(), local, folder, "--program", "Pulumi.yaml")
	assert.Equal(t, exitFailed, code)
	assert.Equal(t, "pgbeam-migrate account: the file Pulumi.yaml exists: name a new one with --program\n", stderr)
	assert.Empty(t, local.Requests())
}

func TestAccountWritesNothingUnlessComplete(t *testing.T) {
	local := localapi.Start(t, localapi.Options{})
	createShop(t, local)
	folder := t.TempDir()
	local.AddFault(localapi.Fault{Method: "GET", Path: "/v1/projects/*/webhooks", Status: 503, Detail: "it is raining"})
	code, stdout, stderr := runAccountIn(t, t.Context(), local, folder, "--org", local.OrgID)
	assert.Equal(t, exitFailed, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "listing WebhookEndpoint of prj_")
	assert.Contains(t, stderr, "it is raining")
	assert.Contains(t, stderr, "Run the same command again to continue the walk, whose progress is in pgbeam-account.progress")
	assert.Equal(t, []string{"pgbeam-account.progress"}, files(t, folder))

	code, _, stderr = runAccountIn(t, t.Context(), local, folder, "--org", "org_other")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, stderr, "the progress file pgbeam-account.progress is that of another walk: its organization is org_local, not org_other")

	local.ClearFaults()
	local.ResetRequests()
	code, stdout, stderr = runAccountIn(t, t.Context(), local, folder, "--org", local.OrgID)
	require.Equal(t, exitOK, code, stderr)
	assert.Contains(t, stderr, "Continuing the walk that pgbeam-account.progress records")
	assert.Len(t, importNames(t, stdout), 4)
	assert.Zero(t, local.Count("GET", "/v1/organizations/*/plan"))
	assert.Equal(t, 1, local.Count("GET", "/v1/projects/*/webhooks"))
	assert.Empty(t, files(t, folder))
}

func TestAccountIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	local := localapi.Start(t, localapi.Options{Watch: func(_ localapi.Moment, method, _ string) {
		if method == "GET" {
			cancel()
		}
	}})
	folder := t.TempDir()
	code, stdout, stderr := runAccountIn(t, ctx, local, folder, "--resume", "walk.json")
	assert.Equal(t, exitFailed, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "interrupted. Run the same command again to continue the walk, whose progress is in walk.json")
}

func TestAccountUsage(t *testing.T) {
	local := localapi.Start(t, localapi.Options{})
	for args, want := range map[string]int{"-help": exitOK, "--org": exitUsage, "import.json": exitUsage, "--org=": exitUsage, "--skip=Policy": exitFailed} {
		code, stdout, stderr := runAccountIn(t, t.Context(), local, t.TempDir(), args)
		assert.Equal(t, want, code, args)
		assert.Empty(t, stdout)
		assert.NotEmpty(t, stderr)
	}
	assert.Empty(t, local.Requests())
}
