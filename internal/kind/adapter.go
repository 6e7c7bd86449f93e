// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"reflect"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// Call is what package lifecycle passes to a controller along with the inputs and
// the state.
type Call struct {
	// Client makes the requests.
	Client *client.Client
	// OwnsSetting is true if the state says that the value of the setting belongs to
	// the resource, so that Create may overwrite it.
	OwnsSetting bool
	// OldInputs are the inputs in the state, for Delete.
	OldInputs property.Map
	// BecomesState is true for a Read whose result becomes the state. It then has outputs that
	// the API does not return again, but that can be derived from other objects.
	BecomesState bool
}

type callKey struct{}

// WithCall returns a context for an operation of a Resource.
func WithCall(ctx context.Context, call Call) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}

// ErrNoClient is the error of an operation whose context has no Call.
var ErrNoClient = errors.New("the provider has not been configured")

func callFrom(ctx context.Context) (Call, error) {
	call, ok := ctx.Value(callKey{}).(Call)
	if !ok || call.Client == nil {
		return Call{}, ErrNoClient
	}
	return call, nil
}

// BecomesState reports whether the result of a Read becomes the state.
func BecomesState(ctx context.Context) bool {
	call, _ := ctx.Value(callKey{}).(Call)
	return call.BecomesState
}

// adapter implements the interfaces of infer with a controller. The compiler makes a
// copy of generic code for each type, but only one for all pointers. So infer gets
// pointers to the inputs and the state, and whatever does not depend on the types is in
// functions that are not generic.
type adapter[C Controller[I, O], I, O any] struct{}

func (*adapter[C, I, O]) Annotate(annotator infer.Annotator) {
	// Package lifecycle adds the description. Infer asks for the token at every start,
	// which would build the property tables once more.
	annotator.SetToken(module, tokens.TypeName(reflect.TypeFor[C]().Name()))
}

// WireDependencies implements infer.ExplicitDependencies. Without any dependency, infer derives
// those of every output on every input, at each create and update, which takes a third of the memory
// that it allocates. They would be for previews and secrets, which package lifecycle is responsible for.
func (*adapter[C, I, O]) WireDependencies(fields infer.FieldSelector, inputs **I, state **O) {
	fields.OutputField(firstField(*state)).DependsOn(fields.InputField(firstField(*inputs)))
}

// firstField returns a pointer to the first field of a struct.
func firstField(structure any) any {
	return reflect.ValueOf(structure).Elem().Field(0).Addr().Interface()
}

// controllerOf returns a controller. Its zero value is complete.
func controllerOf[C any]() (controller C) { return controller }

func (*adapter[C, I, O]) Create(ctx context.Context, req infer.CreateRequest[*I]) (resp infer.CreateResponse[*O], err error) {
	controller := controllerOf[C]()
	call, err := callFrom(ctx)
	if err != nil {
		return resp, err
	}
	if upserter, ok := any(controller).(Upserter[I]); ok {
		existing, err := upserter.Existing(ctx, call.Client, "", *req.Inputs)
		if err != nil && !client.IsNotFound(err) { // Create reports what does not exist
			return resp, err
		}
		if err == nil && existing != nil && !call.OwnsSetting {
			definition := controller.Definition()
			if err := refuseOverwrite(definition, existing.ID, existing.Value, *req.Inputs); err != nil && !isOwnValue(ctx, definition, existing.Value) {
				return resp, err
			}
		}
	}
	resp.Output = new(O)
	resp.ID, *resp.Output, err = controller.Create(ctx, call.Client, *req.Inputs)
	if err == nil || resp.ID != "" {
		return resp, InitFailed(err)
	}
	if isExistsConflict(err) {
		lister, _ := any(controller).(Lister[I])
		ctx, cancel := ForMessage(ctx)
		defer cancel()
		var existing iter.Seq2[Object[any], error]
		if lister != nil {
			existing = lister.List(ctx, call.Client, *req.Inputs)
		}
		err = newConflictError(controller.Definition(), *req.Inputs, existing, err)
	}
	return resp, err
}

func (*adapter[C, I, O]) Read(ctx context.Context, req infer.ReadRequest[*I, *O]) (resp infer.ReadResponse[*I, *O], err error) {
	call, err := callFrom(ctx)
	if err != nil {
		return resp, err
	}
	state, err := controllerOf[C]().Read(ctx, call.Client, req.ID, *req.State)
	resp.Inputs, resp.State = new(I), &state
	if errors.Is(err, ErrDeleted) {
		return resp, nil
	}
	resp.ID = req.ID
	return resp, err
}

func (*adapter[C, I, O]) Update(ctx context.Context, req infer.UpdateRequest[*I, *O]) (resp infer.UpdateResponse[*O], err error) {
	call, err := callFrom(ctx)
	if err != nil {
		return resp, err
	}
	updater, ok := any(controllerOf[C]()).(Updater[I, O])
	if !ok {
		return resp, errNotUpdatable
	}
	resp.Output = new(O)
	*resp.Output, err = updater.Update(ctx, call.Client, req.ID, *req.State, *req.Inputs)
	return resp, err
}

func (*adapter[C, I, O]) Delete(ctx context.Context, req infer.DeleteRequest[*O]) (resp infer.DeleteResponse, err error) {
	controller := controllerOf[C]()
	call, err := callFrom(ctx)
	if err != nil {
		return resp, err
	}
	if upserter, ok := any(controller).(Upserter[I]); ok {
		inputs := embeddedInputs(*req.State).(I)
		if req.ID == UnknownID {
			req.ID = ""
		}
		existing, err := upserter.Existing(ctx, call.Client, req.ID, inputs)
		if err != nil || existing == nil {
			return resp, err
		}
		if req.ID == "" {
			req.ID = existing.ID
		}
		if err := refuseForeign(controller.Definition(), existing.Value, inputs, call.OldInputs); err != nil {
			return resp, err
		}
	}
	return resp, controller.Delete(ctx, call.Client, req.ID, *req.State)
}

// UnknownID is the ID for the Delete of an Upserter whose Create was interrupted.
const UnknownID = "unknown"

// errNotUpdatable is never seen: every change of such a resource replaces it.
var errNotUpdatable = errors.New("the resource cannot be updated in place")

// embeddedInputs returns the inputs that a state embeds.
func embeddedInputs(state any) any { return reflect.ValueOf(state).Field(0).Interface() }

// isExistsConflict reports whether a create was refused because another object has
// the same unique values.
func isExistsConflict(err error) bool {
	return client.IsClientError(err) && client.IsStatus(err, http.StatusConflict) &&
		!client.IsError(err, client.CodeInvalidState, client.CodeIdempotencyKeyReused, client.CodePreconditionFailed)
}

// list lists objects by the IDs of their parents.
func list[C Lister[L], L any](ctx context.Context, inputs property.Map) iter.Seq2[Object[property.Map], error] {
	return func(yield func(Object[property.Map], error) bool) {
		call, err := callFrom(ctx)
		if err != nil {
			yield(Object[property.Map]{}, err)
			return
		}
		var in L
		decodeStrings(inputs, &in)
		for object, err := range controllerOf[C]().List(ctx, call.Client, in) {
			converted := Object[property.Map]{ID: object.ID}
			if err == nil {
				converted.Value = encode(object.Value)
			}
			if !yield(converted, err) {
				return
			}
		}
	}
}
