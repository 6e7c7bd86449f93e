// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package compact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestTexts verifies that each text is returned as it was added, and that one that is too long
// is not added.
func TestTexts(t *testing.T) {
	t.Parallel()
	var texts Texts
	var refs []Ref
	for i := range 1000 {
		ref, ok := texts.Add(strings.Repeat("ä", i%7) + fmt.Sprint(i))
		assert.True(t, ok)
		refs = append(refs, ref)
	}
	for i, ref := range refs {
		assert.Equal(t, strings.Repeat("ä", i%7)+fmt.Sprint(i), texts.Get(ref))
	}
	empty, ok := texts.Add("")
	assert.True(t, ok)
	assert.Empty(t, texts.Get(empty))

	longest := strings.Repeat("x", 1<<16-1)
	ref, ok := texts.Add(longest)
	assert.True(t, ok)
	assert.Equal(t, longest, texts.Get(ref))
	_, ok = texts.Add(longest + "x")
	assert.False(t, ok)
}
