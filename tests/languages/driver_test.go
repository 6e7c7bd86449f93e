// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// driver is a process that deploys inline programs in a language with the
// Automation API. It reads requests and writes responses as lines of JSON.
type driver struct {
	newCommand func() (*exec.Cmd, error)
	// serial is set for programs that fail: in Node.js, the error of one program fails all concurrent ones.
	serial bool

	serialMutex sync.Mutex
	startOnce   sync.Once
	startErr    error
	command     *exec.Cmd
	stderr      bytes.Buffer // must not be read before the process has exited
	stdin       io.WriteCloser
	done        chan struct{} // closed when the driver has closed its responses

	mutex   sync.Mutex
	lastID  int
	pending map[int]chan response
}

type request struct {
	ID              int               `json:"id"`
	Command         string            `json:"command"`
	Program         string            `json:"program"`
	Project         string            `json:"project"`
	Stack           string            `json:"stack"`
	Dir             string            `json:"dir"`
	Env             map[string]string `json:"env"`
	ExpectNoChanges bool              `json:"expectNoChanges"`
}

type response struct {
	ID      int            `json:"id"`
	Error   string         `json:"error"`
	Output  string         `json:"output"`
	Changes map[string]int `json:"changes"`
}

// language has the drivers of a language, which are started on demand.
type language struct{ driver, failing *driver }

func newLanguage(newCommand func() (*exec.Cmd, error)) language {
	return language{driver: &driver{newCommand: newCommand}, failing: &driver{newCommand: newCommand, serial: true}}
}

// running are the drivers that have been started.
var running struct {
	mutex   sync.Mutex
	drivers []*driver
}

func stopDrivers() {
	running.mutex.Lock()
	defer running.mutex.Unlock()
	for _, d := range running.drivers {
		_ = d.stdin.Close()
		<-d.done
		_ = d.command.Wait()
	}
}

// ensureStarted starts the process on the first call.
func (d *driver) ensureStarted() error {
	d.startOnce.Do(func() { d.startErr = d.start() })
	return d.startErr
}

func (d *driver) start() error {
	command, err := d.newCommand()
	if err != nil {
		return err
	}
	responses, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	command.ExtraFiles = []*os.File{writer}
	command.Stderr = &d.stderr
	command.Env = append(command.Environ(), "PATH="+tools.CLI+string(os.PathListSeparator)+os.Getenv("PATH"))
	if d.stdin, err = command.StdinPipe(); err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	_ = writer.Close()
	d.command, d.pending, d.done = command, map[int]chan response{}, make(chan struct{})
	running.mutex.Lock()
	running.drivers = append(running.drivers, d)
	running.mutex.Unlock()
	go d.readResponses(responses)
	return nil
}

func (d *driver) readResponses(responses io.Reader) {
	defer close(d.done)
	reader := bufio.NewReader(responses)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return
		}
		var r response
		if err := json.Unmarshal(line, &r); err != nil {
			r.Error = err.Error()
		}
		d.mutex.Lock()
		if pending, ok := d.pending[r.ID]; ok {
			pending <- r
		}
		delete(d.pending, r.ID)
		d.mutex.Unlock()
	}
}

// do sends a request and waits for its response.
func (d *driver) do(r request) (response, error) {
	if err := d.ensureStarted(); err != nil {
		return response{}, err
	}
	if d.serial {
		d.serialMutex.Lock()
		defer d.serialMutex.Unlock()
	}
	pending := make(chan response, 1)
	d.mutex.Lock()
	d.lastID++
	r.ID = d.lastID
	d.pending[r.ID] = pending
	line, err := json.Marshal(r)
	if err == nil {
		_, err = d.stdin.Write(append(line, '\n'))
	}
	d.mutex.Unlock()
	if err != nil {
		return response{}, err
	}
	select {
	case r := <-pending:
		return r, nil
	case <-d.done:
		_ = d.command.Wait()
		return response{}, fmt.Errorf("the driver has exited: %s", &d.stderr)
	}
}

