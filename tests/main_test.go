// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package tests has what is tested through the whole plugin: every resource in
// one table of scenarios, and programs deployed with the real Pulumi CLI.
package tests

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// built is what all end-to-end tests share.
var built struct {
	stacktest.Tools
	root string
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "pgbeam-tests-")
		if err == nil {
			defer func() { _ = os.RemoveAll(folder) }()
			built.Tools, err = stacktest.Build(context.Background(), folder)
			built.root = built.Root
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

// unused are the operations of the contract that no scenario needs: those of
// other tools, and the lists that only explain why something was refused.
var unused = []string{
	"listAgentCredentials", "listAnomalyRules", "listApprovalRules", "listHoneytokens", "listPolicyProfiles", "listProjects",
	"listWebhookEndpoints",
	"dryEvalPolicy", "getHealth", "lintMigration", "listOrganizations", "listPlans", "listRegions",
	"scanDatabaseForPii", "testDatabaseConnection", "testWebhookEndpoint",
}

// contractIsExercised lists the operations that the tests have used, and fails
// when one is missing that a resource needs.
func contractIsExercised() int {
	report, err := os.OpenFile(cmp.Or(os.Getenv("PGBEAM_CONTRACT_REPORT"), os.DevNull), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = report.Close() }()
	missing, err := contracttest.Report(io.MultiWriter(os.Stdout, report))
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

// stack is a YAML program that is deployed with the real CLI.
type stack struct {
	*stacktest.Stack
	local *localapi.Local
}

type deployed = stacktest.Resource

// newStack makes a stack of a YAML program.
func newStack(t *testing.T, local *localapi.Local, program string, env ...string) *stack {
	t.Helper()
	project := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.MkdirAll(project, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte(program), 0o600))
	return stackOf(t, local, project, env...)
}

func stackOf(t *testing.T, local *localapi.Local, project string, env ...string) *stack {
	t.Helper()
	return &stack{stacktest.New(t, built.Tools, local, project, env...), local}
}

func (s *stack) must(args ...string) string  { s.Helper(); return s.Must(args...) }
func (s *stack) fails(args ...string) string { s.Helper(); return s.MustFail(args...) }
func (s *stack) outputs() map[string]any     { s.Helper(); return s.Outputs() }
func (s *stack) state() map[string]deployed  { s.Helper(); return s.State() }
func (s *stack) stateWithSecrets() map[string]deployed {
	s.Helper()
	return s.StateWithSecrets()
}
func (s *stack) plant(what, secret string) { s.Helper(); s.AddCanary(what, secret) }
func (s *stack) plantAll()                 { s.Helper(); s.AddCanaries() }

func (s *stack) up(more ...string) string {
	s.Helper()
	return s.must(append([]string{"up", "--yes"}, more...)...)
}

// program replaces the program of the stack.
func (s *stack) program(text string) {
	s.Helper()
	require.NoError(s, os.WriteFile(filepath.Join(s.Dir, "Pulumi.yaml"), []byte(text), 0o600))
}

func readFile(path string) (string, error) {
	content, err := os.ReadFile(path) //nolint:gosec // a file of this test
	return string(content), err
}
