// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package repotest reads files of this repository in tests.
package repotest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
)

// Path returns the path of a file or folder of the repository.
func Path(tb testing.TB, elements ...string) string {
	tb.Helper()
	root, err := pulumicli.Root()
	require.NoError(tb, err)
	return filepath.Join(append([]string{root}, elements...)...)
}

// Read returns the content of a file of the repository.
func Read(tb testing.TB, elements ...string) string {
	tb.Helper()
	content, err := os.ReadFile(Path(tb, elements...))
	require.NoError(tb, err)
	return string(content)
}

// CodeBlock returns the first fenced code block of a language in a Markdown text.
func CodeBlock(tb testing.TB, markdown, language string) string {
	tb.Helper()
	_, after, ok := strings.Cut(markdown, "\n```"+language+"\n")
	require.True(tb, ok, language)
	content, _, ok := strings.Cut(after, "\n```\n")
	require.True(tb, ok, language)
	return content + "\n"
}

// Example is a YAML program in examples/yaml.
type Example struct {
	// Dir is the folder of the program.
	Dir    string `yaml:"-"`
	Name   string
	Config map[string]struct {
		Secret  bool
		Default *string
	}
	Resources map[string]struct{ Type string }
	Variables map[string]struct {
		Invoke struct{ Function string } `yaml:"fn::invoke"`
	}
	Outputs map[string]any
	// Template has the questions of `pulumi new`.
	Template struct {
		Config map[string]struct {
			Description string
			Secret      bool
			Default     *string
		}
	}
}

// Examples returns the YAML examples by the names of their folders.
func Examples(tb testing.TB) map[string]Example {
	tb.Helper()
	entries, err := os.ReadDir(Path(tb, "examples", "yaml"))
	require.NoError(tb, err)
	examples := map[string]Example{}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		example := Example{Dir: Path(tb, "examples", "yaml", entry.Name())}
		program := Read(tb, "examples", "yaml", entry.Name(), "Pulumi.yaml")
		require.NoError(tb, yaml.Unmarshal([]byte(program), &example))
		examples[entry.Name()] = example
	}
	return examples
}
