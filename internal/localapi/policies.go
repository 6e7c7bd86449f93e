// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

var (
	maskingRule = nested("", shape{
		text("table", required),
		text("column", required),
		text("kind", required, oneOf("redact", "null", "hash")),
	})

	rowFilter = nested("", shape{
		text("table", required),
		text("predicate", required),
	})

	statementRules = shape{
		list("allow", text("")),
		list("deny", text("")),
	}

	policyInput = join(shape{
		text("name", required, length(1, 128)),
		text("access_mode", oneOf("read_only", "read_write"), fallback("read_only")),
		nested("statement_rules", statementRules),
		list("table_allowlist", text("")),
		list("table_denylist", text("")),
		list("masking_rules", maskingRule),
		list("row_filters", rowFilter),
	}, policyLimits)

	policyOutput = join(shape{
		text("id", required),
		text("project_id", required),
		text("name", required),
		text("access_mode", required, oneOf("read_only", "read_write")),
		nested("statement_rules", statementRules),
		list("table_allowlist", text(""), required, fallback(emptyList)),
		list("table_denylist", text(""), required, fallback(emptyList)),
		list("masking_rules", maskingRule, required, fallback(emptyList)),
		list("row_filters", rowFilter, fallback(emptyList)),
	}, policyLimits, stamps())

	// policyLimits are the fields that bodies and answers have alike.
	policyLimits = shape{
		integer("budget_queries_per_hour", atLeast(0), fallback(int64(0))),
		integer("budget_queries_per_day", atLeast(0), fallback(int64(0))),
		integer("max_rows", atLeast(0), fallback(int64(0))),
		integer("statement_timeout_ms", atLeast(0), fallback(int64(0))),
		text("write_mode", oneOf("normal", "rollback", "sandbox"), fallback("normal")),
		text("approval_mode", oneOf("off", "writes", "ddl", "all"), fallback("off")),
		integer("approval_auto_max_rows", atLeast(0), fallback(int64(0))),
		integer("approval_timeout_seconds", atLeast(0), fallback(int64(300))),
		text("migration_safety", oneOf("off", "warn", "block"), fallback("off")),
		integer("egress_bytes_per_day", atLeast(0), fallback(int64(0))),
		integer("max_affected_rows", atLeast(0), fallback(int64(0))),
		text("content_scan_mode", oneOf("off", "annotate", "block"), fallback("off")),
		integer("content_scan_max_bytes", atLeast(0), fallback(int64(0))),
	}
)

func (s *Server) policyKind() kind {
	return kind{
		name: "policies", noun: "policy profile", prefix: "pol_", list: "policies", param: "policy_id",
		input: policyInput, output: policyOutput,
		scope:    inProject,
		key:      func(o *object) string { return o.parent + "\x00" + o.text("name") },
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
		if !isRevoked(agent) && agent.text("policy_profile_id") == o.id {
			return conflict(codeConflict, "agent credentials still use this policy profile")
		}
	}
	project := s.projects.byID[o.parent]
	if project.text("default_policy_profile_id") == o.id {
		if s.options.Behaviour.PolicyInUseByDefaultRole409 {
			return conflict(codeConflict, "this policy profile is its project's default")
		}
		cleared := project.copied()
		cleared.fields["default_policy_profile_id"] = nil
		s.touch(cleared)
		s.projects.update(project, cleared)
	}
	s.policies.drop(o)
	return nil
}
