// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/url"
)

// TimeWindow is a period of a report.
type TimeWindow struct {
	// Start is the time of the first entries, inclusive. Nil is the default of the report.
	Start *string
	// End is the time after the last entries, exclusive. Nil is the default of the report.
	End *string
}

// query returns the window as a query. What is nil is left out.
func (w TimeWindow) query() url.Values {
	query := url.Values{}
	if w.Start != nil {
		query.Set("start", *w.Start)
	}
	if w.End != nil {
		query.Set("end", *w.End)
	}
	return query
}

// VerifyAuditChain verifies that the entries of the audit log of a project have not been
// changed or deleted. A window without a start or an end is not limited there. That the
// chain is broken is no error: see OK in the response.
func (c *Client) VerifyAuditChain(ctx context.Context, projectID string, window TimeWindow) (AuditChainVerification, error) {
	return get[AuditChainVerification](ctx, c, window.query(), "projects", projectID, "audit-logs", "verify")
}

// AuditChainVerification is the result of verifying the hash chain of an audit log, in
// which each entry contains the hash of the one before. PgBeam computes it.
type AuditChainVerification struct {
	// OK is true if no change and no deletion was found. LinkStatus and AnchorStatus limit
	// what that means.
	OK bool `json:"ok"`
	// VerifiedCount is the number of entries that were verified.
	VerifiedCount int64 `json:"verified_count"`
	// KeyedCount is how many of these entries are signed with a key. Any other entry could
	// be computed again by a user with access to PgBeam's storage.
	KeyedCount int64 `json:"keyed_count"`
	// UnchainedCount is the number of entries that are older than the chain, and were not
	// verified.
	UnchainedCount int64 `json:"unchained_count"`
	// ChainStartSeq is the sequence number of the first entry. Nil if there are none.
	ChainStartSeq *int64 `json:"chain_start_seq"`
	// ChainEndSeq is the sequence number of the last entry. Nil if there are none.
	ChainEndSeq *int64 `json:"chain_end_seq"`
	// FirstBrokenSeq is the sequence number of the first entry that was changed or
	// deleted. Nil if OK is true.
	FirstBrokenSeq *int64 `json:"first_broken_seq"`
	// FailureReason is the kind of the failure, such as "hash_mismatch" or
	// "missing_entry". The set is open. Nil if OK is true.
	FailureReason *string `json:"failure_reason"`
	// LinkStatus is "verified" if the first entry could be compared with the one before,
	// or "predecessor_expired" if that one is no longer kept. The set is open. Nil if
	// there are no entries.
	LinkStatus *string `json:"link_status"`
	// LinkVerifiedFromSeq is the sequence number of the first entry that was compared with
	// the one before. Nil if there is none.
	LinkVerifiedFromSeq *int64 `json:"link_verified_from_seq"`
	// AnchorStatus is "verified" if the entries match a signed checkpoint,
	// "checkpoint_range_expired" if they are no longer kept, or a FailureReason. The set is
	// open. Nil if there is no checkpoint.
	AnchorStatus *string `json:"anchor_status"`
	// AnchorVerifiedFromSeq is the sequence number of the first entry that a checkpoint
	// confirms. Nil if there is none.
	AnchorVerifiedFromSeq *int64 `json:"anchor_verified_from_seq"`
	// AnchorVerifiedThroughSeq is the sequence number of the last entry that a checkpoint
	// confirms. Nil if there is none.
	AnchorVerifiedThroughSeq *int64 `json:"anchor_verified_through_seq"`
	// VerifiedAt is the time of the verification.
	VerifiedAt string `json:"verified_at"`
}
