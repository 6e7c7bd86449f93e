// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Recoverable returns a resource whose creates and rotations survive a crash: if one is
// interrupted before its result is in the state, a later run repeats it under the same
// idempotency key and gets that result instead of a second one, or removes what it has
// left behind. Everything else works without this decorator.
//
// The decorator records intents in the journal before their requests are sent, and what
// the engine shows of the state. creation and rotation choose the idempotency keys.
// Recovery settles the intents whose results are no longer wanted.
func Recoverable(inner *Resource, recovery *Recovery) infer.InferredResource {
	r := &recoverable{inner, recovery, recovery.journal}
	inner.hasAutoName = func(urn resource.URN, name property.Value) bool {
		text := convert.Text(name)
		return text != "" && recovery.journal.AutoName(urn).Name == text
	}
	recovery.env, recovery.kinds[inner.Kind()] = inner.env, r
	return r
}

type recoverable struct {
	*Resource
	recovery *Recovery
	journal  *createjournal.Journal
}

// Check records that the program has the resource, and generates an automatic name that
// a repeated create reproduces.
func (r *recoverable) Check(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	r.recovery.checked(ctx, req.Urn, req.State.Len() > 0)
	name, _, ok := r.Properties.AutoName()
	if !ok {
		return r.Resource.Check(ctx, req)
	}
	if kept := nameInState(ctx, req.State, name); kept != "" {
		r.journal.RecordName(req.Urn, kept)
		return r.Resource.Check(ctx, req)
	}
	if !req.Inputs.Get(name).IsNull() {
		r.journal.RecordAutoName(req.Urn, createjournal.AutoName{})
		return r.Resource.Check(ctx, req)
	}
	if seed := r.journal.NameSeed(req.Urn, 0); seed != nil {
		req.RandomSeed = seed
	}
	mode := autonamingOf(ctx).Mode
	if interrupted := r.journal.InterruptedName(req.Urn, string(mode)); interrupted != "" {
		// A pattern with random characters leads to another name in each run.
		ctx = WithAutonaming(ctx, Autonaming{Mode: cmp.Or(mode, ProposeNames), ProposedName: interrupted})
	}
	resp, err := r.Resource.Check(ctx, req)
	if generated := convert.Text(resp.Inputs.Get(name)); generated != "" && err == nil {
		r.journal.RecordAutoName(req.Urn, createjournal.AutoName{Name: generated, Mode: string(mode)})
	}
	return resp, err
}

// Diff records that the object is in the state. It reports a change if an interrupted
// request has to be settled, which only an update or a replacement can do: a preview
// makes no requests.
func (r *recoverable) Diff(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	r.journal.MarkShown(req.Urn, req.ID)
	diff, err := r.Resource.Diff(ctx, req)
	if err != nil || properties.Replaces(diff.DetailedDiff) {
		return diff, err
	}
	change := func(kind p.DiffKind, reason string) {
		p.GetLogger(ctx).Infof("%s %q (%s): %s", r.Kind(), req.Urn.Name(), req.ID, reason)
		name := r.Properties.RequiredNames()[0]
		diff.HasChanges, diff.DetailedDiff = true, map[string]p.PropertyDiff{name: {Kind: kind, InputDiff: true}}
	}
	deletion := r.journal.DeletionOf(req.Urn, r.deletionKey(req.ID, preferFirst(req.OldInputs, req.State)))
	if deletion == createjournal.Deleting && !r.isSingleton() {
		r.env.Claims.Release(r.objectKey(req.ID), req.Urn)
		diff.DeleteBeforeReplace = len(r.UniqueBy) > 0
		change(p.UpdateReplace, "an interrupted update or destroy has deleted it, or was about to; this update creates it again.")
		return diff, nil
	}
	r.journal.MarkKept(req.Urn, req.ID)
	switch {
	case diff.HasChanges: // the update settles everything
	case deletion != createjournal.NotDeleted:
		change(p.Update, "an interrupted update or destroy may have deleted it; this update finds out.")
	case len(r.recovery.superfluous(req.Urn, req.ID)) > 0:
		change(p.Update, "an interrupted update may have created another object; this update removes it.")
	case r.openRotation(req.Urn, r.secretsDigest(req.State, req.OldInputs)) != nil:
		change(p.Update, "a rotation of its secrets was interrupted; this update completes it.")
	}
	return diff, nil
}

// deletionKey identifies an object or a setting in the journal. The ID of a setting is
// that of the object which has it.
func (r *recoverable) deletionKey(id string, inputs property.Map) string {
	return r.claimKey(id, inputs).Name
}

// Read records that the object is in the state, unless it is being imported.
func (r *recoverable) Read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	if !isInState(req) {
		return r.Resource.Read(ctx, req)
	}
	r.journal.MarkShown(req.Urn, req.ID)
	resp, err := r.Resource.Read(ctx, req)
	if err == nil && resp.ID != "" { // it was not deleted
		r.markNotDeleted(req.Urn, r.deletionKey(req.ID, preferFirst(req.Inputs, req.Properties)))
	}
	return resp, err
}

