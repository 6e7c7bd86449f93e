// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestNow(t *testing.T) {
	t.Parallel()
	fixed := time.Date(2030, 3, 1, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, fixed, Now(WithClock(t.Context(), func() time.Time { return fixed })))
	before := time.Now()
	assert.WithinRange(t, Now(t.Context()), before, time.Now())
}
