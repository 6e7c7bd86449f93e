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
// Each stack has a folder, and each plugin process that writes has a log in it, which a
// later run reads and finally replaces by its own. So no two processes write to one file.
package createjournal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pgbeam/pulumi-pgbeam/internal/compact"
)

// Journal records the intents of one plugin process. It may be used concurrently. Until
// it is opened, and if it is nil, it records nothing, and no request can be repeated.
type Journal struct {
	mutex   sync.Mutex
	options Options
	opened  bool
	// provider is the ID of the provider in the state.
	provider string
	// legacy is the folder of release 0.1 for a provider, or "" if there is none.
	legacy struct{ provider, folder string }
	// providerIsNew is true if this run has generated the ID, and providerUnknown in the
	// preview of a stack whose provider the update will create.
	providerIsNew, providerUnknown bool

	// self is the header of the log of this run.
	self header
	// folder is that of the stack: nil until the first resource is known, and "" if nothing
	// is recorded on disk.
	folder *string
	// file is the log of this run, or nil if there is nothing in it yet. torn is true if its
	// last line is incomplete.
	file   *os.File
	torn   bool
	buffer bytes.Buffer // reused for each line
	// read are the logs of earlier runs.
	read []*log
	// closed are the references of intents of earlier runs that are settled, and settled is
	// true if there is anything of that sort to be written at the end.
	closed  []string
	settled bool
	// refs is the number of intents of this run, and prefix that of their references.
	refs   int
	prefix string

	entries map[resource.URN]*entry
	// shownOnly has the resources of which nothing else is known than that the engine has
	// shown them, which are most of them.
	shownOnly map[key]shownEntry
	stateIDs  compact.Texts
	// returned are the intents of earlier runs that returned an object, by its ID.
	returned map[string][]*Intent
	// uncertain has the objects and settings that runs have begun to delete, by a key that does
	// not depend on the name of the resource: whether their deletion is Uncertain or Deleting.
	uncertain map[key]bool
	// deleted are the lines about deletions in the logs that were read.
	deleted []line
	// creates are the numbers of settled creates, and objects those of the creates among them
	// that led to an object, by the digest of the resource.
	creates, objects map[string]int
	warnings         []string
	// state is the state at the beginning of the run. It is nil until it is read, and if it
	// cannot be.
	state     *state
	stateRead bool
	// stateTime is when the state was last written before this run. It is nil until it is
	// read, and if it is not known.
	stateTime     *time.Time
	stateTimeRead bool
	// stateEdited is true if the user has edited the state since.
	stateEdited bool
}

// Options configure a Journal.
type Options struct {
	// Root is the folder of all stacks, or "" to record nothing on disk.
	Root string
	// Backend identifies the backend of the state, such as its URL. Stacks with the same
	// name in other backends have other folders.
	Backend string
	// State reads the state of a stack. It is nil if the backend is not a local folder.
	State func(project, stack string) (fs.File, error)
}

// key is the hash of a URN or of the key of a deletion. It saves memory in runs with tens of
// thousands of resources, among which collisions of 64 bits are negligible.
type key uint64

var keySeed = maphash.MakeSeed()

func keyOf[T ~string](s T) key { return key(maphash.String(keySeed, string(s))) }

// shownEntry is what is known of a resource that the engine has shown: fields of entry. The ID
// is in the stateIDs.
type shownEntry struct {
	stateID       compact.Ref
	kept, created bool
}

// entry is what the journal knows of a resource. A run may have tens of thousands, so one
// without any knowledge is not kept, and one that the engine has only shown is kept as
// a shownEntry.
type entry struct {
	// intents are those that are open, the oldest first.
	intents []*Intent
	// used are the identities of settled intents.
	used [][]string
	// inState is true if the engine has shown in this run that the resource is in the
	// state, and stateID is the ID that it has there, once known.
	inState bool
	stateID string
	// unsettled is the object that a create returned in a run that was killed, if the
	// engine has shown it in this run. kept is true if this run keeps it.
	unsettled     string
	kept, created bool // created is true if this run has created an object
	// stateName is the name that is in the state, and generated the one that this run
	// generated. They are empty for a resource that never had an automatic name.
	stateName string
	generated AutoName
}

func (e *entry) isEmpty() bool {
	return len(e.intents) == 0 && len(e.used) == 0 && !e.inState && e.stateName == "" && e.generated == AutoName{}
}

