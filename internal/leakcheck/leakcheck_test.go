// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package leakcheck

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFindings(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, content := range map[string]string{
		"clean.json": "nothing", "state.json": `{"password":"p\"1"}`, "Pulumi.yaml": `p"1`, "link.txt": "postgres://u:p%221@host",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	h := newHunt()
	h.AddCanary("the password", `p"1`)
	h.AddCanary("the key", "pbo_planted")
	h.AddFolder(folder, func(name string) bool { return name == "Pulumi.yaml" })
	h.AddOutput("Marshaling property for RPC[x]: apiKey=pbo_planted\nfine\n")
	assert.Equal(t, []string{
		"the password stands in " + filepath.Join(folder, "link.txt") + `, behind "postgres://u:"`,
		"the password stands in " + filepath.Join(folder, "state.json") + `, behind "{\"password\":\""`,
	}, h.Findings())
	h.AddOutput("Bearer pbo_planted")
	assert.Contains(t, h.Findings(), "the key stands in what was printed (2), behind \"Bearer \"")
}

func TestNothingToSearchIsNoSuccess(t *testing.T) {
	t.Parallel()
	assert.NotEmpty(t, newHunt().Findings())
}
