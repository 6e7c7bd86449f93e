// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// buildTenantsAutomation builds the example, which is a module of its own.
var buildTenantsAutomation = sync.OnceValues(func() (program []byte, err error) {
	root, err := pulumicli.Root()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "tenants-automation-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	binary := filepath.Join(folder, "tenants-automation")
	build := exec.Command("go", "build", "-o", binary, ".") //nolint:noctx // shared by several tests
	build.Dir = filepath.Join(root, "examples", "go", "tenants-automation")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the example: %w\n%s", err, output)
	}
	return os.ReadFile(binary)
})

// tenants are runs of the example tenants-automation with one tenants file.
type tenants struct {
	*clitest.Stack // a stack of the same project, to read the others with
	binary         string
	folder         string              // the program's working directory
	secrets        string              // the folder of the passwords
	agents         map[string][]string // by tenant
	organizations  map[string]string   // by tenant, if it is not that of PGBEAM_API_KEY
}

// newTenants prepares tenants with one agent each.
func newTenants(t *testing.T, local *localapi.Local, names ...string) *tenants {
	t.Helper()
	program, err := buildTenantsAutomation()
	require.NoError(t, err)
	s := clitest.New(t, local, "{name: tenants, runtime: yaml}")
	f := &tenants{s, filepath.Join(t.TempDir(), "tenants-automation"), filepath.Join(filepath.Dir(s.Dir), "tenants"), t.TempDir(), map[string][]string{}, map[string]string{}}
	require.NoError(t, os.WriteFile(f.binary, program, 0o700)) //nolint:gosec // it is run
	require.NoError(t, os.MkdirAll(f.folder, 0o700))
	for _, name := range names {
		f.set(name, "chat-bot")
	}
	return f
}

// set adds a tenant, or changes its agents.
func (f *tenants) set(name string, agents ...string) {
	f.Helper()
	f.agents[name] = agents
	f.AddCanary("the password of "+name, f.password(name))
	require.NoError(f, os.WriteFile(filepath.Join(f.secrets, name+".password"), []byte(f.password(name)+"\n"), 0o600))
	entries := []map[string]any{}
	for name, agents := range f.agents {
		entries = append(entries, map[string]any{
			"name": name, "orgId": cmp.Or(f.organizations[name], f.Local.OrgID), "agents": agents, "tables": []string{"public.orders"},
			"database": map[string]string{"host": name + ".example.com", "name": "shop", "username": "pgbeam"},
		})
	}
	slices.SortFunc(entries, func(a, b map[string]any) int { return strings.Compare(a["name"].(string), b["name"].(string)) })
	text, err := json.Marshal(entries)
	require.NoError(f, err)
	require.NoError(f, os.WriteFile(filepath.Join(f.folder, "tenants.json"), text, 0o600))
}

func (*tenants) password(tenant string) string { return "planted-password-of-" + tenant }

// command returns the program with its standard output and standard error.
func (f *tenants) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	command := exec.CommandContext(f.Context(), f.binary, append([]string{"-secrets", f.secrets, "-secrets-provider", "hashivault://stack"}, args...)...)
	var output bytes.Buffer
	command.Dir, command.Env, command.Stdout, command.Stderr = f.folder, f.Env, &output, &output
	return command, &output
}

// run runs the program, and returns its output and its exit status.
func (f *tenants) run(args ...string) (output string, status int) {
	f.Helper()
	command, buffer := f.command(args...)
	err := command.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(f, err)
	}
	f.AddCanaries()
	return f.AddOutput(buffer.String()), command.ProcessState.ExitCode()
}

// tenantOutcome matches the line about the end of a tenant.
var tenantOutcome = regexp.MustCompile(`(?m)^\[\d+/\d+\] (\S+): (\w+) in `)

// outcomes returns the outcomes of the tenants in the output of a run.
func outcomes(output string) map[string]string {
	result := map[string]string{}
	for _, match := range tenantOutcome.FindAllStringSubmatch(output, -1) {
		result[match[1]] = match[2]
	}
	return result
}

// assertDeployed requires that the API has what the tenants consist of, once, and that their states have
// all of its secrets.
func (f *tenants) assertDeployed() {
	f.Helper()
	agents := 0
	for name := range f.agents {
		agents += len(f.agents[name])
	}
	for collection, count := range map[string]int{"projects": len(f.agents), "databases": len(f.agents), "policies": len(f.agents), "agents": agents} {
		assert.Len(f, f.Local.Objects(collection), count, collection)
	}
	for name, names := range f.agents {
		var outputs struct {
			ProjectID         string            `json:"projectId"`
			ConnectionStrings map[string]string `json:"connectionStrings"`
			MCPTokens         map[string]string `json:"mcpTokens"`
		}
		require.NoError(f, json.Unmarshal([]byte(f.Must("stack", "output", "--json", "--show-secrets", "--stack", "tenant-"+name)), &outputs))
		tokens, connections := []string{}, []string{}
		for _, agent := range f.Local.Objects("agents") {
			if agent["project_id"] == outputs.ProjectID {
				tokens = append(tokens, f.Local.Secret("agents", agent["id"].(string), "mcp_token"))
				connections = append(connections, f.Local.Secret("agents", agent["id"].(string), "connection_string"))
			}
		}
		assert.ElementsMatch(f, names, slices.Collect(maps.Keys(outputs.MCPTokens)))
		assert.ElementsMatch(f, tokens, slices.Collect(maps.Values(outputs.MCPTokens)))
		assert.ElementsMatch(f, connections, slices.Collect(maps.Values(outputs.ConnectionStrings)))
		for _, database := range f.Local.Objects("databases") {
			if database["project_id"] == outputs.ProjectID {
				assert.Equal(f, f.password(name), f.Local.Secret("databases", database["id"].(string), "password"))
			}
		}
	}
}

