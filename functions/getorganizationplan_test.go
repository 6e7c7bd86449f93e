// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func TestGetOrganizationPlan(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	for _, changes := range []object{
		{"spend_limit": nil},
		{
			"spend_limit": 0, "spend_capped": true, "spend_capped_at": "2026-03-01T00:00:00Z",
			"current_period_end": "2026-04-01T00:00:00Z", "billing_provider": "stripe", "subscription_status": "past_due",
		},
	} {
		require.NoError(t, env.Local.Edit("plan", env.Local.OrgID, changes))
		env.Engine = enginetest.New(t, env.Local)
		result := env.invoke("getOrganizationPlan", object{"orgId": env.Local.OrgID})
		live := camelCase(env.Local.Objects("plan")[0]).(object)
		for name, value := range live {
			if value == nil {
				assert.NotContains(t, result, name)
			} else {
				assert.Equal(t, value, result[name], name)
			}
		}
		for name := range result {
			assert.Contains(t, live, name, "only what the API returns")
		}
		assert.Equal(t, 2e6, result["limits"].(object)["queriesPerDay"])
	}
}

func TestGetOrganizationPlanOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	message := env.InvokeError("getOrganizationPlan", object{"orgId": "org_other"})
	assert.Contains(t, message, "invoking getOrganizationPlan: GET /v1/organizations/org_other/plan: 40")
}

// TestGetOrganizationPlanOmitsWhatTheAPIOmits also has the defaults of switches.
func TestGetOrganizationPlanOmitsWhatTheAPIOmits(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.Local.AddFault(localapi.Fault{Without: []string{
		"billing_provider", "subscription_status", "current_period_end", "enabled", "custom_pricing", "spend_limit", "spend_capped",
		"spend_capped_at", "created_at", "updated_at",
	}})
	result := env.invoke("getOrganizationPlan", object{"orgId": env.Local.OrgID})
	delete(result, "limits")
	assert.Equal(t, object{
		"orgId": env.Local.OrgID, "plan": "scale", "enabled": true, "customPricing": false, "spendCapped": false,
	}, result)
}
