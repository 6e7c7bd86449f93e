// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
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
	// Sent is the time when the intent was recorded, by the clock of the machine.
	Sent time.Time `json:"sent"`
	// Key is the idempotency key, derived from the parts of the Identity.
	Key      string   `json:"key,omitempty"`
	Identity []string `json:"identity,omitempty"`
	// Parents are the IDs of the objects that the object belongs to, by property.
	Parents map[string]string `json:"parents,omitempty"`
	// Inputs are the inputs, sealed with the API key.
	Inputs []byte `json:"inputs,omitempty"`
	// Before identifies the secrets that a rotation replaces.
	Before string `json:"before,omitempty"`
	// AutoName is the automatic name of the object, and NameSeed what it is derived from.
	// Releases without AutoName recorded a NameSeed of every create.
	AutoName AutoName `json:"autoName,omitzero"`
	NameSeed NameSeed `json:"nameSeed,omitzero"`
	// ID is the ID of the object. That of a create is empty until the engine has received
	// it: no state can have the object before.
	ID string `json:"id,omitempty"`
	// ReturnedAt is when the engine received the object, by the clock of the machine.
	ReturnedAt time.Time `json:"returnedAt,omitzero"`
	// EditedAt is when a later run found that the user has edited the state.
	EditedAt time.Time `json:"editedAt,omitzero"`
	// Outcome is how the run has ended. In the log of the run itself, it is not set.
	Outcome Outcome `json:"outcome,omitempty"`
	// Damaged is true if a part of what was recorded about the intent may be lost, such as
	// the ID.
	Damaged bool `json:"damaged,omitempty"`

	current bool // this run has sent the request
	resumed bool // this run has repeated the request of an earlier one, and the engine has its object
	closed  bool
}

// AutoName is the name that a run has generated for an object.
type AutoName struct {
	// Name is the first one, also if it turned out to be taken.
	Name string `json:"name"`
	// Mode is how the engine asked for it, or "" if it did not.
	Mode string `json:"mode,omitempty"`
}

// NameSeed is what an automatic name is derived from, together with the URN.
type NameSeed struct {
	// Provider is the ID of the provider, from which only the names after the first are derived.
	Provider string `json:"provider,omitempty"`
	// Generation is the number of earlier objects of the resource.
	Generation int `json:"generation,omitempty"`
	// StateName is the name in the state of the object that is replaced, or the ID of one
	// that is replaced by force.
	StateName string `json:"stateName,omitempty"`
}

// Outcome is how a run has ended.
type Outcome string

const (
	// Ended is a run that ended in an orderly way. Its state is written, unless that failed.
	Ended Outcome = "ended"
	// Killed is a run that did not end in an orderly way: the plugin or the engine was
	// killed, or cancelled during a request.
	Killed Outcome = "killed"
	// Running is a run that has not ended.
	Running Outcome = "running"
)
