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
	planLimits = shape{
		integer("queries_per_day", required, fallback(int64(0))),
		integer("max_projects", required, fallback(int64(0))),
		integer("max_databases", required, fallback(int64(0))),
		integer("max_connections", required, fallback(int64(500))),
		integer("queries_per_second", required, fallback(int64(1000))),
		integer("bytes_per_month", required, fallback(int64(0))),
		integer("max_query_shapes", required, fallback(int64(0))),
		integer("included_seats", required, fallback(int64(5))),
		integer("max_agent_credentials", required, fallback(int64(0))),
		integer("audit_retention_days", required, fallback(int64(30))),
		integer("sandbox_max_branches", required, fallback(int64(0))),
		integer("sandbox_max_upstream_bytes", required, fallback(int64(0))),
		integer("sandbox_idle_seconds", required, fallback(int64(300))),
		integer("sandbox_ttl_seconds", required, fallback(int64(86400))),
	}

	planOutput = shape{
		text("org_id", required),
		text("plan", required, oneOf("starter", "pro", "scale", "enterprise")),
		text("billing_provider", oneOf("stripe", "vercel", "aws", "manual"), fallback("manual")),
		text("subscription_status", oneOf("none", "active", "trialing", "past_due", "canceled", "unpaid", "incomplete",
			"incomplete_expired", "paused"), fallback("active")),
		instant("current_period_end"),
		boolean("enabled", fallback(true)),
		boolean("custom_pricing", fallback(false)),
		number("spend_limit", nullable, fallback(nil)),
		boolean("spend_capped", volatile, fallback(false)),
		instant("spend_capped_at", nullable, volatile, fallback(nil)),
		nested("limits", planLimits, required),
		instant("created_at"),
		instant("updated_at"),
	}

	spendLimitInput = shape{number("spend_limit", nullable)}

	planInfoOutput = shape{
		text("name", required),
		text("label", required),
		integer("monthly_price", required),
		nested("limits", planLimits, required),
	}
)

// planKind has one object for each organization, made with the server and never created or deleted by the API.
func (s *Server) planKind() kind {
	return kind{
		name: "plan", noun: "plan", output: planOutput,
		remove: func(*object) *problem { return conflict(codeInvalidState, "an organization always has a plan") },
	}
}

func (s *Server) planOperations() []*operation {
	return []*operation{
		{id: "listPlans", method: http.MethodGet, path: "/v1/plans", run: func(*call) (answer, *problem) {
			return jsonAnswer(http.StatusOK, plansBody()), nil
		}},
		{id: "getOrganizationPlan", method: http.MethodGet, path: "/v1/organizations/{org_id}/plan", run: s.getPlan},
		{
			id: "updateSpendLimit", method: http.MethodPut, path: "/v1/organizations/{org_id}/spend-limit",
			body: spendLimitInput, run: s.updateSpendLimit,
		},
	}
}

// addPlans makes the plan of each organization from the options.
func (s *Server) addPlans() {
	for _, org := range slices.Sorted(maps.Values(s.options.APIKeys)) {
		if _, known := s.plan.byID[org]; known {
			continue
		}
		limits := planLimits.defaults()
		limits["max_projects"] = int64(s.options.Limits.Projects)
		limits["max_databases"] = int64(s.options.Limits.Databases)
		limits["max_agent_credentials"] = int64(s.options.Limits.AgentCredentials)
		o := &object{id: org, parent: org, org: org, fields: planOutput.defaults()}
		o.fields["org_id"], o.fields["plan"], o.fields["limits"] = org, s.options.Plan, limits
		o.fields["created_at"], o.fields["updated_at"] = s.timestamp(), s.timestamp()
		s.insert(s.plan, o)
	}
	s.dirty = false
}

func (s *Server) getPlan(c *call) (answer, *problem) {
	scope, p := inOrganization(c)
	if p != nil {
		return answer{}, p
	}
	return jsonAnswer(http.StatusOK, s.render(s.plan, s.plan.byID[scope.id])), nil
}

// updateSpendLimit removes the limit when the body leaves it out, as for null.
func (s *Server) updateSpendLimit(c *call) (answer, *problem) {
	scope, p := inOrganization(c)
	if p != nil {
		return answer{}, p
	}
	plan := s.plan.byID[scope.id]
	changed := plan.copied()
	changed.fields["spend_limit"] = c.in["spend_limit"]
	s.touch(changed)
	s.plan.update(plan, changed)
	s.dirty = true
	return jsonAnswer(http.StatusOK, s.render(s.plan, plan)), nil
}

// entitled tells whether the organization's tier has custom domains and self-hosting.
func (s *Server) entitled(org string) bool {
	tier := s.plan.byID[org].text("plan")
	return tier == "scale" || tier == "enterprise"
}

// checkLimit refuses one more when the organization's plan has no room for it.
func (s *Server) checkLimit(org, name, noun string, count func() int) *problem {
	limits, _ := s.plan.byID[org].fields["limits"].(map[string]any)
	if limit, _ := limits[name].(int64); limit > 0 && int64(count()) >= limit {
		return fail(http.StatusForbidden, codePlanLimitReached, "the plan allows %d %s", limit, noun)
	}
	return nil
}

// plansBody lists the tiers that can be bought. Prices are not served: they are 0.
func plansBody() []byte {
	tiers := []struct {
		name, label                 string
		projects, databases, shapes int64
	}{
		{"starter", "Starter", 5, 3, 100},
		{"pro", "Pro", 20, 10, 1000},
		{"scale", "Scale", 100, 50, 10000},
	}
	plans := make([][]byte, len(tiers))
	for i, tier := range tiers {
		limits := planLimits.defaults()
		limits["max_projects"], limits["max_databases"], limits["max_query_shapes"] = tier.projects, tier.databases, tier.shapes
		plans[i] = encoder{}.object(nil, planInfoOutput, map[string]any{
			"name": tier.name, "label": tier.label, "monthly_price": int64(0), "limits": limits,
		})
	}
	body := append([]byte(`{"plans":[`), bytes.Join(plans, []byte(","))...)
	return append(body, "]}"...)
}
