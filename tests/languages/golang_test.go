// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"bytes"
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

// buildGolang builds the driver, using an overlay to include the sources of the examples. Only
// one of them keeps its main function, because a package has only one.
var buildGolang = sync.OnceValue(func() error {
	binary := filepath.Join(tools.Work, "golang")
	overlay := filepath.Join(tools.Work, "overlay.json")
	gate, err := os.ReadFile(goExample("policy-gate", "main.go"))
	if err != nil {
		return err
	}
	withoutMain := filepath.Join(tools.Work, "policy-gate.go")
	if err := os.WriteFile(withoutMain, bytes.Replace(gate, []byte("func main()"), []byte("func _()"), 1), 0o600); err != nil {
		return err
	}
	folder := filepath.Join(tools.Root, "tests", "languages", "golang")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(folder, "example.go"):    goExample("secure-agent-project", "main.go"),
		filepath.Join(folder, "policygate.go"): withoutMain,
	}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return err
	}
	return command(folder, "go", "build", "-trimpath", "-tags", "driver", "-overlay", overlay, "-o", binary, ".")
})

func goExample(name string, path ...string) string {
	return filepath.Join(append([]string{tools.Root, "examples", "go", name}, path...)...)
}

// TestGoExamplesCompile compiles each example as the separate module that it is.
func TestGoExamplesCompile(t *testing.T) {
	t.Parallel()
	for _, name := range exampleNames(t, "go") {
		require.NoError(t, command(goExample(name), "go", "vet", "-trimpath", "."))
	}
}
