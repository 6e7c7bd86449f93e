// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
)

// TestCancelledRequestInterruptsTheRun verifies that a run does not count as ended in an
// orderly way if the engine has cancelled a request, even if the signal to stop comes only
// after that.
func TestCancelledRequestInterruptsTheRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err         error
		interrupted bool
	}{
		"success":   {nil, false},
		"failure":   {errors.New("refused"), false},
		"cancelled": {fmt.Errorf("sending: %w", context.Canceled), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := NewRecovery(nil)
			v.env = Env{Claims: &claims.Registry{}}
			done := v.begin("urn:pulumi:dev::shop::pgbeam:index:WebhookEndpoint::hooks")
			require.ErrorIs(t, done(test.err), test.err)
			v.Cancelled()
			assert.Equal(t, test.interrupted, v.interrupted)
			assert.Equal(t, test.interrupted, v.env.Claims.IsInterrupted())
		})
	}
}
