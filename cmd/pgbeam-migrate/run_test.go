// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// runCommand runs a command line, and returns the exit code and what is written.
func runCommand(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, diagnostics bytes.Buffer
	code = run(t.Context(), args, streams{in: strings.NewReader(stdin), out: &out, err: &diagnostics})
	return code, out.String(), diagnostics.String()
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing":          {nil, exitUsage, "Usage: pgbeam-migrate <command>"},
		"help":             {[]string{"help"}, exitOK, "  dynamic "},
		"-help":            {[]string{"-help"}, exitOK, "  dynamic "},
		"-h":               {[]string{"-h"}, exitOK, "  dynamic "},
		"unknown command":  {[]string{"everything"}, exitUsage, "Usage: pgbeam-migrate <command>"},
		"unknown flag":     {[]string{"dynamic", "-everything"}, exitUsage, "flag provided but not defined: -everything"},
		"unknown argument": {[]string{"dynamic", "state.json"}, exitUsage, "Usage: pgbeam-migrate dynamic"},
		"help of commands": {[]string{"dynamic", "-help"}, exitOK, "-check"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runCommand(t, "", test.args...)
			assert.Equal(t, test.code, code)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, test.want)
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-version", "--version", "version"} {
		code, stdout, stderr := runCommand(t, "", flag)
		assert.Equal(t, exitOK, code)
		assert.Equal(t, "pgbeam-migrate "+provider.Version+"\n", stdout)
		assert.Empty(t, stderr)
	}
}

func TestDynamic(t *testing.T) {
	t.Parallel()
	recorded, err := os.ReadFile(filepath.Join("..", "..", "internal", "migrate", "testdata", "dynamic-small.json"))
	require.NoError(t, err)
	before := string(recorded)
	undecided := strings.Replace(before, `"id": "agt_01qzrga5z8sbb2kg9ebdv3xery"`, `"id": "undefined"`, 1)
	require.NotEqual(t, before, undecided)

	t.Run("moves everything", func(t *testing.T) {
		t.Parallel()
		code, after, stderr := runCommand(t, before, "dynamic")
		assert.Equal(t, exitOK, code)
		assert.Contains(t, stderr, "4 to move, 0 to leave, 0 of them to be decided about\n")
		code, again, stderr := runCommand(t, after, "dynamic")
		assert.Equal(t, exitOK, code)
		assert.Equal(t, after, again)
		assert.Contains(t, stderr, "0 to move")
	})
	t.Run("check", func(t *testing.T) {
		t.Parallel()
		code, stdout, stderr := runCommand(t, before, "dynamic", "--check")
		assert.Equal(t, exitOK, code)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, "4 to move")
	})
	t.Run("something to decide", func(t *testing.T) {
		t.Parallel()
		code, stdout, stderr := runCommand(t, undecided, "dynamic", "--check")
		assert.Equal(t, exitFailed, code)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, `leave urn:pulumi:dev::mig::pulumi-nodejs:dynamic:Resource::a1: it belongs to @pgbeam/pulumi, but its ID, "undefined", is not that of an object`)
		code, stdout, _ = runCommand(t, undecided, "dynamic")
		assert.Equal(t, exitOK, code)
		assert.Contains(t, stdout, "pulumi-nodejs:dynamic:Resource::a1")
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		for _, input := range []string{"", "{", before[:len(before)/2]} {
			code, stdout, stderr := runCommand(t, input, "dynamic")
			assert.Equal(t, exitFailed, code)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, "pgbeam-migrate dynamic: ")
		}
	})
	t.Run("unreadable", func(t *testing.T) {
		t.Parallel()
		var out, diagnostics bytes.Buffer
		code := run(t.Context(), []string{"dynamic"}, streams{in: iotest.ErrReader(errors.New("broken pipe")), out: &out, err: &diagnostics})
		assert.Equal(t, exitFailed, code)
		assert.Empty(t, out.String())
		assert.Contains(t, diagnostics.String(), "reading the deployment: broken pipe")
	})
	t.Run("alias", func(t *testing.T) {
		t.Parallel()
		code, stdout, stderr := runCommand(t, "", "dynamic", "--alias")
		assert.Equal(t, exitOK, code)
		assert.Empty(t, stderr)
		assert.Contains(t, stdout, `aliases: [{ type: "pulumi-nodejs:dynamic:Resource" }]`)
		for _, kind := range []string{"Project", "Database", "Replica", "CustomDomain", "CacheRule", "SpendLimit", "AgentCredential", "PolicyProfile", "WebhookEndpoint", "SelfHostEnrollment", "Honeytoken", "AnomalyRule"} {
			assert.Contains(t, stdout, `"pgbeam:index:`+kind+`"`)
		}
	})
}
