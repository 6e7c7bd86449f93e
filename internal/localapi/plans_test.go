// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
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
		{"name": "starter", "monthly_price": float64(9), "annual_price": float64(90)},
		{"name": "pro", "monthly_price": float64(29), "annual_price": float64(290)},
		{"name": "scale", "monthly_price": float64(99), "annual_price": float64(990)},
	} {
		assertFields(t, want, plans[i])
		served, ok := plans[i]["limits"].(fields)
		require.True(t, ok)
		assertFields(t, documentedLimits[i], served)
	}
	var ids []any
	for _, region := range a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK).listField("regions") {
		ids = append(ids, region["id"])
	}
	assert.Equal(t, []any{"us-east-1", "us-west-2", "eu-west-1", "ap-south-1", "ap-southeast-1", "ap-northeast-1"}, ids)

	limits["max_projects"] = 1
	require.NoError(t, a.Edit("plan", a.OrgID, fields{"limits": limits}))
	a.createProject("one")
	a.do(http.MethodPost, "/v1/projects", a.projectBody("two")).requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
	require.Error(t, a.Remove("plan", a.OrgID))
}

// documentedLimits are those of the plans starter, pro and scale.
var documentedLimits = []fields{
	{
		"max_projects": 5.0, "max_databases": 3.0, "max_connections": 20.0, "queries_per_second": 10.0, "queries_per_day": 50e3,
		"bytes_per_month": 10e9, "max_query_shapes": 100.0, "included_seats": 1.0, "audit_retention_days": 7.0,
	},
	{
		"max_projects": 20.0, "max_databases": 10.0, "max_connections": 100.0, "queries_per_second": 50.0, "queries_per_day": 250e3,
		"bytes_per_month": 50e9, "max_query_shapes": 1000.0, "included_seats": 3.0, "audit_retention_days": 30.0,
	},
	{
		"max_projects": 100.0, "max_databases": 50.0, "max_connections": 500.0, "queries_per_second": 250.0, "queries_per_day": 2e6,
		"bytes_per_month": 200e9, "max_query_shapes": 10000.0, "included_seats": 5.0, "audit_retention_days": 90.0,
	},
}

func TestPlanOfAnOrganization(t *testing.T) {
	for i, name := range []string{"starter", "pro", "scale"} {
		a := start(t, Options{Plan: name})
		plan := a.do(http.MethodGet, "/v1/organizations/"+a.OrgID+"/plan", nil).requireStatus(http.StatusOK)
		assertFields(t, fields{"plan": name, "custom_pricing": false}, plan.body)
		assertFields(t, documentedLimits[i], plan.objectField("limits"))
		project, _ := a.createProject("shop")
		assertFields(t, fields{
			"queries_per_second": documentedLimits[i]["queries_per_second"], "max_connections": documentedLimits[i]["max_connections"],
		}, a.do(http.MethodGet, project, nil).body)
	}
	a := start(t, Options{Plan: "enterprise"})
	plan := a.do(http.MethodGet, "/v1/organizations/"+a.OrgID+"/plan", nil).requireStatus(http.StatusOK)
	assertFields(t, fields{"plan": "enterprise", "custom_pricing": true}, plan.body)
	assertFields(t, fields{"max_projects": 0.0, "max_databases": 0.0}, plan.objectField("limits"))
}

// TestLimitsOfAChosenPlan creates more objects than a plan allows. Those of the default plan are announced only.
func TestLimitsOfAChosenPlan(t *testing.T) {
	for plan, enforced := range map[string]bool{"": false, "scale": true, "enterprise": false} {
		a := start(t, Options{Plan: plan})
		project, _ := a.createProject("shop")
		for range 49 {
			a.create(project+"/databases", databaseBody())
		}
		status := http.StatusCreated
		if enforced {
			status = http.StatusForbidden
		}
		a.do(http.MethodPost, project+"/databases", databaseBody()).requireStatus(status)
	}
	a := start(t, Options{Limits: Limits{Projects: 100}})
	for i := range 100 {
		a.createProject(fmt.Sprint(i))
	}
	a.do(http.MethodPost, "/v1/projects", a.projectBody("last")).requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
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
