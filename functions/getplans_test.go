// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestGetPlans has the figures of PgBeam's documentation.
func TestGetPlans(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.respond("GET", "/v1/plans", object{"plans.2.annual_price": 991})
	plans := env.invoke("getPlans", nil)["plans"].([]any)
	require.Len(t, plans, 3)
	starter, scale := plans[0].(object), plans[2].(object)
	assert.Equal(t, "starter", starter["name"])
	assert.Equal(t, "Starter", starter["label"])
	assert.Equal(t, 9.0, starter["monthlyPrice"])
	assert.Equal(t, 90.0, starter["annualPrice"])
	assert.Equal(t, 991.0, scale["annualPrice"])
	limits := starter["limits"].(object)
	assert.Equal(t, 50000.0, limits["queriesPerDay"])
	assert.Equal(t, 10e9, limits["bytesPerMonth"])
	assert.Equal(t, 7.0, limits["auditRetentionDays"])
	assert.Len(t, limits, 14)
	for _, optional := range []string{"description", "overageText", "trialDays"} {
		assert.NotContains(t, starter, optional, "the API omits it")
	}
}

func TestGetPlansWithOptionalFields(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	limits := `{"queries_per_day":1,"max_projects":2,"max_databases":3,"max_connections":4,"queries_per_second":5,"bytes_per_month":6,
		"max_query_shapes":7,"included_seats":8,"max_agent_credentials":9,"audit_retention_days":10,"sandbox_max_branches":11,
		"sandbox_max_upstream_bytes":12,"sandbox_idle_seconds":13,"sandbox_ttl_seconds":14}`
	env.answer("GET", "/v1/plans", `{"plans":[{"name":"solo","label":"Solo","monthly_price":1,"description":"For one","overage_text":"$1 each",
		"trial_days":14,"limits":`+limits+`}]}`)
	assert.Equal(t, []any{object{
		"name": "solo", "label": "Solo", "monthlyPrice": 1.0, "description": "For one", "overageText": "$1 each", "trialDays": 14.0,
		"limits": object{
			"queriesPerDay": 1.0, "maxProjects": 2.0, "maxDatabases": 3.0, "maxConnections": 4.0, "queriesPerSecond": 5.0, "bytesPerMonth": 6.0,
			"maxQueryShapes": 7.0, "includedSeats": 8.0, "maxAgentCredentials": 9.0, "auditRetentionDays": 10.0, "sandboxMaxBranches": 11.0,
			"sandboxMaxUpstreamBytes": 12.0, "sandboxIdleSeconds": 13.0, "sandboxTtlSeconds": 14.0,
		},
	}}, env.invoke("getPlans", nil)["plans"])
}
