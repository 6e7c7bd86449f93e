// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pgbeam/pulumi-pgbeam/internal/compact"
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
	first  map[hash]firstHolder
	more   map[hash][]holder
	labels compact.Texts
}

// firstHolder is a holder whose label is in the labels.
type firstHolder struct {
	urn   hash
	label compact.Ref
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
		h.first, h.more = map[hash]firstHolder{}, map[hash][]holder{}
	}
	if _, ok := h.first[key]; !ok {
		if label, ok := h.labels.Add(added.label); ok {
			h.first[key] = firstHolder{added.urn, label}
			return
		}
	}
	h.more[key] = append(h.more[key], added)
}

func (h *holders) has(key, urn hash) bool {
	first, ok := h.first[key]
	return ok && first.urn == urn || slices.ContainsFunc(h.more[key], func(other holder) bool { return other.urn == urn })
}

// each calls visit for every holder of a key.
func (h *holders) each(key hash, visit func(holder)) {
	if first, ok := h.first[key]; ok {
		visit(holder{first.urn, h.labels.Get(first.label)})
	}
	for _, other := range h.more[key] {
		visit(other)
	}
}

var seed = maphash.MakeSeed()

func hashOf[T comparable](v T) hash { return hash(maphash.Comparable(seed, v)) }
