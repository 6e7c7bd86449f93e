// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pgbeam/pulumi-pgbeam/internal/expiry"
)

// retention is how long logs are kept after the last change. The API keeps a response
// for a day; the ID of an object that was left behind is useful for longer.
const retention = 7 * 24 * time.Hour

// maxStateAge is how long a deletion is of interest: until then, a run that was
// interrupted has been followed by another one.
const maxStateAge = 24 * time.Hour

// header is the first line of a log: the format, and the processes of the run.
type header struct {
	Format string `json:"format"`
	Host   string `json:"host"`
	Plugin int    `json:"plugin"`
	Engine int    `json:"engine"`
}

func newHeader() header {
	host, _ := os.Hostname() // "" is a host, too
	return header{Format: format, Host: host, Plugin: os.Getpid(), Engine: os.Getppid()}
}

// isRunning reports whether the processes of an earlier run are still running. A run of
// this process has ended.
func (h header) isRunning() bool {
	self := newHeader()
	if h.Host != self.Host || h.Plugin == self.Plugin {
		return false
	}
	// The engine still has the responses of a plugin of the same run that has died.
	return h.Engine == self.Engine || isAlive(h.Plugin) && isAlive(h.Engine)
}

// format is that of this release. A log of another one is set aside.
const format = "pgbeam create journal 2"

// line is another line of a log. It is about one thing.
type line struct {
	Ref string `json:"ref,omitempty"`

	Intent   *Intent `json:"intent,omitempty"`
	Returned string  `json:"returned,omitempty"` // the ID of the object of an intent
	Closed   bool    `json:"closed,omitempty"`   // an intent is settled
	Edited   bool    `json:"edited,omitempty"`   // the user has edited the state since the run of an intent
	// Deletion is what is known about the deletion of the object or the setting of a Key.
	Deletion *Deletion `json:"deletion,omitempty"`
	Key      string    `json:"key,omitempty"`
	// At is the time of a deletion, when an object was returned, or when the edit was found.
	At time.Time `json:"at,omitzero"`
	// Creates are the numbers of settled creates, and Objects those of the creates among them
	// that led to an object, by the digest of the resource.
	Creates map[string]int `json:"creates,omitempty"`
	Objects map[string]int `json:"objects,omitempty"`
	Ended   bool           `json:"ended,omitempty"` // the run ended in an orderly way
}

// log is the log of a run, as it was read.
type log struct {
	path    string
	size    int64
	lines   []line
	outcome Outcome
	// problem is what could not be read, or "".
	problem string
}

const logExtension = ".log"

// The names of the folders of stacks, and of files. Those without an extension are of
// release 0.1.
var (
	folderName = regexp.MustCompile(`^[0-9a-f]{32}$`)
	fileName   = regexp.MustCompile(`^[0-9a-f]{32}(\.[0-9]+|\.log|\.log\.unreadable)?$`)
)

// openFolder opens the folder of the stack of a resource, and reads the logs of earlier
// runs. The mutex is held.
func (j *Journal) openFolder(urn resource.URN) {
	if j.folder != nil {
		return
	}
	folder := ""
	j.folder = &folder
	if j.options.Root == "" {
		return
	}
	expiry.Remove(j.options.Root, retention, folderName.MatchString, fileName.MatchString)
	path := filepath.Join(j.options.Root, digest(strings.Join([]string{j.options.Backend, string(urn.Project()), string(urn.Stack())}, "\x00")))
	if err := os.MkdirAll(path, 0o700); err != nil {
		j.warn("Interrupted creates and rotations cannot be recovered, because the journal cannot be written: %v. "+
			"Set journalDir or PGBEAM_JOURNAL_DIR to a directory that is writable and is kept between runs.", err)
		return
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now)
	folder = path
	logs, err := readLogs(folder)
	if err != nil {
		j.warn("The journal of interrupted creates and rotations cannot be read: %v.", err)
	}
	j.apply(logs)
	if len(j.entries) > 0 {
		j.recordStateTime(urn)
		j.recordEdit()
	}
}

