// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

var (
	anomalyRuleInput = shape{
		text("credential_id", nullable, length(0, 255)),
		anomalyMetric(),
		number("sigma_threshold", nullable, above(0)),
		number("floor", nullable, above(0)),
		boolean("enabled", fallback(true)),
	}

	anomalyRuleOutput = join(shape{
		text("id", required),
		text("project_id", required),
		text("credential_id", nullable, fallback(nil)),
		anomalyMetric(),
		number("sigma_threshold", nullable, fallback(nil)),
		number("floor", nullable, fallback(nil)),
		boolean("enabled", required),
	}, stamps())
)

func anomalyMetric() *field {
	return text("metric", required, oneOf("queries_per_hour", "bytes_per_hour", "distinct_shapes", "errors_per_hour", "active_hours"))
}

func (s *Server) anomalyRuleKind() kind {
	return kind{
		name: "anomaly-rules", noun: "anomaly rule", prefix: "anr_", list: "anomaly_rules", param: "anomaly_rule_id",
		input: anomalyRuleInput, output: anomalyRuleOutput,
		scope: inProject,
		key: func(o *object) string {
			return o.parent + "\x00" + o.text("credential_id") + "\x00" + o.text("metric")
		},
		keyField: "metric",
		check:    s.checkAnomalyRule,
	}
}

func (s *Server) anomalyRuleOperations() []*operation {
	const all, one = "/v1/projects/{project_id}/anomaly-rules", "/v1/projects/{project_id}/anomaly-rules/{anomaly_rule_id}"
	return []*operation{
		{id: "createAnomalyRule", method: http.MethodPost, path: all, body: anomalyRuleInput, run: s.createOp(s.anomalyRules)},
		{id: "listAnomalyRules", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.anomalyRules)},
		{id: "getAnomalyRule", method: http.MethodGet, path: one, run: s.getOp(s.anomalyRules)},
		{id: "updateAnomalyRule", method: http.MethodPut, path: one, body: anomalyRuleInput, run: s.replaceOp(s.anomalyRules)},
		{id: "deleteAnomalyRule", method: http.MethodDelete, path: one, run: s.deleteOp(s.anomalyRules)},
	}
}

func (s *Server) checkAnomalyRule(_ *call, _, o *object) *problem {
	o.fields["project_id"] = o.parent
	var wrong []fieldError
	if id, scoped := o.fields["credential_id"].(string); scoped {
		agent, found := s.agents.byID[id]
		if !found || agent.parent != o.parent || isRevoked(agent) {
			wrong = append(wrong, fieldError{"credential_id", "is not an agent credential of this project"})
		}
	}
	if metric := o.text("metric"); metric == "distinct_shapes" || metric == "active_hours" {
		for _, name := range []string{"sigma_threshold", "floor"} {
			if o.fields[name] != nil {
				wrong = append(wrong, fieldError{name, "does not apply to " + metric})
			}
		}
	}
	if len(wrong) > 0 {
		return invalid(wrong...)
	}
	return nil
}
