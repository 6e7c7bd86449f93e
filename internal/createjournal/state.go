// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"encoding/json"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// idInState matches the ID of an object, as a resource or as an input, in a state file.
var idInState = regexp.MustCompile(`"([a-z]+_[A-Za-z0-9_.-]+)"`)

// IsInState reports whether the state had an object when the run began, and whether that
// can be known: the backend has to be a local folder.
//
// The engine does not show the object that it is about to replace by force (--replace,
// taint), so that such a create looks like the first one. And nothing tells a plugin
// whether the state of its last creates could be written. The state itself does both.
func (j *Journal) IsInState(urn resource.URN, id string) (is, known bool) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.readState(urn)
	_, is = j.state[id]
	return is, j.state != nil
}

// readState reads the state of a stack at the beginning of the run. The mutex is held.
func (j *Journal) readState(urn resource.URN) {
	if j.stateRead || j.options.State == nil {
		return
	}
	j.stateRead = true
	if content, err := j.options.State(string(urn.Project()), string(urn.Stack())); err == nil {
		j.state, j.stateDigest = idsIn(content), digest(string(content))
	}
}

// idsIn returns the IDs in the resources of a state file, or nil if it cannot be parsed.
// The creates that the file lists as pending can have IDs, too, but the engine forgets
// those objects.
func idsIn(content []byte) map[string]struct{} {
	var file struct {
		Checkpoint struct {
			Latest struct {
				Resources json.RawMessage `json:"resources"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	if json.Unmarshal(content, &file) != nil {
		return nil
	}
	ids := map[string]struct{}{}
	for _, match := range idInState.FindAllSubmatch(file.Checkpoint.Latest.Resources, -1) {
		ids[string(match[1])] = struct{}{}
	}
	return ids
}
