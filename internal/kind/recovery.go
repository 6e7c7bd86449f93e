// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

type recoveryKey struct{}

// WithRecovery returns a context in which RecoverablePart can repeat creates. The
// scope identifies the resource among those of all stacks.
func WithRecovery(ctx context.Context, scope string) context.Context {
	return context.WithValue(ctx, recoveryKey{}, scope)
}

// RecoverablePart returns a context for the create of an object that is part of
// another one, such as the primary database of a project. If that create was
// interrupted, repeating it returns the same object. read reads the part.
func RecoverablePart(ctx context.Context, id, part string, read func(ctx context.Context, id string) error) context.Context {
	scope, ok := ctx.Value(recoveryKey{}).(string)
	if !ok {
		return ctx
	}
	return client.WithIdempotentCreate(ctx, client.IdempotentCreate{
		Scope: scope + " " + id + " " + part,
		Accept: func(ctx context.Context, id string, createdNow bool) (bool, error) {
			if createdNow {
				return true, nil
			}
			err := read(ctx, id)
			if client.IsNotFound(err) {
				return false, nil
			}
			return err == nil, err
		},
	})
}
