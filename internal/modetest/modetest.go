// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package modetest checks in tests who can access files.
package modetest

import (
	"io/fs"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

// AssertPrivate requires that only the owner can access a file or folder. On Windows, whose
// files have no modes, it requires nothing: they have the permissions of the home folder.
func AssertPrivate(tb testing.TB, info fs.FileInfo) {
	tb.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	expected := fs.FileMode(0o600)
	if info.IsDir() {
		expected = 0o700
	}
	assert.Equal(tb, expected, info.Mode().Perm(), info.Name())
}
