// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// interruption is a way to interrupt a command of the CLI.
type interruption struct {
	name string
	// interrupt is called at a moment of a write, which continues when it returns.
	interrupt func(c *interruptedCommand)
	// fillsBackend is true if the CLI cannot write the state any more.
	fillsBackend bool
	// discards is true if the engine may discard a response that the plugin has sent. The
	// plugin cannot tell such an object from one that the user has removed from the state.
	discards bool
}

var interruptions = []interruption{
	{name: "SIGKILL to the plugin", interrupt: func(c *interruptedCommand) { c.stack.SignalPlugins(syscall.SIGKILL) }},
	{name: "SIGKILL to the CLI", interrupt: func(c *interruptedCommand) { c.signal(syscall.SIGKILL) }},
	{name: "SIGKILL to plugin and CLI", interrupt: func(c *interruptedCommand) {
		c.stack.SignalPlugins(syscall.SIGKILL)
		c.signal(syscall.SIGKILL)
	}},
	{name: "SIGINT to the CLI", interrupt: func(c *interruptedCommand) {
		c.signal(syscall.SIGINT)
		c.waitForCancel()
	}},
	{name: "SIGINT to the CLI twice", interrupt: func(c *interruptedCommand) {
		c.signal(syscall.SIGINT)
		c.waitForCancel()
		c.signal(syscall.SIGINT)
	}, discards: true},
	{name: "SIGINT to CLI and plugin", interrupt: func(c *interruptedCommand) {
		c.stack.SignalPlugins(syscall.SIGINT)
		c.signal(syscall.SIGINT)
		c.waitForCancel()
	}},
	{name: "SIGTERM to the CLI", interrupt: func(c *interruptedCommand) {
		c.signal(syscall.SIGTERM)
		c.waitForCancel()
	}},
	{name: "SIGTERM to the plugin", interrupt: func(c *interruptedCommand) { c.stack.SignalPlugins(syscall.SIGTERM) }},
	{name: "full backend", interrupt: func(c *interruptedCommand) { c.backend.fill() }, fillsBackend: true},
}

// interruptedCommand is a command of the CLI that is interrupted.
type interruptedCommand struct {
	stack   *clitest.Stack
	backend *smallBackend // nil unless the interruption fills it
	process *os.Process
	output  *commandOutput
}

func (c *interruptedCommand) signal(signal syscall.Signal) { _ = c.process.Signal(signal) }

// waitForCancel waits until the CLI says that it cancels the command.
func (c *interruptedCommand) waitForCancel() {
	select {
	case <-c.output.cancelling:
	case <-time.After(time.Minute):
		assert.Fail(c.stack, "the CLI did not cancel the command")
	}
}

// runInterrupted runs a command of the CLI that is interrupted. It returns its output,
// and the kind of the object that the write was about.
func runInterrupted(s *clitest.Stack, trigger *writeTrigger, i interruption, w write, args ...string) (output, kind string) {
	s.Helper()
	c := &interruptedCommand{stack: s, output: newCommandOutput()}
	if i.fillsBackend {
		c.backend = newSmallBackend(s)
	}
	command := s.Command(context.Background(), args...)
	command.Stdout, command.Stderr = c.output, c.output
	require.NoError(s, command.Start())
	c.process = command.Process
	trigger.arm(w, func() { i.interrupt(c) })
	err := command.Wait() // which of the interruptions are an error of the CLI does not matter
	interrupted := trigger.disarm()
	if c.backend != nil {
		c.backend.restore()
	}
	output = s.AddOutput(c.output.String())
	require.NotNil(s, interrupted, "the command made fewer writes: %v\n%s", err, output)
	return output, interrupted.kind()
}

// cancelling is what the CLI prints when it cancels a command.
const cancelling = "received; cancelling"

// commandOutput is the output of a command.
type commandOutput struct {
	mutex      sync.Mutex
	buffer     bytes.Buffer
	cancelling chan struct{} // closed when the CLI cancels the command
}

func newCommandOutput() *commandOutput { return &commandOutput{cancelling: make(chan struct{})} }

// Write implements io.Writer.
func (o *commandOutput) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	before := strings.Contains(o.buffer.String(), cancelling)
	o.buffer.Write(p)
	if !before && strings.Contains(o.buffer.String(), cancelling) {
		close(o.cancelling)
	}
	return len(p), nil
}

func (o *commandOutput) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.buffer.String()
}

// write is a moment of a write of a command.
type write struct {
	number int // 1 for the first one
	moment localapi.Moment
}

func (w write) String() string { return fmt.Sprintf("at write %d %s", w.number, w.moment) }

// writeTrigger calls an action at a moment of a write. The write continues when the
// action returns.
type writeTrigger struct {
	mutex  sync.Mutex
	write  write
	action func() // nil if nothing is to be done
	writes int
	hit    *writeRequest
}

// writeRequest is a request that changes something.
type writeRequest struct{ method, path string }

