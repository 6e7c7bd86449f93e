// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func TestSpendLimitDistinguishesNoneFromZero(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	none, zero := object{"orgId": env.Local.OrgID}, object{"orgId": env.Local.OrgID, "spendLimit": 0}
	const path = "/v1/organizations/*/spend-limit"
	limit := env.Create("SpendLimit", "limit", none)
	assert.Equal(t, object{"spend_limit": nil}, env.RequestBody("PUT", path))
	assert.Equal(t, enginetest.Update, env.Engine.Preview(limit, enginetest.Inputs(zero)).Op)
	env.Up(limit, zero)
	assert.Equal(t, object{"spend_limit": 0.0}, env.RequestBody("PUT", path))
	env.Refresh(limit)
	env.RequireNoChanges(limit, zero)
	env.Up(limit, none)
	assert.Equal(t, object{"spend_limit": nil}, env.RequestBody("PUT", path))
	assert.Nil(t, env.Local.Objects("plan")[0]["spend_limit"])
}

func TestDeletedSpendLimitIsRemoved(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	limit := env.Create("SpendLimit", "limit", object{"orgId": env.Local.OrgID, "spendLimit": 500})
	assert.Equal(t, 500.0, env.Local.Objects("plan")[0]["spend_limit"])
	require.NoError(t, env.Engine.Delete(limit))
	assert.Equal(t, object{"spend_limit": nil}, env.RequestBody("PUT", "/v1/organizations/*/spend-limit"))
	assert.Nil(t, env.Local.Objects("plan")[0]["spend_limit"])
}

func TestSpendLimitIsReplacedForAnotherOrganization(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	limit := env.Create("SpendLimit", "limit", object{"orgId": env.Local.OrgID, "spendLimit": 500})
	preview := env.Engine.Preview(limit, enginetest.Inputs(object{"orgId": "org_other", "spendLimit": 500}))
	assert.Equal(t, enginetest.Replace, preview.Op)
}
