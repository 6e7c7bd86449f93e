// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Operation is what an intent is about.
type Operation string

const (
	// Create is the create of an object.
	Create Operation = "create"
	// Set is the first change of a setting, which no key is needed to repeat.
	Set Operation = "set"
	// Rotate is the rotation of the secrets of an object.
	Rotate Operation = "rotate"
)

// Intent is a request that is about to be sent, or was sent, and whose result may not be
// in the state.
type Intent struct {
	// Ref identifies the intent.
	Ref       string       `json:"ref"`
	Operation Operation    `json:"operation"`
	URN       resource.URN `json:"urn"`
	// Run is the run that has sent the request, and Provider the ID of the provider.
	Run      string    `json:"run"`
	Provider string    `json:"provider,omitempty"`
	Sent     time.Time `json:"sent"`
	// Key is the idempotency key, derived from the parts of the Identity.
	Key      string   `json:"key,omitempty"`
	Identity []string `json:"identity,omitempty"`
	// Parents are the IDs of the objects that the object belongs to, by property.
	Parents map[string]string `json:"parents,omitempty"`
	// Inputs are the inputs, sealed with the API key.
	Inputs []byte `json:"inputs,omitempty"`
	// Before identifies the secrets that a rotation replaces.
	Before   string   `json:"before,omitempty"`
	NameSeed NameSeed `json:"nameSeed,omitzero"`

	// ID is the ID of the object. That of a create is empty until the engine has received
	// it: no state can have the object before.
	ID     string `json:"id,omitempty"`
	closed bool
}

// NameSeed is what an automatic name is derived from.
type NameSeed struct {
	Provider   string `json:"provider,omitempty"`
	Generation int    `json:"generation,omitempty"`
	StateName  string `json:"stateName,omitempty"`
}

// line is a line of a log. Exactly one of the fields besides Ref is set.
type line struct {
	Intent   *Intent `json:"intent,omitempty"`
	Ref      string  `json:"ref,omitempty"`
	Returned string  `json:"returned,omitempty"`
	Closed   bool    `json:"closed,omitempty"`
	Deleting string  `json:"deleting,omitempty"`
	Kept     string  `json:"kept,omitempty"`
}

// header is the first line of a log. A log with another one is set aside.
const header = `{"format":"pgbeam create journal 2"}` + "\n"

func (l line) encode(first bool) ([]byte, error) {
	content, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	content = append(content, '\n')
	if first {
		content = append([]byte(header), content...)
	}
	return content, nil
}

// readLog reads a log. It returns what it understands, and a problem if there is
// anything else. A log of another format is renamed, so that it is not misread.
func readLog(path string) (intents []*Intent, deleted map[string]bool, problem string) {
	content, err := os.ReadFile(path) //nolint:gosec // a file that a plugin wrote
	switch {
	case err != nil:
		return nil, nil, fmt.Sprintf("cannot be read: %v", err)
	case len(content) == 0:
		return nil, nil, "" // a process was killed before it wrote anything, or sent anything
	}
	rest, ok := bytes.CutPrefix(content, []byte(header))
	if !ok {
		_ = os.Rename(path, path+".unreadable")
		return nil, nil, "was not written by this release or is damaged, and was set aside as " + path + ".unreadable"
	}
	e := &entry{}
	for len(rest) > 0 {
		text, next, complete := bytes.Cut(rest, []byte{'\n'})
		var l line
		if len(text) == 0 || string(text)+"\n" == header { // two plugins have begun the log
			rest = next
			continue
		}
		if json.Unmarshal(text, &l) != nil || !complete || !e.apply(l) {
			problem = "is damaged"
			// What the line said is not known: it may have been that the engine has the object.
			for _, intent := range e.intents {
				intent.damaged()
			}
		}
		rest = next
	}
	return e.intents, e.deleted, problem
}

// damaged marks an intent of which something may be missing, so that nothing is deleted
// because of it.
func (i *Intent) damaged() {
	if i.ID == "" {
		i.Run = ""
	}
}

// IsDamaged reports whether a part of what was recorded about the intent is lost.
func (i *Intent) IsDamaged() bool { return i.Run == "" }

// apply applies a line to an entry, and reports whether it is valid.
func (e *entry) apply(l line) bool {
	n := slices.IndexFunc(e.intents, func(i *Intent) bool { return i.Ref == l.Ref })
	switch {
	case l.Intent != nil:
		i := *l.Intent
		if !i.URN.IsValid() || i.Ref == "" || len(e.intents) > 0 && e.intents[0].URN != i.URN {
			return false
		}
		e.intents = append(e.intents, &i)
		return true
	case l.Returned != "" && n >= 0:
		e.intents[n].ID = l.Returned
	case l.Closed && n >= 0:
		e.intents[n].closed = true
	case l.Deleting != "":
		e.markDeleting(l.Deleting)
		return true
	case l.Kept != "":
		delete(e.deleted, l.Kept)
		return true
	default:
		return false
	}
	return true
}

// mergeIntents returns the intents of a log that was read again. Those that are in use
// keep their identity.
func mergeIntents(known, read []*Intent) []*Intent {
	for n, intent := range read {
		if i := slices.IndexFunc(known, func(k *Intent) bool { return k.Ref == intent.Ref }); i >= 0 {
			known[i].ID, known[i].closed = intent.ID, intent.closed || known[i].closed
			read[n] = known[i]
		}
	}
	return read
}
