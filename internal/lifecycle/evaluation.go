// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

// evaluated is a resource without an object that has an Evaluation.
//
// A create, an update and a read evaluate all cases. An evaluation changes nothing, so a
// preview does it, too, if its result will still hold: everything that it depends on is
// known, and this preview does not plan to change the subject. Diff finds out whether the
// subject is still the one of the results in the state. So it notices a change outside of
// Pulumi, and a run that was interrupted between a change of the subject and the evaluation.
type evaluated struct{ withoutObject }

// Diff reports a change if the results in the state are not those of the inputs and of the
// subject as it is now, or if they are not the expected ones.
func (r *evaluated) Diff(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	diff := r.Properties.Diff(r.inputsBefore(req.Urn, req.OldInputs, req.Inputs, req.State), req.Inputs)
	if len(diff) == 0 {
		output, reason, err := r.outdated(ctx, req)
		if err != nil {
			return p.DiffResponse{}, r.operation("checking", req.Urn, req.ID, req.Inputs).explain(err)
		}
		if output != "" {
			p.GetLogger(ctx).Infof("%s %q (%s): %s", r.Kind(), req.Urn.Name(), req.ID, reason)
			diff[output] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
		}
	}
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, nil
}

// outdated returns an output that another evaluation may change although the inputs are the
// same, and why, or "" if there is none.
func (r *evaluated) outdated(ctx context.Context, req p.DiffRequest) (output, reason string, err error) {
	passed, subject := req.State.Get(r.Evaluation.Passed), req.Inputs.Get(r.Evaluation.Subject)
	switch {
	case !passed.IsBool() || !passed.AsBool():
		return r.Evaluation.Passed, "a case failed in the last evaluation, so `pulumi up` evaluates all of them again.", nil
	case !subject.IsString():
		return "", "", nil
	case r.env.Claims.IsPlanned(r.objectKey(subject.AsString())):
		return r.Evaluation.Digest, subject.AsString() + " is going to change, so `pulumi up` evaluates the cases again.", nil
	}
	ctx, err = r.withCall(ctx, kind.Call{})
	if err != nil {
		return "", "", err
	}
	digest, err := r.SubjectDigest(ctx, subject.AsString(), req.Inputs)
	current := req.State.Get(r.Evaluation.Digest)
	switch {
	case client.IsNotFound(err): // for the update to report
		return r.Evaluation.Digest, subject.AsString() + " was not found.", nil
	case err != nil:
		return "", "", err
	case !current.IsString() || current.AsString() != digest:
		return r.Evaluation.Digest, subject.AsString() + " has changed since the last evaluation, so `pulumi up` evaluates the cases again.", nil
	}
	return "", "", nil
}

// Create evaluates the cases for the first time.
func (r *evaluated) Create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	if req.DryRun && r.isUncertain(req.Properties, r.Evaluation.Subject) {
		return p.CreateResponse{Properties: r.markResults(r.unknownOutputs(req.Properties), req.Properties)}, nil
	}
	op := r.operation("creating", req.Urn, "", req.Properties)
	id, outputs, err := r.mustPass(ctx, op, req.Properties)
	if err != nil || req.DryRun {
		id = ""
	}
	return p.CreateResponse{ID: id, Properties: outputs}, err
}

// Update evaluates the cases again. If one fails, the engine keeps the state, whose inputs
// or digest are then not those of the next update.
func (r *evaluated) Update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	if req.DryRun && r.isUncertain(req.Inputs, r.Evaluation.Subject) {
		return p.UpdateResponse{Properties: r.markResults(r.unknownOutputs(req.Inputs), req.Inputs)}, nil
	}
	op := r.operation("updating", req.Urn, req.ID, req.Inputs, req.OldInputs)
	_, outputs, err := r.mustPass(ctx, op, req.Inputs)
	return p.UpdateResponse{Properties: outputs}, err
}

