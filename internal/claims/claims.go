// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package claims records which API objects and settings the resources of a program
// hold during one run of the engine (one pulumi up, for example), and forbids
// deletes that would destroy what the same run has created, set or kept.
//
// A delete has to be forbidden because the engine identifies resources by their URN
// and does not know that two URNs can refer to the same API object. Example: a
// program has the resource "prod" of type ProjectDefaultPolicy, which sets the
// default policy of the project prj_1. Its author renames it to "production"
// without an alias. The engine sees a new resource and a removed one: it first
// creates "production", which sets the default policy of prj_1 to the value that
// it already has, and then deletes "prod", which clears it. The update would succeed and
// leave the project without the policy that the program asks for.
//
// With claims, creating "production" claims the setting "default policy of prj_1"
// for its URN. When the delete of "prod" follows, [Registry.ForbidsDelete] finds
// that another resource holds the setting, so the provider removes "prod" from the
// state and leaves the setting alone. The same applies to objects with an ID, if a
// program imports an object that is in the state under another name.
package claims

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Class is the class of a key. A resource holds at most one key of each class.
type Class int

const (
	// Object is the class of API objects, which have an ID.
	Object Class = iota
	// Setting is the class of settings: single values of an API object that more
	// than one resource can manage.
	Setting
	numClasses
)

// Key identifies an API object or a setting, independently of the resources that
// manage it.
type Key struct {
	Class Class  `json:"class"`
	Name  string `json:"name"`
}

// IsZero reports whether the key identifies nothing.
func (k Key) IsZero() bool { return k.Name == "" }

// operation is what a resource does with a key.
type operation string

const (
	keeps    operation = "keep"    // it exists, and the program wants it to stay
	creates  operation = "create"  // this run has created or set it
	releases operation = "release" // the resource no longer holds it
	clears   operation = "clear"   // this run has reset it to its default
	fails    operation = "fail"    // this run could not create or update the resource
	declares operation = "declare" // the program has the resource
	stops    operation = "stop"    // the run was cancelled during a request
	plans    operation = "plan"    // this preview plans to change it
)

// record is one line of the files through which the plugins of a run share their
// claims.
type record struct {
	Operation operation    `json:"op"`
	Key       Key          `json:"key"`
	URN       resource.URN `json:"urn"`
}

// Registry holds the claims of one run. The zero value is ready to use and knows
// the claims of this process only, until Share is called. A nil Registry records
// nothing and allows every delete. A Registry is safe for concurrent use.
type Registry struct {
	mu      sync.Mutex
	program map[hash]struct{} // resources of the program
	created holders           // resources that have created or set a key in this run
	kept    holders           // resources that keep a key
	// held maps resources to the key that they hold now, by class. A resource without
	// an entry still holds the only key that it has created.
	held     [numClasses]map[hash]hash
	inState  holders      // resources that have a key in the state
	cleared  map[Key]bool // settings that were reset to their default
	planned  map[Key]bool // objects that a preview plans to change
	reported map[string]bool
	failed   map[resource.URN]bool // resources that could not be created or updated
	// interrupted is true if the run was cancelled during a request.
	interrupted bool
	// began is when the run began, or zero.
	began time.Time

	dir     string
	file    *os.File
	offsets map[string]int64 // position up to which the file of another plugin was read
}

// Reset discards all claims, for a plugin that serves several runs one after the
// other.
func (r *Registry) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.program, r.created, r.kept, r.inState, r.failed = nil, holders{}, holders{}, holders{}, nil
	r.interrupted, r.began = false, time.Now()
	r.held, r.cleared, r.planned, r.reported = [numClasses]map[hash]hash{}, nil, nil, nil
}

// Begin records the time at which the run begins, unless that is known.
func (r *Registry) Begin(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.began.IsZero() {
		r.began = now
	}
}

// Predates reports whether something was created before the run began. Whatever has no
// known time of creation may have been.
func (r *Registry) Predates(created time.Time) bool {
	if r == nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return created.IsZero() || r.began.IsZero() || created.Before(r.began)
}

// InProgram records that a resource is part of the program. Providers call it from
// Check, which the engine calls for the resources of the program only.
func (r *Registry) InProgram(urn resource.URN) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.declare(hashOf(urn))
}

