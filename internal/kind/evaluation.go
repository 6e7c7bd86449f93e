// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// Evaluation describes a resource that has no object in the API. It evaluates cases, each
// against an expectation, and fails unless all of them pass.
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

// Evaluator implements a resource with an Evaluation. Its calls change nothing in the API,
// so that they can be made during a preview.
type Evaluator[I, O any] interface {
	Definition() Definition
	// Evaluate returns the state, which embeds the inputs, and the outcomes of all cases in
	// their order. A case that could not be evaluated is an error.
	Evaluate(ctx context.Context, c *client.Client, inputs I) (O, []Outcome, error)
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

// evaluator implements the interfaces of infer with an Evaluator. Its Create is every
// evaluation. If cases have failed, it returns the state with the error.
type evaluator[E Evaluator[I, O], I, O any] struct{}

func (*evaluator[E, I, O]) Annotate(annotator infer.Annotator) {
	annotator.SetToken(module, tokens.TypeName(reflect.TypeFor[E]().Name()))
}

func (*evaluator[E, I, O]) Create(ctx context.Context, req infer.CreateRequest[*I]) (resp infer.CreateResponse[*O], err error) {
	controller := controllerOf[E]()
	call, err := callFrom(ctx)
	if err != nil {
		return resp, err
	}
	state, outcomes, err := controller.Evaluate(ctx, call.Client, *req.Inputs)
	if err != nil {
		return resp, err
	}
	resp.ID, resp.Output = controller.Definition().ImportID.Prefix+strings.ToLower(rand.Text()), &state
	if failed := (&FailedCasesError{outcomes}); failed.Failed() > 0 {
		return resp, InitFailed(failed)
	}
	return resp, nil
}

// NewEvaluation returns the resource that an Evaluator implements. It has the name of the
// evaluator's type.
func NewEvaluation[E Evaluator[I, O], I, O any](controller E) Resource {
	return Resource{
		InferredResource: infer.Resource[*evaluator[E, I, O], *I, *O](&evaluator[E, I, O]{}),
		Definition:       controller.Definition(),
		name:             reflect.TypeFor[E]().Name(),
		list:             func(context.Context, property.Map) iter.Seq2[Object[property.Map], error] { return noObjects },
		digest:           subjectDigest[E, I, O],
	}
}

func noObjects(func(Object[property.Map], error) bool) {}

func subjectDigest[E Evaluator[I, O], I, O any](ctx context.Context, id string, inputs property.Map) (string, error) {
	call, err := callFrom(ctx)
	if err != nil {
		return "", err
	}
	var in I
	decodeStrings(inputs, &in)
	return controllerOf[E]().SubjectDigest(ctx, call.Client, id, in)
}
