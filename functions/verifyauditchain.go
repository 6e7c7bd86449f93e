// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var _ kind.FunctionController[VerifyAuditChainArgs, VerifyAuditChainResult] = VerifyAuditChain{}

// VerifyAuditChain verifies the audit log of a project.
type VerifyAuditChain struct{}

// VerifyAuditChainArgs are the inputs of VerifyAuditChain.
type VerifyAuditChainArgs struct {
	ProjectID string  `pulumi:"projectId"`
	Start     *string `pulumi:"start,optional"`
	End       *string `pulumi:"end,optional"`
}

// VerifyAuditChainResult is the result of VerifyAuditChain. Its fields are those of
// client.AuditChainVerification.
type VerifyAuditChainResult struct {
	OK                       bool    `pulumi:"ok"`
	VerifiedCount            int64   `pulumi:"verifiedCount"`
	KeyedCount               int64   `pulumi:"keyedCount"`
	UnchainedCount           int64   `pulumi:"unchainedCount"`
	ChainStartSeq            *int64  `pulumi:"chainStartSeq,optional"`
	ChainEndSeq              *int64  `pulumi:"chainEndSeq,optional"`
	FirstBrokenSeq           *int64  `pulumi:"firstBrokenSeq,optional"`
	FailureReason            *string `pulumi:"failureReason,optional"`
	LinkStatus               *string `pulumi:"linkStatus,optional"`
	LinkVerifiedFromSeq      *int64  `pulumi:"linkVerifiedFromSeq,optional"`
	AnchorStatus             *string `pulumi:"anchorStatus,optional"`
	AnchorVerifiedFromSeq    *int64  `pulumi:"anchorVerifiedFromSeq,optional"`
	AnchorVerifiedThroughSeq *int64  `pulumi:"anchorVerifiedThroughSeq,optional"`
	VerifiedAt               string  `pulumi:"verifiedAt"`
}

// Annotate describes the inputs.
func (r *VerifyAuditChainArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`.")
	a.Describe(&r.Start, "The time of the first entries to verify, inclusive, in RFC 3339 format. Defaults to the beginning of the audit log.")
	a.Describe(&r.End, "The time after the last entries to verify, exclusive, in RFC 3339 format. Defaults to now.")
}

// Annotate describes the outputs.
func (r *VerifyAuditChainResult) Annotate(a infer.Annotator) {
	a.Describe(&r.OK, "Whether no change and no deletion of an entry was found. `linkStatus` and `anchorStatus` say what could not be verified.")
	a.Describe(&r.VerifiedCount, "The number of entries that were verified.")
	a.Describe(&r.KeyedCount, "The number of these entries that are signed with a key. "+
		"Any other entry could have been replaced by a user with access to PgBeam's storage.")
	a.Describe(&r.UnchainedCount, "The number of entries that are older than the chain and were not verified.")
	a.Describe(&r.ChainStartSeq, "The sequence number of the first entry. Absent if there are no entries.")
	a.Describe(&r.ChainEndSeq, "The sequence number of the last entry. Absent if there are no entries.")
	a.Describe(&r.FirstBrokenSeq, "The sequence number of the first entry that was changed or deleted. Absent if `ok` is true.")
	a.Describe(&r.FailureReason, "The kind of failure, such as `hash_mismatch`, `broken_link` or `missing_entry`. Absent if `ok` is true.")
	a.Describe(&r.LinkStatus, "Whether the first entry was compared with the one before, such as `verified`. Absent if there are no entries.")
	a.Describe(&r.LinkVerifiedFromSeq, "The sequence number of the first entry that was compared with the one before. Absent if none was.")
	a.Describe(&r.AnchorStatus, "Whether the entries match a signed checkpoint, such as `verified`. Absent if there is no checkpoint.")
	a.Describe(&r.AnchorVerifiedFromSeq, "The sequence number of the first entry that a checkpoint confirms. Absent if there is none.")
	a.Describe(&r.AnchorVerifiedThroughSeq, "The sequence number of the last entry that a checkpoint confirms. Absent if there is none.")
	a.Describe(&r.VerifiedAt, "The time of the verification, in RFC 3339 format.")
}

// Definition implements kind.FunctionController.
func (VerifyAuditChain) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Verifies that no entry of the audit log of a project was changed or deleted. A broken chain is a result, not an error.",
		Properties: properties.Table{
			"projectId": properties.ID("prj_"),
			"start":     properties.String().Timestamp(),
			"end":       properties.String().Timestamp(),
		},
	}
}

// Invoke implements kind.FunctionController.
func (VerifyAuditChain) Invoke(ctx context.Context, c *client.Client, in VerifyAuditChainArgs) (VerifyAuditChainResult, error) {
	verification, err := c.VerifyAuditChain(ctx, in.ProjectID, client.TimeWindow{Start: in.Start, End: in.End})
	return VerifyAuditChainResult(verification), err
}
