// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
)

var (
	approvalStatementKinds = stringField("", oneOfStrings("insert", "update", "delete", "ddl"))

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

func (s *Server) approvalRuleKind() kind {
	return kind{
		name: "approval-rules", noun: "approval rule", prefix: "apl_", list: "approval_rules", param: "approval_rule_id",
		input: approvalRuleInput, output: approvalRuleOutput,
		scope:    inProject,
		key:      func(o *object) string { return o.parent + "\x00" + o.stringValue("name") },
		keyField: "name",
		check:    s.checkApprovalRule,
	}
}

func (s *Server) approvalRuleOperations() []*operation {
	const all, one = "/v1/projects/{project_id}/approval-rules", "/v1/projects/{project_id}/approval-rules/{approval_rule_id}"
	return []*operation{
		{id: "createApprovalRule", method: http.MethodPost, path: all, body: approvalRuleInput, run: s.createOp(s.approvalRules)},
		{id: "listApprovalRules", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.approvalRules)},
		{id: "getApprovalRule", method: http.MethodGet, path: one, run: s.getOp(s.approvalRules)},
		{id: "updateApprovalRule", method: http.MethodPut, path: one, body: approvalRuleInput, run: s.replaceOp(s.approvalRules)},
		{id: "deleteApprovalRule", method: http.MethodDelete, path: one, run: s.deleteOp(s.approvalRules)},
	}
}

func (s *Server) checkApprovalRule(_ *call, _, o *object) *problem {
	o.fields["project_id"] = o.parent
	s.noName(o, "schema_name", "relation_name")
	if strings.TrimSpace(o.stringValue("name")) == "" {
		return invalidField("name", "must not be blank")
	}
	if o.boolValue("enabled") && s.hasLiveEnrollment(o.org) {
		return conflict(codeConflict, "the organization has a live self-host enrollment; the rule can be saved with enabled set to false")
	}
	return nil
}