// gate holds requests at the API.
type gate struct {
	mutex   sync.Mutex
	matches func(moment localapi.Moment, method, path string) bool // nil if it is open
	held    chan struct{}                                          // gets a value for each request
	release chan struct{}
}

func newGate() *gate { return &gate{held: make(chan struct{}, 100), release: make(chan struct{})} }

func (g *gate) watch(moment localapi.Moment, method, path string) {
	g.mutex.Lock()
	hold := g.matches != nil && g.matches(moment, method, path)
	g.mutex.Unlock()
	if hold {
		g.held <- struct{}{}
		<-g.release
	}
}

func (g *gate) close(matches func(moment localapi.Moment, method, path string) bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.matches = matches
}

func (g *gate) open() {
	g.close(nil)
	close(g.release)
}

// TestTenantsAutomation deploys, changes and destroys the tenants of the example tenants-automation.
func TestTenantsAutomation(t *testing.T) {
	t.Parallel()
	gate := newGate()
	local := localapi.Start(t, localapi.Options{Watch: gate.watch, APIKeys: map[string]string{"pbo_planted_1": "org_1", "pbo_planted_2": "org_2"}})
	f := newTenants(t, local, "a", "b", "c")
	f.AddCanary("the second API key", "pbo_planted_2")

	// An interrupt waits for the tenant that is being deployed, and starts no other one.
	gate.close(func(moment localapi.Moment, method, path string) bool {
		return moment == localapi.Received && method == http.MethodPost && path == "/v1/projects"
	})
	command, buffer := f.command("-parallel", "1")
	output, input, err := os.Pipe()
	require.NoError(t, err)
	defer func() { _ = output.Close() }()
	command.Stdout, command.Stderr = input, input
	require.NoError(t, command.Start())
	require.NoError(t, input.Close())
	<-gate.held
	require.NoError(t, command.Process.Signal(os.Interrupt))
	for !strings.Contains(buffer.String(), "waiting for") {
		chunk := make([]byte, 1000)
		n, err := output.Read(chunk)
		require.NoError(t, err, buffer)
		buffer.Write(chunk[:n])
	}
	gate.open()
	_, err = buffer.ReadFrom(output)
	require.NoError(t, err)
	require.Error(t, command.Wait())
	f.AddOutput(buffer.String())
	assert.Equal(t, map[string]string{"a": "created"}, outcomes(buffer.String()), buffer)
	assert.Contains(t, buffer.String(), "1 created, 0 updated, 0 unchanged, 0 destroyed, 0 failed, 2 not started")
	assert.NotContains(t, buffer.String(), "b: started")

	// The next run deploys the others, two at once.
	text, status := f.run("-parallel", "2")
	assert.Zero(t, status, text)
	assert.Equal(t, map[string]string{"a": "unchanged", "b": "created", "c": "created"}, outcomes(text))
	assert.Contains(t, text, "2 created, 0 updated, 1 unchanged, 0 destroyed, 0 failed, 0 not started")
	running := 0
	for line := range strings.Lines(text) {
		if strings.HasSuffix(line, ": started\n") {
			running++
		} else if tenantOutcome.MatchString(line) {
			running--
		}
		assert.LessOrEqual(t, running, 2, text)
	}
	f.assertDeployed()

	local.ResetRequests()
	text, status = f.run()
	assert.Zero(t, status, text)
	assert.Equal(t, map[string]string{"a": "unchanged", "b": "unchanged", "c": "unchanged"}, outcomes(text))
	assert.Empty(t, local.Requests(), "tenants without changes need no request")

	// One tenant changes, and one fails.
	f.set("b", "chat-bot", "email-bot")
	f.organizations["d"] = "org_2" // whose API key is missing
	f.set("d", "chat-bot")
	text, status = f.run()
	assert.Equal(t, 1, status, text)
	assert.Equal(t, map[string]string{"a": "unchanged", "b": "updated", "c": "unchanged", "d": "failed"}, outcomes(text))
	assert.Contains(t, text, "error: failed: d; their folders have the logs; run the command again to go on")
	assert.Regexp(t, `d: failed in \S+: \S.*403`, text)
	changes := []string{}
	for _, request := range stacktest.Mutations(local) {
		changes = append(changes, request.Method+" "+request.Path)
	}
	slices.Sort(changes)
	require.Len(t, changes, 2, "only the tenant that has changed: %v", changes)
	assert.Equal(t, "POST /v1/projects", changes[0])
	assert.Regexp(t, `^POST /v1/projects/prj_\w+/agents$`, changes[1])

	require.NoError(t, os.WriteFile(filepath.Join(f.secrets, "org_2.key"), []byte("pbo_planted_2\n"), 0o600))
	require.NoError(t, os.Rename(filepath.Join(f.secrets, "a.password"), filepath.Join(f.secrets, "a")))
	text, status = f.run("a", "d")
	assert.Equal(t, 1, status, text)
	assert.Equal(t, map[string]string{"a": "failed", "d": "updated"}, outcomes(text))
	assert.Contains(t, text, "a.password")
	f.assertDeployed()

	assert.Len(t, slices.DeleteFunc(local.Objects("projects"), func(project map[string]any) bool { return project["org_id"] != "org_2" }), 1)

	text, status = f.run("-destroy")
	assert.Zero(t, status, text)
	assert.Contains(t, text, "0 created, 0 updated, 0 unchanged, 4 destroyed, 0 failed, 0 not started")
	f.AssertEmpty()
	assert.NotContains(t, f.Must("stack", "ls"), "tenant-")
}

