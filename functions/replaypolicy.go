// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[ReplayPolicyArgs, ReplayPolicyResult] = ReplayPolicy{}

// ReplayPolicy returns what a policy would do with the statements of the audit log.
type ReplayPolicy struct{}

// ReplayPolicyArgs are the inputs of ReplayPolicy.
type ReplayPolicyArgs struct {
	ProjectID            string                    `pulumi:"projectId"`
	PolicyProfileID      *string                   `pulumi:"policyProfileId,optional"`
	Policy               *resources.PolicySettings `pulumi:"policy,optional"`
	AgentCredentialID    *string                   `pulumi:"agentCredentialId,optional"`
	BoundPolicyProfileID *string                   `pulumi:"boundPolicyProfileId,optional"`
	Start                *string                   `pulumi:"start,optional"`
	End                  *string                   `pulumi:"end,optional"`
	Limit                *int                      `pulumi:"limit,optional"`
}

// ReplayPolicyResult is the result of ReplayPolicy. Its fields are those of PolicyReplay.
type ReplayPolicyResult struct {
	Summary PolicyReplaySummary `pulumi:"summary"`
	Items   []PolicyReplayItem  `pulumi:"items"`
}

// PolicyReplay is what a policy would do with the statements of the audit log.
type PolicyReplay struct {
	Summary PolicyReplaySummary `pulumi:"summary"`
	Items   []PolicyReplayItem  `pulumi:"items"`
}

// PolicyReplaySummary counts the statements of a replay. Its fields are those of
// client.PolicyReplaySummary.
type PolicyReplaySummary struct {
	TrafficScope       string `pulumi:"trafficScope"`
	BoundCredentials   *int   `pulumi:"boundCredentials,optional"`
	EntriesScanned     int64  `pulumi:"entriesScanned"`
	DistinctQueries    int    `pulumi:"distinctQueries"`
	Evaluated          int    `pulumi:"evaluated"`
	WouldAllow         int    `pulumi:"wouldAllow"`
	WouldBlock         int    `pulumi:"wouldBlock"`
	WouldMask          int    `pulumi:"wouldMask"`
	WouldRowFilter     int    `pulumi:"wouldRowFilter"`
	NewlyBlocked       int    `pulumi:"newlyBlocked"`
	NewlyAllowed       int    `pulumi:"newlyAllowed"`
	SkippedUnparseable int    `pulumi:"skippedUnparseable"`
	Truncated          bool   `pulumi:"truncated"`
}

// PolicyReplayItem is a statement of the audit log, and what the policy would do with it.
type PolicyReplayItem struct {
	QueryHash     string           `pulumi:"queryHash"`
	SQL           string           `pulumi:"sql"`
	StatementKind *string          `pulumi:"statementKind,optional"`
	Occurrences   int64            `pulumi:"occurrences"`
	FirstSeen     string           `pulumi:"firstSeen"`
	LastSeen      string           `pulumi:"lastSeen"`
	RecordedEvent string           `pulumi:"recordedEvent"`
	RecordedRule  *string          `pulumi:"recordedRule,optional"`
	Change        string           `pulumi:"change"`
	Result        PolicyEvaluation `pulumi:"result"`
}

