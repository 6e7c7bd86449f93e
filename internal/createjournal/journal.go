// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package createjournal records, on disk, the creates and the rotations that a plugin is
// about to send, until it is known what became of them.
//
// A request that was interrupted may have taken effect although no state has its result.
// The journal lets a later run of the engine find that out: it has the idempotency key
// under which the request can be repeated, and what is needed to repeat it. An intent is
// settled when the engine shows, in a later run, that the object is in the state, or when
// the object is known not to exist. docs/reliability.md explains the guarantee.
//
// A stack has a folder. In it, a resource with open intents has a log, and one without
// has the number of its earlier creates. Only the plugins of one stack write to a folder,
// and a line is written at once, so that several plugins can share it.
package createjournal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pgbeam/pulumi-pgbeam/internal/expiry"
)

// Journal records the intents of one plugin process. It may be used concurrently. Until
// it is opened, and if it is nil, it records nothing, and no request can be repeated.
type Journal struct {
	mutex   sync.Mutex
	options Options
	opened  bool
	// provider is the ID of the provider in the state.
	provider string
	// providerIsNew is true if this run has generated the ID, and providerUnknown in the
	// preview of a stack whose provider the update will create.
	providerIsNew, providerUnknown bool
	entries                        map[resource.URN]*entry
	// folder is that of the stack, or "" if nothing is recorded on disk.
	folder    string
	hasFolder bool
	run       run
	// leftovers are the resources that had open intents when the folder was opened, by the
	// name of their file.
	leftovers map[string]bool
	// deleted has the objects that earlier runs began to delete. It is nil until it is read.
	deleted  map[string]bool
	warnings []string
	// state has the IDs in the state at the beginning of the run. It is nil if it cannot
	// be read.
	state     map[string]struct{}
	stateRead bool
	// stateDigest identifies that state.
	stateDigest string
}

// Options configure a Journal.
type Options struct {
	// Root is the folder of all stacks, or "" to record nothing on disk.
	Root string
	// Backend identifies the backend of the state, such as its URL. Stacks with the same
	// name in other backends have other folders.
	Backend string
	// State reads the state of a stack. It is nil if the backend is not a local folder.
	State func(project, stack string) ([]byte, error)
}

// entry is what the journal knows of a resource. A run may have tens of thousands.
type entry struct {
	loaded bool
	// size is that of the log when it was last read or written.
	size int64
	// settled is the number of creates whose log was removed.
	settled int
	intents []*Intent
	// deleted has the objects that a run began to delete.
	deleted map[string]bool
	// checked is true if the resource is in the program, inState if the engine has shown in
	// this run that it is in the state, and shown is the ID that it has there, once known.
	checked, inState bool
	shown            string
	// unsettled is the object that a create returned in a run that was killed, if the
	// engine has shown it in this run. kept is true if this run keeps it.
	unsettled string
	kept      bool
	// stateName is the name that is in the state, and generatedName the one that this run
	// generated. They are empty for a resource that never had an automatic name.
	stateName, generatedName string
}

// retention is how long files are kept after the last change. The API keeps a response
// for a day; the ID of an object that was left behind is useful for longer.
const retention = 7 * 24 * time.Hour

// Open begins a run.
func (j *Journal) Open(options Options) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.options, j.opened = options, true
	j.entries, j.folder, j.hasFolder, j.leftovers, j.deleted = map[resource.URN]*entry{}, "", false, nil, nil
	j.run, j.state, j.stateRead, j.stateDigest = newRun(), nil, false, ""
	j.provider, j.providerIsNew, j.providerUnknown = "", false, false
}

// Configure sets the ID of the provider in the state, which distinguishes resources with
// the same URN, and whether this run has generated it.
func (j *Journal) Configure(providerID string, isNew bool) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.provider, j.providerIsNew, j.providerUnknown = providerID, isNew, false
}

// ConfigureUnknown begins a preview in which the ID of the provider is not known yet.
func (j *Journal) ConfigureUnknown() {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.provider, j.providerIsNew, j.providerUnknown = "", false, true
}

