// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// ErrDeleted is returned by Read for an object that the API still returns although
// it is deleted or revoked.
var ErrDeleted = errors.New("the object is deleted")

// IsDeleted reports whether a status is that of an object that is deleted.
func IsDeleted(status string) bool {
	return strings.EqualFold(status, "deleted") || strings.EqualFold(status, "revoked")
}

// InitFailed wraps the error of a request that follows the one that created or
// changed the object. The returned state is kept, and the next update completes it.
func InitFailed(err error) error {
	if err == nil {
		return nil
	}
	return &initFailedError{err}
}

type initFailedError struct{ cause error }

func (e *initFailedError) Error() string { return e.cause.Error() }
func (e *initFailedError) Unwrap() error { return e.cause }

// As converts the error to the type that infer recognizes.
func (e *initFailedError) As(target any) bool {
	initFailed, ok := target.(*infer.ResourceInitFailedError)
	if ok {
		initFailed.Reasons = []string{e.Error()}
	}
	return ok
}

// ConflictError is the error of a create that was refused because another object
// has the same unique values.
type ConflictError struct {
	// Err is the response of the API.
	Err error
	// ID and ImportID are those of the existing object, or "" if it was not found.
	ID, ImportID string
	// CreatedAt is the time when that object was created, in RFC 3339 format, or "" if it is
	// not known.
	CreatedAt string
}

func (e *ConflictError) Error() string { return e.Err.Error() }
func (e *ConflictError) Unwrap() error { return e.Err }

// newConflictError returns the error with the existing object that has the same
// unique values as the inputs. existing may be nil. A list that cannot be read is no
// error: the conflict itself is what matters.
func newConflictError(definition Definition, inputs any, existing iter.Seq2[Object[any], error], err error) *ConflictError {
	conflict := &ConflictError{Err: err}
	if existing == nil {
		return conflict
	}
	wanted := encode(inputs)
	for object, err := range existing {
		if err != nil {
			break
		}
		live := encode(object.Value)
		if definition.HasSameUniqueValues(live, wanted) {
			conflict.ID, conflict.ImportID = object.ID, definition.ImportID.Of(object.ID, wanted)
			if created := live.Get("createdAt"); created.IsString() {
				conflict.CreatedAt = created.AsString()
			}
			break
		}
	}
	return conflict
}

// OverwriteError is the error of a create that was refused because it would
// overwrite a value.
type OverwriteError struct {
	// Current is the value in the API, Wanted that of the inputs.
	Current, Wanted string
	// ID is the ID of the object that has the value.
	ID string
}

func (e *OverwriteError) Error() string {
	return fmt.Sprintf("is %s already, and this create would overwrite it with %s", e.Current, e.Wanted)
}

func refuseOverwrite(definition Definition, id string, existing, wanted any) error {
	current, want := encode(existing), encode(wanted)
	if definition.hasSameSetting(current, want) {
		return nil
	}
	names := definition.Setting.Values
	return &OverwriteError{Current: formatValues(names, current), Wanted: formatValues(names, want), ID: id}
}

// ForeignValueError is the error of a delete that was refused because the value in
// the API is not the one that the resource has set.
type ForeignValueError struct {
	// Current is the value in the API.
	Current string
}

func (e *ForeignValueError) Error() string {
	return fmt.Sprintf("the value is %s, which the resource has not set", e.Current)
}

// refuseForeign returns an error unless the value in the API is that of the state.
// Either the outputs or the inputs in the state may lack it.
func refuseForeign(definition Definition, existing, state any, oldInputs property.Map) error {
	current := encode(existing)
	if definition.hasSameSetting(current, encode(state)) || oldInputs.Len() > 0 && definition.hasSameSetting(current, oldInputs) {
		return nil
	}
	return &ForeignValueError{Current: formatValues(definition.Setting.Values, current)}
}

// ForMessage returns a context for a lookup whose result is only used in a
// message: it reads a few pages of a list, and has a short timeout.
func ForMessage(ctx context.Context) (context.Context, context.CancelFunc) {
	const pages, timeout = 5, 10 * time.Second
	return context.WithTimeout(client.WithListLimit(ctx, pages), timeout)
}
