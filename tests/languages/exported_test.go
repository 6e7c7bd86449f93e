// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"fmt"
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
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: canary-plain-project }
  component-plain:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: canary-plain-component }
      webhook: { url: "https://example.com/hooks", secret: canary-plain-webhook }
  database:
    type: pgbeam:Database
    properties: { projectId: "${project-plain.id}", host: a.example.com, port: 5432, name: a, username: pgbeam, password: canary-database }
  webhook:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project-plain.id}", url: "https://example.com/more", secret: canary-endpoint }
outputs:
  project-plain: ${project-plain}
  component-plain: ${component-plain}
  database: ${database}
  webhook: ${webhook}
  list: ["${project-plain}", { component: "${component-plain}" }]
`

// TestExportedResources checks that exporting whole resources and components does
// not leak their secrets, for every form in which a program can pass them, and that
// no other field of the same object becomes a secret.
func TestExportedResources(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		language language
		file     string
		forms    []string
	}{
		"TypeScript": {node, nodeProgram("exported"), []string{"plain", "output", "promise", "leaves"}},
		"Python":     {python, pythonProgram("exported"), []string{"plain", "class", "output", "classes", "promise", "coroutine", "leaves"}},
		"Go":         {golang, "exported", []string{"plain", "pointer", "output"}},
		"Java":       {java, "exported", []string{"plain", "output"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			p := newProgram(t, test.language, local, test.file, "")
			addExportedCanaries(p.Stack, test.forms)
			p.Must("config", "set", "orgId", local.OrgID)
			p.preview()
			r := p.run(p.language.driver, "up", false)
			if name == "Java" {
				// Java's Automation API cannot parse outputs that are objects, which it reads after the update.
				require.Contains(t, r.Error, "JsonSyntaxException", r.Output)
			} else {
				require.Empty(t, r.Error, r.Output)
			}
			checkExported(p.Stack, test.forms)
			changes := p.preview().Changes
			assert.NotZero(t, changes["same"])
			assert.Len(t, changes, 1, "no other operations: %v", changes)
			p.Must("destroy", "--yes")
		})
	}
	t.Run("YAML", func(t *testing.T) {
		t.Parallel()
		local := localapi.Start(t, localapi.Options{})
		s := newYAML(t, local, []byte(exportedYAML))
		forms := []string{"plain"}
		addExportedCanaries(s, forms)
		s.Must("preview", "--diff")
		s.Must("up", "--yes", "--diff")
		checkExported(s, forms)
		s.Must("up", "--yes", "--expect-no-changes")
		s.Must("destroy", "--yes")
	})
}

func addExportedCanaries(s *stacktest.Stack, forms []string) {
	for _, form := range forms {
		for _, kind := range []string{"project", "component", "webhook"} {
			s.AddCanary(kind+" "+form, fmt.Sprintf("canary-%s-%s", form, kind))
		}
	}
	s.AddCanary("the database's password", "canary-database")
	s.AddCanary("the webhook's secret", "canary-endpoint")
}

// checkExported runs the commands that print state, whose output is scanned when the
// test ends, and checks which inputs are secrets.
func checkExported(s *stacktest.Stack, forms []string) {
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
	isSecret := func(value any) bool {
		secret, ok := value.(map[string]any)
		return ok && secret["ciphertext"] != nil
	}
	for _, form := range forms {
		for _, project := range []string{"project-" + form, "component-" + form + "-project"} {
			require.Contains(s, state, project)
			database, ok := state[project].Inputs["database"].(map[string]any)
			require.True(s, ok, project)
			assert.True(s, isSecret(database["password"]), project)
			assert.Equal(s, "db.example.com", database["host"], "%s: other fields are not secrets", project)
		}
		webhook := state["component-"+form+"-webhook"].Inputs
		assert.True(s, isSecret(webhook["secret"]))
		assert.Equal(s, "https://example.com/hooks", webhook["url"])
	}
	for _, name := range []string{"database", "webhook"} {
		require.Contains(s, state, name)
	}
}

// TestMarkSecrets runs unit tests of the SDKs' functions that mark nested secrets.
func TestMarkSecrets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		language language
		file     string
	}{
		"TypeScript": {node, nodeProgram("mark-secrets")},
		"Python":     {python, pythonProgram("mark-secrets")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, test.language, localapi.Start(t, localapi.Options{}), test.file, "")
			r := p.run(p.language.failing, "up", false)
			require.Empty(t, r.Error, r.Output)
			assert.Equal(t, map[string]any{"result": "passed"}, p.Outputs())
		})
	}
}