// Read evaluates the cases in the state again. Failed ones are a warning, and part of the
// results: the next update evaluates them once more. If the subject does not exist, neither
// does the resource.
func (r *evaluated) Read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	if !isInState(req) {
		return p.ReadResponse{}, r.importError(req.Urn)
	}
	inputs := r.inputsInState(req)
	op := r.operation("reading", req.Urn, req.ID, inputs)
	if failures := r.problems(inputs); len(failures) > 0 {
		p.GetLogger(ctx).Warningf("%s %q (%s) was removed from the state, which was edited: %s. The next `pulumi up` creates it again.",
			r.Kind(), req.Urn.Name(), req.ID, failures[0].Reason)
		return p.ReadResponse{}, nil
	}
	_, outputs, err := r.evaluate(ctx, op, inputs)
	var failed *kind.FailedCasesError
	switch {
	case errors.As(err, &failed):
		text := fmt.Sprintf("%s %q (%s): %s\nThe next `pulumi up` evaluates the cases again, and fails unless all of them pass.",
			r.Kind(), req.Urn.Name(), req.ID, r.failureText(failed, inputs))
		p.GetLogger(ctx).Warning(redact.Text(text, longSecrets(op.secrets)...))
	case err != nil:
		gone, err := r.isGone(ctx, op, inputs, err)
		if gone {
			return p.ReadResponse{}, nil
		}
		return p.ReadResponse{}, op.explain(err)
	}
	return p.ReadResponse{ID: req.ID, Inputs: inputs, Properties: outputs}, nil
}

// mustPass evaluates the cases, and returns an error unless all of them pass.
func (r *evaluated) mustPass(ctx context.Context, op operation, inputs property.Map) (id string, outputs property.Map, err error) {
	id, outputs, err = r.evaluate(ctx, op, inputs)
	if err == nil {
		return id, outputs, nil
	}
	r.env.Claims.Fail(op.urn)
	var failed *kind.FailedCasesError
	if errors.As(err, &failed) {
		err = &explainedError{message: r.failureText(failed, inputs), cause: failed}
	}
	return "", property.Map{}, op.explain(err)
}

// evaluate evaluates the cases. If some have failed, it returns the outputs together with a
// FailedCasesError. id is that of a new resource.
func (r *evaluated) evaluate(ctx context.Context, op operation, inputs property.Map) (id string, outputs property.Map, err error) {
	id, outputs, err = r.examine(ctx, op.urn, inputs)
	return id, r.markResults(outputs, inputs), err
}

// markResults marks the results that may quote a secret.
func (r *evaluated) markResults(outputs, inputs property.Map) property.Map {
	results := outputs.Get(r.Evaluation.Results)
	switch {
	case results.IsArray():
		items := results.AsArray().AsSlice()
		for i := range items {
			items[i] = items[i].WithSecret(r.quotesSecret(inputs, i))
		}
		return outputs.Set(r.Evaluation.Results, property.New(items))
	case results.IsComputed():
		return outputs.Set(r.Evaluation.Results, results.WithSecret(inputs.HasSecrets()))
	}
	return outputs
}

// quotesSecret reports whether the outcome of a case may quote a secret: one in the case
// itself, or in what all cases have in common.
func (r *evaluated) quotesSecret(inputs property.Map, i int) bool {
	cases := inputs.Get(r.Evaluation.Cases)
	return inputs.Delete(r.Evaluation.Cases).HasSecrets() || cases.Secret() || caseAt(cases, i).HasSecrets()
}

func caseAt(cases property.Value, i int) property.Value {
	if !cases.IsArray() || i >= cases.AsArray().Len() {
		return property.Value{}
	}
	return cases.AsArray().Get(i)
}

// failureText returns a message with a line for each case.
func (r *evaluated) failureText(failed *kind.FailedCasesError, inputs property.Map) string {
	var b strings.Builder
	b.WriteString(failed.Error() + ":\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(cells ...string) {
		for i, cell := range cells {
			cells[i] = strings.Join(strings.Fields(cell), " ") // on one line, without tabs
		}
		_, _ = fmt.Fprintln(table, "  "+strings.Join(cells, "\t")) // into memory
	}
	row("result", "case", "expected", "actual", "rule", "reason")
	cases := inputs.Get(r.Evaluation.Cases)
	for i, outcome := range failed.Outcomes {
		result := "FAILED"
		if outcome.Passed {
			result = "passed"
		}
		if r.quotesSecret(inputs, i) {
			hide(&outcome.ExpectedDetail, &outcome.ActualDetail, &outcome.Reason)
		}
		if each := caseAt(cases, i); cases.Secret() || each.Secret() || each.IsMap() && each.AsMap().Get("name").HasSecrets() {
			outcome.Name = fmt.Sprintf("%s[%d]", r.Evaluation.Cases, i)
		}
		row(result, outcome.Name, withDetail(outcome.Expected, outcome.ExpectedDetail), withDetail(outcome.Actual, outcome.ActualDetail),
			outcome.Rule, outcome.Reason)
	}
	_ = table.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// hide replaces texts that are not empty.
func hide(texts ...*string) {
	for _, text := range texts {
		if *text != "" {
			*text = redact.Placeholder
		}
	}
}

func withDetail(word, detail string) string {
	if detail == "" {
		return word
	}
	return word + " (" + detail + ")"
}