// SetRoot sets the folder of all stacks if a setting names one.
func (j *Journal) SetRoot(root string) {
	if j == nil {
		return
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if j.opened && root != j.options.Root {
		j.options.Root, j.entries, j.folder, j.hasFolder, j.leftovers, j.deleted = root, map[resource.URN]*entry{}, "", false, nil, nil
	}
}

// IsOpen reports whether requests can be repeated.
func (j *Journal) IsOpen() bool {
	if j == nil {
		return false
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.opened && !j.providerUnknown
}

// ProviderUnknown reports whether the ID of the provider is not known yet.
func (j *Journal) ProviderUnknown() bool {
	if j == nil {
		return false
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.providerUnknown
}

// Warnings returns the warnings since the last call.
func (j *Journal) Warnings() []string {
	if j == nil {
		return nil
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	warnings := j.warnings
	j.warnings = nil
	return warnings
}

// warn adds a warning, unless it was given before. The mutex is held.
func (j *Journal) warn(format string, args ...any) {
	j.warnings = append(j.warnings, fmt.Sprintf(format, args...))
}

// MarkChecked records that the program has the resource, and whether the state has it.
func (j *Journal) MarkChecked(urn resource.URN, inState bool) {
	j.with(urn, func(e *entry) {
		e.checked, e.inState = true, e.inState || inState
	})
}

// WasChecked reports whether the program has the resource, according to this plugin.
func (j *Journal) WasChecked(urn resource.URN) (checked bool) {
	j.with(urn, func(e *entry) { checked = e.checked })
	return checked
}

// Shown returns the ID that the engine has shown in this run for the resource, or "".
func (j *Journal) Shown(urn resource.URN) (id string) {
	j.with(urn, func(e *entry) { id = e.shown })
	return id
}

// MarkShown records that the engine has shown the object of a resource. An intent of an
// earlier run that led to the object is settled: the state has it. The run that created
// an object proves nothing, because its state may not be written yet.
func (j *Journal) MarkShown(urn resource.URN, id string) {
	if id == "" {
		return
	}
	j.with(urn, func(e *entry) {
		e.inState, e.shown = true, id
		for _, intent := range e.intents {
			if intent.closed || intent.Run == j.run.id {
				continue
			}
			if intent.Operation == Set || intent.Operation == Create && intent.ID == id {
				if j.outcomeOf(intent) == Killed {
					e.unsettled = id
				}
				j.close(urn, e, intent)
			}
		}
		j.compact(urn, e)
	})
}

// MarkKept records that this run keeps the object of a resource.
func (j *Journal) MarkKept(urn resource.URN, id string) {
	j.with(urn, func(e *entry) { e.kept = e.shown == id })
}

// IsDuplicate reports whether an object that this run keeps was returned by a create of a
// run that was killed. If the engine deletes it all the same, the state has it twice: as
// the replacement, and as the object that was to be replaced.
func (j *Journal) IsDuplicate(urn resource.URN, id string) (is bool) {
	j.with(urn, func(e *entry) {
		is = e.kept && id != "" && e.unsettled == id && !slices.ContainsFunc(e.intents, func(i *Intent) bool { return i.Run == j.run.id })
	})
	return is
}

// IsUsed reports whether a settled intent of a resource had an identity.
func (j *Journal) IsUsed(urn resource.URN, identity []string) (used bool) {
	j.with(urn, func(e *entry) {
		used = slices.ContainsFunc(e.intents, func(i *Intent) bool { return i.closed && slices.Equal(i.Identity, identity) })
	})
	return used
}

// IsClosed reports whether an intent is settled.
func (j *Journal) IsClosed(intent *Intent) bool {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return intent.closed
}

// IsCurrent reports whether this run has sent the intent.
func (j *Journal) IsCurrent(intent *Intent) bool { return intent.Run == j.run.id }

// Begin records an intent before its request is sent. It sets the fields that the journal
// knows. If it fails, the request must not be sent.
func (j *Journal) Begin(urn resource.URN, intent Intent) (begun *Intent, err error) {
	j.with(urn, func(e *entry) {
		intent.URN, intent.Run, intent.Provider, intent.Sent = urn, j.run.id, j.provider, time.Now().UTC().Truncate(time.Second)
		intent.Number = len(e.intents)
		intent.NameSeed = j.nameSeed(e)
		if err = j.beginRun(urn); err == nil {
			err = j.append(urn, e, line{Intent: &intent})
		}
		if err == nil {
			e.intents = append(e.intents, &intent)
			begun = &intent
		}
	})
	return begun, err
}

// Returned records, before the engine is told, that the request was successful, and the
// ID of the object. If it fails, the engine must not be told.
func (j *Journal) Returned(urn resource.URN, intent *Intent, id string) (err error) {
	j.with(urn, func(e *entry) {
		if err = j.append(urn, e, line{Number: intent.Number, Returned: id}); err == nil {
			intent.ID = id
		}
	})
	return err
}

// Close settles an intent: its object is in the state, or does not exist, or was named to
// the user.
func (j *Journal) Close(urn resource.URN, intent *Intent) {
	j.with(urn, func(e *entry) {
		j.close(urn, e, intent)
		j.compact(urn, e)
	})
}

// close records that an intent is closed. An intent whose record cannot be written is
// looked at once more by the next run. The mutex is held.
func (j *Journal) close(urn resource.URN, e *entry, intent *Intent) {
	if !intent.closed {
		_ = j.append(urn, e, line{Number: intent.Number, Closed: true})
		intent.closed = true
	}
}

// MarkDeleting records, before the request is sent, that an object is about to be deleted.
// A later run that is shown the object again can then tell that its state is outdated.
func (j *Journal) MarkDeleting(urn resource.URN, id string) (err error) {
	j.with(urn, func(e *entry) {
		if err = j.append(urn, e, line{Deleting: id}); err == nil {
			e.markDeleting(id)
		}
	})
	return err
}

// MarkDeleted records that an object does not exist any more, which settles its creates
// and rotations.
func (j *Journal) MarkDeleted(urn resource.URN, id string) {
	j.with(urn, func(e *entry) {
		for _, intent := range e.intents {
			if intent.ID == id {
				j.close(urn, e, intent)
			}
		}
		j.compact(urn, e)
	})
}

// MarkNotDeleted records that an object exists after all: the API has refused to delete
// it, or it was set again.
func (j *Journal) MarkNotDeleted(urn resource.URN, id string) {
	j.with(urn, func(e *entry) {
		if e.deleted[id] {
			delete(e.deleted, id)
			delete(j.deleted, id)
			_ = j.append(urn, e, line{Kept: id})
		}
	})
}

// IsDeleting reports whether a run has begun to delete an object.
func (j *Journal) IsDeleting(urn resource.URN, id string) (deleting bool) {
	j.with(urn, func(e *entry) { deleting = e.deleted[id] })
	return deleting
}

// IsDeletingRenamed reports whether an earlier run has begun to delete an object, whatever
// the name of its resource was then.
func (j *Journal) IsDeletingRenamed(id string) bool {
	if j == nil {
		return false
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if j.deleted == nil {
		j.deleted = map[string]bool{}
		for name := range j.leftovers {
			_, deleted, _ := readLog(filepath.Join(j.folder, name)) // load warns
			maps.Copy(j.deleted, deleted)
		}
	}
	return j.deleted[id]
}

// isDeleting reports whether a run began to delete the object or the setting of an ID.
func (e *entry) isDeleting(id string) bool {
	for deleted := range e.deleted {
		if deleted == id || strings.HasSuffix(deleted, " "+id) {
			return true
		}
	}
	return false
}

func (e *entry) markDeleting(id string) {
	if e.deleted == nil {
		e.deleted = map[string]bool{}
	}
	e.deleted[id] = true
}

// OpenIntents returns the open intents of a resource, the newest first.
func (j *Journal) OpenIntents(urn resource.URN) (open []*Intent) {
	j.with(urn, func(e *entry) {
		for _, intent := range slices.Backward(e.intents) {
			if !intent.closed {
				open = append(open, intent)
			}
		}
	})
	return open
}

// Generation returns the number of earlier creates of a resource, and whether no other
// run can have created an object of that generation.
func (j *Journal) Generation(urn resource.URN) (generation int, isNew bool) {
	j.with(urn, func(e *entry) { generation, isNew = e.generation(), j.providerIsNew })
	return generation, isNew
}

// generation counts the creates whose object is settled. The mutex is held.
func (e *entry) generation() int {
	generation := e.settled
	for _, intent := range e.intents {
		if intent.closed && intent.Operation == Create {
			generation++
		}
	}
	return generation
}

// Scope identifies the creates of a resource among those of all stacks. It is "" if the
// engine does not pass the ID of the provider.
func (j *Journal) Scope(urn resource.URN) string {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if j.provider == "" {
		return ""
	}
	return j.provider + " " + string(urn)
}

// RecordName records the name that the state has for a resource.
func (j *Journal) RecordName(urn resource.URN, name string) {
	j.with(urn, func(e *entry) { e.stateName = name })
}

// RecordAutoName records a name that was generated.
func (j *Journal) RecordAutoName(urn resource.URN, name string) {
	j.with(urn, func(e *entry) { e.generatedName = name })
}

// IsAutoName reports whether a name was generated, and not set by the program.
func (j *Journal) IsAutoName(urn resource.URN, name string) (generated bool) {
	j.with(urn, func(e *entry) { generated = name != "" && e.generatedName == name })
	return generated
}

// NameSeed returns the random seed of an automatic name: the same one for a create that
// is repeated, even if the ID of the provider was lost with the state, and another one
// for a replacement and for each name that turned out to be taken. It is nil if a later
// run could not reproduce it.
func (j *Journal) NameSeed(urn resource.URN, taken int) (seed []byte) {
	j.with(urn, func(e *entry) {
		from := j.nameSeed(e)
		if !e.inState {
			for _, intent := range e.intents {
				if !intent.closed && intent.Operation == Create {
					from = intent.NameSeed
				}
			}
		}
		if from.Provider == "" {
			return
		}
		sum := sha256.Sum256([]byte(strings.Join([]string{
			from.Provider, string(urn), strconv.Itoa(from.Generation), from.StateName, strconv.Itoa(taken),
		}, "\x00")))
		seed = sum[:]
	})
	return seed
}

func (j *Journal) nameSeed(e *entry) NameSeed {
	return NameSeed{Provider: j.provider, Generation: e.generation(), StateName: e.stateName}
}

// with calls a function with the entry of a resource, and holds the mutex.
func (j *Journal) with(urn resource.URN, f func(e *entry)) {
	if j == nil {
		return
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if !j.opened {
		return
	}
	e, ok := j.entries[urn]
	if !ok {
		e = &entry{}
		j.entries[urn] = e
	}
	j.openFolder(urn)
	j.load(urn, e)
	f(e)
}

// OpenFolder opens the folder of the stack of a resource, as every method does that has a
// URN. Leftovers returns nothing before.
func (j *Journal) OpenFolder(urn resource.URN) { j.with(urn, func(*entry) {}) }

// openFolder opens the folder of the stack. The mutex is held.
func (j *Journal) openFolder(urn resource.URN) {
	if j.hasFolder {
		return
	}
	j.hasFolder, j.folder = true, ""
	if j.options.Root == "" {
		return
	}
	expiry.Remove(j.options.Root, retention, folderName.MatchString, fileName.MatchString)
	folder := filepath.Join(j.options.Root, digest(strings.Join([]string{j.options.Backend, string(urn.Project()), string(urn.Stack())}, "\x00")))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		j.warn("Interrupted creates and rotations cannot be recovered, because the journal cannot be written: %v. "+
			"Set journalDir or PGBEAM_JOURNAL_DIR to a folder that is writable and is kept between runs.", err)
		return
	}
	now := time.Now()
	_ = os.Chtimes(folder, now, now)
	j.folder, j.leftovers = folder, map[string]bool{}
	files, err := os.ReadDir(folder)
	if err != nil {
		j.warn("The journal of interrupted creates and rotations cannot be read: %v.", err)
	}
	for _, file := range files {
		if file.Type().IsRegular() && strings.HasSuffix(file.Name(), logExtension) {
			j.leftovers[file.Name()] = true
		}
	}
}

// logExtension is that of the log of a resource with open intents.
const logExtension = ".open"

func (j *Journal) logFile(urn resource.URN) string {
	return filepath.Join(j.folder, digest(string(urn))+logExtension)
}

// load reads what is on disk of a resource, unless nothing has changed there. The mutex
// is held.
func (j *Journal) load(urn resource.URN, e *entry) {
	if j.folder == "" {
		return
	}
	if !e.loaded {
		e.loaded = true
		e.settled = max(readNumber(filepath.Join(j.folder, digest(string(urn)))), j.legacyGeneration(urn))
	}
	path := j.logFile(urn)
	info, err := os.Stat(path)
	if os.IsNotExist(err) && e.size > 0 { // another plugin has settled everything
		*e = entry{
			checked: e.checked, inState: e.inState, shown: e.shown, stateName: e.stateName, generatedName: e.generatedName,
			loaded: true, settled: readNumber(filepath.Join(j.folder, digest(string(urn)))),
		}
	}
	if err != nil || info.Size() == e.size || !info.Mode().IsRegular() {
		return
	}
	e.size = info.Size()
	intents, deleted, problem := readLog(path)
	if problem != "" {
		j.warn("The journal entry of %s %q %s. If an update of it was interrupted, check in the dashboard that no object was left behind.",
			urn.Type().Name(), urn.Name(), problem)
	}
	e.intents, e.deleted = mergeIntents(e.intents, intents), deleted
	j.compact(urn, e)
}

// legacyGeneration returns the generation that release 0.1 kept in a folder named after
// the provider.
func (j *Journal) legacyGeneration(urn resource.URN) int {
	if j.provider == "" {
		return 0
	}
	return readNumber(filepath.Join(j.options.Root, digest(j.provider), digest(string(urn))))
}

// readNumber returns the number in a file, or 0 if there is none.
func readNumber(path string) int {
	content, err := os.ReadFile(path) //nolint:gosec // a file that a plugin wrote
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// append appends a line to the log of a resource, in one write. The mutex is held.
func (j *Journal) append(urn resource.URN, e *entry, l line) error {
	if j.folder == "" {
		return nil
	}
	content, err := l.encode(e.size == 0)
	if err != nil {
		return err
	}
	n, err := appendFile(j.logFile(urn), content)
	e.size += int64(n)
	if err != nil {
		return fmt.Errorf("the journal of creates and rotations cannot be written, and without it an interruption would go unnoticed: %w", err)
	}
	return nil
}

func appendFile(path string, content []byte) (n int, err error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the name is a digest
	if err != nil {
		return 0, err
	}
	n, err = file.Write(content)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return n, err
}

// compact replaces the log of a resource without open intents by the number of its
// creates. The mutex is held.
func (j *Journal) compact(urn resource.URN, e *entry) {
	if j.folder == "" || e.size == 0 || hasOpen(e.intents) || len(e.deleted) > 0 && (e.shown == "" || e.isDeleting(e.shown)) {
		return
	}
	generation := e.generation()
	if !writeNumber(filepath.Join(j.folder, digest(string(urn))), generation) {
		return // keep the log: it has the number as well
	}
	_ = os.Remove(j.logFile(urn))
	delete(j.leftovers, digest(string(urn))+logExtension)
	e.settled, e.intents, e.deleted, e.size = generation, nil, nil, 0
}

func writeNumber(path string, n int) bool {
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	if os.WriteFile(temporary, []byte(strconv.Itoa(n)), 0o600) != nil {
		return false
	}
	return os.Rename(temporary, path) == nil
}

func hasOpen(intents []*Intent) bool {
	return slices.ContainsFunc(intents, func(i *Intent) bool { return !i.closed })
}

// Leftovers returns the resources that have open intents of earlier runs which are not
// running any more.
func (j *Journal) Leftovers() []resource.URN {
	if j == nil {
		return nil
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	var urns []resource.URN
	for name := range j.leftovers {
		path := filepath.Join(j.folder, name)
		intents, _, _ := readLog(path) // load warns
		if len(intents) > 0 && digest(string(intents[0].URN))+logExtension == name && hasOpen(intents) {
			urns = append(urns, intents[0].URN)
		}
	}
	slices.Sort(urns)
	return urns
}

// End records that the engine has ended the run in an orderly way: it has received every
// response, and has had the opportunity to write the state.
func (j *Journal) End() {
	if j == nil {
		return
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.endRun()
}

// The names of the folders of stacks, and of files, temporary ones included.
var (
	folderName = regexp.MustCompile(`^[0-9a-f]{32}$`)
	fileName   = regexp.MustCompile(`^[0-9a-f]{32}(\.[0-9]+|\.open|\.run)?$`)
)

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
