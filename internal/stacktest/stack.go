// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package stacktest runs stacks with the real Pulumi CLI against a local PgBeam
// API, and scans their output and files for leaked secrets.
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

	"github.com/pgbeam/pulumi-pgbeam/internal/leakcheck"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
)

// Tools are the paths that all stacks of a test binary share.
type Tools struct {
	Root   string // folder of the repository
	CLI    string // folder of the Pulumi CLI
	Plugin string // plugin binary
}

// Build locates the Pulumi CLI, building it if necessary, and builds the plugin
// in folder.
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

// Stack is a stack that the real CLI deploys.
type Stack struct {
	*testing.T
	*pulumicli.Workspace
	Local *localapi.Local

	scan *leakcheck.Scan
}

// Name is the name of every stack.
const Name = "test"

// New creates a stack of a copy of the project in a folder. When the test ends,
// the output of its commands and its files are scanned for canaries.
func New(t *testing.T, tools Tools, local *localapi.Local, project string, env ...string) *Stack {
	t.Helper()
	folder := t.TempDir()
	workspace, err := pulumicli.NewWorkspace(folder, project, tools.CLI, tools.Plugin,
		append([]string{
			"PGBEAM_API_KEY=" + local.APIKey, "PGBEAM_API_URL=" + local.URL, "PGBEAM_MAX_RETRIES=0",
			"VAULT_SERVER_URL=" + startKeyService(), "VAULT_SERVER_TOKEN=test",
		}, env...)...)
	require.NoError(t, err)
	s := &Stack{T: t, Workspace: workspace, Local: local, scan: leakcheck.Start(t)}
	s.scan.AddFolder(folder, isProgram)
	s.AddCanary("the API key", local.APIKey)
	s.InitStack(Name)
	return s
}

// InitStack creates a stack and selects it.
func (s *Stack) InitStack(name string) {
	s.Helper()
	s.Must("stack", "init", name, "--secrets-provider", secretsProvider)
}

// Try runs a CLI command and returns its output. The output is scanned for
// canaries, unless the command has the flag --show-secrets.
func (s *Stack) Try(args ...string) (string, error) {
	s.Helper()
	stdout, stderr, err := s.Output(context.Background(), args...)
	if slices.Contains(args, "--show-secrets") {
		return stdout + stderr, err
	}
	return s.AddOutput(stdout + stderr), err
}

// AddOutput adds output to the scan for canaries. It returns the part that is
// scanned; see [leakcheck.Scan.AddOutput].
func (s *Stack) AddOutput(output string) string { return s.scan.AddOutput(output) }

// Must runs a CLI command, which has to succeed, and returns its output.
func (s *Stack) Must(args ...string) string {
	s.Helper()
	output, err := s.Try(args...)
	require.NoError(s, err, output)
	return output
}

// MustFail runs a CLI command, which has to fail, and returns its output.
func (s *Stack) MustFail(args ...string) string {
	s.Helper()
	output, err := s.Try(args...)
	require.Error(s, err, output)
	return output
}

// Outputs returns the outputs of the stack with secrets in clear text.
func (s *Stack) Outputs() map[string]any {
	s.Helper()
	output := s.Must("stack", "output", "--json", "--show-secrets")
	outputs := map[string]any{}
	require.NoError(s, json.Unmarshal([]byte(output), &outputs), output)
	return outputs
}

// Resource is a resource in the state.
type Resource struct {
	URN      string
	Type     string
	ID       string
	Inputs   map[string]any
	Outputs  map[string]any
	Parent   string
	Provider string
	Protect  bool
	// Delete is true if the resource was replaced and is yet to be deleted.
	Delete       bool
	Dependencies []string
	// PropertyDependencies are those of each input.
	PropertyDependencies map[string][]string
	// InitErrors are the reasons why the resource is only partially created.
	InitErrors []string
}

// State returns the resources of the stack by name. Secrets are encrypted.
func (s *Stack) State() map[string]Resource {
	s.Helper()
	return s.parseState(s.Must("stack", "export"))
}

// StateWithSecrets returns the resources of the stack by name. [PlainSecret]
// decodes their secrets.
func (s *Stack) StateWithSecrets() map[string]Resource {
	s.Helper()
	return s.parseState(s.Must("stack", "export", "--show-secrets"))
}

// PlainSecret returns the clear text of a secret string in the result of
// [Stack.StateWithSecrets].
func PlainSecret(t require.TestingT, value any) string {
	secret, ok := value.(map[string]any)
	require.True(t, ok, "%v is not a secret", value)
	var text string
	require.NoError(t, json.Unmarshal([]byte(secret["plaintext"].(string)), &text))
	return text
}

// AllWithSecrets returns the resources of the stack, with several of the same name if
// the stack has those. [PlainSecret] decodes their secrets.
func (s *Stack) AllWithSecrets() []Resource {
	s.Helper()
	return s.parseResources(s.Must("stack", "export", "--show-secrets"))
}

func (s *Stack) parseState(exported string) map[string]Resource {
	s.Helper()
	resources := map[string]Resource{}
	for _, r := range s.parseResources(exported) {
		resources[r.URN[strings.LastIndex(r.URN, "::")+2:]] = r
	}
	return resources
}

func (s *Stack) parseResources(exported string) []Resource {
	s.Helper()
	var export struct {
		Deployment struct{ Resources []Resource }
	}
	require.NoError(s, json.Unmarshal([]byte(exported), &export))
	return export.Deployment.Resources
}

// AddCanary adds a secret that must not leak.
func (s *Stack) AddCanary(description, secret string) {
	s.Helper()
	require.NotEmpty(s, secret, description)
	s.scan.AddCanary(description, secret)
}

// AddCanaries adds every secret that the API currently stores.
func (s *Stack) AddCanaries() { s.scan.AddCanaries(s.Local) }

// isProgram reports whether a file belongs to the program of a project, which may
// contain secrets in clear text.
func isProgram(name string) bool {
	return name == "Pulumi.yaml" || name == "README.md" || filepath.Ext(name) == ".ts" || filepath.Ext(name) == ".sh"
}
