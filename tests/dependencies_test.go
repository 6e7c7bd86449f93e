// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDependenciesAreListed compares docs/dependencies.md with go.mod, and its
// first list with what the plugin's own packages import.
func TestDependenciesAreListed(t *testing.T) {
	t.Parallel()
	text, err := readFile(filepath.Join(built.Root, "docs", "dependencies.md"))
	require.NoError(t, err)
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

	ofPlugin := pluginModules(t)
	assert.Equal(t, ofPlugin, listed(plugin))
	assert.LessOrEqual(t, len(ofPlugin), 10)
	assert.ElementsMatch(t, directModules(t), append(listed(plugin), listed(others)...))
}

// directModules are those that go.mod names itself.
func directModules(t *testing.T) []string {
	t.Helper()
	text, err := readFile(filepath.Join(built.Root, "go.mod"))
	require.NoError(t, err)
	var modules []string
	for _, match := range regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+) v\S+$`).FindAllStringSubmatch(text, -1) {
		modules = append(modules, match[1])
	}
	return modules
}

// pluginModules are those whose packages the plugin's own packages import.
func pluginModules(t *testing.T) []string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Module", "./cmd/pulumi-resource-pgbeam")
	list.Dir = built.Root
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
	var imported []string
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
			imported = append(imported, p.Imports...)
		default:
			moduleOf[p.ImportPath] = p.Module.Path
		}
	}
	var modules []string
	for _, path := range imported {
		if module, ok := moduleOf[path]; ok {
			modules = append(modules, module)
		}
	}
	slices.Sort(modules)
	return slices.Compact(modules)
}
