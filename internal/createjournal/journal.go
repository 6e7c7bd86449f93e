// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package createjournal records the objects that a plugin has created, across the
// runs of the engine.
//
// A create that is interrupted before its object is in the state can be repeated
// under the same idempotency key, and returns the same object. A create that follows
// a completed one, such as that of a replacement, needs another key. The journal
// distinguishes the two: it counts, for each resource, the creates whose object is
// known to be in the state. docs/reliability.md explains the guarantee.
package createjournal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pgbeam/pulumi-pgbeam/internal/expiry"
)

// Journal records the creates of one provider of one stack. It may be used
// concurrently. Until it is opened, and if it is nil, it records nothing, and no
// create can be repeated.
type Journal struct {
	mutex    sync.Mutex
	provider string
	// providerUnknown is true in the preview of a stack whose provider the update
	// will create.
	providerUnknown bool
	folder          string
	entries         map[resource.URN]*entry
}

// entry records the objects that one resource has had. A run may have tens of
// thousands of entries.
type entry struct {
	// generation is that of the next create.
	generation int
	// known has the IDs that are in the state, or have been during this run.
	known map[string]bool
	// names is nil for a resource that never had an automatic name.
	names *names
	// pending is the ID of the object that this run has created, until the engine
	// shows that it is in the state. pendingGeneration is its generation.
	pending           string
	pendingGeneration int
}

// names has the name that is in the state, and the one that this run generated.
type names struct{ state, generated string }

func (e *entry) nameEntry() *names {
	if e.names == nil {
		e.names = &names{}
	}
	return e.names
}

func (e *entry) markKnown(id string) {
	if e.known == nil {
		e.known = map[string]bool{}
	}
	e.known[id] = true
}

// ttl is how long generations are kept. The API keeps a key for 24 hours.
const ttl = 25 * time.Hour

// Open begins a run. The ID of the provider in the state distinguishes resources
// with the same URN in other stacks and other backends. Generations are kept in
// files in a folder, unless it is "".
func (j *Journal) Open(providerID, folder string) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.provider, j.providerUnknown, j.folder, j.entries = providerID, false, "", map[resource.URN]*entry{}
	if providerID == "" || folder == "" {
		return
	}
	j.folder = filepath.Join(folder, digest(providerID))
	expiry.Remove(folder, ttl, folderName.MatchString, fileName.MatchString)
}

// OpenUnknown begins a preview in which the ID of the provider is not known yet.
func (j *Journal) OpenUnknown() {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.provider, j.providerUnknown, j.folder, j.entries = "", true, "", map[resource.URN]*entry{}
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

// IsOpen reports whether creates can be repeated.
func (j *Journal) IsOpen() bool {
	if j == nil {
		return false
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.provider != ""
}

// Commit ends a run in which the engine has written the state: every object that
// was created is in it.
func (j *Journal) Commit() {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	for urn, e := range j.entries {
		j.settle(urn, e)
	}
}

// MarkKnown records an object that the engine shows to be in the state.
func (j *Journal) MarkKnown(urn resource.URN, id string) {
	if id == "" || !j.IsOpen() {
		return
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	e := j.entry(urn)
	e.markKnown(id)
	if e.pending == id {
		j.settle(urn, e)
	}
}

// IsKnown reports whether an object is in the state, or has been during this run.
func (j *Journal) IsKnown(urn resource.URN, id string) bool {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.entry(urn).known[id]
}

// RecordName records the name that the state has for a resource.
func (j *Journal) RecordName(urn resource.URN, name string) {
	if !j.IsOpen() {
		return
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.entry(urn).nameEntry().state = name
}

// RecordAutoName records a name that was generated.
func (j *Journal) RecordAutoName(urn resource.URN, name string) {
	if !j.IsOpen() {
		return
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.entry(urn).nameEntry().generated = name
}

// IsAutoName reports whether a name was generated, and not set by the program.
func (j *Journal) IsAutoName(urn resource.URN, name string) bool {
	if name == "" || !j.IsOpen() {
		return false
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	recorded := j.entry(urn).names
	return recorded != nil && recorded.generated == name
}

// NameSeed returns the random seed of an automatic name: the same one for a
// create that is repeated, and another one for a replacement and for each name
// that turned out to be taken. It is nil if a later run could not reproduce it.
func (j *Journal) NameSeed(urn resource.URN, taken int) []byte {
	if !j.IsOpen() {
		return nil
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	e := j.entry(urn)
	name := ""
	if e.names != nil {
		name = e.names.state
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{
		j.provider, string(urn), strconv.Itoa(e.generation), name, strconv.Itoa(taken),
	}, "\x00")))
	return sum[:]
}

// Scope identifies the creates of a resource among those of all stacks.
func (j *Journal) Scope(urn resource.URN) string {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.provider + " " + string(urn)
}

// Generation returns the generation of the next create of a resource.
func (j *Journal) Generation(urn resource.URN) int {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.entry(urn).generation
}

// RecordCreated records the object that a create has returned. The next create of
// the resource uses the same key until that object is known to be in the state.
func (j *Journal) RecordCreated(urn resource.URN, id string, generation int) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	e := j.entry(urn)
	e.pending, e.pendingGeneration = id, generation
}

// RecordRefused records that the API has refused a create. The API keeps that
// response under the key, so the next create needs another one.
func (j *Journal) RecordRefused(urn resource.URN, generation int) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.setGeneration(urn, j.entry(urn), generation+1)
}

// entry returns the entry of a resource. The mutex is held.
func (j *Journal) entry(urn resource.URN) *entry {
	e, ok := j.entries[urn]
	if !ok {
		e = &entry{}
		if j.folder != "" {
			file := filepath.Join(j.folder, digest(string(urn)))
			if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) < ttl {
				content, _ := os.ReadFile(file) //nolint:gosec // a file that this plugin wrote
				e.generation, _ = strconv.Atoi(strings.TrimSpace(string(content)))
			}
		}
		j.entries[urn] = e
	}
	return e
}

// settle records that the pending object is in the state. The mutex is held.
func (j *Journal) settle(urn resource.URN, e *entry) {
	if e.pending == "" {
		return
	}
	e.markKnown(e.pending)
	e.pending = ""
	j.setGeneration(urn, e, e.pendingGeneration+1)
}

// setGeneration makes the next create use another key. If the file cannot be
// written, a later run finds out from the responses of the API that the key was
// used. The mutex is held.
func (j *Journal) setGeneration(urn resource.URN, e *entry, generation int) {
	e.generation = generation
	if j.folder == "" || os.MkdirAll(j.folder, 0o700) != nil {
		return
	}
	file := filepath.Join(j.folder, digest(string(urn)))
	temporary := fmt.Sprintf("%s.%d", file, os.Getpid())
	if os.WriteFile(temporary, []byte(strconv.Itoa(generation)), 0o600) == nil {
		_ = os.Rename(temporary, file)
		now := time.Now()
		_ = os.Chtimes(j.folder, now, now)
	}
}

// The names of folders, and of files, temporary ones included.
var (
	folderName = regexp.MustCompile(`^[0-9a-f]{32}$`)
	fileName   = regexp.MustCompile(`^[0-9a-f]{32}(\.[0-9]+)?$`)
)

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
