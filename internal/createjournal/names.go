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

// RecordAutoName records a name that was generated.
func (j *Journal) RecordAutoName(urn resource.URN, name string) {
	j.with(urn, func(e *entry) { e.generatedName = name })
}

// IsAutoName reports whether a name was generated, and not set by the program.
func (j *Journal) IsAutoName(urn resource.URN, name string) (generated bool) {
	j.with(urn, func(e *entry) { generated = name != "" && e.generatedName == name })
	return generated
}

// NameSeed returns the random seed of an automatic name: the same one for a create that
// is repeated, even if the ID of the provider was lost with the state, and another one
// for a replacement and for each name that turned out to be taken. It is nil if a later
// run could not reproduce it.
func (j *Journal) NameSeed(urn resource.URN, taken int) (seed []byte) {
	j.with(urn, func(e *entry) {
		from := j.nameSeed(urn, e)
		if !e.inState {
			for _, intent := range e.intents {
				if intent.Operation == Create && !intent.current && !j.isReplaced(e, intent) {
					from = intent.NameSeed
				}
			}
		}
		if from.Provider == "" {
			return
		}
		sum := sha256.Sum256([]byte(strings.Join([]string{
			from.Provider, string(urn), strconv.Itoa(from.Generation), from.StateName, strconv.Itoa(taken),
		}, "\x00")))
		seed = sum[:]
	})
	return seed
}

func (j *Journal) nameSeed(urn resource.URN, e *entry) NameSeed {
	seed := NameSeed{Provider: j.provider, Generation: j.settledCreates(urn), StateName: e.stateName}
	for _, intent := range e.intents {
		if seed.StateName == "" && j.isReplaced(e, intent) {
			seed.StateName = intent.ID // the engine does not show the name of what is replaced by force
		}
	}
	return seed
}
