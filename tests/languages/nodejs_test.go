// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"os"
	"os/exec"
	"path/filepath"
)

// node deploys programs in TypeScript. All of them, and the SDK, are compiled
// before, by two runs of the compiler.
var node = &driver{start: func() (*exec.Cmd, error) {
	work := filepath.Join(tools.Work, "nodejs")
	if err := compileNode(work); err != nil {
		return nil, err
	}
	command := exec.Command("node", filepath.Join("out", "driver.js"))
	command.Dir = work
	return command, nil
}}

func nodeProgram(name string) string {
	return filepath.Join(tools.Work, "nodejs", "out", "programs", name+".js")
}

func nodeExample(name string) string {
	return filepath.Join(tools.Work, "nodejs", "out", "examples", name, "index.js")
}

func compileNode(work string) error {
	for to, from := range map[string]string{
		"": filepath.Join("tests", "languages", "nodejs"), "sdk": filepath.Join("sdk", "nodejs"),
		"examples": filepath.Join("examples", "typescript"),
	} {
		if err := os.CopyFS(filepath.Join(work, to), os.DirFS(filepath.Join(tools.Root, from))); err != nil {
			return err
		}
	}
	// What npm would have installed, with the SDK of this repository.
	modules := filepath.Join(work, "node_modules")
	sdk := filepath.Join(modules, "@pgbeam", "pulumi")
	if err := os.MkdirAll(sdk, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"@pulumi", "@types"} {
		if err := os.Symlink(filepath.Join(tools.Node, "node_modules", name), filepath.Join(modules, name)); err != nil {
			return err
		}
	}
	manifest, err := os.ReadFile(filepath.Join(work, "sdk", "package.json"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(sdk, "package.json"), manifest, 0o600); err != nil {
		return err
	}
	if err := tsc(work, "--project", "sdk", "--outDir", sdk); err != nil {
		return err
	}
	return tsc(work)
}

// tsc runs the TypeScript compiler.
func tsc(work string, args ...string) error {
	return command(work, "node", append([]string{filepath.Join(tools.Node, "node_modules", "typescript", "lib", "tsc.js")}, args...)...)
}