// declare records that the program has a resource. The mutex is held.
func (r *Registry) declare(urn hash) {
	if r.program == nil {
		r.program = map[hash]struct{}{}
	}
	r.program[urn] = struct{}{}
}

// Interrupt records that the run was cancelled during a request of the resource.
func (r *Registry) Interrupt(urn resource.URN) { r.record(record{stops, Key{Object, "-"}, urn}) }

// IsInterrupted reports whether Interrupt was called by a plugin of the run.
func (r *Registry) IsInterrupted() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	return r.interrupted
}

// ShareInProgram is InProgram for a resource that the other plugins of the run have to
// know about.
func (r *Registry) ShareInProgram(urn resource.URN) {
	r.record(record{declares, Key{Object, "-"}, urn})
}

// IsInProgram reports whether InProgram was called for a resource, or ShareInProgram by a
// plugin of the run.
func (r *Registry) IsInProgram(urn resource.URN) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	_, found := r.program[hashOf(urn)]
	return found
}

// FirstTime reports whether it is called with a message for the first time in this
// run, by any of its plugins. It keeps them from repeating warnings.
func (r *Registry) FirstTime(message string) bool {
	if r == nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reported == nil {
		r.reported = map[string]bool{}
	}
	first := !r.reported[message]
	r.reported[message] = true
	return first && r.shareReported(message)
}

// InState records that a resource has the key in the state.
func (r *Registry) InState(key Key, urn resource.URN) {
	if r == nil || key.IsZero() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inState.add(hashOf(key), newHolder(key, urn))
}

// ResourcesOf reports whether a resource has the key in the state, and returns the
// label of another resource that has it, if there is one.
func (r *Registry) ResourcesOf(key Key, urn resource.URN) (own bool, other string) {
	if r == nil {
		return false, ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inState.each(hashOf(key), func(h holder) {
		if h.urn == hashOf(urn) {
			own = true
		} else if other == "" || h.label < other {
			other = h.label
		}
	})
	return own, other
}

// Keep records that a resource keeps the object, unchanged or updated in place.
// It ignores resources that are not part of the program: the engine also diffs
// resources that are only in the state, when a destroy refreshes them first.
func (r *Registry) Keep(key Key, urn resource.URN) {
	if r == nil {
		return
	}
	r.mu.Lock()
	_, inProgram := r.program[hashOf(urn)]
	r.mu.Unlock()
	if inProgram {
		r.record(record{keeps, key, urn})
	}
}

// Create records that a resource has created the object, or set the setting, in
// this run.
func (r *Registry) Create(key Key, urn resource.URN) { r.record(record{creates, key, urn}) }

// Release records that a resource no longer holds a key.
func (r *Registry) Release(key Key, urn resource.URN) { r.record(record{releases, key, urn}) }

// Clear records that a resource has reset a setting to its default, or would do so
// in a preview.
func (r *Registry) Clear(key Key, urn resource.URN) { r.record(record{clears, key, urn}) }

// Plan records that a preview plans to change an object, whose state after the update is
// therefore not known yet.
func (r *Registry) Plan(key Key, urn resource.URN) { r.record(record{plans, key, urn}) }

// Fail records that this run could not create or update a resource.
func (r *Registry) Fail(urn resource.URN) { r.record(record{fails, Key{Object, "-"}, urn}) }

// HasFailed reports whether Fail was called by a plugin of the run, for a resource that was
// not created later.
func (r *Registry) HasFailed() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	return len(r.failed) > 0
}

// FailedChild returns a child of a component that this run could not create or
// update, and whether there is one.
func (r *Registry) FailedChild(component resource.URN) (child resource.URN, found bool) {
	if r == nil {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	for urn := range r.failed {
		isChild := strings.HasPrefix(string(urn.QualifiedType()), string(component.QualifiedType())+"$") &&
			strings.HasPrefix(urn.Name(), component.Name()+"-")
		if isChild && (!found || urn < child) {
			child, found = urn, true
		}
	}
	return child, found
}

// record applies a record and appends it to the shared file if it changed anything.
func (r *Registry) record(rec record) {
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
		return // cannot happen: a record consists of strings and integers
	}
	_, _ = r.file.Write(append(line, '\n')) // in one write, so that readers see whole lines
}

