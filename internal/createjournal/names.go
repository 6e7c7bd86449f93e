// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"crypto/sha256"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// RecordName records the name that the state has for a resource.
func (j *Journal) RecordName(urn resource.URN, name string) {
	j.with(urn, func(e *entry) { e.stateName = name })
}

// RecordAutoName records the name that this run has generated for a resource, or the zero
// value if it has generated none.
func (j *Journal) RecordAutoName(urn resource.URN, name AutoName) {
	j.with(urn, func(e *entry) { e.generated = name })
}

// AutoName returns the name that this run has generated for a resource, or the zero value.
func (j *Journal) AutoName(urn resource.URN) (name AutoName) {
	j.with(urn, func(e *entry) { name = e.generated })
	return name
}

// InterruptedName returns the automatic name of an interrupted create that this run
// repeats, or "". A create that was asked for in another mode is not repeated: the user
// has changed how names are chosen.
func (j *Journal) InterruptedName(urn resource.URN, mode string) (name string) {
	j.with(urn, func(e *entry) {
		for _, intent := range e.intents {
			auto := intent.AutoName
			// An object with the name in the state is the one that is being replaced.
			if auto.Mode == mode && auto.Name != "" && auto.Name != e.stateName && j.canBeRepeated(e, intent) {
				name = auto.Name
			}
		}
	})
	return name
}

// canBeRepeated reports whether an intent is a create of an earlier run whose object is not
// the one that this run replaces. The mutex is held.
func (j *Journal) canBeRepeated(e *entry, intent *Intent) bool {
	return intent.Operation == Create && !intent.current && !j.isReplaced(e, intent)
}

// NameSeed returns the random seed of an automatic name: the same one for a create that
// is repeated, and another one for a replacement and for each name that turned out to be
// taken.
//
// The seed of the first name depends on nothing that only an update knows, so that a
// preview, a saved plan, and an update on any machine have the same name, also if the ID of
// the provider is not known yet or was lost with the state. A stack with the same name in
// another backend has that name, too. The others depend on the ID of the provider, which
// distinguishes the two. They are nil if the ID is not known.
func (j *Journal) NameSeed(urn resource.URN, taken int) (seed []byte) {
	j.with(urn, func(e *entry) {
		from, usesProvider := j.nameSeed(urn, e), taken > 0
		if !e.inState {
			for _, intent := range e.intents {
				if intent.NameSeed != (NameSeed{}) && j.canBeRepeated(e, intent) {
					// Earlier releases derived the first name from the ID of the provider, too.
					from, usesProvider = intent.NameSeed, taken > 0 || intent.AutoName == AutoName{}
				}
			}
		}
		parts := []string{string(urn), strconv.Itoa(from.Generation), from.StateName}
		if usesProvider {
			if from.Provider == "" {
				return
			}
			parts = append(append([]string{from.Provider}, parts...), strconv.Itoa(taken))
		}
		sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
		seed = sum[:]
	})
	return seed
}

func (j *Journal) nameSeed(urn resource.URN, e *entry) NameSeed {
	seed := NameSeed{Provider: j.provider, Generation: j.objects[digest(string(urn))], StateName: e.stateName}
	for _, intent := range e.intents {
		if seed.StateName == "" && j.isReplaced(e, intent) {
			seed.StateName = intent.ID // the engine does not show the name of what is replaced by force
		}
	}
	return seed
}
