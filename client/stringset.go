// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "hash/maphash"

// stringSet is a set of strings. It keeps only their hashes, since there may be tens of thousands.
// It may report a string that was not added, with a probability of one in 10^15 for 10,000
// strings, so that it is only for decisions that are safe then.
type stringSet map[uint64]struct{}

var hashSeed = maphash.MakeSeed()

func hashOf(text string) uint64 { return maphash.String(hashSeed, text) }

// add adds a string.
func (s stringSet) add(text string) { s[hashOf(text)] = struct{}{} }

// has reports whether a string was added.
func (s stringSet) has(text string) bool {
	_, exists := s[hashOf(text)]
	return exists
}
