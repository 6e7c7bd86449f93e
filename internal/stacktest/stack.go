// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package stacktest deploys programs with the real Pulumi CLI against the PgBeam
// API of this machine, for tests, and searches whatever that leaves for secrets.
package stacktest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
	"github.com/pgbeam/pulumi-pgbeam/internal/leakcheck"
)

// Tools are what all stacks of a test binary share.
type Tools struct {
	Root   string // the folder of the repository
	CLI    string // the folder of the Pulumi CLI
	Plugin string // the plugin
}

// Build finds or builds the CLI, and builds the plugin into a folder.
func Build(ctx context.Context, folder string) (Tools, error) {
	root, err := pulumicli.Root()
	if err != nil {
		return Tools{}, err
	}
	cli, err := pulumicli.Locate(ctx, root, os.Stderr)
	if err != nil {
		return Tools{}, err
	}
	const plugin = "pulumi-resource-pgbeam"
	return Tools{Root: root, CLI: cli, Plugin: filepath.Join(folder, plugin)}, pulumicli.Build(ctx, root, folder, plugin)
}

// Stack is a program that is deployed with the real CLI.
type Stack struct {
	*testing.T
	*pulumicli.Workspace
	Local *localapi.Local

	hunt *leakcheck.Scan
}

// Name is the name of every stack.
const Name = "test"

// New makes a stack of the project in a folder. When the test ends, everything
// that was printed or stored is searched for secrets.
func New(t *testing.T, tools Tools, local *localapi.Local, project string, env ...string) *Stack {
	t.Helper()
	folder := t.TempDir()
	workspace, err := pulumicli.NewWorkspace(folder, project, tools.CLI, tools.Plugin,
		append([]string{"PGBEAM_API_KEY=" + local.APIKey, "PGBEAM_API_URL=" + local.URL, "PGBEAM_MAX_RETRIES=0"}, env...)...)
	require.NoError(t, err)
	s := &Stack{T: t, Workspace: workspace, Local: local, hunt: leakcheck.Start(t)}
	s.hunt.AddFolder(folder, isProgram)
	s.AddCanary("the API key", local.APIKey)
	s.Must("stack", "init", Name)
	return s
}

// Try runs a command of the CLI and returns all that it printed.
func (s *Stack) Try(args ...string) (string, error) {
	s.Helper()
	stdout, stderr, err := s.Output(context.Background(), args...)
	if slices.Contains(args, "--show-secrets") {
		return stdout + stderr, err
	}
	return s.AddOutput(stdout + stderr), err
}

// AddOutput notes what was printed, to be searched for secrets. It returns what of
// it is not the CLI's own doing.
func (s *Stack) AddOutput(text string) string { return s.hunt.AddOutput(text) }

// Must runs a command of the CLI that has to succeed.
func (s *Stack) Must(args ...string) string {
	s.Helper()
	printed, err := s.Try(args...)
	require.NoError(s, err, printed)
	return printed
}

// MustFail runs a command of the CLI that has to fail.
func (s *Stack) MustFail(args ...string) string {
	s.Helper()
	printed, err := s.Try(args...)
	require.Error(s, err, printed)
	return printed
}

// Outputs returns the outputs of the stack, secrets in clear text.
func (s *Stack) Outputs() map[string]any {
	s.Helper()
	printed := s.Must("stack", "output", "--json", "--show-secrets")
	outputs := map[string]any{}
	require.NoError(s, json.Unmarshal([]byte(printed), &outputs), printed)
	return outputs
}

// Resource is a resource of the state.
type Resource struct {
	URN          string
	Type         string
	ID           string
	Inputs       map[string]any
	Outputs      map[string]any
	Parent       string
	Provider     string
	Protect      bool
	Dependencies []string
	// InitErrors says why a resource is not finished.
	InitErrors []string
}

// State returns the resources of the stack, by the end of their URN.
func (s *Stack) State() map[string]Resource {
	s.Helper()
	return s.stateOf(s.Must("stack", "export"))
}

// StateWithSecrets is the state with secrets in clear text: see PlainSecret.
func (s *Stack) StateWithSecrets() map[string]Resource {
	s.Helper()
	return s.stateOf(s.Must("stack", "export", "--show-secrets"))
}

// PlainSecret takes the clear text out of a secret of such a state.
func PlainSecret(t require.TestingT, value any) string {
	secret, ok := value.(map[string]any)
	require.True(t, ok, "%v is no secret", value)
	var text string
	require.NoError(t, json.Unmarshal([]byte(secret["plaintext"].(string)), &text))
	return text
}

func (s *Stack) stateOf(exported string) map[string]Resource {
	s.Helper()
	var export struct {
		Deployment struct{ Resources []Resource }
	}
	require.NoError(s, json.Unmarshal([]byte(exported), &export))
	resources := map[string]Resource{}
	for _, r := range export.Deployment.Resources {
		resources[r.URN[strings.LastIndex(r.URN, "::")+2:]] = r
	}
	return resources
}

// AddCanary notes a secret that must stand nowhere.
func (s *Stack) AddCanary(what, secret string) {
	s.Helper()
	require.NotEmpty(s, secret, what)
	s.hunt.AddCanary(what, secret)
}

// AddCanaries notes every secret that the API has made or been given.
func (s *Stack) AddCanaries() { s.hunt.AddCanaries(s.Local) }

// isProgram tells whether a file is a program, which may hold secrets, or says
// what one is.
func isProgram(name string) bool {
	return name == "Pulumi.yaml" || name == "README.md" || filepath.Ext(name) == ".ts"
}
