// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSeal(t *testing.T) {
	t.Parallel()
	newClient := func(apiKey string) *Client {
		c, err := New(apiKey)
		require.NoError(t, err)
		return c
	}
	secret := []byte(`{"password":"pa:ss/w@rd 1"}`)
	one, err := newClient("pbo_a").Seal(secret)
	require.NoError(t, err)
	two, err := newClient("pbo_a").Seal(secret)
	require.NoError(t, err)
	assert.NotContains(t, string(one), "pa:ss")
	assert.NotEqual(t, one, two, "the same data is not recognized")

	opened, err := newClient("pbo_a").Unseal(one)
	require.NoError(t, err)
	assert.Equal(t, secret, opened)
	_, err = newClient("pbo_b").Unseal(one)
	require.Error(t, err, "another API key")
	one[len(one)-1]++
	_, err = newClient("pbo_a").Unseal(one)
	require.Error(t, err, "changed")
	_, err = newClient("pbo_a").Unseal(nil)
	require.Error(t, err)
}
