// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
)

var (
	planLimits = schema{
		intField("queries_per_day", required),
		intField("max_projects", required),
		intField("max_databases", required),
		intField("max_connections", required),
		intField("queries_per_second", required),
		intField("bytes_per_month", required),
		intField("max_query_shapes", required),
		intField("included_seats", required),
		intField("max_agent_credentials", required),
		intField("audit_retention_days", required),
		intField("sandbox_max_branches", required),
		intField("sandbox_max_upstream_bytes", required),
		intField("sandbox_idle_seconds", required),
		intField("sandbox_ttl_seconds", required),
	}

	planOutput = schema{
		stringField("org_id", required),
		stringField("plan", required, enum("starter", "pro", "scale", "enterprise")),
		stringField("billing_provider", enum("stripe", "vercel", "aws", "manual"), defaultsTo("manual")),
		stringField("subscription_status", enum("none", "active", "trialing", "past_due", "canceled", "unpaid", "incomplete",
			"incomplete_expired", "paused"), defaultsTo("active")),
		timeField("current_period_end"),
		boolField("enabled", defaultsTo(true)),
		boolField("custom_pricing", defaultsTo(false)),
		numberField("spend_limit", nullable, defaultsTo(nil)),
		boolField("spend_capped", volatile, defaultsTo(false)),
		timeField("spend_capped_at", nullable, volatile, defaultsTo(nil)),
		objectField("limits", planLimits, required),
		timeField("created_at"),
		timeField("updated_at"),
	}

	spendLimitInput = schema{numberField("spend_limit", nullable)}

	planInfoOutput = schema{
		stringField("name", required),
		stringField("label", required),
		intField("monthly_price", required),
		intField("annual_price"),
		stringField("description"),
		stringField("overage_text"),
		intField("trial_days"),
		objectField("limits", planLimits, required),
	}
)

// tier is a plan that an organization can have.
type tier struct {
	name, label               string
	monthlyPrice, annualPrice int64 // in US dollars; 0 for a plan that is not on sale
	limits                    map[string]any
}

const gigabyte = 1_000_000_000

// tiers are the plans, with the figures of PgBeam's documentation. Those of the enterprise plan are agreed with each customer, so it
// has no limits here.
var tiers = []tier{
	{"starter", "Starter", 9, 90, tierLimits(map[string]any{
		"max_projects": int64(5), "max_databases": int64(3), "max_connections": int64(20), "queries_per_second": int64(10),
		"queries_per_day": int64(50_000), "bytes_per_month": int64(10 * gigabyte), "max_query_shapes": int64(100),
		"included_seats": int64(1), "audit_retention_days": int64(7),
	})},
	{"pro", "Pro", 29, 290, tierLimits(map[string]any{
		"max_projects": int64(20), "max_databases": int64(10), "max_connections": int64(100), "queries_per_second": int64(50),
		"queries_per_day": int64(250_000), "bytes_per_month": int64(50 * gigabyte), "max_query_shapes": int64(1000),
		"included_seats": int64(3), "audit_retention_days": int64(30),
	})},
	{"scale", "Scale", 99, 990, tierLimits(map[string]any{
		"max_projects": int64(100), "max_databases": int64(50), "max_connections": int64(500), "queries_per_second": int64(250),
		"queries_per_day": int64(2_000_000), "bytes_per_month": int64(200 * gigabyte), "max_query_shapes": int64(10_000),
		"included_seats": int64(5), "audit_retention_days": int64(90),
	})},
	{"enterprise", "Enterprise", 0, 0, tierLimits(nil)},
}

// tierLimits adds the limits that the documentation does not mention. 0 is no limit.
func tierLimits(documented map[string]any) map[string]any {
	limits := map[string]any{"sandbox_idle_seconds": int64(300), "sandbox_ttl_seconds": int64(86400)}
	for _, limit := range planLimits {
		if _, ok := limits[limit.name]; !ok {
			limits[limit.name] = int64(0)
		}
	}
	maps.Copy(limits, documented)
	return limits
}

