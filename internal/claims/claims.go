// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package claims records which objects of the API the resources of a program
// hold in one run of the engine, so that a delete at the end of the run never
// takes away what the same run has created, set or kept under another name.
//
// The engine knows resources by their URN alone. When a resource is renamed, or
// when two resources stand for one setting of the API, it creates or keeps one
// and deletes the other, although both mean the same object.
package claims

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Class tells objects, which have an ID of their own, from settings, which are
// one value at one place of the API.
type Class int

// The classes of keys. A resource holds at most one key of each.
const (
	Object Class = iota
	Setting
	classes
)

// Key names an object or a setting of the API, whatever resource stands for it.
type Key struct {
	Class Class  `json:"class"`
	Name  string `json:"name"`
}

// IsZero tells whether the key names nothing.
func (k Key) IsZero() bool { return k.Name == "" }

// operation is what a run does to a key under a URN.
type operation string

const (
	keeps    operation = "keep"    // the program wants it, and it exists
	creates  operation = "create"  // this run has created it
	releases operation = "release" // the resource does not hold it any more
	clears   operation = "clear"   // this run has set it to its default
)

// record is a line of the file with which plugins of one run share their claims.
type record struct {
	Operation operation    `json:"op"`
	Key       Key          `json:"key"`
	URN       resource.URN `json:"urn"`
}

// hash stands for a URN or a key. A run may have tens of thousands of resources,
// and 64 bits do not collide among them.
type hash uint64

// holder is a resource that holds a key, or is in the state with it. Of its URN,
// no more is kept than what tells it apart and what names it in a message: a run
// may have tens of thousands of resources.
type holder struct {
	urn   hash
	label string
}

// holders are the resources of keys. A key has one, but for few.
type holders struct {
	first map[hash]holder
	more  map[hash][]holder
}

// Registry holds the claims of one run. The zero value is ready for use, and
// knows what this process does alone; see Share. A nil Registry records nothing
// and permits every delete.
type Registry struct {
	mu      sync.Mutex
	program map[hash]struct{} // the resources of the program
	created holders           // the resources for which this run has created what a key names
	kept    holders           // the resources that keep it
	// held is the key that a resource holds, by class, where it has held more than
	// the one that it has created.
	held    [classes]map[hash]hash
	inState holders      // the resources of which the engine has shown a key
	cleared map[Key]bool // the settings at their default
	told    map[string]bool

	folder string
	file   *os.File
	read   map[string]int64 // how much of each other plugin's file is known
}

// retention is how long the files of a run that did not end in order are kept.
const retention = 25 * time.Hour

const extension = ".claims.jsonl"

// Share shares the claims with the other plugins of the same run: the engine
// starts one for each provider of a stack. Each has a file in the folder of the
// run, which is named after the engine's address. Without it, or where the
// folder cannot be written, a plugin knows its own claims only.
func (r *Registry) Share(root, run string) {
	if root == "" || run == "" {
		return
	}
	removeOldRuns(root)
	folder := filepath.Join(root, strings.Map(plainCharacter, run))
	if os.MkdirAll(folder, 0o700) != nil {
		return
	}
	file, err := os.CreateTemp(folder, "*"+extension) // with mode 0600
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.folder, r.file, r.read = folder, file, map[string]int64{}
}

func plainCharacter(c rune) rune {
	if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' {
		return c
	}
	return '-'
}

// Close ends the sharing, when the engine is done with the plugin.
func (r *Registry) Close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return
	}
	_ = r.file.Close()
	_ = os.Remove(r.file.Name())
	_ = os.Remove(r.folder) // which fails while another plugin has a file there
	r.file = nil
}

// Reset forgets everything, for a plugin that serves one run after another.
func (r *Registry) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.program, r.created, r.kept, r.inState = nil, holders{}, holders{}, holders{}
	r.held, r.cleared, r.told = [classes]map[hash]hash{}, nil, nil
}

// InProgram notes that the program of this run has a resource. The engine checks
// the inputs of each one that it has, and of no other.
func (r *Registry) InProgram(urn resource.URN) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.program == nil {
		r.program = map[hash]struct{}{}
	}
	r.program[hashOf(urn)] = struct{}{}
}