// Annotate describes the inputs.
func (r *ReplayPolicyArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`.")
	a.Describe(&r.PolicyProfileID, "The ID of a policy profile of the project, `pol_…`. Required unless `policy` is set.")
	a.Describe(&r.Policy, "A policy that does not have to exist, with the inputs of a `PolicyProfile`.")
	a.Describe(&r.AgentCredentialID, "The ID of the agent credential, `agt_…`, whose statements are replayed. "+
		"If omitted, those of all credentials are.")
	a.Describe(&r.BoundPolicyProfileID, "The ID of a policy profile, `pol_…`: the statements of the credentials that use it are replayed. "+
		"Set it to the profile that the policy would replace.")
	a.Describe(&r.Start, "The start of the period, inclusive, in RFC 3339 format. Defaults to 7 days before `end`.")
	a.Describe(&r.End, "The end of the period, exclusive, in RFC 3339 format. Defaults to now.")
	a.Describe(&r.Limit, "The maximum number of distinct statements, the newest first, 1 to 500. Defaults to 200.")
}

// The outputs of ReplayPolicy are also those of the replay of a recommendation.
const (
	summaryDescription = "The numbers of statements."
	itemsDescription   = "The distinct statements: first those that are newly blocked, then those that are newly allowed, then all others."
)

// Annotate describes the outputs.
func (r *ReplayPolicyResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Summary, summaryDescription)
	a.Describe(&r.Items, itemsDescription)
}

// Annotate describes the replay.
func (r *PolicyReplay) Annotate(a infer.Annotator) {
	a.Describe(&r, "What a policy would do with the statements of the audit log.")
	a.Describe(&r.Summary, summaryDescription)
	a.Describe(&r.Items, itemsDescription)
}

// Annotate describes the summary.
func (s *PolicyReplaySummary) Annotate(a infer.Annotator) {
	a.Describe(&s, "The numbers of statements of a replay. Except for `entriesScanned`, they count distinct statements.")
	a.Describe(&s.TrafficScope, "Whose statements are replayed: `project` for those of all credentials, "+
		"or `bound_credentials` for those of the credentials that use `boundPolicyProfileId`.")
	a.Describe(&s.BoundCredentials, "The number of credentials that use `boundPolicyProfileId`. "+
		"If it is 0, a replay without statements proves nothing. Absent without `boundPolicyProfileId`.")
	a.Describe(&s.EntriesScanned, "The number of executions in the audit log.")
	a.Describe(&s.DistinctQueries, "The number of distinct statements that were found, up to `limit`.")
	a.Describe(&s.Evaluated, "The number of statements that were evaluated.")
	a.Describe(&s.WouldAllow, "The number of statements that would run unchanged.")
	a.Describe(&s.WouldBlock, "The number of statements that would be refused.")
	a.Describe(&s.WouldMask, "The number of statements whose results would be masked.")
	a.Describe(&s.WouldRowFilter, "The number of statements that would see only some rows.")
	a.Describe(&s.NewlyBlocked, "The number of statements that have run and would be refused.")
	a.Describe(&s.NewlyAllowed, "The number of statements that were refused and would run.")
	a.Describe(&s.SkippedUnparseable, "The number of statements that were not evaluated, because the audit log has only a part of their text.")
	a.Describe(&s.Truncated, "Whether there are more statements than `limit`.")
}

// Annotate describes the item.
func (i *PolicyReplayItem) Annotate(a infer.Annotator) {
	a.Describe(&i, "A statement of the audit log, and what a policy would do with it.")
	a.Describe(&i.QueryHash, "The hash of the query shape.")
	a.Describe(&i.SQL, "The statement, with placeholders for literal values.")
	a.Describe(&i.StatementKind, "The kind of the statement, such as `select`. Absent if it is not known.")
	a.Describe(&i.Occurrences, "The number of executions in the period.")
	a.Describe(&i.FirstSeen, "The time of the first execution in the period, in RFC 3339 format.")
	a.Describe(&i.LastSeen, "The time of the last execution in the period, in RFC 3339 format.")
	a.Describe(&i.RecordedEvent, "The outcome of the last execution: `query`, `masked`, `truncated` or `blocked`.")
	a.Describe(&i.RecordedRule, "The rule that blocked the last execution. Absent if none did.")
	a.Describe(&i.Change, "How the verdict compares with the recorded outcome: `newly_blocked`, `newly_allowed`, `still_allowed` or `still_blocked`.")
	a.Describe(&i.Result, "What the policy would do with the statement.")
}

// Definition implements kind.FunctionController.
func (ReplayPolicy) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Replays the statements in the audit log of a project against a policy, and returns which of them it would block, allow, mask or filter. " +
			"The database is not connected to, and nothing is changed.",
		Properties: properties.Table{
			"projectId":            properties.ID("prj_"),
			"policyProfileId":      properties.ID("pol_").Optional(),
			"policy":               resources.InlinePolicy(),
			"agentCredentialId":    properties.ID("agt_").Optional(),
			"boundPolicyProfileId": properties.ID("pol_").Optional(),
			"limit":                properties.Integer().Between(1, maxReplayed),
			"start":                properties.String().Timestamp(),
			"end":                  properties.String().Timestamp(),
		},
		Fields: map[string]string{ //nolint:gosec // names, not credentials
			"policyId": "policyProfileId", "credentialId": "agentCredentialId", "boundPolicyId": "boundPolicyProfileId", "startTs": "start", "endTs": "end",
		},
		Validate: func(inputs property.Map) []p.CheckFailure {
			failures := properties.ExactlyOne(inputs, "policyProfileId", "policy")
			return append(failures, properties.AtMostOne(inputs, "agentCredentialId", "boundPolicyProfileId")...)
		},
	}
}

// maxReplayed is the maximum number of distinct statements of a replay.
const maxReplayed = 500

// Invoke implements kind.FunctionController.
func (ReplayPolicy) Invoke(ctx context.Context, c *client.Client, in ReplayPolicyArgs) (ReplayPolicyResult, error) {
	replay, err := c.ReplayPolicy(ctx, in.ProjectID, client.PolicyReplayRequest{
		PolicyID:      in.PolicyProfileID,
		Policy:        in.Policy.Inline(),
		CredentialID:  in.AgentCredentialID,
		BoundPolicyID: in.BoundPolicyProfileID,
		StartTS:       in.Start,
		EndTS:         in.End,
		Limit:         in.Limit,
	})
	return ReplayPolicyResult(policyReplay(replay)), err
}

func policyReplay(live client.PolicyReplay) PolicyReplay {
	return PolicyReplay{PolicyReplaySummary(live.Summary), convert.Items(live.Items, func(i client.PolicyReplayItem) PolicyReplayItem {
		return PolicyReplayItem{
			i.QueryHash, i.SQL, i.StatementKind, i.Occurrences, i.FirstSeen, i.LastSeen,
			i.RecordedEvent, i.RecordedRule, i.Change, policyEvaluation(i.Result),
		}
	})}
}
