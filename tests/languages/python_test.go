// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// python deploys programs in Python.
var python = newLanguage(func() (*exec.Cmd, error) {
	command := exec.Command(pythonInterpreter(), filepath.Join(tools.Root, "tests", "languages", "python", "driver.py"))
	command.Env = pythonEnv()
	return command, installPython()
})

func pythonInterpreter() string { return filepath.Join(tools.Python, "bin", "python") }

func pythonPackages() string { return filepath.Join(tools.Work, "python", "packages") }

func pythonEnv() []string {
	return append(os.Environ(), "PYTHONPATH="+pythonPackages(), "PYTHONDONTWRITEBYTECODE=1")
}

// installPython installs the SDK with pip.
var installPython = sync.OnceValue(func() error {
	source := filepath.Join(tools.Work, "python", "sdk")
	if err := os.CopyFS(source, os.DirFS(filepath.Join(tools.Root, "sdk", "python"))); err != nil {
		return err
	}
	return command(source, pythonInterpreter(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
		"--no-index", "--no-build-isolation", "--target", pythonPackages(), ".")
})

func pythonProgram(name string) string {
	return filepath.Join(tools.Root, "tests", "languages", "python", "programs", name+".py")
}

func pythonExample(name string) string {
	return filepath.Join(tools.Root, "examples", "python", name, "__main__.py")
}

// mypy checks files and returns the output. The error is not nil if it finds
// errors.
func mypy(files ...string) (string, error) {
	if err := installPython(); err != nil {
		return "", err
	}
	check := exec.Command(pythonInterpreter(), append([]string{
		"-m", "mypy", "--strict", "--scripts-are-modules", "--cache-dir", filepath.Join(tools.Python, "mypy-cache"),
	}, files...)...)
	check.Env = append(pythonEnv(), "MYPYPATH=")
	output, err := check.CombinedOutput()
	return string(output), err
}

func TestPythonCompiles(t *testing.T) {
	t.Parallel()
	require.NoError(t, installPython())
	require.NoError(t, command(pythonPackages(), pythonInterpreter(), "-m", "compileall", "-q", "pulumi_pgbeam"))
	programs, err := filepath.Glob(guide("*", "__main__.py"))
	require.NoError(t, err)
	require.NotEmpty(t, programs)
	programs = append(programs, pythonProgram("every-component"))
	for _, name := range exampleNames(t, "python") {
		programs = append(programs, pythonExample(name))
	}
	for _, program := range programs {
		output, err := mypy(program)
		require.NoError(t, err, output)
	}
}
