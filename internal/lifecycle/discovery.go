// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// discovered is a resource without an object that has a Discovery.
//
// A diff makes the requests: only they show whether there is anything new. The update that
// follows uses their result, so that a run examines each resource once, and applies what its
// diff has shown. What was found is in the state alone, so nothing that fails may change the
// state, and a refresh leaves it alone.
type discovered struct {
	withoutObject
	// examined has the outputs that Diff has found to differ, by URN, until they are used.
	examined sync.Map
}

// Diff reports a change if the outputs with the inputs differ from those in the state.
func (r *discovered) Diff(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	r.examined.Delete(req.Urn)
	diff, found := r.Properties.Diff(r.inputsBefore(req.Urn, req.OldInputs, req.Inputs, req.State), req.Inputs), r.Discovery.Found
	switch {
	case properties.Replaces(diff): // the create finds out
	case !r.env.Claims.IsInProgram(req.Urn): // a refresh, which compares what Read has returned
	case r.isUncertain(req.Inputs, r.Discovery.Subjects...):
		diff[found] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
	default:
		outputs, err := r.reexamine(ctx, req.Urn, req.ID, req.OldInputs, req.State, req.Inputs)
		if err != nil {
			r.env.Claims.Fail(req.Urn)
			return p.DiffResponse{}, err
		}
		if !properties.Equal(outputs.Get(found), req.State.Get(found)) {
			diff[found] = p.PropertyDiff{Kind: p.Update, InputDiff: true} // the CLI does not know the new outputs yet
		}
		if len(diff) > 0 {
			r.examined.Store(req.Urn, outputs)
		}
	}
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, nil
}

// Create examines without a previous state.
func (r *discovered) Create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	if req.DryRun && r.isUncertain(req.Properties, r.Discovery.Subjects...) {
		return p.CreateResponse{Properties: r.markOutputs(r.unknownOutputs(req.Properties), req.Properties)}, nil
	}
	id, outputs, err := r.examine(ctx, req.Urn, req.Properties)
	if err != nil {
		r.env.Claims.Fail(req.Urn)
		return p.CreateResponse{}, r.operation("creating", req.Urn, "", req.Properties).explain(err)
	}
	if req.DryRun {
		id = ""
	}
	return p.CreateResponse{ID: id, Properties: r.markOutputs(outputs, req.Properties)}, nil
}

// Update applies what Diff has found, or examines if there was no diff.
func (r *discovered) Update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	if req.DryRun && r.isUncertain(req.Inputs, r.Discovery.Subjects...) {
		return p.UpdateResponse{Properties: r.markOutputs(r.unknownOutputs(req.Inputs), req.Inputs)}, nil
	}
	if outputs, ok := r.examined.LoadAndDelete(req.Urn); ok {
		return p.UpdateResponse{Properties: outputs.(property.Map)}, nil
	}
	outputs, err := r.reexamine(ctx, req.Urn, req.ID, req.OldInputs, req.State, req.Inputs)
	if err != nil {
		r.env.Claims.Fail(req.Urn)
	}
	return p.UpdateResponse{Properties: outputs}, err
}

// Read returns the state. The next preview shows what has been added.
func (r *discovered) Read(_ context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	if !isInState(req) {
		return p.ReadResponse{}, r.importError(req.Urn)
	}
	return p.ReadResponse{ID: req.ID, Inputs: r.inputsInState(req), Properties: req.Properties}, nil
}

// reexamine returns the outputs that follow those in the state.
func (r *discovered) reexamine(ctx context.Context, urn resource.URN, id string, oldInputs, state, inputs property.Map) (property.Map, error) {
	op := r.operation("updating", urn, id, oldInputs, state, inputs)
	if state.Get(r.Discovery.Found).HasComputed() || !r.isIntact(state) {
		return property.Map{}, op.explain(fmt.Errorf("%s in the state is not valid, because the state was edited, or was written by another release of the plugin. "+
			"Restore it from an earlier version of the state. Or replace the resource with `pulumi up --replace`, which forgets everything that can no longer be found",
			r.Discovery.Found))
	}
	ctx, err := r.withCall(ctx, kind.Call{})
	if err != nil {
		return property.Map{}, op.explain(err)
	}
	resp, err := r.InferredResource.Update(ctx, p.UpdateRequest{ID: id, Urn: urn, State: r.decodable(state), Inputs: inputs})
	if err != nil {
		return property.Map{}, op.explain(err)
	}
	return r.markOutputs(r.outputs(resp.Properties, inputs), inputs), nil
}

// isIntact reports whether the state has what was found. Otherwise it would be forgotten.
func (r *discovered) isIntact(state property.Map) bool {
	_, mismatches := r.state().match(property.Map{}.Set(r.Discovery.Found, state.Get(r.Discovery.Found)))
	return state.Get(r.Discovery.Found).IsArray() && len(mismatches) == 0
}

// markOutputs marks the outputs if an input is secret, because they may quote it.
func (r *discovered) markOutputs(outputs, inputs property.Map) property.Map {
	for _, name := range r.outputNames() {
		outputs = outputs.Set(name, outputs.Get(name).WithSecret(inputs.HasSecrets()))
	}
	return outputs
}
