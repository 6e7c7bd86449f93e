// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[RecommendPolicyArgs, RecommendPolicyResult] = RecommendPolicy{}

// RecommendPolicy derives a policy from the statements of an agent credential.
type RecommendPolicy struct{}

// RecommendPolicyArgs are the inputs of RecommendPolicy.
type RecommendPolicyArgs struct {
	ProjectID         string `pulumi:"projectId"`
	AgentCredentialID string `pulumi:"agentCredentialId"`
	LookbackDays      *int   `pulumi:"lookbackDays,optional"`
	Limit             *int   `pulumi:"limit,optional"`
}

// RecommendPolicyResult is the result of RecommendPolicy.
type RecommendPolicyResult struct {
	SufficientHistory bool                      `pulumi:"sufficientHistory"`
	Message           *string                   `pulumi:"message,optional"`
	Candidate         *resources.PolicySettings `pulumi:"candidate,optional"`
	Replay            *PolicyReplay             `pulumi:"replay,optional"`
	ObservedQueries   int                       `pulumi:"observedQueries"`
	ObservedEntries   int64                     `pulumi:"observedEntries"`
	WindowStart       string                    `pulumi:"windowStart"`
	WindowEnd         string                    `pulumi:"windowEnd"`
	Notes             []string                  `pulumi:"notes"`
}

// Annotate describes the inputs.
func (r *RecommendPolicyArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that owns the credential, `prj_…`.")
	a.Describe(&r.AgentCredentialID, "The ID of the agent credential, `agt_…`.")
	a.Describe(&r.LookbackDays, "The number of days of the audit log to analyze, 1 to 365. Defaults to 30.")
	a.Describe(&r.Limit, "The maximum number of distinct statements to analyze, the newest first, 1 to 500. Defaults to 200.")
}

// Annotate describes the outputs.
func (r *RecommendPolicyResult) Annotate(a infer.Annotator) {
	a.Describe(&r.SufficientHistory, "Whether the credential has run enough statements for a recommendation.")
	a.Describe(&r.Message, "The reason why there is no recommendation. Absent if there is one.")
	a.Describe(&r.Candidate, "The recommended policy, as the inputs of a `PolicyProfile`. Absent if there is no recommendation.")
	a.Describe(&r.Replay, "What the candidate would do with the statements: `summary.newlyBlocked` should be 0. Absent if there is no recommendation.")
	a.Describe(&r.ObservedQueries, "The number of distinct statements that the credential has run, without those that were blocked.")
	a.Describe(&r.ObservedEntries, "The number of executions that were analyzed.")
	a.Describe(&r.WindowStart, "The start of the period that was analyzed, inclusive, in RFC 3339 format.")
	a.Describe(&r.WindowEnd, "The end of the period that was analyzed, exclusive, in RFC 3339 format.")
	a.Describe(&r.Notes, "The reasons for the restrictions of the candidate.")
}

// Definition implements kind.FunctionController.
func (RecommendPolicy) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Derives the strictest policy that permits every statement that an agent credential has run, from the audit log. " +
			"Nothing is changed: pass the candidate to a `PolicyProfile` to use it.",
		Properties: properties.Table{
			"projectId":         properties.ID("prj_"),
			"agentCredentialId": properties.ID("agt_"),
			"lookbackDays":      properties.Integer().Between(1, 365),
			"limit":             properties.Integer().Between(1, maxReplayed),
		},
	}
}

// Invoke implements kind.FunctionController.
func (RecommendPolicy) Invoke(ctx context.Context, c *client.Client, in RecommendPolicyArgs) (RecommendPolicyResult, error) {
	live, err := c.RecommendAgentPolicy(ctx, in.ProjectID, in.AgentCredentialID, client.PolicyRecommendationRequest{
		LookbackDays: in.LookbackDays, Limit: in.Limit,
	})
	result := RecommendPolicyResult{
		SufficientHistory: live.SufficientHistory,
		Message:           live.Message,
		ObservedQueries:   live.ObservedQueries,
		ObservedEntries:   live.ObservedEntries,
		WindowStart:       live.WindowStart,
		WindowEnd:         live.WindowEnd,
		Notes:             convert.NonNil(live.Notes),
	}
	if live.Candidate != nil {
		candidate := resources.NewPolicySettings(*live.Candidate)
		result.Candidate = &candidate
	}
	if live.Replay != nil {
		replay := policyReplay(*live.Replay)
		result.Replay = &replay
	}
	return result, err
}
