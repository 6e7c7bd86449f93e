// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestQuieted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want []string }{
		{[]string{"plugin", "127.0.0.1:1"}, []string{"plugin", "127.0.0.1:1"}},
		{[]string{"plugin", "-v=9", "--logtostderr"}, []string{"plugin", "-v=8", "--logtostderr"}},
		{[]string{"plugin", "--v=11", "-x"}, []string{"plugin", "--v=8", "-x"}},
		{[]string{"plugin", "-v", "10"}, []string{"plugin", "-v", "8"}},
		{[]string{"plugin", "-v=3"}, []string{"plugin", "-v=3"}},
		{[]string{"plugin", "-v"}, []string{"plugin", "-v"}},
	} {
		given := append([]string(nil), test.args...)
		assert.Equal(t, test.want, quieted(test.args))
		assert.Equal(t, given, test.args, "what was given stays as it is")
	}
}
