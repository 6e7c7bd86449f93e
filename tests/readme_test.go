// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := readFile(filepath.Join(built.root, "README.md"))
	require.NoError(t, err)
	return text
}

// block returns the first fenced block of a language.
func block(t *testing.T, text, language string) string {
	t.Helper()
	_, behind, ok := strings.Cut(text, "\n```"+language+"\n")
	require.True(t, ok, language)
	content, _, ok := strings.Cut(behind, "\n```\n")
	require.True(t, ok, language)
	return content + "\n"
}

// volatile is what differs from one deployment to the next.
var volatile = regexp.MustCompile(`\([0-9.]+s\)|Duration: .*|shop-project-[a-z0-9]+-[a-z0-9]+`)

// TestReadmeProgram deploys the program of the README: it prints what stands there.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	text := readme(t)
	program := block(t, text, "yaml")
	assert.LessOrEqual(t, strings.Count(program, "\n"), 22)
	s := newStack(t, contracttest.Start(t, localapi.Options{}), program)
	s.plant("the password", "pa$$w0rd-planted")
	s.must("config", "set", "--secret", "dbPassword", "pa$$w0rd-planted")
	printed := s.up("--skip-preview")
	s.plantAll()
	for _, line := range strings.Split(block(t, text, "console"), "\n") {
		if strings.HasPrefix(line, "$") || strings.HasPrefix(line, "Updating") {
			continue
		}
		line = strings.ReplaceAll(volatile.ReplaceAllString(line, "…"), "shop-dev", "shop-test")
		assert.Contains(t, volatile.ReplaceAllString(printed, "…"), strings.TrimSpace(line))
	}
}

// TestReadmeShowsTheExamples as they stand in examples/, and names every resource.
func TestReadmeShowsTheExamples(t *testing.T) {
	t.Parallel()
	text := readme(t)
	for language, file := range map[string]string{
		"typescript": "typescript/secure-agent-project/index.ts",
		"python":     "python/secure-agent-project/__main__.py",
		"go":         "go/secure-agent-project/main.go",
		"java":       "java/secure-agent-project/src/main/java/shop/App.java",
	} {
		program, err := readFile(filepath.Join(built.root, "examples", file))
		require.NoError(t, err)
		assert.Equal(t, program, block(t, text, language), file)
	}
	for _, served := range resources.All() {
		assert.Contains(t, text, "[`"+served.Kind()+"`](docs/resources.md#"+strings.ToLower(served.Kind())+")")
	}
}