// isOnlyShown reports whether a shownEntry has all that is known of a resource in the state.
func (e *entry) isOnlyShown() bool {
	return e.inState && len(e.intents) == 0 && len(e.used) == 0 && e.unsettled == "" && e.stateName == "" && e.generated == AutoName{}
}

// Open begins a run.
func (j *Journal) Open(options Options) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.provider, j.providerIsNew, j.providerUnknown = "", false, false
	j.state, j.stateRead, j.stateTime, j.stateTimeRead, j.stateEdited = nil, false, nil, false, false
	j.reset(options)
}

// reset forgets everything about the run but the provider and the state. The mutex is held.
func (j *Journal) reset(options Options) {
	if j.file != nil {
		_ = j.file.Close()
	}
	j.options, j.opened, j.self = options, true, newHeader()
	j.folder, j.file, j.torn, j.read, j.closed, j.settled = nil, nil, false, nil, nil, false
	j.refs, j.prefix = 0, digest(fmt.Sprint(os.Getpid(), time.Now().UnixNano()))[:12]
	j.entries, j.shownOnly, j.stateIDs = map[resource.URN]*entry{}, map[key]shownEntry{}, compact.Texts{}
	j.uncertain = map[key]bool{}
	j.creates, j.objects = map[string]int{}, map[string]int{}
	j.deleted, j.returned = nil, map[string][]*Intent{}
}

