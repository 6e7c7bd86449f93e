// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// idInState matches the ID of an object, as a resource or as an input, in a state file.
var idInState = regexp.MustCompile(`"([a-z]+_[A-Za-z0-9_.-]+)"`)

// IsInState reports whether the state had an object when the run began, and whether that
// can be known: the backend has to be a local folder.
//
// The engine does not show the object that it is about to replace by force (--replace,
// taint), so that such a create looks like the first one. And no request shows a
// plugin whether the state of its last creates could be written. The state itself does both.
func (j *Journal) IsInState(urn resource.URN, id string) (inState, known bool) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if j.options.State == nil {
		return false, false
	}
	if !j.stateRead {
		j.stateRead = true
		if content, err := j.options.State(string(urn.Project()), string(urn.Stack())); err == nil {
			j.state = map[string]struct{}{}
			for _, match := range idInState.FindAllSubmatch(content, -1) {
				j.state[string(match[1])] = struct{}{}
			}
		}
	}
	_, inState = j.state[id]
	return inState, j.state != nil
}
