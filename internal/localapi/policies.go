// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

var (
	maskingRule = objectField("", schema{
		stringField("table", required),
		stringField("column", required),
		stringField("kind", required, oneOfStrings("redact", "null", "hash")),
	})

	rowFilter = objectField("", schema{
		stringField("table", required),
		stringField("predicate", required),
	})

	statementRules = schema{
		listField("allow", stringField("")),
		listField("deny", stringField("")),
	}

	policyInput = joinSchemas(schema{
		stringField("name", required, length(1, 128)),
		stringField("access_mode", oneOfStrings("read_only", "read_write"), defaultsTo("read_only")),
		objectField("statement_rules", statementRules),
		listField("table_allowlist", stringField("")),
		listField("table_denylist", stringField("")),
		listField("masking_rules", maskingRule),
		listField("row_filters", rowFilter),
	}, policyLimits)

	policyOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("project_id", required),
		stringField("name", required),
		stringField("access_mode", required, oneOfStrings("read_only", "read_write")),
		objectField("statement_rules", statementRules),
		listField("table_allowlist", stringField(""), required, defaultsTo(emptyList)),
		listField("table_denylist", stringField(""), required, defaultsTo(emptyList)),
		listField("masking_rules", maskingRule, required, defaultsTo(emptyList)),
		listField("row_filters", rowFilter, defaultsTo(emptyList)),
	}, policyLimits, timestamps())

	// policyLimits are the fields that bodies and answers have alike.
	policyLimits = schema{
		intField("budget_queries_per_hour", minimum(0), defaultsTo(int64(0))),
		intField("budget_queries_per_day", minimum(0), defaultsTo(int64(0))),
		intField("max_rows", minimum(0), defaultsTo(int64(0))),
		intField("statement_timeout_ms", minimum(0), defaultsTo(int64(0))),
		stringField("write_mode", oneOfStrings("normal", "rollback", "sandbox"), defaultsTo("normal")),
		stringField("approval_mode", oneOfStrings("off", "writes", "ddl", "all"), defaultsTo("off")),
		intField("approval_auto_max_rows", minimum(0), defaultsTo(int64(0))),
		intField("approval_timeout_seconds", minimum(0), defaultsTo(int64(300))),
		stringField("migration_safety", oneOfStrings("off", "warn", "block"), defaultsTo("off")),
		intField("egress_bytes_per_day", minimum(0), defaultsTo(int64(0))),
		intField("max_affected_rows", minimum(0), defaultsTo(int64(0))),
		stringField("content_scan_mode", oneOfStrings("off", "annotate", "block"), defaultsTo("off")),
		intField("content_scan_max_bytes", minimum(0), defaultsTo(int64(0))),
	}
)

func (s *Server) policyKind() kind {
	return kind{
		name: "policies", noun: "policy profile", prefix: "pol_", list: "policies", param: "policy_id",
		input: policyInput, output: policyOutput,
		scope:    inProject,
		key:      func(o *object) string { return o.parent + "\x00" + o.stringValue("name") },
		keyField: "name",
		check: func(_ *call, _, o *object) *problem {
			o.fields["project_id"] = o.parent
			return nil
		},
		remove: s.removePolicy,
	}
}

func (s *Server) policyOperations() []*operation {
	const all, one = "/v1/projects/{project_id}/policies", "/v1/projects/{project_id}/policies/{policy_id}"
	return []*operation{
		{id: "createPolicyProfile", method: http.MethodPost, path: all, body: policyInput, run: s.createOp(s.policies)},
		{id: "listPolicyProfiles", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.policies)},
		{id: "getPolicyProfile", method: http.MethodGet, path: one, run: s.getOp(s.policies)},
		{id: "updatePolicyProfile", method: http.MethodPut, path: one, body: policyInput, run: s.replaceOp(s.policies)},
		{id: "deletePolicyProfile", method: http.MethodDelete, path: one, run: s.deleteOp(s.policies)},
	}
}

// policyOf finds a policy profile of a project.
func (s *Server) policyOf(project, id string) (*object, bool) {
	o, found := s.policies.byID[id]
	if !found || o.parent != project {
		return nil, false
	}
	return o, true
}

// removePolicy refuses while a live credential uses the policy. A project's default is cleared, unless that is refused too.
func (s *Server) removePolicy(o *object) *problem {
	for _, agent := range s.agents.byParent[o.parent] {
		if !isRevoked(agent) && agent.stringValue("policy_profile_id") == o.id {
			return conflict(codeConflict, "agent credentials still use this policy profile")
		}
	}
	project := s.projects.byID[o.parent]
	if project.stringValue("default_policy_profile_id") == o.id {
		if s.options.Behaviour.PolicyInUseByDefaultRole409 {
			return conflict(codeConflict, "this policy profile is its project's default")
		}
		cleared := project.clone()
		cleared.fields["default_policy_profile_id"] = nil
		s.touch(cleared)
		s.projects.update(project, cleared)
	}
	s.policies.delete(o)
	return nil
}
