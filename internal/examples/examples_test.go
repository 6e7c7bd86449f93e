// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package examples

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var fence = regexp.MustCompile("(?s)```(\\w+)\n(.*?)\n```")

// programs returns the program of each kind in one language.
func programs(t *testing.T, language string) map[string]string {
	t.Helper()
	entries, err := files.ReadDir(".")
	require.NoError(t, err)
	found := map[string]string{}
	for _, entry := range entries {
		kind := entry.Name()[:len(entry.Name())-len(".md")]
		for _, block := range fence.FindAllStringSubmatch(Markdown(kind), -1) {
			if block[1] == language {
				found[kind] = block[2]
			}
		}
	}
	return found
}

// page returns a page of docs/.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	require.NoError(t, err)
	return string(text)
}

func TestEveryLanguage(t *testing.T) {
	t.Parallel()
	entries, err := files.ReadDir(".")
	require.NoError(t, err)
	for _, language := range []string{"typescript", "python", "go", "java", "yaml"} {
		assert.Len(t, programs(t, language), len(entries), language)
	}
	assert.Empty(t, Markdown("NoSuchKind"))
}

// TestIndexShowsTheExample: the page that is written by hand shows a program
// that is known to run, in every language that there is an SDK of.
func TestIndexShowsTheExample(t *testing.T) {
	t.Parallel()
	index := page(t, "_index.md")
	shown := fence.FindAllString(index, -1)
	example := fence.FindAllString(Markdown("SecureAgentProject"), -1)
	require.NotEmpty(t, example)
	assert.Equal(t, example, shown)
	for _, block := range fence.FindAllStringSubmatch(index, -1) {
		assert.Contains(t, index, "{{% choosable language "+block[1]+" %}}\n\n```"+block[1])
	}
}

// TestGoCompiles: the converter is not always right, and a reader copies what it wrote.
func TestGoCompiles(t *testing.T) {
	t.Parallel()
	// To the Go command the programs lie in this module, where the SDK is.
	here, err := os.Getwd()
	require.NoError(t, err)
	folder := t.TempDir()
	overlay := map[string]string{}
	all := programs(t, "go")
	for _, block := range fence.FindAllStringSubmatch(page(t, "installation-configuration.md"), -1) {
		if block[1] == "go" {
			all["installation"] = block[2]
		}
	}
	require.Contains(t, all, "installation")
	for kind, program := range all {
		file := filepath.Join(folder, kind+".go")
		// As a library, so that nothing has to be linked.
		program = strings.Replace(program, "package main", "package example", 1)
		require.NoError(t, os.WriteFile(file, []byte(program), 0o600))
		overlay[filepath.Join(here, "compiled", kind, "main.go")] = file
	}
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "overlay.json"), text, 0o600))
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(folder, "overlay.json"), "./compiled/...")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
}