// apply applies a record and reports whether it changed anything. The caller must
// hold r.mu.
func (r *Registry) apply(rec record) bool {
	if rec.Key.Class < 0 || rec.Key.Class >= numClasses || rec.Key.IsZero() || !rec.URN.IsValid() {
		return false // from a corrupt file, or from another release of the plugin
	}
	if rec.Operation == creates {
		delete(r.failed, rec.URN) // it was retried, with another name
	}
	key, urn := hashOf(rec.Key), hashOf(rec.URN)
	held, hasEntry := r.held[rec.Key.Class][urn]
	created, kept := r.created.has(key, urn), r.kept.has(key, urn)
	setHeld := func(key hash) {
		if r.held[rec.Key.Class] == nil {
			r.held[rec.Key.Class] = map[hash]hash{}
		}
		r.held[rec.Key.Class][urn] = key
	}
	switch rec.Operation {
	case keeps:
		if (kept || created) && (!hasEntry || held == key) && !r.cleared[rec.Key] {
			return false
		}
		setHeld(key)
		r.kept.add(key, newHolder(rec.Key, rec.URN))
	case creates:
		if created && (!hasEntry || held == key) && !r.cleared[rec.Key] {
			return false
		}
		if hasEntry {
			setHeld(key)
		}
		r.created.add(key, newHolder(rec.Key, rec.URN))
		delete(r.cleared, rec.Key)
	case stops:
		if r.interrupted {
			return false
		}
		r.interrupted = true
	case declares:
		if _, declared := r.program[urn]; declared {
			return false
		}
		r.declare(urn)
	case plans:
		if r.planned[rec.Key] {
			return false
		}
		if r.planned == nil {
			r.planned = map[Key]bool{}
		}
		r.planned[rec.Key] = true
	case fails:
		if r.failed[rec.URN] {
			return false
		}
		if r.failed == nil {
			r.failed = map[resource.URN]bool{}
		}
		r.failed[rec.URN] = true
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
			setHeld(0) // holds nothing
		}
	}
	return true
}

// holds reports whether a resource holds a key now. The caller must hold r.mu.
func (r *Registry) holds(key Key, urn hash) bool {
	k := hashOf(key)
	held, hasEntry := r.held[key.Class][urn]
	return (!hasEntry || held == k) && (r.created.has(k, urn) || r.kept.has(k, urn))
}

// Cleared reports whether this run has reset the setting to its default and no
// resource has set it since.
func (r *Registry) Cleared(key Key) bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	return r.cleared[key]
}

// IsPlanned reports whether Plan was called for an object, by a plugin of the run.
func (r *Registry) IsPlanned(key Key) bool {
	if r == nil || key.IsZero() {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	return r.planned[key]
}

// HeldByOther returns the label of another resource that holds the key, if there is
// one.
func (r *Registry) HeldByOther(key Key, urn resource.URN) (other string, held bool) {
	if r == nil || key.IsZero() {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	return r.other(key, hashOf(urn))
}

// other returns the label of a resource other than urn that holds the key. The
// caller must hold r.mu.
func (r *Registry) other(key Key, urn hash) (label string, found bool) {
	for _, candidates := range []*holders{&r.created, &r.kept} {
		candidates.each(hashOf(key), func(h holder) {
			if h.urn != urn && r.holds(key, h.urn) && (!found || h.label < label) {
				label, found = h.label, true
			}
		})
	}
	return label, found
}

// ForbidsDelete reports whether the engine's delete of a resource must not delete
// the object or setting behind it. There are two reasons:
//
//   - Another resource holds it. other is the label of that resource. Example: the
//     resource was renamed, as described in the package comment.
//   - The resource itself holds it, and other is "". Example: the resource is
//     replaced, but the API returned the existing object for the create, so the
//     object that the engine deletes as the old one is the new one. A setting is
//     also protected if the resource merely keeps it, because replacing a resource
//     does not give it a different setting.
func (r *Registry) ForbidsDelete(key Key, urn resource.URN) (other string, forbidden bool) {
	if r == nil || key.IsZero() {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sync()
	self := hashOf(urn)
	if other, held := r.other(key, self); held {
		return other, true
	}
	return "", r.holds(key, self) && (key.Class == Setting || r.created.has(hashOf(key), self))
}