// TestTenantsAutomationAfterKill kills the example tenants-automation, and later the commands that it has started,
// while two tenants are being created. Further runs create what is missing, and nothing twice.
func TestTenantsAutomationAfterKill(t *testing.T) {
	t.Parallel()
	// The commands become children of this process, which can then wait for their end.
	const setChildSubreaper = 36 // of prctl(2)
	_, _, errno := syscall.Syscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0)
	require.Zero(t, errno)
	for _, skip := range []string{"false", "true"} {
		t.Run("PULUMI_SKIP_CHECKPOINTS="+skip, func(t *testing.T) {
			t.Parallel()
			testTenantsAutomationAfterKill(t, "PULUMI_SKIP_CHECKPOINTS="+skip)
		})
	}
}

func testTenantsAutomationAfterKill(t *testing.T, env string) {
	gate := newGate()
	local := localapi.Start(t, localapi.Options{Watch: gate.watch})
	f := newTenants(t, local, "a", "b", "c")
	f.Env = append(f.Env, env)
	gate.close(func(moment localapi.Moment, method, path string) bool {
		return moment == localapi.Applied && method == http.MethodPost && strings.HasSuffix(path, "/agents")
	})
	command, buffer := f.command("-parallel", "2")
	require.NoError(t, command.Start())
	<-gate.held
	<-gate.held // the API has created a credential for each of two tenants, and has not responded

	text, status := f.run()
	assert.Equal(t, 1, status)
	assert.Contains(t, text, "error: another run uses the folder stacks")
	assert.NotContains(t, text, "started")

	// Only the program is killed. Its commands are stopped, so that they do not end by themselves.
	commands := children(t, command.Process.Pid)
	require.Len(t, commands, 2)
	for _, pid := range commands {
		require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
	}
	require.NoError(t, command.Process.Kill())
	require.Error(t, command.Wait())
	assert.Empty(t, outcomes(f.AddOutput(buffer.String())))
	assert.Equal(t, 2, strings.Count(buffer.String(), ": started\n"))
	gate.close(nil)
	text, status = f.run()
	assert.Equal(t, 1, status, text)
	assert.Equal(t, map[string]string{"a": "failed", "b": "failed", "c": "created"}, outcomes(text), "a lock whose process exists is respected")
	assert.Equal(t, 2, strings.Count(text, "the stack is currently locked by 1 lock(s)"), text)

	for _, pid := range commands {
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		_, err := syscall.Wait4(pid, nil, 0, nil)
		require.NoError(t, err)
	}
	gate.open()
	text, status = f.run()
	assert.Zero(t, status, text)
	assert.Equal(t, map[string]string{"a": "updated", "b": "updated", "c": "unchanged"}, outcomes(text))
	f.assertDeployed()

	local.ResetRequests()
	text, status = f.run()
	assert.Zero(t, status, text)
	assert.Contains(t, text, "0 created, 0 updated, 3 unchanged, 0 destroyed, 0 failed, 0 not started")
	assert.Empty(t, local.Requests())
}

// children returns the IDs of the processes whose parent is a process.
func children(t *testing.T, parent int) (pids []int) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, process := range processes {
		status, err := os.ReadFile(filepath.Join(process, "status"))
		if err != nil || !strings.Contains(string(status), fmt.Sprintf("\nPPid:\t%d\n", parent)) {
			continue // or it has ended
		}
		pid, err := strconv.Atoi(filepath.Base(process))
		require.NoError(t, err)
		pids = append(pids, pid)
	}
	return pids
}
