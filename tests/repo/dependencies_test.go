// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// TestDependenciesAreDocumented compares docs/dependencies.md with go.mod, and its
// first list with the modules that the plugin imports.
func TestDependenciesAreDocumented(t *testing.T) {
	t.Parallel()
	text := repotest.Read(t, "docs", "dependencies.md")
	plugin, others, found := strings.Cut(text, "## Tests and tools")
	require.True(t, found)
	row := regexp.MustCompile("(?m)^\\| `(\\S+)` \\| \\S.{9,} \\|$")
	listed := func(section string) []string {
		var modules []string
		for _, match := range row.FindAllStringSubmatch(section, -1) {
			modules = append(modules, match[1])
		}
		slices.Sort(modules)
		return modules
	}

	imported := pluginModules(t)
	assert.Equal(t, imported, listed(plugin))
	assert.LessOrEqual(t, len(imported), 12)
	assert.ElementsMatch(t, directModules(t), append(listed(plugin), listed(others)...))
}

// TestPluginHasNoSQLParser keeps the parser of pgbeam-local, with its WebAssembly runtime, out of the plugin.
func TestPluginHasNoSQLParser(t *testing.T) {
	t.Parallel()
	parser := regexp.MustCompile(`(?m)^\S*(pgquery|pg_query|wazero|internal/policyjudge)\S*$`)
	assert.Empty(t, parser.FindAllString(dependencies(t, "./cmd/pulumi-resource-pgbeam"), -1))
	assert.NotEmpty(t, parser.FindAllString(dependencies(t, "./cmd/pgbeam-local"), -1))
	// Its types would bring the parser in C.
	assert.NotContains(t, dependencies(t, "./cmd/pgbeam-local"), "github.com/pganalyze/")
}

// dependencies returns the packages that a command imports, directly or not, one a line.
func dependencies(t *testing.T, command string) string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", command)
	list.Dir = repotest.Path(t)
	output, err := list.Output()
	require.NoError(t, err)
	return string(output)
}

// directModules returns the modules that go.mod requires directly.
func directModules(t *testing.T) []string {
	t.Helper()
	text := repotest.Read(t, "go.mod")
	var modules []string
	for _, match := range regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+) v\S+$`).FindAllStringSubmatch(text, -1) {
		modules = append(modules, match[1])
	}
	return modules
}

// pluginModules returns the modules that the packages of the plugin import.
func pluginModules(t *testing.T) []string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Module", "./cmd/pulumi-resource-pgbeam")
	list.Dir = repotest.Path(t)
	output, err := list.Output()
	require.NoError(t, err)
	type pkg struct {
		ImportPath string
		Imports    []string
		Module     *struct {
			Path string
			Main bool
		}
	}
	moduleOf := map[string]string{}
	var imports []string
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		switch {
		case p.Module == nil: // of the standard library
		case p.Module.Main:
			imports = append(imports, p.Imports...)
		default:
			moduleOf[p.ImportPath] = p.Module.Path
		}
	}
	var modules []string
	for _, path := range imports {
		if module, ok := moduleOf[path]; ok {
			modules = append(modules, module)
		}
	}
	slices.Sort(modules)
	return slices.Compact(modules)
}
