// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

type statelessKey struct{}

// WithoutState returns a context for the operations of a run whose resources have no state.
func WithoutState(ctx context.Context) context.Context {
	return context.WithValue(ctx, statelessKey{}, true)
}

// Update changes the object, or previews the change.
func (r *Resource) Update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	news := req.Inputs
	op := operation{verb: "updating", kind: r.Kind(), name: req.Urn.Name(), id: req.ID, urn: req.Urn}
	op.secrets = properties.SecretStrings(news, req.OldInputs, req.State)
	state, err := r.stateToUpdate(req)
	if err != nil {
		return p.UpdateResponse{}, op.explain(err)
	}
	req.ID = r.ImportID.OwnID(req.ID) // `pulumi do` passes the ID that its user has
	before := r.inputsBefore(req.Urn, req.OldInputs, news, req.State)
	if ctx.Value(statelessKey{}) != nil {
		if err := r.refuseReplacement(before, news); err != nil {
			return p.UpdateResponse{}, op.explain(err)
		}
	}
	req.OldInputs = r.Properties.UserInputs(before, news)
	state = r.Properties.ResendWriteOnly(req.OldInputs, news, state)
	planned, cleared := r.keepSharedSetting(req, r.Properties.PlannedInputs(req.OldInputs, news, state))
	if req.DryRun {
		r.env.Claims.Clear(cleared, req.Urn)
		r.env.Claims.Plan(r.objectKey(req.ID), req.Urn)
		return p.UpdateResponse{Properties: r.previewUpdate(req.OldInputs, news, state, planned)}, nil
	}
	now := r.now() // before the rotation, so that the next one is not late
	if r.planRotation(req.OldInputs, news, planned, state) == dueRotation {
		ctx = kind.WithRotation(ctx)
	}
	req.Inputs, req.State = planned, state
	// The engine has already put the old values of ignored properties into the inputs.
	req.IgnoreChanges = nil

	ctx, err = r.withCall(ctx, kind.Call{})
	if err != nil {
		return p.UpdateResponse{}, op.explain(err)
	}
	resp, err := r.InferredResource.Update(ctx, req)
	if err != nil {
		r.env.Claims.Fail(req.Urn)
	}
	if err != nil && resp.PartialState == nil {
		return p.UpdateResponse{}, op.explain(err)
	}
	r.env.Claims.Clear(cleared, req.Urn)
	r.claimApply(req.Urn, req.ID, news, false)
	if resp.PartialState != nil {
		resp.Properties = r.Properties.DropUnapplied(resp.Properties, req.OldInputs, news, planned)
	}
	resp.Properties = r.withSchedule(resp.Properties, planned, state, now)
	resp.Properties, resp.PartialState, err = r.complete(op, resp.Properties, news, state, resp.PartialState, err)
	return resp, err
}

// refuseReplacement returns an error if a change needs another object. The engine
// replaces the resource then, but a command without a state sends every change as an update.
func (r *Resource) refuseReplacement(before, after property.Map) error {
	diff := r.Properties.Diff(before, after)
	if !properties.Replaces(diff) {
		return nil
	}
	names := map[string]bool{}
	for path := range diff {
		names[properties.Path(path).Root()] = true
	}
	changed := slices.DeleteFunc(r.Properties.ReplacingNames(), func(name string) bool { return !names[name] })
	return fmt.Errorf("%s cannot be changed in place. Create another object, and delete this one when nothing uses it any more",
		strings.Join(changed, ", "))
}
