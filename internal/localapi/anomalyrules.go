// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

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
	return stringField("metric", required, enum("queries_per_hour", "bytes_per_hour", "distinct_shapes", "errors_per_hour", "active_hours"))
}

func (s *Server) prepareAnomalyRule(_ *call, _, o *object) *problem {
	var invalid []fieldError
	if id, ok := o.fields["credential_id"].(string); ok {
		agent, ok := s.agents.byID[id]
		if !ok || agent.parent != o.parent || s.agents.isRevoked(agent) {
			invalid = append(invalid, fieldError{"credential_id", "is not an agent credential of this project"})
		}
	}
	if metric := o.stringValue("metric"); metric == "distinct_shapes" || metric == "active_hours" {
		for _, name := range []string{"sigma_threshold", "floor"} {
			if o.fields[name] != nil {
				invalid = append(invalid, fieldError{name, "cannot be set for the metric " + metric})
			}
		}
	}
	if len(invalid) > 0 {
		return invalidFields(invalid...)
	}
	return nil
}
