// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
)

// TestSpendLimitTellsNothingFromZero: no limit is not a limit of 0 dollars.
func TestSpendLimitTellsNothingFromZero(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none, zero := object{"orgId": w.Local.OrgID}, object{"orgId": w.Local.OrgID, "spendLimit": 0}
	const path = "/v1/organizations/*/spend-limit"
	limit := w.Create("SpendLimit", "limit", none)
	assert.Equal(t, object{"spend_limit": nil}, sent(t, w, "PUT", path))
	assert.Equal(t, enginetest.Update, w.Engine.Preview(limit, enginetest.Inputs(zero)).Op)
	w.Up(limit, zero)
	assert.Equal(t, object{"spend_limit": 0.0}, sent(t, w, "PUT", path))
	w.Refresh(limit)
	w.RequireNoChanges(limit, zero)
	w.Up(limit, none)
	assert.Equal(t, object{"spend_limit": nil}, sent(t, w, "PUT", path))
	assert.Nil(t, w.Local.Objects("plan")[0]["spend_limit"])
}

func TestSpendLimitIsClearedWhenDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	limit := w.Create("SpendLimit", "limit", object{"orgId": w.Local.OrgID, "spendLimit": 500})
	assert.Equal(t, 500.0, w.Local.Objects("plan")[0]["spend_limit"])
	require.NoError(t, w.Engine.Delete(limit))
	assert.Equal(t, object{"spend_limit": nil}, sent(t, w, "PUT", "/v1/organizations/*/spend-limit"))
	assert.Nil(t, w.Local.Objects("plan")[0]["spend_limit"])
}

func TestSpendLimitOfAnotherOrganizationIsAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	limit := w.Create("SpendLimit", "limit", object{"orgId": w.Local.OrgID, "spendLimit": 500})
	preview := w.Engine.Preview(limit, enginetest.Inputs(object{"orgId": "org_other", "spendLimit": 500}))
	assert.Equal(t, enginetest.Replace, preview.Op)
}
