// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Examiner[PolicyTestArgs, PolicyTestState] = PolicyTest{}
	_ kind.Evaluator[PolicyTestArgs]                 = PolicyTest{}
)

// PolicyTest is a test of what a policy does with SQL statements.
type PolicyTest struct{}

// PolicyTestArgs are the inputs of a PolicyTest.
type PolicyTestArgs struct {
	ProjectID       string           `pulumi:"projectId"`
	PolicyProfileID *string          `pulumi:"policyProfileId,optional"`
	Policy          *PolicySettings  `pulumi:"policy,optional"`
	Cases           []PolicyTestCase `pulumi:"cases"`
}

// PolicyTestState is the state of a PolicyTest.
type PolicyTestState struct {
	PolicyTestArgs
	Results      []PolicyTestResult `pulumi:"results"`
	Passed       bool               `pulumi:"passed"`
	PolicyDigest *string            `pulumi:"policyDigest,optional"`
}

// PolicyTestCase is a SQL statement and what a policy is expected to do with it.
type PolicyTestCase struct {
	Name          string        `pulumi:"name"`
	SQL           string        `pulumi:"sql"`
	Expect        PolicyVerdict `pulumi:"expect"`
	Rule          *string       `pulumi:"rule,optional"`
	MaskedColumns *[]string     `pulumi:"maskedColumns,optional"`
}

// PolicyTestResult is what a policy does with the statement of a case.
type PolicyTestResult struct {
	Name          string   `pulumi:"name"`
	Verdict       string   `pulumi:"verdict"`
	Rule          string   `pulumi:"rule"`
	MaskedColumns []string `pulumi:"maskedColumns"`
}

