// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

var (
	maskingRule = objectField("", schema{
		stringField("table", required),
		stringField("column", required),
		stringField("kind", required, enum("redact", "null", "hash")),
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
		stringField("access_mode", enum("read_only", "read_write"), defaultsTo("read_only")),
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
		stringField("access_mode", required, enum("read_only", "read_write")),
		objectField("statement_rules", statementRules),
		listField("table_allowlist", stringField(""), required, defaultsTo(emptyList)),
		listField("table_denylist", stringField(""), required, defaultsTo(emptyList)),
		listField("masking_rules", maskingRule, required, defaultsTo(emptyList)),
		listField("row_filters", rowFilter, defaultsTo(emptyList)),
	}, policyLimits, timestamps())

	// policyLimits are the fields that input and output have in common.
	policyLimits = schema{
		intField("budget_queries_per_hour", minimum(0), defaultsTo(int64(0))),
		intField("budget_queries_per_day", minimum(0), defaultsTo(int64(0))),
		intField("max_rows", minimum(0), defaultsTo(int64(0))),
		intField("statement_timeout_ms", minimum(0), defaultsTo(int64(0))),
		stringField("write_mode", enum("normal", "rollback", "sandbox"), defaultsTo("normal")),
		stringField("approval_mode", enum("off", "writes", "ddl", "all"), defaultsTo("off")),
		intField("approval_auto_max_rows", minimum(0), defaultsTo(int64(0))),
		intField("approval_timeout_seconds", minimum(0), defaultsTo(int64(300))),
		stringField("migration_safety", enum("off", "warn", "block"), defaultsTo("off")),
		intField("egress_bytes_per_day", minimum(0), defaultsTo(int64(0))),
		intField("max_affected_rows", minimum(0), defaultsTo(int64(0))),
		stringField("content_scan_mode", enum("off", "annotate", "block"), defaultsTo("off")),
		intField("content_scan_max_bytes", minimum(0), defaultsTo(int64(0))),
	}
)

// findPolicy returns a policy profile of a project.
func (s *Server) findPolicy(projectID, id string) (*object, bool) {
	o, ok := s.policies.byID[id]
	if !ok || o.parent != projectID {
		return nil, false
	}
	return o, true
}

// beforeDeletePolicy rejects the deletion of a policy that a live credential uses. The default of a project is cleared, or
// rejected as well if the behaviour says so.
func (s *Server) beforeDeletePolicy(o *object) *problem {
	for _, agent := range s.agents.byParent[o.parent] {
		if !s.agents.isRevoked(agent) && agent.stringValue("policy_profile_id") == o.id {
			return conflict(codeConflict, "the policy profile is used by agent credentials")
		}
	}
	project := s.projects.byID[o.parent]
	if project.stringValue("default_policy_profile_id") != o.id {
		return nil
	}
	if s.options.Behaviour.DefaultPolicyDeleteAnswers409 {
		return conflict(codeConflict, "the policy profile is the default of its project")
	}
	project.fields["default_policy_profile_id"] = nil
	s.touch(project)
	return nil
}