// FirstTime tells whether this run has not asked for the same yet, for what a
// plugin says once in a run.
func (r *Registry) FirstTime(what string) bool {
	if r == nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.told == nil {
		r.told = map[string]bool{}
	}
	first := !r.told[what]
	r.told[what] = true
	return first
}

// InState notes that the engine has shown the object as that of a resource.
func (r *Registry) InState(key Key, urn resource.URN) {
	if r == nil || key.IsZero() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inState.add(hashOf(key), newHolder(key, urn))
}

// ResourcesOf returns whether the engine has shown the object as that of the
// resource, and what to call another resource of which it has, if there is one.
func (r *Registry) ResourcesOf(key Key, urn resource.URN) (own bool, other string) {
	if r == nil {
		return false, ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inState.each(hashOf(key), func(shown holder) {
		if shown.urn == hashOf(urn) {
			own = true
		} else if other == "" || shown.label < other {
			other = shown.label
		}
	})
	return own, other
}

// Keep notes that a resource that is in the program is to have the object as it
// is, or changed in place. One that is only in the state keeps nothing: a refresh
// compares that, too, before a destroy deletes it.
func (r *Registry) Keep(key Key, urn resource.URN) {
	if r == nil {
		return
	}
	r.mu.Lock()
	_, inProgram := r.program[hashOf(urn)]
	r.mu.Unlock()
	if inProgram {
		r.note(record{keeps, key, urn})
	}
}

// Create notes that this run has created the object, or set the setting, under
// a URN.
func (r *Registry) Create(key Key, urn resource.URN) { r.note(record{creates, key, urn}) }

// Release notes that a resource does not hold a key any more.
func (r *Registry) Release(key Key, urn resource.URN) { r.note(record{releases, key, urn}) }

// Clear notes that this run has set, or in a preview would set, a setting to its
// default.
func (r *Registry) Clear(key Key, urn resource.URN) { r.note(record{clears, key, urn}) }

func (r *Registry) note(rec record) {
	if r == nil || rec.Key.IsZero() || rec.URN == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.apply(rec) || r.file == nil {
		return
	}
	line, err := json.Marshal(rec)
	if err != nil {
		return // of strings, which never fails
	}
	_, _ = r.file.Write(append(line, '\n')) // one write a line, so that readers see whole lines
}

// apply changes the registry by a record, and tells whether it changed anything.
// The caller holds the mutex.
func (r *Registry) apply(rec record) bool {
	if rec.Key.Class < 0 || rec.Key.Class >= classes || rec.Key.IsZero() || !rec.URN.IsValid() {
		return false // of a file that is damaged, or of another release
	}
	key, urn := hashOf(rec.Key), hashOf(rec.URN)
	held, holds := r.held[rec.Key.Class][urn]
	created, kept := r.created.has(key, urn), r.kept.has(key, urn)
	hold := func(key hash) {
		if r.held[rec.Key.Class] == nil {
			r.held[rec.Key.Class] = map[hash]hash{}
		}
		r.held[rec.Key.Class][urn] = key
	}
	switch rec.Operation {
	case keeps:
		if (kept || created) && (!holds || held == key) && !r.cleared[rec.Key] {
			return false
		}
		hold(key)
		r.kept.add(key, newHolder(rec.Key, rec.URN))
	case creates:
		if created && (!holds || held == key) && !r.cleared[rec.Key] {
			return false
		}
		if holds { // another one, or nothing
			hold(key)
		}
		r.created.add(key, newHolder(rec.Key, rec.URN))
		delete(r.cleared, rec.Key)
	case releases, clears:
		if rec.Operation == clears {
			if r.cleared == nil {
				r.cleared = map[Key]bool{}
			}
			r.cleared[rec.Key] = true
		} else if !r.holds(rec.Key, urn) {
			return false
		}
		if r.holds(rec.Key, urn) {
			hold(0)
		}
	}
	return true
}

// holds tells whether a resource holds a key now. The caller holds the mutex.
func (r *Registry) holds(key Key, urn hash) bool {
	k := hashOf(key)
	held, known := r.held[key.Class][urn]
	return (!known || held == k) && (r.created.has(k, urn) || r.kept.has(k, urn))
}

func newHolder(key Key, urn resource.URN) holder {
	if key.Class == Object {
		return holder{hashOf(urn), strconv.Quote(urn.Name())}
	}
	// Resources of more than one kind can stand for a setting.
	return holder{hashOf(urn), fmt.Sprintf("%s %q", urn.Type().Name(), urn.Name())}
}

// add adds a resource to those of a key.
func (h *holders) add(key hash, resource holder) {
	if h.has(key, resource.urn) {
		return
	}
	if h.first == nil {
		h.first, h.more = map[hash]holder{}, map[hash][]holder{}
	}
	if _, taken := h.first[key]; taken {
		h.more[key] = append(h.more[key], resource)
	} else {
		h.first[key] = resource
	}
}

func (h *holders) has(key, urn hash) bool {
	found := false
	h.each(key, func(resource holder) { found = found || resource.urn == urn })
	return found
}

func (h *holders) each(key hash, call func(resource holder)) {
	if first, ok := h.first[key]; ok {
		call(first)
	}
	for _, resource := range h.more[key] {
		call(resource)
	}
}

var seed = maphash.MakeSeed()

func hashOf[T comparable](v T) hash { return hash(maphash.Comparable(seed, v)) }

// Cleared tells whether this run has set the setting to its default, and nothing
// has set it since.
func (r *Registry) Cleared(key Key) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	return r.cleared[key]
}