// Annotate describes the inputs.
func (r *PolicyTestArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`.")
	a.Describe(&r.PolicyProfileID, "The ID of the policy profile of the project to test, `pol_…`. Pass the `id` of the `PolicyProfile`, not a copy of it, "+
		"so that a change of the profile is tested in the update that makes it. Required unless `policy` is set.")
	a.Describe(&r.Policy, "A policy to test that does not have to exist, with the inputs of a `PolicyProfile`. Its `name` can be omitted and does not matter.")
	a.Describe(&r.Cases, "The statements and what the policy is expected to do with them, at least one. Each is one request.")
}

// Annotate describes the outputs.
func (r *PolicyTestState) Annotate(a infer.Annotator) {
	a.Describe(&r.Results, "What the policy does with the statement of each case, in the order of `cases`. The result of a case is secret if its `sql` or the policy is.")
	a.Describe(&r.Passed, "Whether all cases passed in the last evaluation. It is true after an update, and false if a refresh found that a case fails now.")
	a.Describe(&r.PolicyDigest, "The SHA-256 digest, in hexadecimal, of the rules of the policy profile that the results are about. "+
		"It changes whenever the profile does, except for its name. Absent if `policy` is set.")
}

// Annotate describes the case.
func (r *PolicyTestCase) Annotate(a infer.Annotator) {
	a.Describe(&r, "A SQL statement, and what a policy is expected to do with it.")
	a.Describe(&r.Name, "The name of the case in messages and results, 1 to 100 characters. No two cases of a test have the same name.")
	a.Describe(&r.SQL, "The statement, 1 to 100000 characters. It is judged, not run. A secret statement is never shown.")
	a.Describe(&r.Expect, "What the policy is expected to do with the statement.")
	a.Describe(&r.Rule, "The rule that is expected to decide: the one that blocks the statement, such as `read_only` or `table_denied`, or `ok` if it is not blocked. "+
		"If omitted, any rule is accepted.")
	a.Describe(&r.MaskedColumns, "The names of the columns that are expected to be masked in the result: all that the API lists for the statement, in any order. "+
		"Only for the verdicts `mask` and `row-filter`. If omitted, any are accepted.")
}

// Annotate describes the result.
func (r *PolicyTestResult) Annotate(a infer.Annotator) {
	a.Describe(&r, "What a policy does with the statement of a case.")
	a.Describe(&r.Name, "The name of the case.")
	a.Describe(&r.Verdict, "`allow` if the statement runs unchanged, `block` if it is refused, `mask` if columns of its result are masked, "+
		"or `row-filter` if it sees only some rows, and columns may be masked as well.")
	a.Describe(&r.Rule, "The rule that decided: `ok`, or the one that blocks the statement, such as `read_only` or `table_denied`.")
	a.Describe(&r.MaskedColumns, "The names of the columns of the result that are masked. Empty if none is.")
}

// Definition implements kind.Examiner.
func (PolicyTest) Definition() kind.Definition {
	return kind.Definition{
		Description: "A test of what a policy does with SQL statements: an update fails if the policy does anything else than expected, and shows all cases in a table. " +
			"A resource that must not be created or changed before the test has passed, such as an `AgentCredential`, has the option `dependsOn`. " +
			"The database is not connected to, and nothing is changed.\n\n" +
			"The cases are evaluated when the resource is created and whenever the cases or the policy have changed, also if the policy was changed outside of Pulumi or by an " +
			"update that was interrupted. Each evaluation is one request for each case. Otherwise an update makes one request, which reads the policy profile, and none for an inline `policy`. " +
			"A preview evaluates the cases, and fails, as an update does. If it creates or changes the profile, or if an input is not known yet, the results are unknown until the update. " +
			"`pulumi refresh` evaluates the cases, too. It warns of those that fail, and the next update evaluates them again.\n\n" +
			"If the policy profile was deleted outside of Pulumi, a refresh removes the test from the state, and the next update creates it again. " +
			"A test is not an object of PgBeam: its ID, `ptest_…`, is generated, and deleting it makes no request.",
		Properties: PolicyTestProperties(),
		ImportID:   kind.InProject("ptest_"),
		Validate:   validatePolicyTest,
		Evaluation: &kind.Evaluation{Subject: "policyProfileId", Cases: "cases", Results: "results", Passed: "passed", Digest: "policyDigest"},
	}
}

// PolicyTestProperties describes the inputs of a PolicyTest.
func PolicyTestProperties() properties.Table {
	return properties.Table{
		"projectId":       properties.ID("prj_").Replaces(),
		"policyProfileId": properties.ID("pol_").Optional(),
		"policy":          InlinePolicy(),
		"cases": properties.List(properties.Object[PolicyTestCase](properties.Table{
			"name":          properties.String().Required().Length(1, 100).NotBlank(),
			"sql":           properties.String().Required().Length(1, 100000),
			"expect":        properties.Enum[PolicyVerdict]().Required(),
			"rule":          properties.String().Length(1, 0),
			"maskedColumns": properties.List(properties.String().Length(1, 0)).ComparedBy(properties.SameSet),
		})).Required(),
	}
}

// validatePolicyTest reports cases with the same name, and those that can never pass. No message
// quotes a case, which can be secret.
func validatePolicyTest(inputs property.Map) []p.CheckFailure {
	failures := properties.ExactlyOne(inputs, "policyProfileId", "policy")
	cases := inputs.Get("cases")
	if !cases.IsArray() {
		return failures
	}
	if cases.AsArray().Len() == 0 {
		return append(failures, properties.Failure("cases", "must contain a case")...)
	}
	first := map[string]int{}
	for i, item := range cases.AsArray().All {
		fields, path := properties.AsMap(item), properties.Path("cases").Index(i)
		if name := fields.Get("name"); name.IsString() {
			if same, ok := first[name.AsString()]; ok {
				failures = append(failures, properties.Failure(string(path.Field("name")), "must differ from cases[%d].name", same)...)
			} else {
				first[name.AsString()] = i
			}
		}
		expect, columns := fields.Get("expect"), fields.Get("maskedColumns")
		if !expect.IsString() || !columns.IsArray() {
			continue
		}
		name := string(path.Field("maskedColumns"))
		switch verdict := PolicyVerdict(expect.AsString()); {
		case verdict != verdictMask && verdict != verdictRowFilter:
			failures = append(failures, properties.Failure(name, "can only be set if expect is mask or row-filter")...)
		case verdict == verdictMask && columns.AsArray().Len() == 0:
			failures = append(failures, properties.Failure(name, "must contain a column if expect is mask")...)
		}
	}
	return failures
}

// Examine implements kind.Examiner. It reads the policy profile first: if that is changed
// in the meantime, its digest is not the one in the state.
func (r PolicyTest) Examine(ctx context.Context, c *client.Client, in PolicyTestArgs, _ *PolicyTestState) (PolicyTestState, error) {
	state := PolicyTestState{PolicyTestArgs: in, Results: make([]PolicyTestResult, len(in.Cases))}
	if in.PolicyProfileID != nil {
		digest, err := r.SubjectDigest(ctx, c, *in.PolicyProfileID, in)
		if err != nil {
			return state, err
		}
		state.PolicyDigest = &digest
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request := client.PolicyEvaluationRequest{PolicyID: in.PolicyProfileID, Policy: in.Policy.Inline()}
	var requests sync.WaitGroup // the client limits how many are sent at once
	var once sync.Once
	var failed error
	outcomes := make([]kind.Outcome, len(in.Cases))
	for i, test := range in.Cases {
		requests.Go(func() {
			request := request
			request.SQL = test.SQL
			evaluation, err := c.EvaluatePolicy(ctx, in.ProjectID, request)
			if err != nil {
				once.Do(func() {
					failed = fmt.Errorf("cases[%d] could not be evaluated: %w", i, err)
					cancel() // the others would not change the result
				})
				return
			}
			state.Results[i] = policyTestResult(test.Name, evaluation)
			outcomes[i] = test.outcome(state.Results[i], evaluation.Reason)
		})
	}
	requests.Wait()
	if failed == nil {
		failed = kind.FailedCases(outcomes)
		state.Passed = failed == nil
	}
	return state, failed
}

// SubjectDigest implements kind.Evaluator. The name of a profile is not part of its digest.
func (PolicyTest) SubjectDigest(ctx context.Context, c *client.Client, id string, in PolicyTestArgs) (string, error) {
	live, err := c.PolicyProfiles().Get(ctx, in.ProjectID, id)
	if err != nil {
		return "", err
	}
	rules := policyProfileState(live).Input() // with the default of each field that the API omits
	rules.Name = ""
	encoded, err := json.Marshal(rules)
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:]), err
}

func policyTestResult(name string, live client.PolicyEvaluation) PolicyTestResult {
	columns := convert.Items(live.MaskedColumns, func(c client.MaskedColumn) string { return c.Column })
	return PolicyTestResult{Name: name, Verdict: live.Verdict, Rule: live.Rule, MaskedColumns: convert.NonNil(columns)}
}

// outcome compares a result with the expected one. A verdict that this release does not know
// is never an expected one.
func (r PolicyTestCase) outcome(result PolicyTestResult, reason string) kind.Outcome {
	outcome := kind.Outcome{
		Name:     r.Name,
		Expected: string(r.Expect), ExpectedDetail: convert.ValueOr(r.Rule, ""),
		Actual: result.Verdict, ActualDetail: strings.Join(result.MaskedColumns, ", "),
		Rule: result.Rule, Reason: reason,
		Passed: result.Verdict == string(r.Expect) && (r.Rule == nil || *r.Rule == result.Rule),
	}
	if r.MaskedColumns != nil {
		details := []string{outcome.ExpectedDetail, strings.Join(*r.MaskedColumns, ", ")}
		outcome.ExpectedDetail = strings.Join(slices.DeleteFunc(details, func(detail string) bool { return detail == "" }), "; ")
		outcome.Passed = outcome.Passed && sameColumns(*r.MaskedColumns, result.MaskedColumns)
	}
	return outcome
}

func sameColumns(a, b []string) bool {
	sorted := func(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }
	return slices.Equal(sorted(a), sorted(b))
}
