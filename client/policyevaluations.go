// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// EvaluatePolicy returns what the proxy would do with a SQL statement under a policy. It
// does not connect to the database, and changes nothing. That the policy blocks the
// statement is no error: see Verdict in the response.
func (c *Client) EvaluatePolicy(ctx context.Context, projectID string, req PolicyEvaluationRequest) (PolicyEvaluation, error) {
	return postReadOnly[PolicyEvaluation](ctx, c, req, "projects", projectID, "policy-evaluations")
}

// PolicyEvaluationRequest is the request to evaluate a policy. Exactly one of PolicyID
// and Policy must be set.
type PolicyEvaluationRequest struct {
	// SQL is a single statement of 1 to 100000 characters.
	SQL string `json:"sql"`
	// PolicyID is the ID of a policy profile of the project. Nil if Policy is set.
	PolicyID *string `json:"policy_id,omitempty"`
	// Policy is a draft. Nil if PolicyID is set.
	Policy *PolicyProfileInput `json:"policy,omitempty"`
}

// PolicyEvaluation is what the proxy would do with a SQL statement. PgBeam computes it.
type PolicyEvaluation struct {
	// Verdict is "allow" to run the statement unchanged, "block" to reject it, "mask" to
	// mask columns of its result, or "row-filter" to limit the rows that it sees, and
	// possibly mask columns too.
	Verdict string `json:"verdict" api:"nonempty"`
	// Rule identifies what has decided: "ok", or the rule that blocks the statement, such
	// as "read_only". The set is open.
	Rule string `json:"rule"`
	// Reason explains the verdict.
	Reason string `json:"reason"`
	// Hint is what the author of a blocked statement can do instead. Nil is none.
	Hint *string `json:"hint"`
	// MaskedColumns are the columns of the result that are masked. Nil or empty is none.
	MaskedColumns []MaskedColumn `json:"masked_columns" api:"optional"`
	// RowFilterPredicate is the SQL expression that is added to the WHERE clause. Nil is
	// none.
	RowFilterPredicate *string `json:"row_filter_predicate"`
	// RewrittenSQL is the statement with its row filters, as the database would receive
	// it. Nil if it is not rewritten.
	RewrittenSQL *string `json:"rewritten_sql"`
	// Notes name settings of the policy that a single statement cannot decide, such as
	// budgets and approvals. Nil or empty is none.
	Notes []string `json:"notes" api:"optional"`
}

// MaskedColumn is a column of a query result that is masked.
type MaskedColumn struct {
	// Column is the name of the column in the result.
	Column string `json:"column"`
	// Kind is "redact", "null" or "hash"; see MaskingRule.
	Kind string `json:"kind" api:"nonempty"`
}
