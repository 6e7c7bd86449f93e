// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

const exportedYAML = `
name: exported
runtime: yaml
resources:
  project-plain:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: planted-plain-project }
  component-plain:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: planted-plain-component }
      webhook: { url: "https://example.com/hooks", secret: planted-plain-webhook }
  database:
    type: pgbeam:Database
    properties: { projectId: "${project-plain.id}", host: a.example.com, port: 5432, name: a, username: pgbeam, password: planted-database }
  webhook:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project-plain.id}", url: "https://example.com/more", secret: planted-endpoint }
outputs:
  project-plain: ${project-plain}
  component-plain: ${component-plain}
  database: ${database}
  webhook: ${webhook}
  list: ["${project-plain}", { component: "${component-plain}" }]
`

// TestExportedAsAWhole: whole resources and components that a program exports
// show no secret, however the program gives them their secrets, and nothing else
// in the same object becomes one.
func TestExportedAsAWhole(t *testing.T) {
	t.Parallel()
	for language, l := range map[string]struct {
		drivers drivers
		file    string
		ways    []string
	}{
		"TypeScript": {node, nodeProgram("exported"), []string{"plain", "output", "promise", "leaves"}},
		"Python":     {python, pythonProgram("exported"), []string{"plain", "class", "output", "classes", "promise", "coroutine", "leaves"}},
		"Go":         {golang, "exported", []string{"plain", "pointer", "output"}},
		"Java":       {java, "exported", []string{"plain", "output"}},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			p := newProgram(t, l.drivers, local, l.file, "")
			plantExported(p.Stack, l.ways)
			p.Must("config", "set", "orgId", local.OrgID)
			p.preview()
			a := p.try(p.driver.main, "up", false)
			if language == "Java" {
				// Its Automation API reads no outputs that are objects, which it does last.
				require.Contains(t, a.Error, "JsonSyntaxException", a.Printed)
			} else {
				require.Empty(t, a.Error, a.Printed)
			}
			assertExported(p.Stack, l.ways)
			changes := p.preview().Changes
			assert.NotZero(t, changes["same"])
			assert.Len(t, changes, 1, "nothing changes: %v", changes)
			p.Must("destroy", "--yes")
		})
	}
	t.Run("YAML", func(t *testing.T) {
		t.Parallel()
		local := localapi.Start(t, localapi.Options{})
		folder := filepath.Join(t.TempDir(), "source")
		require.NoError(t, os.MkdirAll(folder, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), []byte(exportedYAML), 0o600))
		s := stacktest.New(t, tools.Tools, local, folder)
		ways := []string{"plain"}
		plantExported(s, ways)
		s.Must("preview", "--diff")
		s.Must("up", "--yes", "--diff")
		assertExported(s, ways)
		s.Must("up", "--yes", "--expect-no-changes")
		s.Must("destroy", "--yes")
	})
}

func plantExported(s *stacktest.Stack, ways []string) {
	for _, way := range ways {
		for _, kind := range []string{"project", "component", "webhook"} {
			s.AddCanary(kind+" "+way, fmt.Sprintf("planted-%s-%s", way, kind))
		}
	}
	s.AddCanary("the database's password", "planted-database")
	s.AddCanary("the webhook's secret", "planted-endpoint")
}

// assertExported prints what there is to print, to be searched when the test ends.
func assertExported(s *stacktest.Stack, ways []string) {
	s.Helper()
	s.AddCanaries()
	for _, command := range [][]string{
		{"stack"},
		{"stack", "output"},
		{"stack", "output", "--json"},
		{"stack", "export"},
		{"stack", "history", "--json"},
		{"refresh", "--yes", "--diff"},
	} {
		s.Must(command...)
	}
	state := s.State()
	secret := func(value any) bool {
		wrapped, ok := value.(map[string]any)
		return ok && wrapped["ciphertext"] != nil
	}
	for _, way := range ways {
		for _, project := range []string{"project-" + way, "component-" + way + "-project"} {
			require.Contains(s, state, project)
			database, ok := state[project].Inputs["database"].(map[string]any)
			require.True(s, ok, project)
			assert.True(s, secret(database["password"]), project)
			assert.Equal(s, "db.example.com", database["host"], "%s: only the password is a secret", project)
		}
		webhook := state["component-"+way+"-webhook"].Inputs
		assert.True(s, secret(webhook["secret"]))
		assert.Equal(s, "https://example.com/hooks", webhook["url"])
	}
	for _, name := range []string{"database", "webhook"} {
		require.Contains(s, state, name)
	}
}

// TestMarkingOfSecrets: at any depth, in lists and maps, in values of every form.
func TestMarkingOfSecrets(t *testing.T) {
	t.Parallel()
	for language, l := range map[string]struct {
		drivers drivers
		file    string
	}{
		"TypeScript": {node, nodeProgram("marking")},
		"Python":     {python, pythonProgram("marking")},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, l.drivers, localapi.Start(t, localapi.Options{}), l.file, "")
			a := p.try(p.driver.refusing, "up", false)
			require.Empty(t, a.Error, a.Printed)
			assert.Equal(t, map[string]any{"result": "right"}, p.Outputs())
		})
	}
}
