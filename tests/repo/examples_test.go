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
