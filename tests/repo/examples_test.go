// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
