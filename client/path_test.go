// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEmptyIDs verifies that no request is sent with an empty ID.
func TestEmptyIDs(t *testing.T) {
	t.Parallel()
	c, _ := play(t)
	for name, call := range map[string]func() error{
		"object":         func() error { return c.Projects().Delete(t.Context(), "") },
		"parent":         func() error { _, err := c.Databases().Get(t.Context(), "", "db_1"); return err },
		"parent of list": func() error { _, err := c.Replicas().Get(t.Context(), "", "rep_1"); return err },
		"upsert":         func() error { _, err := c.Organizations().UpdateSpendLimit(t.Context(), "", nil); return err },
		"before action":  func() error { _, err := c.AgentCredentials().Rotate(t.Context(), "prj_1", ""); return err },
	} {
		require.ErrorContains(t, call(), "is empty", name)
	}
}

// TestDotSegments verifies that no request is sent with a dot segment as an ID.
func TestDotSegments(t *testing.T) {
	t.Parallel()
	api := &fakeAPI{handle: func(*http.Request) *http.Response { return respond(http.StatusNoContent, nil) }}
	c := api.client(t)
	for _, id := range []string{".", "..", "%2e", "%2E%2e", ".%2e", "%2e."} {
		for _, err := range []error{
			c.Projects().Delete(t.Context(), id),
			c.Databases().Delete(t.Context(), id, "db_1"),
			c.Databases().Delete(t.Context(), "prj_1", id),
			func() error { _, err := c.Replicas().Get(t.Context(), "db_1", id); return err }(),
			func() error { _, err := c.AgentCredentials().Rotate(t.Context(), "prj_1", id); return err }(),
			func() error {
				for _, err := range c.Databases().List(t.Context(), id) {
					return err
				}
				return nil
			}(),
		} {
			require.ErrorContains(t, err, fmt.Sprintf("is %q, which is not a valid ID", id))
		}
	}
	assert.Zero(t, api.takeCount())
	require.NoError(t, c.Projects().Delete(t.Context(), "..."))
	require.NoError(t, c.Projects().Delete(t.Context(), "a.b"))
}

func TestIDsAreEscaped(t *testing.T) {
	t.Parallel()
	c, _ := play(t, roundTrip{method: "DELETE", path: "/v1/projects/a%2F..%2Fb%3Fc", status: 204})
	require.NoError(t, c.Projects().Delete(t.Context(), "a/../b?c"))
}
