// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// ReplayPolicy returns what a policy would do with the statements that agents have run.
// It reads the audit log only, and changes nothing.
func (c *Client) ReplayPolicy(ctx context.Context, projectID string, req PolicyReplayRequest) (PolicyReplay, error) {
	return postReadOnly[PolicyReplay](ctx, c, req, "projects", projectID, "policy-replays")
}

// PolicyReplayRequest is the request to replay statements under a policy. Exactly one of
// PolicyID and Policy must be set, and at most one of CredentialID and BoundPolicyID.
type PolicyReplayRequest struct {
	// PolicyID is the ID of a policy profile of the project. Nil if Policy is set.
	PolicyID *string `json:"policy_id,omitempty"`
	// Policy is a draft. Nil if PolicyID is set.
	Policy *PolicyProfileInput `json:"policy,omitempty"`
	// CredentialID limits the replay to the statements of one agent credential. Nil is no
	// limit.
	CredentialID *string `json:"credential_id,omitempty"`
	// BoundPolicyID limits the replay to the statements of the agent credentials that have
	// this policy profile: those that a change of it affects. Nil is no limit.
	BoundPolicyID *string `json:"bound_policy_id,omitempty"`
	// StartTS is the time of the first statements, inclusive. Nil is 7 days before EndTS.
	StartTS *string `json:"start_ts,omitempty"`
	// EndTS is the time after the last statements, exclusive. Nil is now.
	EndTS *string `json:"end_ts,omitempty"`
	// Limit is the number of distinct statements, newest first, 1 to 500. Nil is 200.
	Limit *int `json:"limit,omitempty"`
}

// PolicyReplay is what a policy would do with recorded statements. PgBeam computes it.
type PolicyReplay struct {
	// Summary counts the statements.
	Summary PolicyReplaySummary `json:"summary"`
	// Items are the distinct statements: first those that are newly blocked, then those
	// that are newly allowed, then the others, each by the number of executions.
	Items []PolicyReplayItem `json:"items"`
}

// PolicyReplaySummary counts the statements of a replay. Except for EntriesScanned, the
// numbers are of distinct statements.
type PolicyReplaySummary struct {
	// TrafficScope is whose statements are replayed: "project" for all agent credentials
	// of the project, or "bound_credentials" for those that have BoundPolicyID.
	TrafficScope string `json:"traffic_scope" api:"nonempty"`
	// BoundCredentials is the number of agent credentials that have BoundPolicyID. If it
	// is 0, an empty replay does not prove that a change of the policy is safe. Nil if
	// the request has no BoundPolicyID.
	BoundCredentials *int `json:"bound_credentials"`
	// EntriesScanned is the number of executions in the audit log.
	EntriesScanned int64 `json:"entries_scanned"`
	// DistinctQueries is the number of statements found, up to the limit.
	DistinctQueries int `json:"distinct_queries"`
	// Evaluated is the number of statements that the policy was evaluated for.
	Evaluated int `json:"evaluated"`
	// WouldAllow is the number of statements that run unchanged.
	WouldAllow int `json:"would_allow"`
	// WouldBlock is the number of statements that are blocked.
	WouldBlock int `json:"would_block"`
	// WouldMask is the number of statements whose results are masked.
	WouldMask int `json:"would_mask"`
	// WouldRowFilter is the number of statements that get a row filter.
	WouldRowFilter int `json:"would_row_filter"`
	// NewlyBlocked is the number of statements that have run and are blocked.
	NewlyBlocked int `json:"newly_blocked"`
	// NewlyAllowed is the number of statements that were blocked and run.
	NewlyAllowed int `json:"newly_allowed"`
	// SkippedUnparseable is the number of statements that are not evaluated, because
	// their recorded text is truncated.
	SkippedUnparseable int `json:"skipped_unparseable"`
	// Truncated is true if there are more statements than the limit.
	Truncated bool `json:"truncated"`
}

// PolicyReplayItem is a recorded statement, and what the policy would do with it.
type PolicyReplayItem struct {
	// QueryHash identifies the query shape; see CacheRule.
	QueryHash string `json:"query_hash" api:"nonempty"`
	// SQL is the statement with placeholders, such as $1, for literals.
	SQL string `json:"sql"`
	// StatementKind is a kind of StatementRules. Nil if it is not known.
	StatementKind *string `json:"statement_kind"`
	// Occurrences is the number of executions.
	Occurrences int64 `json:"occurrences"`
	// FirstSeen is the time of the first execution in the window.
	FirstSeen string `json:"first_seen"`
	// LastSeen is the time of the last execution in the window.
	LastSeen string `json:"last_seen"`
	// RecordedEvent is the outcome of the last execution, such as "query" or "blocked".
	// The set is open.
	RecordedEvent string `json:"recorded_event"`
	// RecordedRule is the rule that blocked the last execution. Nil if none did.
	RecordedRule *string `json:"recorded_rule"`
	// Change compares the verdict with the recorded outcome: "newly_blocked",
	// "newly_allowed", "still_allowed" or "still_blocked".
	Change string `json:"change" api:"nonempty"`
	// Result is what the policy would do with the statement.
	Result PolicyEvaluation `json:"result"`
}
