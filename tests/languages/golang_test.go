// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// golang deploys programs in Go.
var golang = newLanguage(func() (*exec.Cmd, error) {
	return exec.Command(filepath.Join(tools.Work, "golang")), buildGolang()
})

// buildGolang builds the driver, using an overlay to include the example's source.
var buildGolang = sync.OnceValue(func() error {
	binary := filepath.Join(tools.Work, "golang")
	overlay := filepath.Join(tools.Work, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(tools.Root, "tests", "languages", "golang", "example.go"): goExample("main.go"),
	}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return err
	}
	return command(tools.Root, "go", "build", "-tags", "driver", "-overlay", overlay, "-o", binary, "./tests/languages/golang")
})

func goExample(file string) string {
	return filepath.Join(tools.Root, "examples", "go", "secure-agent-project", file)
}

// TestGoExampleCompiles compiles the example as the separate module that it is.
func TestGoExampleCompiles(t *testing.T) {
	t.Parallel()
	require.NoError(t, command(goExample(""), "go", "vet", "."))
}
