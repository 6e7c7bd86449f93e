// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// TestRun writes the sources of the website from the repository's documents.
func TestRun(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	require.NoError(t, run(repotest.Path(t), out))
	for _, file := range []string{
		"index.md", "MIGRATING.md", "docs/overview.md", "docs/resources.md", "docs/guides/index.md", "docs/performance.svg",
		"public/logo.svg", ".vitepress/config.mjs", ".vitepress/theme/index.mjs", ".vitepress/theme/style.css",
	} {
		assert.FileExists(t, filepath.Join(out, file))
	}
	text, err := os.ReadFile(filepath.Join(out, ".vitepress", "sidebar.json"))
	require.NoError(t, err)
	var sidebar []sidebarItem
	require.NoError(t, json.Unmarshal(text, &sidebar))
	assert.Equal(t, sidebarItem{Text: "Introduction", Link: "/"}, sidebar[0].Items[0])
	assert.Equal(t, sidebarItem{Text: "All guides", Link: "/docs/guides/"}, sidebar[1].Items[0])
	assert.Equal(t, sidebarItem{Text: "Overview", Link: "/docs/overview"}, sidebar[2].Items[0])

	require.EqualError(t, run(repotest.Path(t), ""), "usage: site -out FOLDER")
}

func TestNavigationIsComplete(t *testing.T) {
	t.Parallel()
	repository := fstest.MapFS{"README.md": {}, "docs/limits.md": {}, "docs/guides/fleets.md": {}, "docs/logo.svg": {}, "other/page.md": {}}
	start := section{"Start", []page{{"README.md", "Introduction"}, {"docs/limits.md", "Limits"}}}
	require.EqualError(t, checkNavigation(repository, []section{start}),
		"docs/guides/fleets.md is not in the navigation: add it to internal/site/navigation.go")
	guides := section{"Guides", []page{{"docs/guides/fleets.md", "Fleets"}}}
	require.NoError(t, checkNavigation(repository, []section{start, guides}))
	require.EqualError(t, checkNavigation(repository, []section{start, guides, guides}), "the navigation lists docs/guides/fleets.md twice")
}
