// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"encoding/json"

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
	if content := j.readState(urn); content != nil && j.stateIDs == nil {
		j.stateIDs = idsIn(content)
	}
	_, inState = j.stateIDs[id]
	return inState, j.stateIDs != nil
}

// IsInterrupted reports whether the run of an intent was killed, or could not write the
// state: that is the same as when the run began.
func (j *Journal) IsInterrupted(intent *Intent) bool {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return intent.Outcome == Killed || intent.Outcome == Ended && intent.State != "" && intent.State == j.stateDigest(intent.URN)
}

// stateDigest identifies the state at the beginning of the run. It is "" if the state
// cannot be read. The mutex is held.
func (j *Journal) stateDigest(urn resource.URN) string {
	if content := j.readState(urn); content != nil {
		return digest(string(content))
	}
	return ""
}

// readState returns the state of the stack of a resource at the beginning of the run, or
// nil. The mutex is held.
func (j *Journal) readState(urn resource.URN) []byte {
	if !j.stateRead && j.options.State != nil && urn != "" {
		j.stateRead = true
		j.state, _ = j.options.State(string(urn.Project()), string(urn.Stack())) // nil if it cannot be read
	}
	return j.state
}

// idsIn returns the IDs of the resources in a state file, or nil if it cannot be parsed.
// Other resources can refer to an object that the state does not have any more, and the
// creates that the file lists as pending can have IDs, which the engine forgets.
func idsIn(content []byte) map[string]struct{} {
	var file struct {
		Checkpoint struct {
			Latest struct {
				Resources []struct {
					ID string `json:"id"`
				} `json:"resources"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	if json.Unmarshal(content, &file) != nil {
		return nil
	}
	ids := map[string]struct{}{}
	for _, resource := range file.Checkpoint.Latest.Resources {
		ids[resource.ID] = struct{}{}
	}
	delete(ids, "") // of a component
	return ids
}
