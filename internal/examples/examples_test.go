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

// programs returns the program of each kind in a language.
func programs(language string) map[string]string {
	found := map[string]string{}
	for kind, markdown := range markdownByKind() {
		for _, block := range fence.FindAllStringSubmatch(markdown, -1) {
			if block[1] == language {
				found[kind] = block[2]
			}
		}
	}
	return found
}

// readDoc returns a file of docs/.
func readDoc(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	require.NoError(t, err)
	return string(text)
}

func TestEveryExampleInEveryLanguage(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.md")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if string(text) != Markdown(strings.TrimSuffix(file, ".md")) {
			assert.Fail(t, "the archive has another "+file+": run make sdk")
		}
	}
	for _, language := range []string{"typescript", "python", "go", "java", "yaml"} {
		assert.Len(t, programs(language), len(files), language)
	}
	assert.Empty(t, Markdown("NoSuchKind"))
}

// TestIndexContainsExample checks that the hand-written registry page contains the
// generated programs, which the tests deploy.
func TestIndexContainsExample(t *testing.T) {
	t.Parallel()
	index := readDoc(t, "_index.md")
	example := fence.FindAllString(Markdown("SecureAgentProject"), -1)
	require.NotEmpty(t, example)
	assert.Equal(t, example, fence.FindAllString(index, -1))
	for _, block := range fence.FindAllStringSubmatch(index, -1) {
		assert.Contains(t, index, "{{% choosable language "+block[1]+" %}}\n\n```"+block[1])
	}
}

// TestGoProgramsCompile compiles the Go programs, because the converter does not
// always generate valid code.
func TestGoProgramsCompile(t *testing.T) {
	t.Parallel()
	// The overlay places the programs in the module of the SDK.
	module, err := filepath.Abs(filepath.Join("..", "..", "sdk", "go", "pgbeam"))
	require.NoError(t, err)
	folder := t.TempDir()
	overlay := map[string]string{}
	goPrograms := programs("go")
	for _, block := range fence.FindAllStringSubmatch(readDoc(t, "installation-configuration.md"), -1) {
		if block[1] == "go" {
			goPrograms["installation"] = block[2]
		}
	}
	require.Contains(t, goPrograms, "installation")
	for kind, program := range goPrograms {
		file := filepath.Join(folder, kind+".go")
		// A library package is compiled without being linked.
		program = strings.Replace(program, "package main", "package example", 1)
		require.NoError(t, os.WriteFile(file, []byte(program), 0o600))
		overlay[filepath.Join(module, "compiled", kind, "main.go")] = file
	}
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "overlay.json"), text, 0o600))
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-overlay", filepath.Join(folder, "overlay.json"), "./compiled/...")
	build.Dir = module
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
}
