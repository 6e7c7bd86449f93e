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
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Class tells objects, which have an ID of their own, from settings, which are
// one value at one place of the API.
type Class string

// The classes of keys. A resource holds at most one key of each.
const (
	Object  Class = "object"
	Setting Class = "setting"
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

// holder is one of a key's resources.
type holder struct{ created bool }

// Registry holds the claims of one run. The zero value is ready for use, and
// knows what this process does alone; see Share. A nil Registry records nothing
// and permits every delete.
type Registry struct {
	mu      sync.Mutex
	holders map[Key]map[resource.URN]holder
	held    map[resource.URN]map[Class]Key
	cleared map[Key]bool
	inState map[Key]map[resource.URN]bool
	program map[resource.URN]bool
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
	r.holders, r.held, r.cleared, r.inState, r.program, r.told = nil, nil, nil, nil, nil, nil
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
		r.program = map[resource.URN]bool{}
	}
	r.program[urn] = true
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
	if r.inState == nil {
		r.inState = map[Key]map[resource.URN]bool{}
	}
	if r.inState[key] == nil {
		r.inState[key] = map[resource.URN]bool{}
	}
	r.inState[key][urn] = true
}

// ResourcesOf returns whether the engine has shown the object as that of the
// resource, and another resource of which it has, if there is one.
func (r *Registry) ResourcesOf(key Key, urn resource.URN) (own bool, other resource.URN) {
	if r == nil {
		return false, ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for shown := range r.inState[key] {
		if shown == urn {
			own = true
		} else if other == "" || shown < other {
			other = shown
		}
	}
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
	inProgram := r.program[urn]
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
	if r.holders == nil {
		r.holders, r.held, r.cleared = map[Key]map[resource.URN]holder{}, map[resource.URN]map[Class]Key{}, map[Key]bool{}
	}
	before, held := r.holders[rec.Key][rec.URN]
	switch rec.Operation {
	case keeps, creates:
		now := holder{created: rec.Operation == creates || before.created}
		if held && now == before && !r.cleared[rec.Key] {
			return false
		}
		if old := r.held[rec.URN][rec.Key.Class]; old != rec.Key {
			delete(r.holders[old], rec.URN)
		}
		if r.holders[rec.Key] == nil {
			r.holders[rec.Key] = map[resource.URN]holder{}
		}
		if r.held[rec.URN] == nil {
			r.held[rec.URN] = map[Class]Key{}
		}
		r.holders[rec.Key][rec.URN], r.held[rec.URN][rec.Key.Class] = now, rec.Key
		if rec.Operation == creates {
			delete(r.cleared, rec.Key)
		}
	case releases, clears:
		if rec.Operation == clears {
			r.cleared[rec.Key] = true
		} else if !held {
			return false
		}
		delete(r.holders[rec.Key], rec.URN)
		if r.held[rec.URN][rec.Key.Class] == rec.Key {
			delete(r.held[rec.URN], rec.Key.Class)
		}
	}
	return true
}

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

// HeldByOther returns another resource that holds the key, if there is one.
func (r *Registry) HeldByOther(key Key, urn resource.URN) (other resource.URN, held bool) {
	if r == nil || key.IsZero() {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	return r.other(key, urn)
}

func (r *Registry) other(key Key, urn resource.URN) (other resource.URN, held bool) {
	for holder := range r.holders[key] {
		if holder != urn && (other == "" || holder < other) {
			other, held = holder, true
		}
	}
	return other, held
}

// ForbidsDelete tells whether the object is not to be deleted for a resource, and
// which resource holds it: another one, or the resource itself, which has created
// the very object that the engine deletes as the one before it. A setting is also
// held by a resource that is kept, because its replacement is the same setting.
func (r *Registry) ForbidsDelete(key Key, urn resource.URN) (holder resource.URN, forbidden bool) {
	if r == nil || key.IsZero() {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	if other, held := r.other(key, urn); held {
		return other, true
	}
	own, held := r.holders[key][urn]
	return urn, held && (own.created || key.Class == Setting)
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