// SetRoot sets the folder of all stacks if a setting names one.
func (j *Journal) SetRoot(root string) {
	if j == nil {
		return
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if j.opened && root != j.options.Root {
		options := j.options
		options.Root = root
		j.reset(options)
	}
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

// Disable ends the record of a run whose resources have no state. Nothing would ever show
// that such an object is in use, and the next run would take it for one that an
// interrupted create has left.
func (j *Journal) Disable() {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.opened = false
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

func (j *Journal) warn(format string, args ...any) {
	j.warnings = append(j.warnings, fmt.Sprintf(format, args...))
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
	j.openFolder(urn)
	e, key := j.entries[urn], keyOf(urn)
	shown, isShown := j.shownOnly[key]
	if e == nil {
		e = &entry{}
		if isShown {
			e.inState, e.stateID, e.kept, e.created = true, j.stateIDs.Get(shown.stateID), shown.kept, shown.created
		}
	}
	stateID := e.stateID
	f(e)
	if e.isOnlyShown() {
		ok := isShown && e.stateID == stateID
		if !ok {
			shown.stateID, ok = j.stateIDs.Add(e.stateID)
		}
		if ok {
			shown.kept, shown.created = e.kept, e.created
			j.shownOnly[key] = shown
			delete(j.entries, urn)
			return
		}
	}
	delete(j.shownOnly, key)
	if e.isEmpty() {
		delete(j.entries, urn)
	} else {
		j.entries[urn] = e
	}
}

// settledCreates returns the number of settled creates of a resource. The mutex is held.
func (j *Journal) settledCreates(urn resource.URN) int {
	return max(j.creates[digest(string(urn))], j.legacyCreates(urn))
}

// legacyCreates returns the number of creates that release 0.1 kept in a folder named
// after the provider.
func (j *Journal) legacyCreates(urn resource.URN) int {
	if j.provider == "" || j.options.Root == "" {
		return 0
	}
	if j.legacy.provider != j.provider {
		j.legacy.provider, j.legacy.folder = j.provider, filepath.Join(j.options.Root, digest(j.provider))
		if _, err := os.Stat(j.legacy.folder); errors.Is(err, fs.ErrNotExist) {
			j.legacy.folder = ""
		}
	}
	if j.legacy.folder == "" {
		return 0
	}
	content, err := os.ReadFile(filepath.Join(j.legacy.folder, digest(string(urn)))) //nolint:gosec // a file that a plugin wrote
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// MarkInState records that the engine has shown that the state has the resource.
func (j *Journal) MarkInState(urn resource.URN) {
	j.with(urn, func(e *entry) { e.inState = true })
}

// MarkShown records that the engine has shown the object of a resource. An intent of an
// earlier run that led to the object is settled: the state has it. The run that created
// an object proves nothing, because its state may not be written yet.
func (j *Journal) MarkShown(urn resource.URN, id string) {
	if id == "" {
		return
	}
	j.with(urn, func(e *entry) {
		e.inState, e.stateID = true, id
		for _, intent := range slices.Clone(e.intents) {
			if intent.current || intent.Outcome == Running {
				continue
			}
			if intent.Operation == Set || intent.Operation == Create && intent.ID == id {
				if intent.Outcome == Killed {
					e.unsettled = id
				}
				j.settle(e, intent)
			}
		}
	})
}

// Shown returns the ID that the engine has shown in this run for the resource, or "".
func (j *Journal) Shown(urn resource.URN) (id string) {
	j.with(urn, func(e *entry) { id = e.stateID })
	return id
}

// MarkKept records that this run keeps the object of a resource.
func (j *Journal) MarkKept(urn resource.URN, id string) {
	j.with(urn, func(e *entry) { e.kept = e.stateID == id })
}

// IsDuplicate reports whether an object that this run keeps was returned by a create of a
// run that was killed. If the engine deletes it anyway, the state has it twice: as
// the replacement, and as the object that was to be replaced.
func (j *Journal) IsDuplicate(urn resource.URN, id string) (duplicate bool) {
	j.with(urn, func(e *entry) {
		duplicate = e.kept && id != "" && e.unsettled == id && !e.created
	})
	return duplicate
}

// Begin records an intent before its request is sent. It sets the fields that the journal
// knows. If it fails, the request must not be sent.
func (j *Journal) Begin(urn resource.URN, intent Intent) (begun *Intent, err error) {
	j.with(urn, func(e *entry) {
		j.refs++
		intent.Ref, intent.current = fmt.Sprintf("%s-%d", j.prefix, j.refs), true
		intent.URN, intent.Sent = urn, time.Now().UTC()
		if intent.Operation == Create && e.generated != (AutoName{}) {
			intent.AutoName, intent.NameSeed = e.generated, j.nameSeed(urn, e)
		}
		if err = j.append(line{Intent: &intent}); err == nil {
			begun = &intent
			e.intents = append(e.intents, begun)
		}
	})
	return begun, err
}

// Returned records that the request was successful, and the ID of the object, before the
// engine receives it. If it fails, the engine must not receive it.
func (j *Journal) Returned(intent *Intent, id string) (err error) {
	j.with(intent.URN, func(e *entry) {
		returnedAt := time.Now().UTC()
		if err = j.append(line{Ref: intent.Ref, Returned: id, At: returnedAt}); err == nil {
			intent.ID, intent.ReturnedAt, intent.Damaged, intent.resumed = id, returnedAt, false, !intent.current
			if intent.current { // only a later run needs it
				e.created, e.generated = true, AutoName{}
				e.intents = slices.DeleteFunc(e.intents, func(i *Intent) bool { return i == intent })
			}
		}
	})
	return err
}

// Close settles an intent: its object is in the state, or does not exist, or was named to
// the user.
func (j *Journal) Close(intent *Intent) {
	j.with(intent.URN, func(e *entry) {
		// If this cannot be written, the next run looks at the intent once more.
		_ = j.append(line{Ref: intent.Ref, Closed: true})
		j.settle(e, intent)
	})
}

// settle settles an intent. That it is settled is written at the end of the run, unless
// the caller does: the engine will show the object again. The mutex is held.
func (j *Journal) settle(e *entry, intent *Intent) {
	if intent.closed {
		return
	}
	if !intent.current {
		j.closed, j.settled = append(j.closed, intent.Ref), true
	}
	intent.closed = true
	j.count(intent)
	e.forget(intent)
}

// count counts a settled intent. The mutex is held.
func (j *Journal) count(intent *Intent) {
	if intent.Operation != Create {
		return
	}
	resource := digest(string(intent.URN))
	j.creates[resource] = j.settledCreates(intent.URN) + 1
	if intent.ID != "" {
		j.objects[resource]++
	}
}

// forget removes a settled intent from the entry.
func (e *entry) forget(intent *Intent) {
	e.intents = slices.DeleteFunc(e.intents, func(i *Intent) bool { return i == intent })
	e.used = append(e.used, intent.Identity)
}

// IsClosed reports whether an intent is settled, or the engine has received its object from
// this run.
func (j *Journal) IsClosed(intent *Intent) bool {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return intent.closed || intent.resumed
}

// IsCurrent reports whether this run has sent the intent.
func (i *Intent) IsCurrent() bool { return i.current }

// IsLeftover reports whether the run of an intent has ended, and this run has not returned
// its object to the engine.
func (j *Journal) IsLeftover(intent *Intent) bool {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return !intent.current && !intent.resumed && intent.Outcome != Running
}

// IsUsed reports whether a settled intent of a resource had an identity.
func (j *Journal) IsUsed(urn resource.URN, identity []string) (used bool) {
	j.with(urn, func(e *entry) {
		used = slices.ContainsFunc(e.used, func(u []string) bool { return slices.Equal(u, identity) })
	})
	return used
}

// OpenIntents returns the open intents of a resource, the newest first.
func (j *Journal) OpenIntents(urn resource.URN) (open []*Intent) {
	j.with(urn, func(e *entry) {
		open = slices.Clone(e.intents)
		slices.Reverse(open)
	})
	return open
}

// Leftovers returns the resources that have open intents of earlier runs. The stack is
// that of a resource; it may be "" if the journal has been used before.
func (j *Journal) Leftovers(of resource.URN) (urns []resource.URN) {
	if j == nil {
		return nil
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if !j.opened {
		return nil
	}
	if of != "" {
		j.openFolder(of)
	}
	for urn, e := range j.entries {
		if slices.ContainsFunc(e.intents, func(i *Intent) bool { return !i.current }) {
			urns = append(urns, urn)
		}
	}
	slices.Sort(urns)
	return urns
}

// HasMemory reports whether this machine has records of earlier updates of the stack.
func (j *Journal) HasMemory() bool {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return len(j.read) > 0
}

// Generation returns the number of settled creates of a resource, and whether no other
// run can have created an object of that generation.
func (j *Journal) Generation(urn resource.URN) (generation int, isNew bool) {
	j.with(urn, func(*entry) { generation, isNew = j.settledCreates(urn), j.providerIsNew })
	return generation, isNew
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

// Deletion is what is known about the deletion of an object or a setting.
type Deletion string

const (
	// Deleting is a deletion that was sent, or that succeeded.
	Deleting Deletion = "deleting"
	// Uncertain is a deletion that failed, but may have taken effect.
	Uncertain Deletion = "uncertain"
	// NotDeleted is the deletion of something that exists.
	NotDeleted Deletion = ""
)

// MarkDeletion records what is known about a deletion. That it begins is recorded before
// the request is sent, so that a later run that is shown the object again can conclude
// that its state is outdated.
func (j *Journal) MarkDeletion(urn resource.URN, key string, deletion Deletion) (err error) {
	j.with(urn, func(*entry) {
		if j.deletionOf(key) == deletion {
			return
		}
		if err = j.append(line{Key: key, Deletion: &deletion, At: time.Now().UTC()}); err == nil {
			j.setDeletion(key, deletion)
		}
	})
	return err
}

// DeletionOf returns what is known about the deletion of an object by an earlier run, or
// by this one.
func (j *Journal) DeletionOf(urn resource.URN, key string) (deletion Deletion) {
	j.with(urn, func(*entry) { deletion = j.deletionOf(key) })
	return deletion
}

// deletionOf is DeletionOf. The mutex is held.
func (j *Journal) deletionOf(key string) Deletion {
	switch uncertain, begun := j.uncertain[keyOf(key)]; {
	case !begun:
		return NotDeleted
	case uncertain:
		return Uncertain
	default:
		return Deleting
	}
}

// setDeletion sets the result of deletionOf. The mutex is held.
func (j *Journal) setDeletion(key string, deletion Deletion) {
	if deletion == NotDeleted {
		delete(j.uncertain, keyOf(key))
	} else {
		j.uncertain[keyOf(key)] = deletion == Uncertain
	}
}

// MarkDeleted records that an object does not exist any more, which settles its creates
// and rotations, also those under an earlier name of the resource.
func (j *Journal) MarkDeleted(urn resource.URN, id string) {
	var intents []*Intent
	j.with(urn, func(e *entry) {
		for _, intent := range slices.Concat(e.intents, j.returned[id]) {
			if intent.ID == id && intent.URN.Type() == urn.Type() && !intent.closed && !slices.Contains(intents, intent) {
				intents = append(intents, intent)
			}
		}
	})
	for _, intent := range intents {
		j.Close(intent)
	}
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
