// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestPreviewJSON: what CI reads has every step, and no secret.
func TestPreviewJSON(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := configured(t, local)
	stdout, stderr, err := s.Output(t.Context(), "preview", "--json")
	require.NoError(t, err, stderr)
	s.AddOutput(stdout + stderr)
	var preview struct {
		Steps []struct {
			Op       string
			URN      string
			NewState struct{ Inputs map[string]any }
		}
		ChangeSummary map[string]int
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &preview))
	assert.Equal(t, map[string]int{"create": 8}, preview.ChangeSummary)
	names := map[string]map[string]any{}
	for _, step := range preview.Steps {
		assert.Equal(t, "create", step.Op)
		names[step.URN[strings.LastIndex(step.URN, "::")+2:]] = step.NewState.Inputs
	}
	require.Contains(t, names, "shop-policy")
	assert.Equal(t, "read_only", names["shop-policy"]["accessMode"])
	assert.Equal(t, "[secret]", names["shop-project"]["database"].(map[string]any)["password"])
	assert.Equal(t, "shop.example.com", names["shop-project"]["database"].(map[string]any)["host"])
	assert.Empty(t, local.Requests(), "a preview makes no request")
}

// TestImportWritesCode: the program that `pulumi import` writes for a project
// that exists changes nothing when it is run.
func TestImportWritesCode(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	pgbeam, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	existing, err := pgbeam.Projects().Create(t.Context(), client.CreateProjectRequest{
		OrgID: local.OrgID, Name: "shop", Tags: &[]string{"production"},
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5433, Name: "shop", Username: "pgbeam", Password: plantedPassword},
	})
	require.NoError(t, err)
	local.ResetRequests()

	s := newStack(t, local, "name: imported\nruntime: yaml\n")
	s.plantAll()
	file := filepath.Join(t.TempDir(), "imported.yaml")
	s.must("import", "pgbeam:index:Project", "shop", existing.Project.ID, "--yes", "--protect=false", "--out", file)
	for _, r := range local.Requests() {
		assert.Equal(t, "GET", r.Method, "an import changes nothing")
	}
	code, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, line := range []string{"type: pgbeam:Project", "orgId: " + local.OrgID, "name: shop", "- production", "host: db.example.com", "port: 5433"} {
		assert.Contains(t, string(code), line)
	}
	// The API does not return the password: the program says that there is one, and a user puts it there.
	const missing = `password: ""`
	require.Contains(t, string(code), missing)
	given, err := json.Marshal(plantedPassword)
	require.NoError(t, err)
	s.program("name: imported\nruntime: yaml\n" + strings.Replace(string(code), missing, "password: { fn::secret: "+string(given)+" }", 1))
	local.ResetRequests()
	s.up()
	assert.Len(t, local.Requests(), 1, "the password, of which nobody knows whether it is the one that the API has")
	assert.Equal(t, 1, local.Count("PATCH", "/v1/projects/*/databases/*"))
	assert.Equal(t, existing.Project.ID, s.state()["shop"].ID)
	local.ResetRequests()
	s.up("--expect-no-changes")
	assert.Empty(t, local.Requests())
}

// TestOptionsOfTheComponent: those that YAML has. `transforms` are in tests/languages.
func TestOptionsOfTheComponent(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	program := func(name, options string) string {
		return `
name: options
runtime: yaml
resources:
  first:
    type: pgbeam:Project
    properties:
      orgId: ` + local.OrgID + `
      database: { host: db.example.com, port: 5432, name: a, username: pgbeam, password: { fn::secret: hunter2-planted } }
  ` + name + `:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: ` + local.OrgID + `
      database: { host: db.example.com, name: a, username: pgbeam, password: { fn::secret: hunter2-planted } }
    options:
      dependsOn: ["${first}"]
` + options
	}
	s := newStack(t, local, program("store", ""))
	s.plant("the password", "hunter2-planted")
	s.up()
	s.plantAll()
	made := local.Objects("projects")
	require.Len(t, made, 2)
	assert.True(t, strings.HasPrefix(made[0]["name"].(string), "first-"), "what the component depends on comes first: %s", made[0]["name"])
	first := s.state()["first"].URN
	assert.Contains(t, s.state()["store"].Dependencies, first)

	// Renamed, with an alias: nothing is replaced, not even the children.
	s.program(program("shop", "      aliases: [{ name: store }]\n      protect: true\n"))
	local.ResetRequests()
	s.up()
	assert.Empty(t, local.Requests())
	for _, name := range []string{"shop", "shop-project", "shop-policy", "shop-agent"} {
		assert.True(t, s.state()[name].Protect, name)
	}
	assert.NotContains(t, s.state(), "store-project")

	assert.Contains(t, s.fails("destroy", "--yes"), "protect")
	assert.Len(t, local.Objects("policies"), 1)
	s.must("state", "unprotect", "--all", "--yes")
	s.must("destroy", "--yes")
	assertEmpty(t, local)
}
