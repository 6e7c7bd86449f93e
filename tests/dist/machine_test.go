// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build dist

// Package dist installs the files of a release as a user does, outside the checkout and with
// empty caches, and deploys programs with them: run it with `make dist test-dist`.
package dist

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
)

const (
	canaryPassword      = `db-p@ss:/w"ord'%20\1`
	canaryWebhookSecret = "whsec-canary-2f6d"
	apiKey              = "pbo_local"
	orgID               = "org_local"
)

// release is the release that the tests install.
type release struct {
	root    string // of the checkout
	dist    string // folder of the files
	version string // without a v
}

func openRelease(t *testing.T) release {
	t.Helper()
	root, err := pulumicli.Root()
	require.NoError(t, err)
	r := release{root: root, dist: os.Getenv("PGBEAM_TEST_DIST")}
	require.NotEmpty(t, r.dist, "run these tests with `make dist test-dist`")
	var schema struct{ Version string }
	require.NoError(t, json.Unmarshal(r.read(t, "schema.json"), &schema))
	require.NotEmpty(t, schema.Version)
	r.version = schema.Version
	return r
}

func (r release) file(path ...string) string {
	return filepath.Join(append([]string{r.dist}, path...)...)
}

func (r release) read(t *testing.T, path ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(r.file(path...))
	require.NoError(t, err)
	return content
}

// archive returns the archive of a program for a platform.
func (r release) archive(program, goos, goarch string) string {
	return r.file(fmt.Sprintf("%s-v%s-%s-%s.tar.gz", program, r.version, goos, goarch))
}

// source returns a path in the checkout, from which the tests copy programs.
func (r release) source(path ...string) string {
	return filepath.Join(append([]string{r.root}, path...)...)
}

// machine is a folder in place of the machine of a user: what is installed is below it.
type machine struct {
	*testing.T
	release
	folder string
	cli    string // folder of the Pulumi CLI
	env    []string
}

func newMachine(t *testing.T, r release) *machine {
	t.Helper()
	cli, err := pulumicli.Locate(t.Context(), r.root, os.Stderr)
	require.NoError(t, err)
	m := &machine{T: t, release: r, folder: t.TempDir(), cli: cli}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "PULUMI_") && !strings.HasPrefix(name, "PGBEAM_") && name != "PATH" {
			m.env = append(m.env, variable)
		}
	}
	m.setenv("PATH", m.path("bin")+string(os.PathListSeparator)+cli+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, value := range map[string]string{
		"PULUMI_HOME": m.path("pulumi"), "PULUMI_BACKEND_URL": "file://" + m.mkdir("backend"),
		"PULUMI_CONFIG_PASSPHRASE": "correct horse battery staple", // that of the recorded states
		"PULUMI_SKIP_UPDATE_CHECK": "1", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1", "PULUMI_SKIP_CONFIRMATIONS": "1",
		"npm_config_cache": m.path("npm-cache"), "PIP_NO_CACHE_DIR": "1", "PYTHONDONTWRITEBYTECODE": "1",
		"GOMODCACHE": m.path("go-modules"), "GOFLAGS": "-mod=mod -modcacherw -trimpath", "GONOSUMDB": "github.com/pgbeam/*",
		"GOPROXY": "file://" + r.file("go") + "," + goEnv(t, "GOPROXY"),
	} {
		m.setenv(name, value)
	}
	return m
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(value))
}

func (m *machine) setenv(name, value string) { m.env = append(m.env, name+"="+value) }

func (m *machine) path(path ...string) string {
	return filepath.Join(append([]string{m.folder}, path...)...)
}

func (m *machine) mkdir(path ...string) string {
	m.Helper()
	folder := m.path(path...)
	require.NoError(m, os.MkdirAll(folder, 0o755))
	return folder
}

func (m *machine) copy(to, from string) {
	m.Helper()
	info, err := os.Stat(from)
	require.NoError(m, err)
	if info.IsDir() {
		require.NoError(m, os.CopyFS(to, os.DirFS(from)))
		return
	}
	content, err := os.ReadFile(from)
	require.NoError(m, err)
	m.write(to, string(content))
}

func (m *machine) write(file, content string) {
	m.Helper()
	require.NoError(m, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(m, os.WriteFile(file, []byte(content), 0o600))
}

// run runs a command, which has to succeed, and returns its standard output.
func (m *machine) run(dir, name string, args ...string) string {
	m.Helper()
	stdout, stderr, err := m.try(dir, name, args...)
	require.NoError(m, err, "%s %s\n%s%s", name, strings.Join(args, " "), stdout, stderr)
	return stdout
}

func (m *machine) try(dir, name string, args ...string) (stdout, stderr string, err error) {
	command := exec.CommandContext(m.Context(), name, args...)
	command.Dir, command.Env = dir, m.env
	var out, diagnostics bytes.Buffer
	command.Stdout, command.Stderr = &out, &diagnostics
	if filepath.Base(name) == name {
		// Found with the machine's PATH instead of that of the tests.
		for _, folder := range []string{m.path("bin"), m.cli} {
			if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
				command.Path, command.Err = filepath.Join(folder, name), nil
				break
			}
		}
	}
	err = command.Run()
	return out.String(), diagnostics.String(), err
}

