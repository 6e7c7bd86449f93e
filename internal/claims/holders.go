// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"fmt"
	"hash/maphash"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// hash is the hash of a URN or a key. It saves memory in runs with tens of
// thousands of resources, among which collisions of 64 bits are negligible.
type hash uint64

// holder is a resource that holds a key, or has it in the state. To save memory, it
// has a hash and a label for messages instead of the URN.
type holder struct {
	urn   hash
	label string
}

// holders maps keys to the resources that hold them. Most keys have one holder.
type holders struct {
	first map[hash]holder
	more  map[hash][]holder
}

func newHolder(key Key, urn resource.URN) holder {
	if key.Class == Object {
		return holder{hashOf(urn), strconv.Quote(urn.Name())}
	}
	// Resources of different types can manage a setting, so the label has the type.
	return holder{hashOf(urn), fmt.Sprintf("%s %q", urn.Type().Name(), urn.Name())}
}

// add adds a holder of a key.
func (h *holders) add(key hash, added holder) {
	if h.has(key, added.urn) {
		return
	}
	if h.first == nil {
		h.first, h.more = map[hash]holder{}, map[hash][]holder{}
	}
	if _, ok := h.first[key]; ok {
		h.more[key] = append(h.more[key], added)
	} else {
		h.first[key] = added
	}
}

func (h *holders) has(key, urn hash) bool {
	found := false
	h.each(key, func(candidate holder) { found = found || candidate.urn == urn })
	return found
}

// each calls visit for every holder of a key.
func (h *holders) each(key hash, visit func(holder)) {
	if first, ok := h.first[key]; ok {
		visit(first)
	}
	for _, other := range h.more[key] {
		visit(other)
	}
}

var seed = maphash.MakeSeed()

func hashOf[T comparable](v T) hash { return hash(maphash.Comparable(seed, v)) }
