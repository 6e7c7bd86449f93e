// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// run is the run of the engine that this process belongs to.
type run struct {
	id    string
	begun bool
}

func newRun() run {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return run{id: hex.EncodeToString(id)}
}

// process identifies the processes of a run, in its file.
type process struct {
	Host   string `json:"host"`
	Plugin int    `json:"plugin"`
	Engine int    `json:"engine"`
	// State is the digest of the state when the run began, or "" if it is not known.
	State string `json:"state,omitempty"`
}

// ended is the last line of the file of a run that ended in an orderly way.
const ended = "ended\n"

// beginRun writes the file of the run before its first intent. The mutex is held.
func (j *Journal) beginRun(urn resource.URN) error {
	if j.run.begun || j.folder == "" {
		return nil
	}
	host, _ := os.Hostname() // "" is a host, too
	j.readState(urn)
	content, err := json.Marshal(process{Host: host, Plugin: os.Getpid(), Engine: os.Getppid(), State: j.stateDigest})
	if err != nil {
		return err
	}
	if _, err := appendFile(j.runFile(j.run.id), append(content, '\n')); err != nil {
		return err
	}
	j.run.begun = true
	return nil
}

func (j *Journal) endRun() {
	if j.run.begun {
		_, _ = appendFile(j.runFile(j.run.id), []byte(ended)) // without it, the run counts as killed
	}
}

func (j *Journal) runFile(id string) string { return filepath.Join(j.folder, id+".run") }

// Outcome is how a run has ended.
type Outcome int

const (
	// Ended is a run that ended in an orderly way, or of which nothing is known. Its state
	// is written, unless that failed.
	Ended Outcome = iota
	// Killed is a run that did not end in an orderly way: the plugin or the engine was
	// killed, or cancelled during a request.
	Killed
	// Running is a run that has not ended.
	Running
)

// OutcomeOf returns how the run of an intent has ended.
func (j *Journal) OutcomeOf(intent *Intent) Outcome {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.outcomeOf(intent)
}

func (j *Journal) outcomeOf(intent *Intent) Outcome {
	switch {
	case intent.Run == j.run.id:
		return Running
	case j.folder == "" || !fileName.MatchString(intent.Run):
		return Ended
	}
	content, err := os.ReadFile(j.runFile(intent.Run))
	first, rest, _ := bytes.Cut(content, []byte{'\n'})
	var p process
	if err != nil || strings.HasSuffix(string(rest), ended) || json.Unmarshal(first, &p) != nil {
		return Ended
	}
	host, _ := os.Hostname()
	if host != p.Host || p.Plugin == os.Getpid() {
		return Killed
	}
	// The engine still has the responses to a plugin of this run that has ended.
	if p.Engine == os.Getppid() || isAlive(p.Plugin) && isAlive(p.Engine) {
		return Running
	}
	return Killed
}

// IsUnwritten reports whether the state is known not to have been written since the run
// of an intent began: it is the same as then.
func (j *Journal) IsUnwritten(intent *Intent) bool {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.readState(intent.URN)
	if j.folder == "" || j.stateDigest == "" || intent.Run == j.run.id || !fileName.MatchString(intent.Run) {
		return false
	}
	content, err := os.ReadFile(j.runFile(intent.Run))
	first, _, _ := bytes.Cut(content, []byte{'\n'})
	var p process
	return err == nil && json.Unmarshal(first, &p) == nil && p.State == j.stateDigest
}

// isAlive reports whether a process of this machine is running.
func isAlive(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	if runtime.GOOS == "windows" {
		return true // FindProcess has found it
	}
	return process.Signal(syscall.Signal(0)) == nil
}
