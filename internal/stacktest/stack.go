// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package stacktest deploys programs with the real Pulumi CLI against the PgBeam
// API of this machine, for tests, and searches whatever that leaves for secrets.
package stacktest

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
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

	mutex   sync.Mutex
	printed bytes.Buffer
	secrets map[string]string
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
	s := &Stack{T: t, Workspace: workspace, Local: local, secrets: map[string]string{"the API key": local.APIKey}}
	t.Cleanup(func() { s.hunt(folder) })
	s.Must("stack", "init", Name)
	return s
}

// marshaling are the lines in which the CLI itself writes every property that
// goes through one of its calls, secret or not, from the verbosity of 9 on. No
// plugin can keep it from that.
var marshaling = regexp.MustCompile(`(?m)^.*(Unm|M)arshaling property for RPC\[.*$`)

// Try runs a command of the CLI and returns all that it printed.
func (s *Stack) Try(args ...string) (string, error) {
	s.Helper()
	stdout, stderr, err := s.Output(context.Background(), args...)
	printed := marshaling.ReplaceAllString(stdout+stderr, "")
	if !strings.Contains(strings.Join(args, " "), "--show-secrets") {
		s.Printed(printed)
	}
	return printed, err
}

// Printed notes what was printed, to be searched for secrets.
func (s *Stack) Printed(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.printed.WriteString(text)
}

// Must runs a command of the CLI that has to succeed.
func (s *Stack) Must(args ...string) string {
	s.Helper()
	printed, err := s.Try(args...)
	require.NoError(s, err, printed)
	return printed
}

// Fails runs a command of the CLI that has to fail.
func (s *Stack) Fails(args ...string) string {
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

// Deployed is a resource of the state.
type Deployed struct {
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
func (s *Stack) State() map[string]Deployed {
	s.Helper()
	var export struct {
		Deployment struct{ Resources []Deployed }
	}
	require.NoError(s, json.Unmarshal([]byte(s.Must("stack", "export")), &export))
	resources := map[string]Deployed{}
	for _, r := range export.Deployment.Resources {
		resources[r.URN[strings.LastIndex(r.URN, "::")+2:]] = r
	}
	return resources
}

// Plant notes a secret that must stand nowhere.
func (s *Stack) Plant(what, secret string) {
	s.Helper()
	require.NotEmpty(s, secret, what)
	s.secrets[what] = secret
}

// PlantAll notes every secret that the API has made or been given.
func (s *Stack) PlantAll() {
	s.Helper()
	for kind, fields := range map[string][]string{
		"databases": {"password"}, "webhooks": {"secret"}, "agents": {"connection_string", "mcp_token"}, "self-host-enrollments": {"token"},
	} {
		for _, object := range s.Local.Objects(kind) {
			for _, field := range fields {
				id := object["id"].(string)
				if secret := s.Local.Secret(kind, id, field); secret != "" {
					s.Plant(field+" of "+id, secret)
				}
			}
		}
	}
}

// hunt searches all that was printed, and every file of the CLI's home, of its
// backend and of the project, for secrets.
func (s *Stack) hunt(folder string) {
	places := map[string]string{"the output of a command": s.printed.String()}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || isProgram(entry.Name()) {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // a file of this test
		places[strings.TrimPrefix(path, folder)] = string(content)
		return err
	})
	require.NoError(s, err)
	assert.Greater(s, len(places), 2, "there are files to search")
	for what, secret := range s.secrets {
		for place, content := range places {
			if strings.Contains(content, secret) || strings.Contains(content, strings.Trim(jsonForm(secret), `"`)) {
				s.Errorf("%s stands in %s", what, place)
			}
		}
	}
}

// isProgram tells whether a file is a program, which may hold secrets, or says
// what one is.
func isProgram(name string) bool {
	return name == "Pulumi.yaml" || name == "README.md" || filepath.Ext(name) == ".ts"
}

func jsonForm(s string) string {
	form, _ := json.Marshal(s)
	return string(form)
}
