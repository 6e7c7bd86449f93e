// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"fmt"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// Evaluation describes a resource without an object that evaluates cases, each against an
// expectation, and fails unless all of them pass.
type Evaluation struct {
	// Subject names the input with the ID of the object whose live state the results
	// depend on. If a program does not set it, the results depend on the inputs alone.
	Subject string
	// Cases names the input that lists the cases, and Results the output that lists
	// their results, in the same order.
	Cases, Results string
	// Passed names the output that says whether all cases have passed, and Digest the one
	// that has the digest of the subject at the time of the evaluation.
	Passed, Digest string
}

// Evaluator is an Examiner with an Evaluation. Its Examine returns a FailedCasesError with the
// state if cases have failed. A case that could not be evaluated is any other error.
type Evaluator[I any] interface {
	// SubjectDigest returns the digest of the subject with an ID as it is now. It changes
	// with everything that the results may depend on. Of the inputs, only the required
	// strings are set.
	SubjectDigest(ctx context.Context, c *client.Client, id string, inputs I) (string, error)
}

// Outcome is what the evaluation of a case has led to.
type Outcome struct {
	// Name is the name of the case.
	Name string
	// Expected and Actual are the result that the program expects, and that of the
	// evaluation, in a word that quotes neither the case nor the subject.
	Expected, Actual string
	// ExpectedDetail and ActualDetail are what the result consists of besides that word,
	// and Reason explains it. They may quote the case and the subject.
	ExpectedDetail, ActualDetail, Reason string
	// Rule identifies the rule that led to the result.
	Rule string
	// Passed is true if the result is the expected one.
	Passed bool
}

// FailedCasesError is the error of an evaluation in which not all cases have passed.
// Package lifecycle writes the outcomes into its message, without secrets.
type FailedCasesError struct{ Outcomes []Outcome }

// FailedCases returns a FailedCasesError, or nil if all cases have passed.
func FailedCases(outcomes []Outcome) error {
	if failed := (&FailedCasesError{outcomes}); failed.Failed() > 0 {
		return failed
	}
	return nil
}

// Failed returns the number of cases that have failed.
func (e *FailedCasesError) Failed() (n int) {
	for _, outcome := range e.Outcomes {
		if !outcome.Passed {
			n++
		}
	}
	return n
}

func (e *FailedCasesError) Error() string {
	cases := "cases"
	if len(e.Outcomes) == 1 {
		cases = "case"
	}
	return fmt.Sprintf("%d of %d %s failed", e.Failed(), len(e.Outcomes), cases)
}
