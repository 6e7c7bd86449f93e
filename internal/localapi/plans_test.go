// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlans(t *testing.T) {
	a := start(t, Options{Limits: Limits{Projects: 3, Databases: 4, AgentCredentials: 5}})
	plan := a.do(http.MethodGet, "/v1/organizations/"+a.OrgID+"/plan", nil).requireStatus(http.StatusOK)
	assertFields(t, fields{"org_id": a.OrgID, "plan": "scale", "spend_limit": nil, "spend_capped": false}, plan.body)
	limits := plan.objectField("limits")
	assertFields(t, fields{"max_projects": float64(3), "max_databases": float64(4), "max_agent_credentials": float64(5)}, limits)

	plans := a.do(http.MethodGet, "/v1/plans", nil).requireStatus(http.StatusOK).listField("plans")
	require.Len(t, plans, 3)
	for i, want := range []fields{
		{"max_projects": float64(5), "max_databases": float64(3), "max_query_shapes": float64(100)},
		{"max_projects": float64(20), "max_databases": float64(10), "max_query_shapes": float64(1000)},
		{"max_projects": float64(100), "max_databases": float64(50), "max_query_shapes": float64(10000)},
	} {
		served, ok := plans[i]["limits"].(fields)
		require.True(t, ok)
		assertFields(t, want, served)
	}
	assert.NotEmpty(t, a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK).listField("regions"))

	limits["max_projects"] = 1
	require.NoError(t, a.Edit("plan", a.OrgID, fields{"limits": limits}))
	a.createProject("one")
	a.do(http.MethodPost, "/v1/projects", a.projectBody("two")).requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
	require.Error(t, a.Remove("plan", a.OrgID))
}

func TestSpendLimit(t *testing.T) {
	a := start(t, Options{})
	path := "/v1/organizations/" + a.OrgID
	for _, limit := range []any{12.5, float64(0), nil, float64(3)} {
		changed := a.do(http.MethodPut, path+"/spend-limit", fields{"spend_limit": limit}).requireStatus(http.StatusOK)
		assert.Equal(t, limit, changed.body["spend_limit"])
		assert.Equal(t, changed.body, a.do(http.MethodGet, path+"/plan", nil).requireStatus(http.StatusOK).body)
	}
	assert.Nil(t, a.do(http.MethodPut, path+"/spend-limit", fields{}).requireStatus(http.StatusOK).body["spend_limit"])
	a.do(http.MethodPut, path+"/spend-limit", fields{"spend_limit": "12"}).requireInvalid("spend_limit")
	a.do(http.MethodPut, path+"/spend-limit", fields{"limit": 12}).requireInvalid("limit")
}
