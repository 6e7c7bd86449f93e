// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Read reads the live object, for a refresh or an import. The response is empty if
// the object does not exist, and only then.
func (r *Resource) Read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	op := operation{verb: "reading", kind: r.Kind(), name: req.Urn.Name(), id: req.ID, urn: req.Urn}
	op.secrets = properties.SecretStrings(req.Inputs, req.Properties)
	if isInState(req) {
		r.env.Claims.InState(r.claimKey(req.ID, preferFirst(req.Inputs, req.Properties)), req.Urn)
	} else {
		r.skipLint(req.Urn)
	}
	state := r.stateToRead(req.ID, req.Properties, req.Inputs)
	id, parents, err := r.ImportID.Parse(req.ID, state)
	if err != nil {
		return p.ReadResponse{}, fmt.Errorf("%s %q (%s): %w", r.Kind(), req.Urn.Name(), req.ID, r.idError(req, err))
	}
	for name, value := range parents {
		state = state.Set(name, property.New(value))
	}
	ctx, err = r.withCall(ctx, kind.Call{})
	if err != nil {
		return p.ReadResponse{}, op.explain(err)
	}
	// A refresh or an import reads many objects, which lists return with fewer requests.
	resp, err := r.InferredResource.Read(client.WithSharedLists(ctx), p.ReadRequest{ID: id, Urn: req.Urn, Properties: state})
	if err != nil {
		gone, err := r.isGone(ctx, op, preferFirst(req.Inputs, state), err)
		if gone {
			return p.ReadResponse{}, nil
		}
		return p.ReadResponse{}, op.explain(err)
	}
	if resp.ID == "" {
		return p.ReadResponse{}, nil
	}
	live := properties.WithoutNulls(resp.Properties)
	if paths := r.state().unsafeIntegers(live); len(paths) > 0 {
		return p.ReadResponse{}, op.explain(r.unsafeIntegersError(paths))
	}
	r.warnMissingSecrets(ctx, req.Urn, id, live)
	if req.Inputs.Len() == 0 { // an import, or a state that has lost the inputs
		resp.Inputs = r.Properties.ImportInputs(live)
	} else {
		resp.Inputs = r.Properties.RefreshedInputs(req.Inputs, live)
	}
	resp.Inputs = r.Properties.MarkSecrets(resp.Inputs, req.Inputs)
	resp.Properties = r.outputs(live, resp.Inputs)
	return resp, nil
}

// isInState reports whether a read is a refresh of a resource in the state, and not
// an import.
func isInState(req p.ReadRequest) bool { return req.Inputs.Len() > 0 || req.Properties.Len() > 0 }

// idError returns why the ID of an object could not be parsed: an import needs an
// ID of a certain format, while a state has to have the IDs of the parents.
func (r *Resource) idError(req p.ReadRequest, err error) error {
	if req.Properties.Len() == 0 || strings.Contains(req.ID, "/") {
		return err
	}
	for _, parent := range r.ImportID.Parents {
		if !isID(req.Properties.Get(parent.Property)) && !isID(req.Inputs.Get(parent.Property)) {
			return missingParentError(parent)
		}
	}
	return err
}