// Update settles what interrupted requests have left, and makes rotations repeatable.
func (r *recoverable) Update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	r.journal.MarkShown(req.Urn, req.ID)
	if req.DryRun || !r.journal.IsOpen() {
		return r.Resource.Update(ctx, req)
	}
	done, key := r.recovery.begin(req.Urn), r.deletionKey(req.ID, preferFirst(req.OldInputs, req.State))
	if _, err := r.client(ctx, "updating", req.Urn, req.ID); err != nil {
		return p.UpdateResponse{}, done(err)
	}
	if err := r.findDeleted(ctx, req, key); err != nil {
		return p.UpdateResponse{}, done(err)
	}
	for _, intent := range r.recovery.superfluous(req.Urn, req.ID) {
		r.recovery.settle(ctx, r, intent, deleteOrName)
	}
	if len(r.Properties.ReplacingNames()) == len(r.Properties.Names()) {
		return p.UpdateResponse{Properties: r.outputs(req.State, req.Inputs)}, done(nil) // nothing else can have changed
	}
	ctx, rotated := r.withRotation(kind.WithRecovery(ctx, r.journal.Scope(req.Urn)), req)
	resp, err := r.Resource.Update(ctx, req)
	rotated(err)
	if err == nil {
		r.markNotDeleted(req.Urn, key)
	}
	return resp, done(err)
}

// findDeleted returns an error if the object to be updated was deleted by a request that
// failed. The next update replaces it then.
func (r *recoverable) findDeleted(ctx context.Context, req p.UpdateRequest, key string) error {
	if r.isSingleton() || r.journal.DeletionOf(req.Urn, key) != createjournal.Uncertain {
		return nil
	}
	op := operation{verb: "updating", kind: r.Kind(), name: req.Urn.Name(), id: req.ID, urn: req.Urn}
	ctx, err := r.withCall(ctx, kind.Call{})
	if err != nil {
		return op.explain(err)
	}
	exists, err := r.exists(ctx, req.Urn, req.ID, preferFirst(req.State, req.OldInputs))
	switch {
	case err != nil:
		return op.explain(err)
	case exists:
		r.markNotDeleted(req.Urn, key)
		return nil
	}
	if err := r.journal.MarkDeletion(req.Urn, key, createjournal.Deleting); err != nil {
		return op.explain(err)
	}
	return op.explain(errors.New("an earlier update or destroy has deleted it, although its request failed. Run `pulumi up` again, which creates it"))
}

func (r *recoverable) markNotDeleted(urn resource.URN, key string) {
	// If this cannot be written, the next update verifies once more that the object exists.
	_ = r.journal.MarkDeletion(urn, key, createjournal.NotDeleted)
}

// Delete records that the object is in the state and about to be deleted. An object that
// this run still uses may be there only as the one to be replaced.
func (r *recoverable) Delete(ctx context.Context, req p.DeleteRequest) error {
	if !r.journal.IsOpen() {
		return r.Resource.Delete(ctx, req)
	}
	done := r.recovery.begin(req.Urn)
	if _, err := r.client(ctx, "deleting", req.Urn, req.ID); err != nil {
		return done(err)
	}
	if !r.recovery.runsProgram() {
		r.recovery.settleLost(ctx, req.Urn)
	}
	if r.journal.IsDuplicate(req.Urn, req.ID) {
		p.GetLogger(ctx).Warningf("%s %q (%s) was not deleted: an interrupted update had not replaced it, and it is in use. The state now has it once.",
			r.Kind(), req.Urn.Name(), req.ID)
		return done(nil)
	}
	claim, sent := r.deleteKey(req), false
	key := claim.Name
	r.env.Claims.InState(claim, req.Urn)
	send := func() error {
		r.journal.MarkShown(req.Urn, req.ID)
		if r.isSingleton() && r.env.Claims.IsInProgram(req.Urn) {
			return nil // the ID of a setting is that of the one that replaces it
		}
		sent = true
		return r.journal.MarkDeletion(req.Urn, key, createjournal.Deleting)
	}
	err := r.delete(ctx, req, send)
	if client.IsError(err, client.CodeConflict, client.CodeInvalidState) && r.recovery.runsProgram() {
		r.recovery.settleLost(ctx, req.Urn) // something that was left behind may refer to it
		err = r.delete(ctx, req, send)
	}
	switch {
	case err == nil:
		r.journal.MarkDeleted(req.Urn, req.ID)
		if r.env.Claims.IsInProgram(req.Urn) { // the object was replaced; an earlier replacement may be left
			for _, intent := range r.recovery.superfluous(req.Urn, req.ID) {
				r.recovery.settle(ctx, r, intent, deleteOrName)
			}
		}
	case sent && errors.Is(err, context.Canceled): // the user wanted it to be deleted, and it may be
	case sent && client.IsAmbiguous(err):
		_ = r.journal.MarkDeletion(req.Urn, key, createjournal.Uncertain)
	case sent:
		r.markNotDeleted(req.Urn, key)
	}
	return done(err)
}

