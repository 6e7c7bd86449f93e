// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

var (
	anomalyRuleInput = schema{
		stringField("credential_id", nullable, length(0, 255)),
		anomalyMetric(),
		numberField("sigma_threshold", nullable, greaterThan(0)),
		numberField("floor", nullable, greaterThan(0)),
		boolField("enabled", defaultsTo(true)),
	}

	anomalyRuleOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("project_id", required),
		stringField("credential_id", nullable, defaultsTo(nil)),
		anomalyMetric(),
		numberField("sigma_threshold", nullable, defaultsTo(nil)),
		numberField("floor", nullable, defaultsTo(nil)),
		boolField("enabled", required),
	}, timestamps())
)

func anomalyMetric() *field {
	return stringField("metric", required, oneOfStrings("queries_per_hour", "bytes_per_hour", "distinct_shapes", "errors_per_hour", "active_hours"))
}

func (s *Server) anomalyRuleKind() kind {
	return kind{
		name: "anomaly-rules", noun: "anomaly rule", prefix: "anr_", list: "anomaly_rules", param: "anomaly_rule_id",
		input: anomalyRuleInput, output: anomalyRuleOutput,
		scope: inProject,
		key: func(o *object) string {
			return o.parent + "\x00" + o.stringValue("credential_id") + "\x00" + o.stringValue("metric")
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
	if metric := o.stringValue("metric"); metric == "distinct_shapes" || metric == "active_hours" {
		for _, name := range []string{"sigma_threshold", "floor"} {
			if o.fields[name] != nil {
				wrong = append(wrong, fieldError{name, "does not apply to " + metric})
			}
		}
	}
	if len(wrong) > 0 {
		return invalidFields(wrong...)
	}
	return nil
}
