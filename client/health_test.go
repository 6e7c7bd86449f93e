// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	c, _ := play(t, roundTrip{method: "GET", path: "/v1/health", status: 200, response: client.MinimalJSON[client.Health](map[string]any{"status": "degraded"})})
	health, err := c.Health(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "degraded", health.Status)
}
