// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"encoding/json"
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
// the machine with the state.
func (j *Journal) IsInterrupted(intent *Intent) bool {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.isInterrupted(intent)
}

func (j *Journal) isInterrupted(intent *Intent) bool {
	if intent.Outcome != Ended {
		return intent.Outcome == Killed
	}
	s := j.readState(intent.URN)
	return s != nil && s.writtenAt.Before(intent.ReturnedAt)
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

// state is what a state file says.
type state struct {
	ids       map[string]struct{} // of its resources
	writtenAt time.Time
}

// readState returns the state of the stack of a resource at the beginning of the run, or
// nil. The mutex is held.
func (j *Journal) readState(urn resource.URN) *state {
	if !j.stateRead && j.options.State != nil {
		j.stateRead = true
		if content, err := j.options.State(string(urn.Project()), string(urn.Stack())); err == nil {
			j.state = parseState(content)
		}
	}
	return j.state
}

// parseState parses a state file. It returns nil if that fails. Other resources can refer
// to an object that the state does not have any more, and the creates that the file lists
// as pending can have IDs, which the engine forgets.
func parseState(content []byte) *state {
	var file struct {
		Checkpoint struct {
			Latest struct {
				Manifest struct {
					Time time.Time `json:"time"`
				} `json:"manifest"`
				Resources []struct {
					ID string `json:"id"`
				} `json:"resources"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	if json.Unmarshal(content, &file) != nil {
		return nil
	}
	s := &state{ids: map[string]struct{}{}, writtenAt: file.Checkpoint.Latest.Manifest.Time}
	for _, resource := range file.Checkpoint.Latest.Resources {
		s.ids[resource.ID] = struct{}{}
	}
	delete(s.ids, "") // of a component
	return s
}
