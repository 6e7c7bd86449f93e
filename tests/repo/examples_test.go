// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// TestEverythingHasAnExample requires an example of every resource, component and
// function, which its documentation shows.
func TestEverythingHasAnExample(t *testing.T) {
	t.Parallel()
	schema := readSchema(t)
	require.NotEmpty(t, schema.Resources)
	described := map[string]bool{}
	for name, example := range repotest.Examples(t) {
		assert.Equal(t, name, example.Name)
		assert.NotEmpty(t, example.Outputs, name)
		assert.FileExists(t, filepath.Join(example.Dir, "README.md"))
		for _, resource := range example.Resources {
			token := strings.Replace(resource.Type, "pgbeam:", "pgbeam:index:", 1)
			assert.Contains(t, schema.Resources, token, name)
			described[token] = true
		}
		for _, variable := range example.Variables {
			token := strings.Replace(variable.Invoke.Function, "pgbeam:", "pgbeam:index:", 1)
			assert.Contains(t, schema.Functions, token, name)
			described[token] = true
		}
	}
	for token := range schema.Resources {
		assert.True(t, described[token], "%s has no example", token)
	}
	for token := range schema.Functions {
		assert.True(t, described[token], "%s has no example", token)
	}
}

// TestExamplesAskForTheirConfiguration requires that `pulumi new` asks for every input of an example,
// and encrypts what is secret.
func TestExamplesAskForTheirConfiguration(t *testing.T) {
	t.Parallel()
	const apiKey = "pgbeam:apiKey"
	for name, example := range repotest.Examples(t) {
		questions := example.Template.Config
		for key, setting := range example.Config {
			question, ok := questions[key]
			assert.True(t, ok, "%s: the template does not have %s", name, key)
			assert.Equal(t, setting.Secret, question.Secret, "%s: %s", name, key)
			assert.Equal(t, setting.Default, question.Default, "%s: %s", name, key)
		}
		for key, question := range questions {
			assert.NotEmpty(t, question.Description, "%s: %s", name, key)
			if key == apiKey {
				assert.True(t, question.Secret, name)
			} else {
				assert.Contains(t, example.Config, key, name)
			}
			if question.Secret {
				assert.Nil(t, question.Default, "%s: %s", name, key)
			}
		}
		// Only mcpClientConfig makes no request.
		assert.Equal(t, name != "mcp-client-config", questions[apiKey].Description != "", "%s: the API key", name)
		for _, file := range []string{"docs/resources.md", "docs/components.md", "docs/functions.md", "docs/_index.md"} {
			assert.NotContains(t, repotest.Read(t, file), "leave it empty", "%s shows a template", file)
		}
	}
}

// TestProgramsAskForTheirConfiguration is the same for the examples in other languages. A template cannot
// ask for a list.
func TestProgramsAskForTheirConfiguration(t *testing.T) {
	t.Parallel()
	type setting struct {
		Type, Description string
		Secret            bool
	}
	for _, language := range []string{"typescript", "python", "go", "java"} {
		projects, err := filepath.Glob(repotest.Path(t, "examples", language, "*", "Pulumi.yaml"))
		require.NoError(t, err)
		require.NotEmpty(t, projects)
		for _, file := range projects {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			var project struct {
				Config   map[string]setting
				Template struct{ Config map[string]setting }
			}
			require.NoError(t, yaml.Unmarshal(content, &project), file)
			secrets := map[string]bool{"pgbeam:apiKey": true}
			for key, value := range project.Config {
				if value.Type == "string" {
					secrets[key] = value.Secret
				}
			}
			questions := map[string]bool{}
			for key, question := range project.Template.Config {
				questions[key] = question.Secret
				assert.NotEmpty(t, question.Description, "%s: %s", file, key)
			}
			assert.Equal(t, secrets, questions, file)
		}
	}
}
