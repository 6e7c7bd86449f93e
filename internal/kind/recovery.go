// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

type (
	recoveryKey  struct{}
	ownValuesKey struct{}
	resumedKey   struct{}
)

// WithRecovery returns a context in which RecoverablePart can repeat creates. The
// scope identifies the resource among those of all stacks.
func WithRecovery(ctx context.Context, scope string) context.Context {
	return context.WithValue(ctx, recoveryKey{}, scope)
}

// RecoverablePart returns a context for the create of an object that is part of
// another one, such as the primary database of a project. If that create was
// interrupted, repeating it returns the same object. read reads the part.
func RecoverablePart(ctx context.Context, id, part string, read func(ctx context.Context, id string) error) context.Context {
	scope, _ := ctx.Value(recoveryKey{}).(string)
	if scope == "" {
		return ctx
	}
	generation := -1
	return client.WithIdempotency(ctx, client.Idempotency{
		Attempt: func(_ context.Context, req client.AttemptRequest) (client.Attempt, error) {
			if req.Fresh {
				return client.Attempt{}, nil // the client generates a random key
			}
			generation++
			return client.Attempt{Key: req.Derive(scope+" "+id+" "+part, strconv.Itoa(generation)), Used: true}, nil
		},
		Accept: func(ctx context.Context, result client.Result) (bool, error) {
			err := read(ctx, result.ID)
			if client.IsNotFound(err) {
				return false, nil
			}
			return err == nil, err
		},
	})
}

// WithOwnValues returns a context for a create that may overwrite a setting if it has one
// of the values.
func WithOwnValues(ctx context.Context, values []property.Map) context.Context {
	return context.WithValue(ctx, ownValuesKey{}, values)
}

// isOwnValue reports whether a setting has one of the values of the context.
func isOwnValue(ctx context.Context, definition Definition, existing any) bool {
	values, _ := ctx.Value(ownValuesKey{}).([]property.Map)
	current := encode(existing)
	for _, value := range values {
		if definition.hasSameSetting(current, value) {
			return true
		}
	}
	return false
}

// WithResumed returns a context for a create that may repeat an interrupted one. sentAt
// returns the time at which that one was sent, or the zero time if there is none.
func WithResumed(ctx context.Context, sentAt func() time.Time) context.Context {
	return context.WithValue(ctx, resumedKey{}, sentAt)
}

// IsOwnResult reports whether a create that was refused because of an existing object has
// probably created that object itself: by an attempt whose response was lost, or in an
// interrupted update. Only an API that ignores the idempotency key refuses
// such a create. createdAt is when the object was created.
func IsOwnResult(ctx context.Context, err error, createdAt string) bool {
	const skew, retries = 5 * time.Minute, 5 * time.Minute // the clocks may differ
	created, parseErr := time.Parse(time.RFC3339, createdAt)
	if parseErr != nil {
		return false
	}
	var refusal *client.Error
	if errors.As(err, &refusal) && refusal.AfterAmbiguous && created.After(time.Now().Add(-skew-retries)) {
		return true
	}
	sentAt, ok := ctx.Value(resumedKey{}).(func() time.Time)
	return ok && !sentAt().IsZero() && created.After(sentAt().Add(-skew))
}