// recordEdit records that the user has edited the state since the runs of the intents whose
// objects would be deleted otherwise: the next state that the engine writes does not show
// that. The mutex is held.
func (j *Journal) recordEdit() {
	if !j.stateEdited {
		return
	}
	now := time.Now()
	var lines []line
	for _, e := range j.entries {
		for _, intent := range e.intents {
			if intent.ID != "" && j.isInterrupted(intent) {
				intent.EditedAt = now
				lines = append(lines, line{Ref: intent.Ref, Edited: true, At: now})
			}
		}
	}
	if len(lines) > 0 {
		_ = j.append(lines...) // this run knows it
	}
}

// readLogs reads the logs in a folder. It begins again if another plugin removes one
// meanwhile, because that one has copied it.
func readLogs(folder string) (logs []*log, err error) {
	const attempts = 10
	for range attempts {
		var paths []string
		if paths, err = filepath.Glob(filepath.Join(folder, "*"+logExtension)); err != nil {
			return nil, err
		}
		logs = nil
		for _, path := range paths {
			var l *log
			if l, err = readLog(path); err != nil {
				break
			}
			logs = append(logs, l)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return logs, err
		}
	}
	return logs, err
}

// readLog reads a log. A log of another format is renamed, so that it is not misread.
func readLog(path string) (*log, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return &log{path: path, outcome: Running}, nil // not a log
	}
	content, err := os.ReadFile(path) //nolint:gosec // a file that a plugin wrote
	if err != nil {
		return nil, err
	}
	l := &log{path: path, size: int64(len(content)), outcome: Killed}
	if len(content) == 0 {
		return l, nil // the process was killed before it wrote anything, or sent anything
	}
	first, rest, _ := bytes.Cut(content, []byte{'\n'})
	var h header
	_ = json.Unmarshal(first, &h) // h stays empty
	if h.Format != format {
		l.problem = "was written by another release or is damaged, and was set aside"
		return l, nil
	}
	for len(rest) > 0 {
		text, next, complete := bytes.Cut(rest, []byte{'\n'})
		rest = next
		if len(text) == 0 {
			continue
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		var parsed line
		if decoder.Decode(&parsed) != nil || decoder.More() || !complete {
			l.problem = "is damaged"
			continue
		}
		if parsed.Ended {
			l.outcome = Ended
		}
		l.lines = append(l.lines, parsed)
	}
	if l.outcome == Killed && h.isRunning() {
		l.outcome = Running
	}
	return l, nil
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

// apply adds what the logs say to the entries: first the intents, and then what became
// of them, in whichever log that is. The mutex is held.
func (j *Journal) apply(logs []*log) {
	intents := map[string]*Intent{}
	for _, l := range logs {
		if l.problem != "" {
			j.warn("The journal file %s %s. If an update was interrupted before, check in the dashboard that it left no object behind.",
				filepath.Base(l.path), l.problem)
			j.settled = true // copies what can be read
		}
		for _, line := range l.lines {
			intent := line.Intent
			if intent == nil || intent.Ref == "" || !intent.URN.IsValid() || intents[intent.Ref] != nil {
				continue
			}
			if intent.Outcome == "" {
				intent.Outcome = l.outcome
			}
			// What is lost may have been that the engine has the object.
			intent.Damaged = intent.Damaged || l.problem != ""
			intents[intent.Ref] = intent
			if j.entries[intent.URN] == nil {
				j.entries[intent.URN] = &entry{}
			}
			e := j.entries[intent.URN]
			e.intents = append(e.intents, intent)
		}
		if l.outcome != Running {
			j.read = append(j.read, l)
		}
	}
	var deletions []line
	counted := map[*Intent]bool{} // in the creates of the log that says that they are settled
	for _, l := range logs {
		counts := slices.ContainsFunc(l.lines, func(line line) bool { return line.Creates != nil })
		for _, line := range l.lines {
			intent := intents[line.Ref]
			switch {
			case line.Returned != "" && intent != nil && !line.At.Before(intent.ReturnedAt):
				// The run that has returned the object is the one that had to write the state.
				intent.ID, intent.ReturnedAt, intent.Outcome, intent.Damaged = line.Returned, line.At, l.outcome, false
			case line.Edited && intent != nil && line.At.After(intent.EditedAt):
				intent.EditedAt = line.At
			case line.Closed && intent != nil:
				intent.closed, counted[intent] = true, counted[intent] || counts
			case line.Deletion != nil && time.Since(line.At) < maxStateAge:
				deletions = append(deletions, line)
			}
			for resource, creates := range line.Creates {
				j.creates[resource] = max(j.creates[resource], creates)
			}
			for resource, objects := range line.Objects {
				j.objects[resource] = max(j.objects[resource], objects)
			}
		}
	}
	slices.SortStableFunc(deletions, func(a, b line) int { return a.At.Compare(b.At) })
	for _, line := range deletions {
		j.setDeletion(line.Key, *line.Deletion)
		j.deleted = append(j.deleted, line)
	}
	for _, intent := range intents {
		if intent.ID != "" {
			j.returned[intent.ID] = append(j.returned[intent.ID], intent)
		}
		if intent.closed {
			j.settled = true // the inputs are still in the log: another plugin has copied them while this was settled
			j.closed = append(j.closed, intent.Ref)
			j.entries[intent.URN].forget(intent)
			if !counted[intent] {
				j.count(intent)
			}
		}
	}
	for _, e := range j.entries {
		slices.SortStableFunc(e.intents, func(a, b *Intent) int { return a.Sent.Compare(b.Sent) })
	}
}

// append appends lines to the log of this run, in one write. The mutex is held.
func (j *Journal) append(lines ...line) error {
	if *j.folder == "" {
		return nil
	}
	content := &j.buffer
	content.Reset()
	if j.torn {
		content.WriteByte('\n')
	}
	if j.file == nil {
		if err := j.createLog(content); err != nil {
			return unwritable(err)
		}
	}
	encoder := json.NewEncoder(content)
	encoder.SetEscapeHTML(false)
	for _, l := range lines {
		if err := encoder.Encode(l); err != nil {
			return unwritable(err)
		}
	}
	n, err := j.file.Write(content.Bytes())
	j.torn = err != nil && (n > 0 || j.torn)
	return unwritable(err)
}

func unwritable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the journal of creates and rotations cannot be written, and without it an interruption would go unnoticed: %w", err)
}

