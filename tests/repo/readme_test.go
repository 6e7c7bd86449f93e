// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package repo tests that the documents, examples and SDKs of the repository
// agree with the code.
package repo

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// TestReadmeShowsExamplesAndResources requires that the programs in the README are
// those of examples/, and that it links every component, resource and function.
func TestReadmeShowsExamplesAndResources(t *testing.T) {
	t.Parallel()
	readme := repotest.Read(t, "README.md")
	for language, file := range map[string]string{
		"typescript": "typescript/secure-agent-project/index.ts",
		"python":     "python/secure-agent-project/__main__.py",
		"go":         "go/secure-agent-project/main.go",
		"java":       "java/secure-agent-project/src/main/java/shop/App.java",
	} {
		assert.Equal(t, repotest.Read(t, "examples", file), repotest.CodeBlock(t, readme, language), file)
	}
	for _, component := range components.All() {
		assert.Contains(t, readme, "[`"+component.Kind()+"`](docs/components.md#"+strings.ToLower(component.Kind())+")")
	}
	for _, resource := range resources.All() {
		assert.Contains(t, readme, "[`"+resource.Kind()+"`](docs/resources.md#"+strings.ToLower(resource.Kind())+")")
	}
	for _, function := range functions.All() {
		assert.Contains(t, readme, "[`"+function.Name()+"`](docs/functions.md#"+strings.ToLower(function.Name())+")")
	}
}
