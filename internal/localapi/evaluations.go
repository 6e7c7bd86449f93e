// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
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

type verdict struct {
	Verdict      string         `json:"verdict"`
	Rule         string         `json:"rule"`
	Reason       string         `json:"reason"`
	Hint         string         `json:"hint,omitempty"`
	Masked       []maskedColumn `json:"masked_columns,omitempty"`
	RowFilter    string         `json:"row_filter_predicate,omitempty"`
	RewrittenSQL string         `json:"rewritten_sql,omitempty"`
	Notes        []string       `json:"notes,omitempty"`
}

// evaluate approximates the proxy: it uses the first keyword of the statement and the relations after certain keywords, without
// parsing the statement.
func (s *Server) evaluate(c *call) (response, *problem) {
	project, p := c.project()
	if p != nil {
		return response{}, p
	}
	id, hasID := c.in["policy_id"].(string)
	inline, hasInline := c.in["policy"].(map[string]any)
	if hasID == hasInline {
		return response{}, invalidField("policy_id", "exactly one of policy_id and policy is required")
	}
	policy := &object{fields: inline}
	if hasID {
		var ok bool
		if policy, ok = s.findPolicy(project.id, id); !ok {
			return response{}, invalidField("policy_id", "is not a policy profile of this project")
		}
	}
	sql, _ := c.in["sql"].(string)
	return jsonResponse(http.StatusOK, appendJSON(nil, evaluatePolicy(policy, sql))), nil
}

var relationPattern = regexp.MustCompile(`(?i)\b(?:from|join|into|update|table)\s+(?:only\s+|if\s+exists\s+)?([a-z_"][a-z0-9_."]*)`)

func evaluatePolicy(policy *object, sql string) verdict {
	kind := statementKind(sql)
	var relations []string
	for _, match := range relationPattern.FindAllStringSubmatch(sql, -1) {
		relations = append(relations, strings.ToLower(strings.ReplaceAll(match[1], `"`, "")))
	}
	if blocked := checkPolicy(policy, kind, relations); blocked != nil {
		return *blocked
	}
	result := verdict{Verdict: "allow", Rule: "ok", Reason: "the policy permits the statement"}
	if kind == "select" {
		maskAndFilter(policy, &result, sql, relations)
	}
	if policy.stringValue("approval_mode") != "" && policy.stringValue("approval_mode") != "off" {
		result.Notes = append(result.Notes, "approvals are not evaluated here")
	}
	if policy.intValue("budget_queries_per_hour") > 0 || policy.intValue("budget_queries_per_day") > 0 {
		result.Notes = append(result.Notes, "query budgets are not evaluated here")
	}
	return result
}

// checkPolicy returns why the policy blocks the statement, or nil.
func checkPolicy(policy *object, kind string, relations []string) *verdict {
	block := func(rule, reason, hint string) *verdict {
		return &verdict{Verdict: "block", Rule: rule, Reason: reason, Hint: hint}
	}
	writes := slices.Contains([]string{"insert", "update", "delete", "ddl", "copy"}, kind)
	if writes && policy.stringValue("access_mode") != "read_write" {
		return block("read_only", "the policy is read-only", "use a policy with access_mode read_write")
	}
	rules, _ := policy.fields["statement_rules"].(map[string]any)
	allow, deny := stringSlice(rules["allow"]), stringSlice(rules["deny"])
	if slices.Contains(deny, kind) || len(allow) > 0 && !slices.Contains(allow, kind) {
		return block("statement_denied", "the policy denies "+kind+" statements", "change statement_rules")
	}
	allowlist, denylist := stringSlice(policy.fields["table_allowlist"]), stringSlice(policy.fields["table_denylist"])
	for _, relation := range relations {
		if slices.ContainsFunc(denylist, func(entry string) bool { return denies(entry, relation) }) {
			return block("table_denied", "the policy denies "+relation, "change table_denylist")
		}
		if len(allowlist) > 0 && !slices.ContainsFunc(allowlist, func(entry string) bool { return qualifiedName(entry) == qualifiedName(relation) }) {
			return block("table_not_allowed", "the policy does not allow "+relation, "add it to table_allowlist")
		}
	}
	return nil
}

// maskAndFilter applies the masking rules and row filters of the relations that the statement reads.
func maskAndFilter(policy *object, result *verdict, sql string, relations []string) {
	reads := func(rule map[string]any) bool {
		table, _ := rule["table"].(string)
		return slices.ContainsFunc(relations, func(relation string) bool { return qualifiedName(relation) == qualifiedName(table) })
	}
	for _, rule := range objectSlice(policy.fields["masking_rules"]) {
		column, _ := rule["column"].(string)
		maskKind, _ := rule["kind"].(string)
		if reads(rule) && (strings.Contains(sql, column) || strings.Contains(sql, "*")) {
			result.Masked = append(result.Masked, maskedColumn{column, maskKind})
			result.Verdict, result.Reason = "mask", "columns of the result are masked"
		}
	}
	for _, rule := range objectSlice(policy.fields["row_filters"]) {
		if predicate, _ := rule["predicate"].(string); reads(rule) {
			result.Verdict, result.Reason = "row-filter", "rows of the result are filtered"
			result.RowFilter = predicate
			result.RewrittenSQL = addPredicate(sql, predicate)
		}
	}
}

var wherePattern = regexp.MustCompile(`(?i)\bwhere\b`)

func addPredicate(sql, predicate string) string {
	sql = strings.TrimRight(sql, "; \n\t")
	if where := wherePattern.FindStringIndex(sql); where != nil {
		return sql[:where[1]] + " (" + predicate + ") AND" + sql[where[1]:]
	}
	return sql + " WHERE (" + predicate + ")"
}

// qualifiedName adds the schema public to a relation without a schema.
func qualifiedName(relation string) string {
	relation = strings.ToLower(relation)
	if strings.Contains(relation, ".") {
		return relation
	}
	return "public." + relation
}

// denies reports whether a denylist entry applies to a relation. An entry without a schema applies to every schema.
func denies(entry, relation string) bool {
	if strings.Contains(entry, ".") {
		return qualifiedName(entry) == qualifiedName(relation)
	}
	full := qualifiedName(relation)
	return full[strings.LastIndexByte(full, '.')+1:] == strings.ToLower(entry)
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
