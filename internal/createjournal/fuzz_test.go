// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzLogs verifies that no content of a log prevents an update, or is taken for a create
// that the engine never received if a part of it cannot be read.
func FuzzLogs(f *testing.F) {
	root := f.TempDir()
	j := open(root)
	j.RecordAutoName(thing, AutoName{Name: "hooks-1", Mode: "propose"})
	intent, err := j.Begin(thing, Intent{Operation: Create, Key: "key-1"})
	require.NoError(f, err)
	require.NoError(f, j.Returned(intent, "whk_1"))
	require.NoError(f, j.MarkDeletion(thing, "whk_2", Deleting))
	j.End()
	logs, err := filepath.Glob(filepath.Join(root, "*", "*"+logExtension))
	require.NoError(f, err)
	content, err := os.ReadFile(logs[0])
	require.NoError(f, err)
	for n := range content {
		if n%16 == 0 {
			f.Add(content[:n])
		}
	}
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		folder := filepath.Join(t.TempDir(), "journal")
		first := open(folder)
		first.OpenIntents(thing) // opens the folder
		require.NoError(t, os.WriteFile(filepath.Join(*first.folder, "0123456789abcdef0123456789abcdef"+logExtension), content, 0o600))

		later := open(folder)
		intents := later.OpenIntents(thing)
		damaged := len(later.Warnings()) > 0
		for _, intent := range intents {
			assert.True(t, !damaged || intent.Damaged || intent.ID != "")
		}
		_, err := later.Begin(thing, Intent{Operation: Create, Key: "key-2"})
		require.NoError(t, err)
		later.End()
		assert.Len(t, open(folder).OpenIntents(thing), len(intents)+1)
	})
}
