// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package tests has what is tested through the whole plugin: every resource in
// one table of scenarios, and programs deployed with the real Pulumi CLI.
package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
)

// built is the plugin and the CLI, which all end-to-end tests share.
var built struct {
	root, cli, plugin string
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		ctx := context.Background()
		folder, err := os.MkdirTemp("", "pgbeam-tests-")
		if err == nil {
			defer func() { _ = os.RemoveAll(folder) }()
			built.root, err = pulumicli.Root()
		}
		if err == nil {
			built.cli, err = pulumicli.Locate(ctx, built.root, os.Stderr)
		}
		if err == nil {
			built.plugin = filepath.Join(folder, "pulumi-resource-pgbeam")
			err = pulumicli.Build(ctx, built.root, folder, "pulumi-resource-pgbeam")
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code := m.Run()
		if code == 0 && flag.Lookup("test.run").Value.String() == "" {
			code = contractIsExercised()
		}
		return code
	}())
}

// unused are the operations of the contract that no resource needs.
var unused = []string{
	"dryEvalPolicy", "getHealth", "lintMigration", "listOrganizations", "listPlans", "listRegions",
	"scanDatabaseForPii", "testDatabaseConnection", "testWebhookEndpoint",
}

// contractIsExercised lists the operations that the tests have used, and fails
// when one is missing that a resource needs.
func contractIsExercised() int {
	missing, err := contracttest.Report(os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, operation := range missing {
		if !slices.Contains(unused, operation) {
			fmt.Fprintf(os.Stderr, "FAIL: no test has exercised %s\n", operation)
			return 1
		}
	}
	return 0
}

// stack is a program that is deployed with the real CLI.
type stack struct {
	*testing.T
	*pulumicli.Workspace
	local *localapi.Local

	mutex   sync.Mutex
	printed bytes.Buffer
	secrets map[string]string
}

// newStack makes a stack of a YAML program. When the test ends, everything that
// was printed or stored is searched for secrets.
func newStack(t *testing.T, local *localapi.Local, program string, env ...string) *stack {
	t.Helper()
	folder := t.TempDir()
	project := filepath.Join(folder, "source")
	require.NoError(t, os.MkdirAll(project, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte(program), 0o600))
	return stackOf(t, local, project, env...)
}

func stackOf(t *testing.T, local *localapi.Local, project string, env ...string) *stack {
	t.Helper()
	folder := t.TempDir()
	workspace, err := pulumicli.NewWorkspace(folder, project, built.cli, built.plugin,
		append([]string{"PGBEAM_API_KEY=" + local.APIKey, "PGBEAM_API_URL=" + local.URL, "PGBEAM_MAX_RETRIES=0"}, env...)...)
	require.NoError(t, err)
	s := &stack{T: t, Workspace: workspace, local: local, secrets: map[string]string{"the API key": local.APIKey}}
	t.Cleanup(func() { s.hunt(folder) })
	s.must("stack", "init", "test")
	return s
}

// marshaling are the lines in which the CLI itself writes every property that
// goes through one of its calls, secret or not, from the verbosity of 9 on. No
// plugin can keep it from that.
var marshaling = regexp.MustCompile(`(?m)^.*(Unm|M)arshaling property for RPC\[.*$`)

// run runs a command of the CLI and returns all that it printed.
func (s *stack) run(args ...string) (string, error) {
	s.Helper()
	stdout, stderr, err := s.Output(context.Background(), args...)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	printed := marshaling.ReplaceAllString(stdout+stderr, "")
	if !strings.Contains(strings.Join(args, " "), "--show-secrets") {
		s.printed.WriteString(printed)
	}
	return printed, err
}

// must runs a command of the CLI that has to succeed.
func (s *stack) must(args ...string) string {
	s.Helper()
	printed, err := s.run(args...)
	require.NoError(s, err, printed)
	return printed
}

// fails runs a command of the CLI that has to fail.
func (s *stack) fails(args ...string) string {
	s.Helper()
	printed, err := s.run(args...)
	require.Error(s, err, printed)
	return printed
}

func (s *stack) up(more ...string) string {
	s.Helper()
	return s.must(append([]string{"up", "--yes"}, more...)...)
}

// program replaces the program of the stack.
func (s *stack) program(text string) {
	s.Helper()
	require.NoError(s, os.WriteFile(filepath.Join(s.Dir, "Pulumi.yaml"), []byte(text), 0o600))
}

// outputs returns the outputs of the stack, secrets in clear text.
func (s *stack) outputs() map[string]any {
	s.Helper()
	printed := s.must("stack", "output", "--json", "--show-secrets")
	outputs := map[string]any{}
	require.NoError(s, json.Unmarshal([]byte(printed), &outputs), printed)
	return outputs
}

// deployed is a resource of the state.
type deployed struct {
	URN     string
	Type    string
	ID      string
	Inputs  map[string]any
	Outputs map[string]any
	Parent  string
	// InitErrors says why a resource is not finished.
	InitErrors []string
}

// state returns the resources of the stack, by the end of their URN.
func (s *stack) state() map[string]deployed {
	s.Helper()
	var export struct {
		Deployment struct{ Resources []deployed }
	}
	require.NoError(s, json.Unmarshal([]byte(s.must("stack", "export")), &export))
	resources := map[string]deployed{}
	for _, r := range export.Deployment.Resources {
		resources[r.URN[strings.LastIndex(r.URN, "::")+2:]] = r
	}
	return resources
}

// plant notes a secret that must stand nowhere.
func (s *stack) plant(what, secret string) {
	s.Helper()
	require.NotEmpty(s, secret, what)
	s.secrets[what] = secret
}

// plantAll notes every secret that the API has made or been given.
func (s *stack) plantAll() {
	s.Helper()
	for kind, fields := range map[string][]string{
		"databases": {"password"}, "webhooks": {"secret"}, "agents": {"connection_string", "mcp_token"},
	} {
		for _, object := range s.local.Objects(kind) {
			for _, field := range fields {
				id := object["id"].(string)
				if secret := s.local.Secret(kind, id, field); secret != "" {
					s.plant(field+" of "+id, secret)
				}
			}
		}
	}
}

// hunt searches all that was printed, and every file of the CLI's home, of its
// backend and of the project, for secrets.
func (s *stack) hunt(folder string) {
	places := map[string]string{"the output of a command": s.printed.String()}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || entry.Name() == "Pulumi.yaml" { // the program, which may hold secrets
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

func jsonForm(s string) string {
	form, _ := json.Marshal(s)
	return string(form)
}

func readFile(path string) (string, error) {
	content, err := os.ReadFile(path) //nolint:gosec // a file of this test
	return string(content), err
}
