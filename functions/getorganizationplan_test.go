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
	w := newWorld(t, localapi.Options{})
	for _, changes := range []object{
		{"spend_limit": nil},
		{
			"spend_limit": 0, "spend_capped": true, "spend_capped_at": "2026-03-01T00:00:00Z",
			"current_period_end": "2026-04-01T00:00:00Z", "billing_provider": "stripe", "subscription_status": "past_due",
		},
	} {
		require.NoError(t, w.Local.Edit("plan", w.Local.OrgID, changes))
		w.Engine = enginetest.New(t, w.Local)
		result := w.invoke("getOrganizationPlan", object{"orgId": w.Local.OrgID})
		live := camelCase(w.Local.Objects("plan")[0]).(object)
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
	w := newWorld(t, localapi.Options{})
	message := w.InvokeError("getOrganizationPlan", object{"orgId": "org_other"})
	assert.Contains(t, message, "invoking getOrganizationPlan: GET /v1/organizations/org_other/plan: 40")
}

// TestGetOrganizationPlanOmitsWhatTheAPIOmits also has the defaults of switches.
func TestGetOrganizationPlanOmitsWhatTheAPIOmits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, localapi.Options{})
	w.Local.AddFault(localapi.Fault{Without: []string{
		"billing_provider", "subscription_status", "current_period_end", "enabled", "custom_pricing", "spend_limit", "spend_capped",
		"spend_capped_at", "created_at", "updated_at",
	}})
	result := w.invoke("getOrganizationPlan", object{"orgId": w.Local.OrgID})
	delete(result, "limits")
	assert.Equal(t, object{
		"orgId": w.Local.OrgID, "plan": "scale", "enabled": true, "customPricing": false, "spendCapped": false,
	}, result)
}
