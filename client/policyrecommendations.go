// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// RecommendAgentPolicy returns the tightest policy that permits the statements that an
// agent credential has run. It reads the audit log only, and changes nothing: neither a
// policy profile nor the credential. That there are too few statements is no error: see
// SufficientHistory in the response.
func (c *Client) RecommendAgentPolicy(ctx context.Context, projectID, agentID string, req PolicyRecommendationRequest) (PolicyRecommendation, error) {
	return postReadOnly[PolicyRecommendation](ctx, c, req, "projects", projectID, "agents", agentID, "policy-recommendation")
}

// PolicyRecommendationRequest is the request to recommend a policy.
type PolicyRecommendationRequest struct {
	// LookbackDays is the number of days to analyze, 1 to 365. Nil is 30.
	LookbackDays *int `json:"lookback_days,omitempty"`
	// Limit is the number of distinct statements, newest first, 1 to 500. Nil is 200.
	Limit *int `json:"limit,omitempty"`
}

// PolicyRecommendation is a policy that permits what an agent credential has run. PgBeam
// computes it.
type PolicyRecommendation struct {
	// SufficientHistory is true if there are enough statements for a recommendation.
	SufficientHistory bool `json:"sufficient_history"`
	// Message is the reason why there is no recommendation. Nil if there is one.
	Message *string `json:"message"`
	// Candidate is the recommended policy. Nil if SufficientHistory is false.
	Candidate *PolicyProfileInput `json:"candidate"`
	// Replay is what the candidate would do with the statements. It is good if it newly
	// blocks none. Nil if SufficientHistory is false.
	Replay *PolicyReplay `json:"replay"`
	// ObservedQueries is the number of distinct statements that have run. Those that were
	// blocked do not count.
	ObservedQueries int `json:"observed_queries"`
	// ObservedEntries is the number of executions in the audit log.
	ObservedEntries int64 `json:"observed_entries"`
	// WindowStart is the time of the first statements that are analyzed, inclusive.
	WindowStart string `json:"window_start"`
	// WindowEnd is the time after the last statements that are analyzed, exclusive.
	WindowEnd string `json:"window_end"`
	// Notes explain the limits that the candidate sets. Nil or empty is none.
	Notes []string `json:"notes" api:"optional"`
}
