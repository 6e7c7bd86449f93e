// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// IsInState reports whether the state had an object when the run began, and whether that
// can be known: the backend has to be a local folder.
//
// The engine does not show the object that it is about to replace by force (--replace,
// taint), so that such a create looks like the first one. No request shows a
// plugin whether the state of its last creates could be written, or whether another
// machine has completed an interrupted create. The state itself does.
func (j *Journal) IsInState(urn resource.URN, id string) (inState, known bool) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.isInState(urn, id)
}

func (j *Journal) isInState(urn resource.URN, id string) (inState, known bool) {
	s := j.readState(urn)
	if s == nil {
		return false, false
	}
	_, inState = s.ids[id]
	return inState, true
}

// IsInterrupted reports whether the run of an intent was killed, or could not write the
// state: that was last written before the engine received the object. The clock is that of
// the machine with the state. It returns false if the user has edited the state since, who
// may have removed the object in order to keep it.
func (j *Journal) IsInterrupted(intent *Intent) bool {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.isInterrupted(intent)
}

func (j *Journal) isInterrupted(intent *Intent) bool {
	j.recordStateTime(intent.URN)
	switch {
	case intent.Outcome == Running, intent.EditedAt.After(intent.ReturnedAt):
		return false
	case intent.Outcome == Killed:
		return true
	default:
		return j.stateTime != nil && j.stateTime.Before(intent.ReturnedAt)
	}
}

// IsReplaced reports whether the object of an interrupted create is the one that a create
// of this run replaces by force. Unless the state or the engine shows it, the state is
// assumed to have what a run created that ended in an orderly way, and not what a killed
// one created.
func (j *Journal) IsReplaced(intent *Intent) (replaced bool) {
	j.with(intent.URN, func(e *entry) { replaced = j.isReplaced(e, intent) })
	return replaced
}

// isReplaced is IsReplaced with the entry of the resource. The mutex is held.
func (j *Journal) isReplaced(e *entry, intent *Intent) bool {
	if intent.Operation != Create || intent.current || intent.ID == "" || e.stateID != "" {
		return false // the engine never received it, or replaces another one
	}
	inState, known := j.isInState(intent.URN, intent.ID)
	return inState || !known && !j.isInterrupted(intent)
}

// RecordStateTime records when the state was last written. It has to be called before the
// engine writes the state of this run. The URN is that of any resource of the stack.
func (j *Journal) RecordStateTime(urn resource.URN) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.recordStateTime(urn)
}

// recordStateTime is RecordStateTime. The mutex is held.
func (j *Journal) recordStateTime(urn resource.URN) {
	if j.stateTimeRead || j.options.State == nil {
		return
	}
	j.stateTimeRead = true
	file, err := j.options.State(string(urn.Project()), string(urn.Stack()))
	if err != nil {
		return
	}
	defer file.Close() //nolint:errcheck // it was only read
	written, err := stateTime(file)
	if err != nil {
		return
	}
	j.stateTime = &written
	if info, err := file.Stat(); err == nil && !written.IsZero() {
		j.stateEdited = info.ModTime().Sub(written) > writeDelay
	}
}

// writeDelay is how long the engine may take to write a state. A command that edits the
// state (`pulumi state delete`, `pulumi stack import`) keeps the time that is in it.
const writeDelay = time.Second

// stateTime returns when a state file was written, without reading its resources. It is
// zero if there is no state yet.
func stateTime(file io.Reader) (written time.Time, err error) {
	decoder := json.NewDecoder(file)
	for _, field := range []string{"checkpoint", "latest", "manifest"} {
		found, err := enterField(decoder, field)
		switch {
		case !found && field == "latest" && err == nil, errors.Is(err, errNull) && field == "manifest":
			return time.Time{}, nil
		case err != nil:
			return time.Time{}, err
		case !found:
			return time.Time{}, fmt.Errorf("it has no %s", field)
		}
	}
	var manifest struct {
		Time time.Time `json:"time"`
	}
	err = decoder.Decode(&manifest)
	return manifest.Time, err
}

var errNull = errors.New("it is null")

// enterField moves a decoder to the value of a field of the next object. It reports
// whether the object has the field.
func enterField(decoder *json.Decoder, name string) (found bool, err error) {
	switch start, err := decoder.Token(); {
	case err != nil:
		return false, err
	case start == nil:
		return false, errNull
	case start != json.Delim('{'):
		return false, fmt.Errorf("%v is not an object", start)
	}
	for decoder.More() {
		field, err := decoder.Token()
		if err != nil || field == name {
			return err == nil, err
		}
		if err := decoder.Decode(&json.RawMessage{}); err != nil {
			return false, err
		}
	}
	return false, nil
}

// state is what a state file says.
type state struct {
	ids map[string]struct{} // of its resources
}

// readState returns the state of the stack of a resource at the beginning of the run, or
// nil. The mutex is held.
func (j *Journal) readState(urn resource.URN) *state {
	if !j.stateRead && j.options.State != nil {
		j.stateRead = true
		if file, err := j.options.State(string(urn.Project()), string(urn.Stack())); err == nil {
			defer file.Close() //nolint:errcheck // it was only read
			j.state = parseState(file)
		}
	}
	return j.state
}

// parseState parses a state file. It returns nil if that fails. Other resources can refer
// to an object that the state does not have any more, and the creates that the file lists
// as pending can have IDs, which the engine forgets.
func parseState(file io.Reader) *state {
	var content struct {
		Checkpoint struct {
			Latest struct {
				Resources []struct {
					ID string `json:"id"`
				} `json:"resources"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	if json.NewDecoder(file).Decode(&content) != nil {
		return nil
	}
	s := &state{ids: map[string]struct{}{}}
	for _, resource := range content.Checkpoint.Latest.Resources {
		s.ids[resource.ID] = struct{}{}
	}
	delete(s.ids, "") // of a component
	return s
}
