// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// rotation is a rotation of one-time secrets in progress. Its idempotency key is derived
// from the secrets that it replaces and from the triggers, so that repeating it is no
// second rotation, whether triggers or the age of the secrets have caused it. As long as the state has the old secrets, an interrupted
// rotation is repeated under its own key, whatever the inputs are by then: if it takes
// effect late, its secrets are still those of the state.
type rotation struct {
	*recoverable
	urn    resource.URN
	id     string
	state  property.Map
	before string // identifies the secrets in the state
	inputs string // identifies the triggers
	intent *createjournal.Intent
}

// rotatingInputs returns the inputs whose change replaces one-time secrets.
func (r *Resource) rotatingInputs() (names []string) {
	for _, secret := range r.oneTimeSecrets() {
		names = append(names, r.Properties.PropertiesThatChange(secret)...)
	}
	return names
}

// secretsDigest identifies the one-time secrets of a state, and the inputs that caused
// them. It is "" for a kind without such secrets.
func (r *Resource) secretsDigest(state, inputs property.Map) string {
	rotating := r.rotatingInputs()
	if len(rotating) == 0 {
		return ""
	}
	return digestOf(state, r.oneTimeSecrets()) + digestOf(inputs, rotating)
}

// digestOf returns a digest of values.
func digestOf(values property.Map, names []string) string {
	plain := make([]any, len(names))
	for i, name := range names {
		plain[i] = properties.Plain(values.Get(name))
	}
	encoded, _ := json.Marshal(plain) // plain data cannot fail
	sum := sha256.Sum256(encoded)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// openRotation returns the interrupted rotation of the secrets that a state has. Other
// rotations are settled: the state has newer secrets.
func (r *recoverable) openRotation(urn resource.URN, before string) (open *createjournal.Intent) {
	if before == "" {
		return nil
	}
	for _, intent := range r.journal.OpenIntents(urn) {
		switch {
		case intent.Operation != createjournal.Rotate:
		case intent.Before == before && open == nil:
			open = intent
		case intent.Before != before && !intent.IsCurrent():
			r.journal.Close(intent)
		}
	}
	return open
}

// withRotation returns the context of an update that may rotate secrets, and a function
// that is to be called with the error of the update.
func (r *recoverable) withRotation(ctx context.Context, req p.UpdateRequest) (context.Context, func(err error)) {
	before := r.secretsDigest(req.State, req.OldInputs)
	if before == "" {
		return ctx, func(error) {}
	}
	rotation := &rotation{
		recoverable: r, urn: req.Urn, id: req.ID, state: req.State, before: before, inputs: digestOf(req.Inputs, r.rotatingInputs()),
	}
	if r.openRotation(req.Urn, before) != nil {
		ctx = kind.WithRotation(ctx)
	}
	return client.WithIdempotency(ctx, client.Idempotency{Attempt: rotation.attempt, Accept: rotation.accept}), func(err error) {
		if client.IsClientError(err) {
			rotation.close()
		}
	}
}

func (r *rotation) attempt(_ context.Context, req client.AttemptRequest) (client.Attempt, error) {
	r.close() // the response to the last key is outdated
	if r.intent = r.openRotation(r.urn, r.before); r.intent != nil && !req.Fresh {
		return client.Attempt{Key: r.intent.Key, Used: true}, nil
	}
	identity := []string{"rotation", r.before, r.inputs, client.NewIdempotencyKey()}
	for n := 0; !req.Fresh; n++ {
		if identity[3] = strconv.Itoa(n); !r.journal.IsUsed(r.urn, identity) {
			break
		}
	}
	intent, err := r.journal.Begin(r.urn, createjournal.Intent{
		Operation: createjournal.Rotate, ID: r.id, Key: req.Derive(identity...), Identity: identity, Before: r.before,
	})
	if err != nil {
		return client.Attempt{}, fmt.Errorf("nothing was sent, because %w", err)
	}
	r.intent = intent
	return client.Attempt{Key: intent.Key, Used: !req.Fresh}, nil
}

// accept decides whether the secrets in a response are the latest: the object was not
// changed after the rotation that returned them.
func (r *rotation) accept(ctx context.Context, result client.Result) (bool, error) {
	rotatedAt, err := time.Parse(time.RFC3339Nano, result.UpdatedAt)
	if err != nil {
		return true, nil //nolint:nilerr // the API does not return the time of the last change
	}
	live, err := r.InferredResource.Read(ctx, p.ReadRequest{ID: r.id, Urn: r.urn, Properties: r.decodable(r.state)})
	if err != nil {
		return false, err
	}
	updatedAt, _ := time.Parse(time.RFC3339Nano, convert.Text(live.Properties.Get("updatedAt"))) // zero if it is malformed
	return !updatedAt.After(rotatedAt), nil
}

func (r *rotation) close() {
	if r.intent != nil {
		r.journal.Close(r.intent)
		r.intent = nil
	}
}
