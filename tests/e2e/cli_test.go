// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestPreviewJSON requires that the JSON of a preview has every step and no secret.
func TestPreviewJSON(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := newExampleStack(t, local)
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

// TestImportGeneratesWorkingCode runs the program that `pulumi import` generates
// for an existing project.
func TestImportGeneratesWorkingCode(t *testing.T) {
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

	s := clitest.New(t, local, "name: imported\nruntime: yaml\n")
	s.AddCanaries()
	file := filepath.Join(t.TempDir(), "imported.yaml")
	s.Must("import", "pgbeam:index:Project", "shop", existing.Project.ID, "--yes", "--protect=false", "--out", file)
	for _, r := range local.Requests() {
		assert.Equal(t, "GET", r.Method, "an import changes nothing")
	}
	code, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, line := range []string{"type: pgbeam:Project", "orgId: " + local.OrgID, "name: shop", "- production", "host: db.example.com", "port: 5433"} {
		assert.Contains(t, string(code), line)
	}
	// The API does not return the password, so that the program has a placeholder for it.
	const missing = `password: ""`
	require.Contains(t, string(code), missing)
	password, err := json.Marshal(plantedPassword)
	require.NoError(t, err)
	s.WriteProgram("name: imported\nruntime: yaml\n" + strings.Replace(string(code), missing, "password: { fn::secret: "+string(password)+" }", 1))
	local.ResetRequests()
	s.Up()
	assert.Len(t, local.Requests(), 1, "the password is sent, because the API does not return it")
	assert.Equal(t, 1, local.Count("PATCH", "/v1/projects/*/databases/*"))
	assert.Equal(t, existing.Project.ID, s.State()["shop"].ID)
	local.ResetRequests()
	s.Up("--expect-no-changes")
	assert.Empty(t, local.Requests())
}

// TestComponentResourceOptions covers the options that YAML has. tests/languages
// covers `transforms`.
func TestComponentResourceOptions(t *testing.T) {
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
	s := clitest.New(t, local, program("store", ""))
	s.AddCanary("the password", "hunter2-planted")
	s.Up()
	s.AddCanaries()
	created := local.Objects("projects")
	require.Len(t, created, 2)
	assert.True(t, strings.HasPrefix(created[0]["name"].(string), "first-"), "the dependency of the component is created first: %s", created[0]["name"])
	first := s.State()["first"].URN
	assert.Contains(t, s.State()["store"].Dependencies, first)

	// Renamed, with an alias: nothing is replaced, not even the children.
	s.WriteProgram(program("shop", "      aliases: [{ name: store }]\n      protect: true\n"))
	local.ResetRequests()
	s.Up()
	assert.Empty(t, local.Requests())
	for _, name := range []string{"shop", "shop-project", "shop-policy", "shop-agent"} {
		assert.True(t, s.State()[name].Protect, name)
	}
	assert.NotContains(t, s.State(), "store-project")

	assert.Contains(t, s.MustFail("destroy", "--yes"), "protect")
	assert.Len(t, local.Objects("policies"), 1)
	s.Must("state", "unprotect", "--all", "--yes")
	s.Must("destroy", "--yes")
	s.AssertEmpty()
}