// createLog creates the log of this run, and adds its header to the content.
func (j *Journal) createLog(content *bytes.Buffer) (err error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	path := filepath.Join(*j.folder, hex.EncodeToString(id)+logExtension)
	if j.file, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil { //nolint:gosec // the name is random
		j.file = nil
		return err
	}
	return json.NewEncoder(content).Encode(j.self)
}

// End records that the engine has ended the run in an orderly way: it has received every
// response, and has had the opportunity to write the state. It copies what is still of
// interest in the logs of earlier runs, and removes those.
func (j *Journal) End() {
	if j == nil {
		return
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if j.folder == nil || *j.folder == "" {
		return
	}
	var lines []line
	if j.settled {
		lines = j.carried()
	}
	if j.file != nil || len(lines) > 0 {
		if j.append(append(lines, line{Ended: true})...) != nil {
			return // the earlier logs are still there
		}
	}
	if !j.settled {
		return
	}
	for _, l := range j.read {
		info, err := os.Stat(l.path)
		switch {
		case err != nil || info.Size() != l.size:
		case l.problem != "":
			_ = os.Rename(l.path, l.path+".unreadable") // for a person to look at
		default:
			_ = os.Remove(l.path)
		}
	}
}

// carried returns what is still of interest in the logs that were read. It names the
// settled intents as well, because another plugin of the run may copy them from the same
// logs. The mutex is held.
func (j *Journal) carried() (lines []line) {
	for _, e := range j.entries {
		for _, intent := range e.intents {
			if !intent.current && intent.Outcome != Running { // another plugin of the run has its own log
				lines = append(lines, line{Intent: intent})
			}
		}
	}
	lines = append(lines, j.deleted...)
	for _, ref := range j.closed {
		lines = append(lines, line{Ref: ref, Closed: true})
	}
	if len(j.creates) > 0 {
		lines = append(lines, line{Creates: j.creates, Objects: j.objects})
	}
	return lines
}
