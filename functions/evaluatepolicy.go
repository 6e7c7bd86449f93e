// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"
	"errors"
	"fmt"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[EvaluatePolicyArgs, EvaluatePolicyResult] = EvaluatePolicy{}

// EvaluatePolicy returns what a policy does with SQL statements.
type EvaluatePolicy struct{}

// EvaluatePolicyArgs are the inputs of EvaluatePolicy.
type EvaluatePolicyArgs struct {
	ProjectID         string                    `pulumi:"projectId"`
	PolicyProfileID   *string                   `pulumi:"policyProfileId,optional"`
	Policy            *resources.PolicySettings `pulumi:"policy,optional"`
	AgentCredentialID *string                   `pulumi:"agentCredentialId,optional"`
	Statements        []string                  `pulumi:"statements"`
}

// EvaluatePolicyResult is the result of EvaluatePolicy.
type EvaluatePolicyResult struct {
	Results []EvaluatedStatement `pulumi:"results"`
}

// EvaluatedStatement is a statement and what a policy does with it.
type EvaluatedStatement struct {
	SQL string `pulumi:"sql"`
	PolicyEvaluation
}

// PolicyEvaluation is what a policy does with a statement.
type PolicyEvaluation struct {
	Verdict            string         `pulumi:"verdict"`
	Rule               string         `pulumi:"rule"`
	Reason             string         `pulumi:"reason"`
	Hint               *string        `pulumi:"hint,optional"`
	MaskedColumns      []MaskedColumn `pulumi:"maskedColumns"`
	RowFilterPredicate *string        `pulumi:"rowFilterPredicate,optional"`
	RewrittenSQL       *string        `pulumi:"rewrittenSql,optional"`
	Notes              []string       `pulumi:"notes"`
}

// MaskedColumn is a column of a query result that is masked. Its fields are those of
// client.MaskedColumn.
type MaskedColumn struct {
	Column string `pulumi:"column"`
	Kind   string `pulumi:"kind"`
}

// Annotate describes the inputs.
func (r *EvaluatePolicyArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`.")
	a.Describe(&r.PolicyProfileID, "The ID of a policy profile of the project, `pol_…`. Required unless `policy` or `agentCredentialId` is set.")
	a.Describe(&r.Policy, "A policy that does not have to exist, with the inputs of a `PolicyProfile`.")
	a.Describe(&r.AgentCredentialID, "The ID of an agent credential of the project, `agt_…`, whose policy profile is evaluated.")
	a.Describe(&r.Statements, "The SQL statements, 1 to 100000 characters each. Each is evaluated on its own.")
}

// Annotate describes the output.
func (r *EvaluatePolicyResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Results, "What the policy does with each statement, in the order of `statements`.")
}

// Annotate describes the statement.
func (s *EvaluatedStatement) Annotate(a infer.Annotator) {
	a.Describe(&s, "A SQL statement and what a policy does with it.")
	a.Describe(&s.SQL, "The statement.")
}

// Annotate describes the evaluation.
func (e *PolicyEvaluation) Annotate(a infer.Annotator) {
	a.Describe(&e, "What a policy does with a SQL statement.")
	a.Describe(&e.Verdict, "`allow` if the statement runs unchanged, `block` if it is refused, `mask` if columns of its result are masked, "+
		"or `row-filter` if it sees only some rows, and columns may be masked as well.")
	a.Describe(&e.Rule, "The rule that decided: `ok`, or the one that blocks the statement, such as `read_only` or `table_denied`.")
	a.Describe(&e.Reason, "The explanation of the verdict.")
	a.Describe(&e.Hint, "What the author of a blocked statement can do instead. Absent if there is no advice.")
	a.Describe(&e.MaskedColumns, "The columns of the result that are masked. Empty if none is.")
	a.Describe(&e.RowFilterPredicate, "The condition that is added to the statement's WHERE clause. Absent if none is.")
	a.Describe(&e.RewrittenSQL, "The statement with its row filters, as the database receives it. Absent if it is not changed.")
	a.Describe(&e.Notes, "What the verdict does not take into account, such as budgets and approvals.")
}

// Annotate describes the column.
func (c *MaskedColumn) Annotate(a infer.Annotator) {
	a.Describe(&c, "A column of a query result that is masked.")
	a.Describe(&c.Column, "The name of the column in the result.")
	a.Describe(&c.Kind, "How its values are masked: `redact`, `null` or `hash`.")
}

// Definition implements kind.FunctionController.
func (EvaluatePolicy) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Returns what the proxy would do with SQL statements under a policy: a policy profile, that of an agent credential, or one that does not exist yet. " +
			"The database is not connected to, and nothing is changed. Each statement is one request.",
		Properties: properties.Table{
			"projectId":         properties.ID("prj_"),
			"policyProfileId":   properties.ID("pol_").Optional(),
			"policy":            resources.InlinePolicy(),
			"agentCredentialId": properties.ID("agt_").Optional(),
			"statements":        properties.List(properties.String().Length(1, 100000)).Required(),
		},
		Fields: map[string]string{"policyId": "policyProfileId", "sql": "statements"},
		Validate: func(inputs property.Map) []p.CheckFailure {
			failures := properties.ExactlyOne(inputs, "policyProfileId", "policy", "agentCredentialId")
			if statements := inputs.Get("statements"); statements.IsArray() && statements.AsArray().Len() == 0 {
				failures = append(failures, properties.Failure("statements", "must contain a statement")...)
			}
			return failures
		},
	}
}

// Invoke implements kind.FunctionController.
func (EvaluatePolicy) Invoke(ctx context.Context, c *client.Client, in EvaluatePolicyArgs) (EvaluatePolicyResult, error) {
	request := client.PolicyEvaluationRequest{PolicyID: in.PolicyProfileID, Policy: in.Policy.Inline()}
	if in.AgentCredentialID != nil {
		parents := resources.AgentCredentialState{AgentCredentialArgs: resources.AgentCredentialArgs{ProjectID: in.ProjectID}}
		credential, err := resources.AgentCredential{}.Read(ctx, c, *in.AgentCredentialID, parents)
		switch {
		case errors.Is(err, kind.ErrDeleted):
			return EvaluatePolicyResult{}, fmt.Errorf("the agent credential %s has been revoked", *in.AgentCredentialID)
		case err != nil:
			return EvaluatePolicyResult{}, err
		}
		request.PolicyID = &credential.PolicyProfileID
	}
	results, errs := make([]EvaluatedStatement, len(in.Statements)), make([]error, len(in.Statements))
	var requests sync.WaitGroup // the client limits how many are sent at once
	for i, statement := range in.Statements {
		requests.Go(func() {
			request := request
			request.SQL = statement
			var evaluation client.PolicyEvaluation
			evaluation, errs[i] = c.EvaluatePolicy(ctx, in.ProjectID, request)
			results[i] = EvaluatedStatement{statement, policyEvaluation(evaluation)}
		})
	}
	requests.Wait()
	return EvaluatePolicyResult{results}, errors.Join(errs...)
}

func policyEvaluation(live client.PolicyEvaluation) PolicyEvaluation {
	return PolicyEvaluation{
		Verdict:            live.Verdict,
		Rule:               live.Rule,
		Reason:             live.Reason,
		Hint:               live.Hint,
		MaskedColumns:      convert.Items(live.MaskedColumns, func(c client.MaskedColumn) MaskedColumn { return MaskedColumn(c) }),
		RowFilterPredicate: live.RowFilterPredicate,
		RewrittenSQL:       live.RewrittenSQL,
		Notes:              convert.NonNil(live.Notes),
	}
}