// installProgram unpacks the archive of a program for this platform to the folder bin.
func (m *machine) installProgram(program string) {
	m.Helper()
	m.run(m.mkdir("bin"), "tar", "--extract", "--file", m.archive(program, runtime.GOOS, runtime.GOARCH))
	assert.Equal(m, program+" "+m.version+"\n", m.run(m.folder, program, "--version"))
}

// installPlugin installs the plugin as the documentation says.
func (m *machine) installPlugin() {
	m.Helper()
	m.run(m.folder, "pulumi", "plugin", "install", "resource", "pgbeam", "v"+m.version, "--file", m.archive("pulumi-resource-pgbeam", runtime.GOOS, runtime.GOARCH))
	assert.Equal(m, []string{m.version}, m.plugins())
}

// plugins returns the installed versions of the plugin.
func (m *machine) plugins() []string {
	m.Helper()
	var installed []struct{ Name, Version string }
	require.NoError(m, json.Unmarshal([]byte(m.run(m.folder, "pulumi", "plugin", "ls", "--json")), &installed))
	var versions []string
	for _, plugin := range installed {
		if plugin.Name == "pgbeam" {
			versions = append(versions, plugin.Version)
		}
	}
	return versions
}

var listening = regexp.MustCompile(`^pgbeam-local listening on (http://\S+)$`)

// startAPI starts the installed pgbeam-local, and returns a client of it.
func (m *machine) startAPI(args ...string) (string, *client.Client) {
	m.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	local := exec.CommandContext(ctx, m.path("bin", "pgbeam-local"), append([]string{"--listen", "127.0.0.1:0"}, args...)...)
	local.Cancel = func() error { return local.Process.Signal(os.Interrupt) }
	local.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	local.Stderr = &stderr
	stdout, err := local.StdoutPipe()
	require.NoError(m, err)
	require.NoError(m, local.Start())
	m.Cleanup(func() {
		cancel()
		_ = local.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(m, err, "pgbeam-local: %s", &stderr)
	match := listening.FindStringSubmatch(strings.TrimSpace(line))
	require.NotNil(m, match, line)
	api, err := client.New(apiKey, client.WithBaseURL(match[1]))
	require.NoError(m, err)
	return match[1], api
}

// stack is a stack of a program in a folder.
type stack struct {
	*machine
	dir  string
	name string
	up   func(expectNoChanges bool) string
}

// newStack creates a stack in a folder with a Pulumi.yaml. Its up runs the CLI.
func (m *machine) newStack(dir, name string) *stack {
	m.Helper()
	s := &stack{machine: m, dir: dir, name: name}
	s.pulumi("stack", "init", name)
	s.up = func(expectNoChanges bool) string {
		s.Helper()
		return s.pulumi("up", "--yes", "--skip-preview", fmt.Sprintf("--expect-no-changes=%t", expectNoChanges))
	}
	return s
}

func (s *stack) pulumi(args ...string) string {
	s.Helper()
	return s.run(s.dir, "pulumi", append(args, "--non-interactive")...)
}

// driven makes a driver of tests/languages deploy a program as an inline program of the Automation API.
func (s *stack) driven(program string, newDriver func() *exec.Cmd) {
	project, err := os.ReadFile(filepath.Join(s.dir, "Pulumi.yaml"))
	require.NoError(s, err)
	name, _, _ := strings.Cut(strings.TrimPrefix(string(project), "name: "), "\n")
	s.up = func(expectNoChanges bool) string {
		s.Helper()
		request, err := json.Marshal(map[string]any{
			"id": 1, "command": "up", "program": program, "project": name, "stack": s.name, "dir": s.dir,
			"env": map[string]string{}, "expectNoChanges": expectNoChanges,
		})
		require.NoError(s, err)
		responses, writer, err := os.Pipe()
		require.NoError(s, err)
		driver := newDriver()
		driver.Stdin, driver.ExtraFiles = bytes.NewReader(append(request, '\n')), []*os.File{writer}
		driver.Env = append(append([]string{}, s.env...), driver.Env...)
		var stderr bytes.Buffer
		driver.Stderr = &stderr
		require.NoError(s, driver.Start())
		require.NoError(s, writer.Close())
		line, err := io.ReadAll(responses)
		require.NoError(s, err)
		require.NoError(s, driver.Wait(), stderr.String())
		var response struct{ Error, Output string }
		require.NoError(s, json.Unmarshal(line, &response), "%s%s", line, &stderr)
		require.Empty(s, response.Error, response.Output)
		return response.Output
	}
}
