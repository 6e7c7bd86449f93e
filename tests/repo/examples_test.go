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

// TestEveryResourceHasAnExample requires an example of every resource and
// component, which its documentation shows.
func TestEveryResourceHasAnExample(t *testing.T) {
	t.Parallel()
	schema := readSchema(t)
	require.NotEmpty(t, schema.Resources)
	shownKinds := map[string]bool{}
	for name, example := range repotest.Examples(t) {
		assert.Equal(t, name, example.Name)
		assert.NotEmpty(t, example.Outputs, name)
		assert.FileExists(t, filepath.Join(example.Dir, "README.md"))
		for _, resource := range example.Resources {
			token := strings.Replace(resource.Type, "pgbeam:", "pgbeam:index:", 1)
			assert.Contains(t, schema.Resources, token, name)
			shownKinds[token] = true
		}
	}
	for token := range schema.Resources {
		assert.True(t, shownKinds[token], "%s has no example", token)
	}
}
