// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package clitest deploys YAML programs with the real Pulumi CLI in tests.
package clitest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

var (
	buildOnce sync.Once
	buildDir  string
	tools     stacktest.Tools
	errBuild  error
)

// Main runs the tests of a package whose tests use New, and removes what New has
// built. It exits the process.
func Main(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		if err := os.RemoveAll(buildDir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// build builds the plugin, and the CLI if there is none, for the first stack.
func build(tb testing.TB) stacktest.Tools {
	tb.Helper()
	buildOnce.Do(func() {
		if buildDir, errBuild = os.MkdirTemp("", "pgbeam-tests-"); errBuild == nil {
			tools, errBuild = stacktest.Build(context.Background(), buildDir)
		}
	})
	require.NoError(tb, errBuild)
	return tools
}

// commands has a lock for each command that Command builds.
var commands sync.Map

// Command builds a command of this repository, once for all tests, and returns its path.
func Command(tb testing.TB, name string) string {
	tb.Helper()
	tools := build(tb)
	once, _ := commands.LoadOrStore(name, sync.OnceValue(func() error {
		return pulumicli.Build(context.Background(), tools.Root, filepath.Dir(tools.Plugin), name)
	}))
	require.NoError(tb, once.(func() error)())
	return filepath.Join(filepath.Dir(tools.Plugin), name)
}

// Stack is a stack of a YAML program.
type Stack struct{ *stacktest.Stack }

// New creates a stack of a program. env has variables such as NAME=value.
func New(t *testing.T, local *localapi.Local, program string, env ...string) *Stack {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(program), 0o600))
	return NewFromDir(t, local, dir, env...)
}

// NewFromDir creates a stack of the project in a folder.
func NewFromDir(t *testing.T, local *localapi.Local, dir string, env ...string) *Stack {
	t.Helper()
	return &Stack{stacktest.New(t, build(t), local, dir, env...)}
}

// Up runs `pulumi up`, which has to succeed.
func (s *Stack) Up(args ...string) string {
	s.Helper()
	return s.Must(append([]string{"up", "--yes"}, args...)...)
}

// WriteProgram replaces the program of the stack.
func (s *Stack) WriteProgram(program string) {
	s.Helper()
	require.NoError(s, os.WriteFile(s.programFile(), []byte(program), 0o600))
}

// Program returns the program of the stack.
func (s *Stack) Program() string {
	s.Helper()
	program, err := os.ReadFile(s.programFile())
	require.NoError(s, err)
	return string(program)
}

func (s *Stack) programFile() string { return filepath.Join(s.Dir, "Pulumi.yaml") }

// Backend returns the folder of the backend of the stack.
func (s *Stack) Backend() string { return filepath.Join(filepath.Dir(s.Dir), "backend") }

// Home returns PULUMI_HOME of the stack.
func (s *Stack) Home() string { return filepath.Join(filepath.Dir(s.Dir), "home") }

// AssertEmpty fails unless the API holds no object that a program creates.
func (s *Stack) AssertEmpty() {
	s.Helper()
	for _, collection := range scenario.Collections() {
		assert.Empty(s, s.Local.Objects(collection), collection)
	}
}
