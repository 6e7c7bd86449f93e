// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

// Recoverable returns a resource whose creates survive a crash: if a create is
// interrupted before its object is in the state, the next update repeats it under
// the same idempotency key, and gets that object instead of a second one. Everything
// else works without this decorator.
//
// The decorator records in the journal which objects the engine has in the state,
// derives automatic names from the journal, so that a repeated create sends the same
// request, and passes the key on to the client.
func Recoverable(inner *Resource, journal *createjournal.Journal) infer.InferredResource {
	return &recoverable{inner, journal}
}

type recoverable struct {
	*Resource
	journal *createjournal.Journal
}

// Check generates an automatic name that a repeated create reproduces.
func (r *recoverable) Check(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	name, _, ok := r.Properties.AutoName()
	if !ok || req.Inputs.Get(name).IsComputed() {
		return r.Resource.Check(ctx, req)
	}
	kept, generates := req.State.Get(name), false
	if kept.IsString() {
		r.journal.RecordName(req.Urn, kept.AsString())
	} else if generates = req.Inputs.Get(name).IsNull(); generates {
		if r.journal.ProviderUnknown() {
			// The name depends on the provider's ID, which this preview does not know.
			req.Inputs, generates = req.Inputs.Set(name, property.New(property.Computed)), false
		} else if seed := r.journal.NameSeed(req.Urn, 0); seed != nil {
			req.RandomSeed = seed
		}
	}
	resp, err := r.Resource.Check(ctx, req)
	if generates && err == nil {
		r.journal.RecordAutoName(req.Urn, convert.Text(resp.Inputs.Get(name)))
	}
	return resp, err
}

// Diff records that the object is in the state.
func (r *recoverable) Diff(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	r.journal.MarkKnown(req.Urn, req.ID)
	return r.Resource.Diff(ctx, req)
}

// Read records that the object is in the state, unless it is being imported.
func (r *recoverable) Read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	if isInState(req) {
		r.journal.MarkKnown(req.Urn, req.ID)
	}
	return r.Resource.Read(ctx, req)
}

// Update records that the object is in the state.
func (r *recoverable) Update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	if !req.DryRun && r.journal.IsOpen() {
		r.journal.MarkKnown(req.Urn, req.ID)
		ctx = kind.WithRecovery(ctx, r.journal.Scope(req.Urn))
	}
	return r.Resource.Update(ctx, req)
}

// Delete records that the object is in the state. An object that this run still uses
// may be there only as the one to be replaced.
func (r *recoverable) Delete(ctx context.Context, req p.DeleteRequest) error {
	return r.delete(ctx, req, func() { r.journal.MarkKnown(req.Urn, req.ID) })
}

// maxTakenNames is how many automatic names may be taken before Create gives up.
const maxTakenNames = 3

// Create repeats an interrupted create, or creates an object. If an automatic name
// is taken, it generates another one.
func (r *recoverable) Create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	if req.DryRun || !r.journal.IsOpen() {
		return r.Resource.Create(ctx, req)
	}
	name, maxLength, autoNamed := r.Properties.AutoName()
	autoNamed = autoNamed && r.journal.IsAutoName(req.Urn, convert.Text(req.Properties.Get(name)))
	resp, err := r.create(ctx, req)
	for taken := 1; autoNamed && taken <= maxTakenNames && client.IsError(err, client.CodeResourceExists) && resp.PartialState == nil; taken++ {
		next, nameErr := autoName(req.Urn, maxLength, r.journal.NameSeed(req.Urn, taken))
		if nameErr != nil {
			break
		}
		r.warnTaken(ctx, req, err, next)
		req.Properties = req.Properties.Set(name, property.New(next))
		resp, err = r.create(ctx, req)
	}
	return resp, err
}

func (r *recoverable) create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	scope, generation := r.journal.Scope(req.Urn), r.journal.Generation(req.Urn)
	idempotent := client.IdempotentCreate{
		Scope:        scope,
		Generation:   generation,
		OnGeneration: func(next int) { generation = next },
		Accept: func(ctx context.Context, id string, createdNow bool) (bool, error) {
			switch {
			case r.journal.IsKnown(req.Urn, id):
				return false, nil // the object to be replaced
			case createdNow:
				return true, nil
			default:
				return r.exists(ctx, req.Urn, id, req.Properties)
			}
		},
	}
	resp, err := r.Resource.Create(client.WithIdempotentCreate(kind.WithRecovery(ctx, scope), idempotent), req)
	switch {
	case err == nil || resp.PartialState != nil:
		r.journal.RecordCreated(req.Urn, resp.ID, generation)
	case client.IsClientError(err):
		r.journal.RecordRefused(req.Urn, generation)
	case client.IsAmbiguous(err):
		err = &explainedError{cause: err, message: strings.TrimSuffix(err.Error(), ".") +
			". If the object was created anyway, the next `pulumi up` within 24 hours adopts it."}
	}
	return resp, err
}

// warnTaken warns that an automatic name is taken, and by which object.
func (r *recoverable) warnTaken(ctx context.Context, req p.CreateRequest, err error, next string) {
	by := ""
	var conflict *kind.ConflictError
	if errors.As(err, &conflict) && conflict.ImportID != "" {
		by = fmt.Sprintf(" by %s", conflict.ImportID)
	}
	p.GetLogger(ctx).Warningf("The automatic name of %s %q is taken%s, so it is named %s. "+
		"If no stack manages that object (`pulumi stack --show-ids` lists the objects of a stack), it was left by an interrupted update.",
		r.Kind(), req.Urn.Name(), by, next)
}
