// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScan(t *testing.T) {
	t.Parallel()
	entries, err := parse("# A comment\n\nhard|worn out phrase\tbetter\n(?-i)Old\\(\tNew\t*.go\n\\w*Riddle\\w*\tname\tclient/*.go\n")
	require.NoError(t, err)
	for name, test := range map[string]struct {
		file, text string
		expected   []finding
	}{
		"whole words only":   {"a.md", "harder orchard", nil},
		"any case":           {"a.md", "one\nHard", []finding{{"a.md", 2, "Hard", "better"}}},
		"across a comment":   {"a.go", "// a worn out\n\t// phrase", []finding{{"a.go", 1, "worn out\n\t// phrase", "better"}}},
		"across a string":    {"a.go", "\"worn \" +\n\t\"out phrase\"", []finding{{"a.go", 1, "worn \" +\n\t\"out phrase", "better"}}},
		"not in a paragraph": {"a.md", "worn\n\nout phrase", nil},
		"exact case":         {"a.go", "old( Old(", []finding{{"a.go", 1, "Old(", "New"}}},
		"glob of a name":     {"docs/a.md", "Old(", nil},
		"glob of a path":     {"client/a.go", "aRiddleToo", []finding{{"client/a.go", 1, "aRiddleToo", "name"}}},
		"another path":       {"resources/a.go", "aRiddleToo", nil},
		"by line":            {"a.go", "Old(\nhard\nOld(", []finding{{"a.go", 1, "Old(", "New"}, {"a.go", 2, "hard", "better"}, {"a.go", 3, "Old(", "New"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.expected, scan(test.file, []byte(test.text), entries))
		})
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	entries, err := parse(retired)
	require.NoError(t, err)
	assert.NotEmpty(t, entries)
	_, err = parse("# A comment\nno replacement")
	require.ErrorContains(t, err, "retired.txt:2")
	_, err = parse("(\tbetter")
	require.ErrorContains(t, err, "retired.txt:1")
}
