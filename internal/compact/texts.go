// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package compact keeps many short texts in little memory, for records of tens of thousands of
// resources.
package compact

import "math"

// Texts stores texts in one piece of memory. Unlike strings, they have no pointers, which the
// garbage collector would have to follow. The zero value is empty.
type Texts struct{ bytes []byte }

// Ref refers to a text in Texts.
type Ref struct {
	start  uint32
	length uint16
}

// Add adds a text. It reports false if the text or all of them together are too long.
func (t *Texts) Add(text string) (ref Ref, ok bool) {
	if len(text) > math.MaxUint16 || len(t.bytes) > math.MaxUint32 {
		return Ref{}, false
	}
	ref = Ref{uint32(len(t.bytes)), uint16(len(text))} //nolint:gosec // compared above
	t.bytes = append(t.bytes, text...)
	return ref, true
}

// Get returns a text.
func (t *Texts) Get(ref Ref) string {
	return string(t.bytes[ref.start:][:ref.length])
}