// tierOf returns the plan with a name, which has been validated.
func tierOf(name string) tier {
	return tiers[slices.IndexFunc(tiers, func(t tier) bool { return t.name == name })]
}

// addPlans creates the plan of each organization from the options.
func (s *Server) addPlans() {
	for _, org := range slices.Sorted(maps.Values(s.options.APIKeys)) {
		if _, ok := s.plans.byID[org]; ok {
			continue
		}
		plan := tierOf(s.options.plan())
		limits := maps.Clone(plan.limits)
		maps.Copy(limits, s.options.Limits.byName())
		o := &object{id: org, parent: org, org: org, fields: planOutput.defaults()}
		o.fields["org_id"], o.fields["plan"], o.fields["limits"] = org, plan.name, limits
		o.fields["custom_pricing"] = plan.monthlyPrice == 0
		o.fields["created_at"], o.fields["updated_at"] = s.timestamp(), s.timestamp()
		s.insert(s.plans, o)
	}
	s.dirty = false
}

func (s *Server) getPlan(c *call) (response, *problem) {
	scope, p := c.organization()
	if p != nil {
		return response{}, p
	}
	return jsonResponse(http.StatusOK, s.render(s.plans, s.plans.byID[scope.id])), nil
}

// updateSpendLimit sets the limit. An omitted limit is removed, as if it were null.
func (s *Server) updateSpendLimit(c *call) (response, *problem) {
	scope, p := c.organization()
	if p != nil {
		return response{}, p
	}
	plan := s.plans.byID[scope.id]
	changed := plan.clone()
	changed.fields["spend_limit"] = c.in["spend_limit"]
	s.touch(changed)
	s.plans.update(plan, changed)
	s.dirty = true
	return jsonResponse(http.StatusOK, s.render(s.plans, plan)), nil
}

// isScalePlan reports whether the organization's plan is scale or higher, which includes custom domains and self-hosting.
func (s *Server) isScalePlan(org string) bool {
	tier := s.plans.byID[org].stringValue("plan")
	return tier == "scale" || tier == "enterprise"
}

// checkLimit rejects another object if the organization already has as many as its plan allows. It counts them only if the
// plan limits them, so that a create takes no longer the more objects there are.
func (s *Server) checkLimit(org, name, noun string, count func() int) *problem {
	if limit := s.limit(org, name); limit > 0 && s.isEnforced(org, name) && int64(count()) >= limit {
		return newProblem(http.StatusForbidden, codePlanLimitReached, "the plan is limited to %d %s", limit, noun)
	}
	return nil
}

// limit returns a limit of the organization's plan.
func (s *Server) limit(org, name string) int64 {
	limits, _ := s.plans.byID[org].fields["limits"].(map[string]any)
	limit, _ := limits[name].(int64)
	return limit
}

// isEnforced reports whether creates are subject to a limit. The server announces the limits of the default plan, but does not
// enforce them: a test with many objects must not fail because of a plan that it did not choose. Every limit of a plan that was
// chosen is enforced, and so is every limit that was set or edited.
func (s *Server) isEnforced(org, name string) bool {
	_, isSet := s.options.Limits.byName()[name]
	return isSet || s.options.Plan != "" || s.limit(org, name) != tierOf(s.options.plan()).limits[name]
}

// listPlans lists the plans on sale.
func listPlans(*call) (response, *problem) {
	var plans [][]byte
	for _, t := range tiers {
		if t.monthlyPrice > 0 {
			plans = append(plans, encoder{}.object(nil, planInfoOutput, map[string]any{
				"name": t.name, "label": t.label, "monthly_price": t.monthlyPrice, "annual_price": t.annualPrice, "limits": t.limits,
			}))
		}
	}
	body := append([]byte(`{"plans":[`), bytes.Join(plans, []byte(","))...)
	return jsonResponse(http.StatusOK, append(body, "]}"...)), nil
}