// client returns the client of the API. An operation that changes something asks for it
// before anything else does: only the first error says where to set the API key.
func (r *recoverable) client(ctx context.Context, verb string, urn resource.URN, id string) (*client.Client, error) {
	c, err := r.env.Client(ctx)
	if err != nil {
		return nil, operation{verb: verb, kind: r.Kind(), name: urn.Name(), id: id, urn: urn}.explain(err)
	}
	return c, nil
}

// maxTakenNames is how many automatic names may be taken before Create gives up.
const maxTakenNames = 3

// Create repeats an interrupted create, or creates an object. If an automatic name
// is taken, it generates another one, unless the stack's configuration enforces the name.
func (r *recoverable) Create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	if req.DryRun || !r.journal.IsOpen() {
		return r.Resource.Create(ctx, req)
	}
	done := r.recovery.begin(req.Urn)
	c, err := r.client(ctx, "creating", req.Urn, "")
	if err != nil {
		r.env.Claims.Fail(req.Urn)
		return p.CreateResponse{}, done(err)
	}
	name, maxLength, autoNamed := r.Properties.AutoName()
	autoNamed = autoNamed && r.hasAutoName(req.Urn, req.Properties.Get(name))
	isEnforced := autoNamed && r.journal.AutoName(req.Urn).Mode == string(EnforceNames)
	if autoNamed = autoNamed && !isEnforced; autoNamed {
		req.Properties = r.withInterruptedName(c, req, name)
	}
	resp, err := r.create(ctx, c, req)
	if isConflict(err) && resp.PartialState == nil && r.recovery.settleRenamed(ctx, r) {
		resp, err = r.create(ctx, c, req)
	}
	for taken := 1; autoNamed && taken <= maxTakenNames && client.IsError(err, client.CodeResourceExists) && resp.PartialState == nil; taken++ {
		next, nameErr := autoName(req.Urn, maxLength, r.journal.NameSeed(req.Urn, taken))
		if nameErr != nil {
			break
		}
		r.warnTaken(ctx, req, err, next)
		req.Properties = req.Properties.Set(name, property.New(next))
		resp, err = r.create(ctx, c, req)
	}
	if isEnforced && client.IsError(err, client.CodeResourceExists) && resp.PartialState == nil {
		err = &explainedError{cause: err, message: err.Error() + " The stack's configuration enforces the name (pulumi:autonaming)."}
	}
	return resp, done(err)
}

// withInterruptedName returns the inputs of a create with the automatic name of the
// interrupted create of the same object, if there is one: Check does not know that the
// first name was taken.
func (r *recoverable) withInterruptedName(c *client.Client, req p.CreateRequest, name string) property.Map {
	for _, intent := range r.journal.OpenIntents(req.Urn) {
		if intent.Operation != createjournal.Create || intent.IsCurrent() || r.journal.IsReplaced(intent) {
			continue
		}
		if intent.AutoName.Mode != r.journal.AutoName(req.Urn).Mode {
			continue // the user has changed how names are chosen
		}
		inputs, err := r.recovery.inputsOf(c, intent)
		renamed := req.Properties.Set(name, inputs.Get(name))
		if err == nil && reflect.DeepEqual(properties.Plain(property.New(renamed)), properties.Plain(property.New(inputs))) {
			return renamed
		}
	}
	return req.Properties
}

// isConflict reports whether a create was refused because of an object or a value that
// exists.
func isConflict(err error) bool {
	var overwrite *kind.OverwriteError
	var conflict *kind.ConflictError
	return errors.As(err, &overwrite) || errors.As(err, &conflict)
}

// create creates an object or sets a setting once.
func (r *recoverable) create(ctx context.Context, c *client.Client, req p.CreateRequest) (p.CreateResponse, error) {
	creation, err := r.newCreation(c, req)
	if err != nil {
		return p.CreateResponse{}, err
	}
	defer creation.release()
	resp, err := r.Resource.Create(creation.context(ctx), req)
	if err == nil || resp.PartialState != nil {
		if journalErr := creation.returned(resp.ID); journalErr != nil {
			return p.CreateResponse{}, fmt.Errorf("%s %q (%s) was created, but is not saved to the state: %w. "+
				"Run `pulumi up` again, which adopts it", r.Kind(), req.Urn.Name(), resp.ID, journalErr)
		}
		if r.reusesIDs() {
			r.markNotDeleted(req.Urn, r.deletionKey(resp.ID, req.Properties))
		}
		creation.warnUnknown(ctx, resp)
		return resp, err
	}
	var overwrite *kind.OverwriteError
	switch {
	case client.IsClientError(err), errors.As(err, &overwrite):
		creation.close()
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
		"If nothing manages that object ("+whereManaged+"), it was left by an interrupted update. "+
		"A stack with the same project and the same name in another backend has the same automatic names.",
		r.Kind(), req.Urn.Name(), by, next)
}
