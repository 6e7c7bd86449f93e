// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// node deploys programs in TypeScript.
var node = newLanguage(func() (*exec.Cmd, error) {
	command := exec.Command("node", filepath.Join("out", "driver.js"))
	command.Dir = nodeFolder()
	return command, compileNode()
})

func nodeFolder() string { return filepath.Join(tools.Work, "nodejs") }

func nodeProgram(name string) string {
	return filepath.Join(nodeFolder(), "out", "programs", name+".js")
}

func nodeExample(name string) string {
	return filepath.Join(nodeFolder(), "out", "examples", name, "index.js")
}

// compileNode compiles the SDK, then all programs at once.
var compileNode = sync.OnceValue(func() error {
	work := nodeFolder()
	for to, from := range map[string]string{
		"": filepath.Join("tests", "languages", "nodejs"), "sdk": filepath.Join("sdk", "nodejs"),
		"examples": filepath.Join("examples", "typescript"),
	} {
		if err := os.CopyFS(filepath.Join(work, to), os.DirFS(filepath.Join(tools.Root, from))); err != nil {
			return err
		}
	}
	// Create the modules that npm would install, with the SDK of this repository.
	modules := filepath.Join(work, "node_modules")
	sdk := filepath.Join(modules, "@pgbeam", "pulumi")
	if err := os.MkdirAll(sdk, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"@pulumi", "@pulumiverse", "@types"} {
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
})

// compileGuides checks the types of the programs of the guides, with the SDKs of all providers
// that they use, and compiles them.
var compileGuides = sync.OnceValue(func() error {
	if err := compileNode(); err != nil {
		return err
	}
	work := nodeFolder()
	if err := os.CopyFS(filepath.Join(work, "guides"), os.DirFS(filepath.Join(tools.Root, "examples", "guides"))); err != nil {
		return err
	}
	return tsc(work, "--project", "guides.tsconfig.json")
})

func nodeGuide(name string) string {
	return filepath.Join(nodeFolder(), "out", "guides", name, "index.js")
}

// tsc runs the TypeScript compiler.
func tsc(work string, args ...string) error {
	return command(work, "node", append([]string{filepath.Join(tools.Node, "node_modules", "typescript", "lib", "tsc.js")}, args...)...)
}
