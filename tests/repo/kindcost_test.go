// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// TestKindCostsTenFiles counts the hand-written files that mention a kind, which
// CONTRIBUTING.md has to list, and the lines of those that belong to the kind alone.
func TestKindCostsTenFiles(t *testing.T) {
	t.Parallel()
	const maxFiles, maxLines = 10, 215
	mentions := regexp.MustCompile(`(?i)schema[-_ ]?annotation`)
	generated := regexp.MustCompile(`^(schema\.json$|sdk/|components/internal/|docs/|internal/examples/.*\.(md|gz)$|examples/(yaml|typescript)/README\.md$)`)

	list := exec.CommandContext(t.Context(), "git", "ls-files")
	list.Dir = repotest.Path(t)
	output, err := list.Output()
	require.NoError(t, err)
	var files []string
	lines := 0
	for _, file := range strings.Fields(string(output)) {
		if generated.MatchString(file) || strings.HasPrefix(file, "tests/repo/") {
			continue
		}
		text := repotest.Read(t, file)
		switch {
		case mentions.MatchString(file):
			lines += strings.Count(text, "\n")
		case mentions.MatchString(text):
			lines += len(mentions.FindAllString(text, -1))
		default:
			continue
		}
		files = append(files, file)
	}
	assert.NotEmpty(t, files)
	assert.LessOrEqual(t, len(files), maxFiles, "%s", strings.Join(files, "\n"))
	assert.LessOrEqual(t, lines, maxLines)

	// The table of a resource in CONTRIBUTING.md lists every file.
	_, section, found := strings.Cut(repotest.Read(t, "CONTRIBUTING.md"), "\n## Adding a resource\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| \\d+ \\| `([^`]+)`").FindAllStringSubmatch(section, -1) {
		listed = append(listed, row[1])
	}
	assert.Len(t, listed, maxFiles)
	for _, file := range files {
		isListed := slices.ContainsFunc(listed, func(pattern string) bool {
			pattern = regexp.QuoteMeta(pattern)
			pattern = strings.ReplaceAll(pattern, "<kind>", "(schemaannotation|schema-annotation)")
			return regexp.MustCompile("^" + pattern + "$").MatchString(file)
		})
		assert.True(t, isListed, "CONTRIBUTING.md does not list %s", file)
	}
}