// watch is a localapi.Options.Watch.
func (t *writeTrigger) watch(moment localapi.Moment, method, path string) {
	if method == http.MethodGet {
		return
	}
	if action := t.next(moment, writeRequest{method, path}); action != nil {
		action()
	}
}

// next returns the action if the moment is the one that it is meant for.
func (t *writeTrigger) next(moment localapi.Moment, request writeRequest) (action func()) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if moment != t.write.moment {
		return nil
	}
	if t.writes++; t.writes != t.write.number || t.action == nil {
		return nil
	}
	t.hit = &request
	return t.action
}

func (t *writeTrigger) arm(w write, action func()) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.write, t.action, t.writes, t.hit = w, action, 0, nil
}

// disarm returns the write at which the action was called, or nil if it was not.
func (t *writeTrigger) disarm() *writeRequest {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.action = nil
	return t.hit
}

// count returns the number of writes since arm.
func (t *writeTrigger) count() int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.writes
}

// kind returns the kind of the object that a write is about.
func (r writeRequest) kind() string {
	switch segments := strings.Split(r.path, "/"); {
	case slices.Contains(segments, "spend-limit"):
		return "SpendLimit"
	case r.method == http.MethodPatch && len(segments) == len(strings.Split("/v1/projects/id", "/")):
		return "ProjectDefaultPolicy"
	default:
		kind := ""
		for _, segment := range segments { // the last one wins: projects, databases, replicas
			for _, k := range slices.Backward(scenario.Kinds()) {
				if k.Collection == segment {
					kind = k.Name
				}
			}
		}
		return kind
	}
}

// smallBackend is a backend of little size, which can be filled.
type smallBackend struct{ fill, restore func() }

// newSmallBackend moves the backend of a stack to a file system of its own, where that is
// possible.
func newSmallBackend(s *clitest.Stack) *smallBackend {
	s.Helper()
	folder, disk, filler := s.Backend(), s.Backend()+"-disk", filepath.Join(s.Backend(), "filler")
	require.NoError(s, os.Rename(folder, disk))
	require.NoError(s, os.Mkdir(folder, 0o700))
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=8m"); err != nil {
		require.NoError(s, os.Remove(folder))
		require.NoError(s, os.Rename(disk, folder))
		return newBlockedBackend(s)
	}
	unmount := sync.OnceFunc(func() { assert.NoError(s, syscall.Unmount(folder, syscall.MNT_DETACH)) })
	s.Cleanup(unmount)
	require.NoError(s, os.CopyFS(folder, os.DirFS(disk)))
	require.NoError(s, os.RemoveAll(disk))
	state := filepath.Join(".pulumi", "stacks", "kill", "test.json")
	var backup stateBackup
	return &smallBackend{
		fill: func() {
			var err error
			backup, err = readState(filepath.Join(folder, state))
			assert.NoError(s, err) //nolint:testifylint // called from a handler of the API
			assert.ErrorIs(s, fillDisk(filler), syscall.ENOSPC)
		},
		restore: func() {
			require.NoError(s, os.Remove(filler))
			current, err := readState(filepath.Join(folder, state))
			require.NoError(s, err)
			if !json.Valid(current.content) { // the CLI has truncated it, as it may do with its own backup, too
				current = backup
			}
			require.NoError(s, os.CopyFS(disk, os.DirFS(folder)))
			require.NoError(s, current.write(filepath.Join(disk, state)))
			unmount()
			require.NoError(s, os.Remove(folder))
			require.NoError(s, os.Rename(disk, folder))
		},
	}
}

// stateBackup is the content of a state file and when it was written. A state that was
// written later than it says looks as if the user had edited it.
type stateBackup struct {
	content []byte
	written time.Time
}

func readState(file string) (stateBackup, error) {
	info, err := os.Stat(file)
	if err != nil {
		return stateBackup{}, err
	}
	content, err := os.ReadFile(file)
	return stateBackup{content, info.ModTime()}, err
}

func (b stateBackup) write(file string) error {
	return errors.Join(os.WriteFile(file, b.content, 0o600), os.Chtimes(file, b.written, b.written))
}

// fillDisk writes a file until there is no more space.
func fillDisk(path string) error {
	zeros, err := os.Open("/dev/zero")
	if err != nil {
		return err
	}
	defer zeros.Close() //nolint:errcheck // it was only read
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, zeros)
	return errors.Join(err, file.Close())
}

// newBlockedBackend returns a backend in which a file can take the place of the folder of
// the project's stacks, so that even root cannot write them.
func newBlockedBackend(s *clitest.Stack) *smallBackend {
	folder := filepath.Join(s.Backend(), ".pulumi", "stacks", "kill")
	return &smallBackend{
		fill: func() {
			assert.NoError(s, os.Rename(folder, folder+"-aside"))
			assert.NoError(s, os.WriteFile(folder, nil, 0o600))
		},
		restore: func() {
			require.NoError(s, os.Remove(folder))
			require.NoError(s, os.Rename(folder+"-aside", folder))
		},
	}
}
