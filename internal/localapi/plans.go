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
		intField("queries_per_day", required, defaultsTo(int64(0))),
		intField("max_projects", required, defaultsTo(int64(0))),
		intField("max_databases", required, defaultsTo(int64(0))),
		intField("max_connections", required, defaultsTo(int64(500))),
		intField("queries_per_second", required, defaultsTo(int64(1000))),
		intField("bytes_per_month", required, defaultsTo(int64(0))),
		intField("max_query_shapes", required, defaultsTo(int64(0))),
		intField("included_seats", required, defaultsTo(int64(5))),
		intField("max_agent_credentials", required, defaultsTo(int64(0))),
		intField("audit_retention_days", required, defaultsTo(int64(30))),
		intField("sandbox_max_branches", required, defaultsTo(int64(0))),
		intField("sandbox_max_upstream_bytes", required, defaultsTo(int64(0))),
		intField("sandbox_idle_seconds", required, defaultsTo(int64(300))),
		intField("sandbox_ttl_seconds", required, defaultsTo(int64(86400))),
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
		objectField("limits", planLimits, required),
	}
)

// addPlans creates the plan of each organization from the options.
func (s *Server) addPlans() {
	for _, org := range slices.Sorted(maps.Values(s.options.APIKeys)) {
		if _, ok := s.plans.byID[org]; ok {
			continue
		}
		limits := planLimits.defaults()
		limits["max_projects"] = int64(s.options.Limits.Projects)
		limits["max_databases"] = int64(s.options.Limits.Databases)
		limits["max_agent_credentials"] = int64(s.options.Limits.AgentCredentials)
		o := &object{id: org, parent: org, org: org, fields: planOutput.defaults()}
		o.fields["org_id"], o.fields["plan"], o.fields["limits"] = org, s.options.Plan, limits
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

// checkLimit rejects another object if the organization already has as many as its plan allows.
func (s *Server) checkLimit(org, name, noun string, count int) *problem {
	limits, _ := s.plans.byID[org].fields["limits"].(map[string]any)
	if limit, _ := limits[name].(int64); limit > 0 && int64(count) >= limit {
		return newProblem(http.StatusForbidden, codePlanLimitReached, "the plan is limited to %d %s", limit, noun)
	}
	return nil
}

// listPlans lists the tiers on sale. All prices are 0.
func listPlans(*call) (response, *problem) {
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
	return jsonResponse(http.StatusOK, append(body, "]}"...)), nil
}
