// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"

	"github.com/pgbeam/pulumi-pgbeam/internal/policyjudge"
)

var policyEvaluationInput = schema{
	stringField("sql", required, length(1, 100000)),
	stringField("policy_id"),
	objectField("policy", policyInput),
}

type maskedColumn struct {
	Column string `json:"column"`
	Kind   string `json:"kind"`
}

type evaluation struct {
	Verdict      string         `json:"verdict"`
	Rule         string         `json:"rule"`
	Reason       string         `json:"reason"`
	Hint         string         `json:"hint,omitempty"`
	Masked       []maskedColumn `json:"masked_columns,omitempty"`
	RowFilter    string         `json:"row_filter_predicate,omitempty"`
	RewrittenSQL string         `json:"rewritten_sql,omitempty"`
	Notes        []string       `json:"notes,omitempty"`
}

func (s *Server) evaluate(c *call) (response, *problem) {
	project, p := c.project()
	if p != nil {
		return response{}, p
	}
	policy, p := c.policyInBody(project)
	if p != nil {
		return response{}, p
	}
	judged, notes := s.judgedPolicy(policy), unevaluated(policy)
	sql, _ := c.in["sql"].(string)
	var result evaluation
	s.withoutLock(func() { result = evaluationOf(policyjudge.Evaluate(judged, sql)) })
	if result.Verdict != policyjudge.Block {
		result.Notes = append(result.Notes, notes...)
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, result)), nil
}

// policyInBody returns the policy to judge by, which the body either contains or names.
func (c *call) policyInBody(project *object) (*object, *problem) {
	id, hasID := c.in["policy_id"].(string)
	inline, hasInline := c.in["policy"].(map[string]any)
	if hasID == hasInline {
		return nil, invalidField("policy_id", "exactly one of policy_id and policy is required")
	}
	if hasInline {
		return &object{fields: inline}, nil
	}
	policy, ok := c.s.findPolicy(project.id, id)
	if !ok {
		return nil, invalidField("policy_id", "is not a policy profile of this project")
	}
	return policy, nil
}

// judgedPolicy returns the part of a policy profile that the judge needs.
func (s *Server) judgedPolicy(policy *object) policyjudge.Policy {
	rules, _ := policy.fields["statement_rules"].(map[string]any)
	judged := policyjudge.Policy{
		AccessMode:         policy.stringValue("access_mode"),
		StatementAllow:     stringSlice(rules["allow"]),
		StatementDeny:      stringSlice(rules["deny"]),
		TableAllowlist:     stringSlice(policy.fields["table_allowlist"]),
		TableDenylist:      stringSlice(policy.fields["table_denylist"]),
		MaxAffectedRows:    policy.intValue("max_affected_rows"),
		StatementTimeoutMS: policy.intValue("statement_timeout_ms"),
		MigrationSafety:    policy.stringValue("migration_safety"),
		FilterReadsOnly:    s.options.Behaviour.RowFiltersOnReadsOnly,
	}
	for _, rule := range objectSlice(policy.fields["masking_rules"]) {
		judged.MaskingRules = append(judged.MaskingRules, policyjudge.MaskingRule{
			Table: stringIn(rule, "table"), Column: stringIn(rule, "column"), Kind: stringIn(rule, "kind"),
		})
	}
	for _, filter := range objectSlice(policy.fields["row_filters"]) {
		judged.RowFilters = append(judged.RowFilters, policyjudge.RowFilter{
			Table: stringIn(filter, "table"), Predicate: stringIn(filter, "predicate"),
		})
	}
	return judged
}

func evaluationOf(d policyjudge.Decision) evaluation {
	result := evaluation{
		Verdict: d.Verdict, Rule: d.Rule, Reason: d.Reason, Hint: d.Hint, RowFilter: d.Predicate, RewrittenSQL: d.RewrittenSQL, Notes: d.Notes,
	}
	for _, column := range d.Masked {
		result.Masked = append(result.Masked, maskedColumn(column))
	}
	return result
}

// unevaluated returns notes about the settings of a policy that one statement alone does not decide.
func unevaluated(policy *object) []string {
	var notes []string
	for _, setting := range []struct {
		isSet bool
		note  string
	}{
		{isOn(policy, "approval_mode"), "approvals are not evaluated here"},
		{policy.intValue("budget_queries_per_hour")+policy.intValue("budget_queries_per_day") > 0, "query budgets are not evaluated here"},
		{policy.intValue("egress_bytes_per_day") > 0, "the egress budget is not evaluated here"},
		{policy.intValue("max_rows") > 0, "max_rows limits the result, and is not evaluated here"},
		{policy.intValue("max_affected_rows") > 0, "max_affected_rows is checked when the write runs, and not evaluated here"},
		{policy.stringValue("write_mode") == "rollback" || policy.stringValue("write_mode") == "sandbox", "write_mode is not evaluated here"},
		{isOn(policy, "content_scan_mode"), "the content of results is not scanned here"},
	} {
		if setting.isSet {
			notes = append(notes, setting.note)
		}
	}
	return notes
}

// isOn reports whether a mode of a policy is set to anything but off.
func isOn(policy *object, mode string) bool {
	value := policy.stringValue(mode)
	return value != "" && value != "off"
}

func stringIn(fields map[string]any, name string) string {
	value, _ := fields[name].(string)
	return value
}

func stringSlice(v any) []string {
	items, _ := v.([]any)
	all := make([]string, len(items))
	for i, item := range items {
		all[i], _ = item.(string)
	}
	return all
}

func objectSlice(v any) []map[string]any {
	items, _ := v.([]any)
	all := make([]map[string]any, len(items))
	for i, item := range items {
		all[i], _ = item.(map[string]any)
	}
	return all
}
