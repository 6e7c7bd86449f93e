// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Delete deletes the object. It succeeds if the object does not exist.
func (r *Resource) Delete(ctx context.Context, req p.DeleteRequest) error {
	r.env.Claims.InState(r.deleteKey(req), req.Urn)
	return r.delete(ctx, req, func() error { return nil })
}

// delete is Delete. It calls begin before the object is deleted, unless this run holds
// the object and leaves it alone.
func (r *Resource) delete(ctx context.Context, req p.DeleteRequest, begin func() error) error {
	op := operation{verb: "deleting", kind: r.Kind(), name: req.Urn.Name(), id: req.ID, urn: req.Urn}
	op.secrets = properties.SecretStrings(req.OldInputs, req.Properties)
	key := r.deleteKey(req)
	if r.refuseDelete(ctx, op, key) {
		return nil
	}
	err := begin()
	if err != nil {
		return op.explain(err)
	}
	if req.Properties, err = r.stateToDelete(req); err != nil {
		return op.explain(err)
	}
	req.ID = r.ImportID.OwnID(req.ID)
	ctx, err = r.withCall(ctx, kind.Call{OldInputs: req.OldInputs})
	if err != nil {
		return op.explain(err)
	}
	err = r.InferredResource.Delete(ctx, req)
	var foreign *kind.ForeignValueError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &foreign):
		p.GetLogger(ctx).Warningf("%s is %s, which %s %q has not set. It was changed outside of Pulumi and is left unchanged.",
			key.Name, foreign.Current, op.kind, op.name)
		return nil
	}
	gone, err := r.isGone(ctx, op, preferFirst(req.OldInputs, req.Properties), err)
	if gone {
		return nil
	}
	return op.explain(err)
}
