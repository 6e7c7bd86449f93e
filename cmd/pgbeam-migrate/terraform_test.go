// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTerraform(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "internal", "migrate", "testdata", "terraform.tfstate")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	const empty = `{"version": 3, "deployment": {"manifest": {}}}`

	t.Run("import file", func(t *testing.T) {
		t.Parallel()
		code, file, stderr := runCommand(t, "", "terraform", path)
		assert.Equal(t, exitOK, code)
		assert.Contains(t, file, `"type": "pgbeam:index:Project"`)
		assert.Contains(t, stderr, "17 to move, 3 to leave, 1 without a secret\n")
		code, piped, _ := runCommand(t, string(content), "terraform", "-")
		assert.Equal(t, exitOK, code)
		assert.Equal(t, file, piped)
	})
	t.Run("state", func(t *testing.T) {
		t.Parallel()
		code, after, stderr := runCommand(t, empty, "terraform", path, "--state", "--project", "shop", "--stack", "dev")
		assert.Equal(t, exitOK, code)
		assert.Contains(t, after, `"urn:pulumi:dev::shop::pgbeam:index:Project::legacy"`)
		assert.Contains(t, stderr, "18 to move, 2 to leave, 1 without a secret\n")
		code, again, stderr := runCommand(t, after, "terraform", path, "--state")
		assert.Equal(t, exitFailed, code)
		assert.Empty(t, again)
		assert.Contains(t, stderr, "pgbeam-migrate terraform: ")
		assert.Contains(t, stderr, "which the stack already has as urn:pulumi:dev::shop::")
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		missing := filepath.Join(t.TempDir(), "terraform.tfstate")
		for _, test := range []struct {
			stdin string
			args  []string
			want  string
		}{
			{"", []string{missing}, missing},
			{"", []string{"-"}, "the Terraform state is empty"},
			{string(content[:200]), []string{"-"}, "not a complete JSON document"},
			{string(content), []string{"-", "--state"}, "pass the Terraform state as a file"},
			{empty, []string{path, "--state"}, "pass --project and --stack"},
			{"", []string{path, "--state"}, "the input is empty"},
		} {
			code, stdout, stderr := runCommand(t, test.stdin, append([]string{"terraform"}, test.args...)...)
			assert.Equal(t, exitFailed, code)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, test.want)
		}
		code, _, stderr := runCommand(t, "", "terraform")
		assert.Equal(t, exitUsage, code)
		assert.Contains(t, stderr, "Usage: pgbeam-migrate terraform STATE [flags]")
	})
	t.Run("unreadable", func(t *testing.T) {
		t.Parallel()
		for _, args := range [][]string{{"terraform", "-"}, {"terraform", path, "--state"}} {
			var out, diagnostics bytes.Buffer
			code := run(t.Context(), args, streams{in: iotest.ErrReader(errors.New("broken pipe")), out: &out, err: &diagnostics})
			assert.Equal(t, exitFailed, code)
			assert.Empty(t, out.String())
			assert.Contains(t, diagnostics.String(), "broken pipe")
		}
	})
}