// HeldByOther returns what to call another resource that holds the key, if there
// is one.
func (r *Registry) HeldByOther(key Key, urn resource.URN) (other string, held bool) {
	if r == nil || key.IsZero() {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	return r.other(key, hashOf(urn))
}

func (r *Registry) other(key Key, urn hash) (other string, found bool) {
	for _, of := range []*holders{&r.created, &r.kept} {
		of.each(hashOf(key), func(resource holder) {
			if resource.urn != urn && r.holds(key, resource.urn) && (!found || resource.label < other) {
				other, found = resource.label, true
			}
		})
	}
	return other, found
}

// ForbidsDelete tells whether the object is not to be deleted for a resource,
// because another one holds it, or because the resource itself has created the
// very object that the engine deletes as the one before it; other is "" then. A
// setting is also held by a resource that is kept, because its replacement is the
// same setting.
func (r *Registry) ForbidsDelete(key Key, urn resource.URN) (other string, forbidden bool) {
	if r == nil || key.IsZero() {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	u := hashOf(urn)
	if other, held := r.other(key, u); held {
		return other, true
	}
	return "", r.holds(key, u) && (key.Class == Setting || r.created.has(hashOf(key), u))
}

// sync reads what the other plugins of the run have noted. The caller holds the
// mutex.
func (r *Registry) sync() {
	if r.file == nil {
		return
	}
	entries, err := os.ReadDir(r.folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		name := filepath.Join(r.folder, entry.Name())
		if !strings.HasSuffix(name, extension) || name == r.file.Name() {
			continue
		}
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() <= r.read[name] {
			continue
		}
		content, err := os.ReadFile(name) //nolint:gosec // a file of another plugin of this run
		if err != nil || int64(len(content)) < r.read[name] {
			continue
		}
		rest := content[r.read[name]:]
		for {
			end := strings.IndexByte(string(rest), '\n')
			if end < 0 {
				break // a line that is being written
			}
			var rec record
			if json.Unmarshal(rest[:end], &rec) == nil {
				r.apply(rec)
			}
			rest = rest[end+1:]
		}
		r.read[name] = int64(len(content) - len(rest))
	}
}

// removeOldRuns removes what runs that were killed have left. It removes files
// that a Registry has written, and folders that are empty then, and follows no
// links.
func removeOldRuns(root string) {
	runs, err := os.ReadDir(root)
	if err != nil {
		return
	}
	for _, run := range runs {
		if !run.IsDir() { // which a link to a folder is not
			continue
		}
		folder := filepath.Join(root, run.Name())
		age, _ := run.Info() // before what is in it is removed
		files, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, file := range files {
			info, err := file.Info()
			if err != nil || !info.Mode().IsRegular() ||
				!strings.HasSuffix(file.Name(), extension) || time.Since(info.ModTime()) < retention {
				continue
			}
			_ = os.Remove(filepath.Join(folder, file.Name()))
		}
		if age != nil && time.Since(age.ModTime()) >= retention {
			_ = os.Remove(folder) // which fails while something is in it
		}
	}
}
