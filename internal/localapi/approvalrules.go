// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "strings"

var (
	approvalStatementKinds = stringField("", enum("insert", "update", "delete", "ddl"))

	approvalRuleInput = schema{
		stringField("name", required, length(1, 255)),
		listField("statement_kinds", approvalStatementKinds),
		stringField("schema_name", nullable, length(0, 255)),
		stringField("relation_name", nullable, length(0, 255)),
		intField("min_affected_rows", nullable, int32Format, minimum(1)),
		boolField("enabled", defaultsTo(true)),
	}

	approvalRuleOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("project_id", required),
		stringField("name", required),
		listField("statement_kinds", approvalStatementKinds, required, defaultsTo(emptyList)),
		stringField("schema_name", nullable, defaultsTo(nil)),
		stringField("relation_name", nullable, defaultsTo(nil)),
		intField("min_affected_rows", nullable, int32Format, defaultsTo(nil)),
		boolField("enabled", required),
	}, timestamps())
)

func (s *Server) prepareApprovalRule(_ *call, _, o *object) *problem {
	s.normalizeNames(o, "schema_name", "relation_name")
	if strings.TrimSpace(o.stringValue("name")) == "" {
		return invalidField("name", "must not be blank")
	}
	if o.boolValue("enabled") && s.hasLiveEnrollment(o.org) {
		return conflict(codeConflict, "the organization has a live self-host enrollment; save the rule with enabled set to false")
	}
	return nil
}