// program is a stack with a program that a driver runs.
type program struct {
	*stacktest.Stack
	language language
	file     string
	project  string
	stack    string
}

// newProgram creates a stack for a program. The project is a folder with a
// Pulumi.yaml, or "" for a project without configuration.
func newProgram(t *testing.T, l language, local *localapi.Local, file, project string, env ...string) *program {
	t.Helper()
	if project == "" {
		project = filepath.Join(t.TempDir(), "source")
		require.NoError(t, os.MkdirAll(project, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte("name: program\nruntime: nodejs\n"), 0o600))
	}
	p := &program{Stack: stacktest.New(t, tools.Tools, local, project, env...), language: l, file: file, stack: stacktest.Name}
	text, err := os.ReadFile(filepath.Join(project, "Pulumi.yaml"))
	require.NoError(t, err)
	p.project, _, _ = strings.Cut(strings.TrimPrefix(string(text), "name: "), "\n")
	return p
}

// run runs an operation of the Automation API on the stack.
func (p *program) run(d *driver, command string, expectNoChanges bool) response {
	p.Helper()
	env := map[string]string{}
	for _, setting := range p.Env {
		name, value, _ := strings.Cut(setting, "=")
		env[name] = value
	}
	r, err := d.do(request{
		Command: command, Program: p.file, Project: p.project, Stack: p.stack, Dir: p.Dir, Env: env,
		ExpectNoChanges: expectNoChanges,
	})
	require.NoError(p, err)
	p.AddOutput(r.Output + r.Error)
	return r
}

// preview runs a preview, which has to succeed.
func (p *program) preview() response {
	p.Helper()
	r := p.run(p.language.driver, "preview", false)
	require.Empty(p, r.Error, r.Output)
	return r
}

// up runs an update, which has to succeed.
func (p *program) up() {
	p.Helper()
	r := p.run(p.language.driver, "up", false)
	require.Empty(p, r.Error, r.Output)
}

// requireNoChanges runs an update, which must not change any resource.
func (p *program) requireNoChanges() {
	p.Helper()
	r := p.run(p.language.driver, "up", true)
	require.Empty(p, r.Error, r.Output)
}

// upFails runs an update, which has to fail, and returns its output and error.
func (p *program) upFails() string {
	p.Helper()
	r := p.run(p.language.failing, "up", false)
	require.NotEmpty(p, r.Error, r.Output)
	return r.Output + r.Error
}

// newYAML creates a stack for a program in YAML.
func newYAML(t *testing.T, local *localapi.Local, text []byte, env ...string) *stacktest.Stack {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), text, 0o600))
	return stacktest.New(t, tools.Tools, local, folder, env...)
}

// deployment is a stack of a program in any language, which a driver or the CLI deploys.
type deployment struct {
	*stacktest.Stack
	preview func() string
	up      func(expectNoChanges bool)
}

func (p *program) deployment() deployment {
	return deployment{p.Stack, func() string { return p.preview().Output }, func(expectNoChanges bool) {
		p.Helper()
		r := p.run(p.language.driver, "up", expectNoChanges)
		if p.language == java && strings.Contains(r.Error, "JsonSyntaxException") {
			return // Java's Automation API cannot parse outputs that are objects, which it reads after the update
		}
		require.Empty(p, r.Error, r.Output)
	}}
}

func yamlDeployment(s *stacktest.Stack) deployment {
	return deployment{s, func() string { return s.Must("preview") }, func(expectNoChanges bool) {
		s.Helper()
		s.Must("up", "--yes", "--skip-preview", fmt.Sprintf("--expect-no-changes=%t", expectNoChanges))
	}}
}

// command runs a tool. Its error contains the output of the tool.
func command(dir string, name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Dir = dir
	if output, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, output)
	}
	return nil
}
