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

// driver is a process of a language that deploys programs as inline programs of
// the Automation API. It takes requests, a line each, and answers them.
type driver struct {
	start func() (*exec.Cmd, error)
	// one at a time, for programs that fail: Node.js gives an error of one to all that run in the process.
	serial bool

	turn    sync.Mutex
	once    sync.Once
	failed  error
	command *exec.Cmd
	stderr  bytes.Buffer // to be read when the process has ended
	stdin   io.WriteCloser
	ended   chan struct{}

	mutex   sync.Mutex
	last    int
	waiting map[int]chan answer
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

type answer struct {
	ID      int            `json:"id"`
	Error   string         `json:"error"`
	Printed string         `json:"printed"`
	Changes map[string]int `json:"changes"`
}

// drivers are the processes of a language.
type drivers struct{ main, refusing *driver }

func newDrivers(start func() (*exec.Cmd, error)) drivers {
	return drivers{&driver{start: start}, &driver{start: start, serial: true}}
}

// running are the drivers that were started, by the tests that ask for them.
var running struct {
	mutex   sync.Mutex
	drivers []*driver
}

func endDrivers() {
	running.mutex.Lock()
	defer running.mutex.Unlock()
	for _, d := range running.drivers {
		_ = d.stdin.Close()
		<-d.ended
		_ = d.command.Wait()
	}
}

// ready starts the process the first time.
func (d *driver) ready() error {
	d.once.Do(func() { d.failed = d.run() })
	return d.failed
}

func (d *driver) run() error {
	command, err := d.start()
	if err != nil {
		return err
	}
	answers, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	command.ExtraFiles = []*os.File{theirs}
	command.Stderr = &d.stderr
	command.Env = append(command.Environ(), "PATH="+tools.CLI+string(os.PathListSeparator)+os.Getenv("PATH"))
	if d.stdin, err = command.StdinPipe(); err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	_ = theirs.Close()
	d.command, d.waiting, d.ended = command, map[int]chan answer{}, make(chan struct{})
	running.mutex.Lock()
	running.drivers = append(running.drivers, d)
	running.mutex.Unlock()
	go d.listen(answers)
	return nil
}

func (d *driver) listen(answers io.Reader) {
	defer close(d.ended)
	lines := bufio.NewReader(answers)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			a.Error = err.Error()
		}
		d.mutex.Lock()
		if waiting, ok := d.waiting[a.ID]; ok {
			waiting <- a
		}
		delete(d.waiting, a.ID)
		d.mutex.Unlock()
	}
}

// do sends a request and waits for its answer.
func (d *driver) do(r request) (answer, error) {
	if err := d.ready(); err != nil {
		return answer{}, err
	}
	if d.serial {
		d.turn.Lock()
		defer d.turn.Unlock()
	}
	answered := make(chan answer, 1)
	d.mutex.Lock()
	d.last++
	r.ID = d.last
	d.waiting[r.ID] = answered
	line, err := json.Marshal(r)
	if err == nil {
		_, err = d.stdin.Write(append(line, '\n'))
	}
	d.mutex.Unlock()
	if err != nil {
		return answer{}, err
	}
	select {
	case a := <-answered:
		return a, nil
	case <-d.ended:
		_ = d.command.Wait()
		return answer{}, fmt.Errorf("the driver has ended: %s", &d.stderr)
	}
}

// program is a stack whose program is in another language than YAML.
type program struct {
	*stacktest.Stack
	driver  drivers
	file    string
	project string
}

// newProgram makes a stack of a program. Its project is the folder of an
// example, with the configuration that it asks for, or "" for none.
func newProgram(t *testing.T, d drivers, local *localapi.Local, file, project string, env ...string) *program {
	t.Helper()
	if project == "" {
		project = filepath.Join(t.TempDir(), "source")
		require.NoError(t, os.MkdirAll(project, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte("name: program\nruntime: nodejs\n"), 0o600))
	}
	p := &program{Stack: stacktest.New(t, tools.Tools, local, project, env...), driver: d, file: file}
	text, err := os.ReadFile(filepath.Join(project, "Pulumi.yaml"))
	require.NoError(t, err)
	name, _, _ := strings.Cut(strings.TrimPrefix(string(text), "name: "), "\n")
	p.project = name
	return p
}

// try runs the program.
func (p *program) try(d *driver, command string, expectNoChanges bool) answer {
	p.Helper()
	env := map[string]string{}
	for _, setting := range p.Env {
		name, value, _ := strings.Cut(setting, "=")
		env[name] = value
	}
	a, err := d.do(request{
		Command: command, Program: p.file, Project: p.project, Stack: stacktest.Name, Dir: p.Dir, Env: env,
		ExpectNoChanges: expectNoChanges,
	})
	require.NoError(p, err)
	p.AddOutput(a.Printed + a.Error)
	return a
}

// preview previews the program, which has to succeed.
func (p *program) preview() answer {
	p.Helper()
	a := p.try(p.driver.main, "preview", false)
	require.Empty(p, a.Error, a.Printed)
	return a
}

// up deploys the program, which has to succeed.
func (p *program) up() {
	p.Helper()
	a := p.try(p.driver.main, "up", false)
	require.Empty(p, a.Error, a.Printed)
}

// unchanged deploys the program again, which has to change nothing.
func (p *program) unchanged() {
	p.Helper()
	a := p.try(p.driver.main, "up", true)
	require.Empty(p, a.Error, a.Printed)
}

// refused deploys the program, which has to fail.
func (p *program) refused() string {
	p.Helper()
	a := p.try(p.driver.refusing, "up", false)
	require.NotEmpty(p, a.Error, a.Printed)
	return a.Printed + a.Error
}

func jsonObject(text []byte) map[string]any {
	object := map[string]any{}
	_ = json.Unmarshal(text, &object)
	return object
}

// command runs a tool, and says what it printed when it fails.
func command(dir string, name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Dir = dir
	if printed, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, printed)
	}
	return nil
}
