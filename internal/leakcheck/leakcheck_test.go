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
	scan := newScan()
	scan.AddCanary("the password", `p"1`)
	scan.AddCanary("the key", "pbo_canary")
	scan.AddFolder(folder, func(name string) bool { return name == "Pulumi.yaml" })
	scan.AddOutput("Marshaling property for RPC[x]: apiKey=pbo_canary\nfine\n")
	assert.Equal(t, []string{
		"found the password in " + filepath.Join(folder, "link.txt") + ` after "postgres://u:"`,
		"found the password in " + filepath.Join(folder, "state.json") + ` after "{\"password\":\""`,
	}, scan.Findings())
	scan.AddOutput("Bearer pbo_canary")
	assert.Contains(t, scan.Findings(), `found the key in output 2 after "Bearer "`)
}

func TestEmptyScanFails(t *testing.T) {
	t.Parallel()
	assert.NotEmpty(t, newScan().Findings())
}
