// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package repo tests that the documents, examples and SDKs of the repository
// agree with the code.
package repo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// TestReadmeFitsFiveMinutes limits the length of the README.
func TestReadmeFitsFiveMinutes(t *testing.T) {
	t.Parallel()
	assert.LessOrEqual(t, strings.Count(repotest.Read(t, "README.md"), "\n"), 200)
}

// TestReadmeCounts compares the numbers in the README with the code.
func TestReadmeCounts(t *testing.T) {
	t.Parallel()
	readme := repotest.Read(t, "README.md")
	for page, count := range map[string]int{
		"components": len(components.All()),
		"resources":  len(resources.All()),
		"functions":  len(functions.All()),
	} {
		assert.Contains(t, readme, fmt.Sprintf("[%d %s](docs/%[2]s.md)", count, page))
	}
}

// TestProgramInEveryLanguage requires that docs/languages.md shows programs of examples/.
func TestProgramInEveryLanguage(t *testing.T) {
	t.Parallel()
	page := repotest.Read(t, "docs", "languages.md")
	for language, file := range map[string]string{
		"typescript": "typescript/secure-agent-project/index.ts",
		"python":     "python/secure-agent-project/__main__.py",
		"go":         "go/secure-agent-project/main.go",
		"java":       "java/secure-agent-project/src/main/java/shop/App.java",
	} {
		assert.Equal(t, repotest.Read(t, "examples", file), repotest.CodeBlock(t, page, language), file)
	}
	assert.Contains(t, repotest.Read(t, "README.md"), "(docs/languages.md)")
}

// TestOverviewLinksEverything requires that the registry's page links every component, resource
// and function.
func TestOverviewLinksEverything(t *testing.T) {
	t.Parallel()
	overview := repotest.Read(t, "docs", "_index.md")
	assertLinked := func(page, name string) {
		assert.Contains(t, overview, "[`"+name+"`]("+repositoryURL+"docs/"+page+"#"+strings.ToLower(name)+")")
	}
	for _, component := range components.All() {
		assertLinked("components.md", component.Kind())
	}
	for _, resource := range resources.All() {
		assertLinked("resources.md", resource.Kind())
	}
	for _, function := range functions.All() {
		assertLinked("functions.md", function.Name())
	}
}
