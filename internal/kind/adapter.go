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

// adapter implements the interfaces of infer with a controller. The compiler makes a
// copy of generic code for each type, but only one for all pointers. So infer gets
// pointers to the inputs and the state, and everything else is in functions that are not
// generic and call the controller by reflection.
type adapter[C Controller[I, O], I, O any] struct{}

func (*adapter[C, I, O]) Annotate(annotator infer.Annotator) {
	// Package lifecycle adds the description. Infer asks for the token at every start,
	// which would build the property tables once more.
	annotator.SetToken(module, tokens.TypeName(reflect.TypeFor[C]().Name()))
}

// controllerOf returns a controller. Its zero value is complete.
func controllerOf[C any]() (controller C) { return controller }

func (*adapter[C, I, O]) Create(ctx context.Context, req infer.CreateRequest[*I]) (resp infer.CreateResponse[*O], err error) {
	resp.Output = new(O)
	resp.ID, err = create(ctx, controllerOf[C](), req.Inputs, resp.Output)
	return resp, err
}

func (*adapter[C, I, O]) Read(ctx context.Context, req infer.ReadRequest[*I, *O]) (resp infer.ReadResponse[*I, *O], err error) {
	resp.Inputs, resp.State = new(I), new(O)
	resp.ID, err = read(ctx, controllerOf[C](), req.ID, req.State, resp.State)
	return resp, err
}

func (*adapter[C, I, O]) Update(ctx context.Context, req infer.UpdateRequest[*I, *O]) (resp infer.UpdateResponse[*O], err error) {
	resp.Output = new(O)
	return resp, update(ctx, controllerOf[C](), req.ID, req.State, req.Inputs, resp.Output)
}

func (*adapter[C, I, O]) Delete(ctx context.Context, req infer.DeleteRequest[*O]) (resp infer.DeleteResponse, err error) {
	return resp, remove(ctx, controllerOf[C](), req.ID, req.State)
}

// definer is a Controller whose types have been erased. The type parameters of the adapter have
// ensured that its methods have the types that the following functions pass. Inputs and states
// are pointers here.
type definer interface{ Definition() Definition }

func create(ctx context.Context, controller definer, inputs, state any) (id string, err error) {
	call, err := callFrom(ctx)
	if err != nil {
		return "", err
	}
	if existing := methodOf(controller, "Existing"); existing.isImplemented() {
		found, err := existing.findExisting(ctx, call.Client, "", inputs)
		if err != nil && !client.IsNotFound(err) { // Create reports what does not exist
			return "", err
		}
		if found != nil && !call.OwnsSetting {
			definition := controller.Definition()
			if err := refuseOverwrite(definition, found.ID, found.Value, inputs); err != nil && !isOwnValue(ctx, definition, found.Value) {
				return "", err
			}
		}
	}
	results := methodOf(controller, "Create").call(ctx, call.Client, dereference(inputs))
	dereference(state).Set(results[1])
	id, err = results[0].String(), errorIn(results[2])
	if err == nil || id != "" {
		return id, InitFailed(err)
	}
	if isExistsConflict(err) {
		ctx, cancel := ForMessage(ctx)
		defer cancel()
		var existing iter.Seq2[Object[any], error]
		if list := methodOf(controller, "List"); list.takes(dereference(inputs)) {
			existing = list.list(ctx, call.Client, dereference(inputs))
		}
		err = newConflictError(controller.Definition(), inputs, existing, err)
	}
	return "", err
}

// read returns the ID, or "" if the object is deleted.
func read(ctx context.Context, controller definer, id string, oldState, state any) (string, error) {
	call, err := callFrom(ctx)
	if err != nil {
		return "", err
	}
	results := methodOf(controller, "Read").call(ctx, call.Client, reflect.ValueOf(id), dereference(oldState))
	dereference(state).Set(results[0])
	if err := errorIn(results[1]); !errors.Is(err, ErrDeleted) {
		return id, err
	}
	return "", nil
}

func update(ctx context.Context, controller definer, id string, oldState, inputs, state any) error {
	call, err := callFrom(ctx)
	if err != nil {
		return err
	}
	update := methodOf(controller, "Update")
	if !update.isImplemented() {
		return errNotUpdatable
	}
	results := update.call(ctx, call.Client, reflect.ValueOf(id), dereference(oldState), dereference(inputs))
	dereference(state).Set(results[0])
	return errorIn(results[1])
}

func remove(ctx context.Context, controller definer, id string, state any) error {
	call, err := callFrom(ctx)
	if err != nil {
		return err
	}
	if existing := methodOf(controller, "Existing"); existing.isImplemented() {
		inputs := embeddedInputs(state)
		if id == UnknownID {
			id = ""
		}
		found, err := existing.findExisting(ctx, call.Client, id, inputs)
		if err != nil || found == nil {
			return err
		}
		if id == "" {
			id = found.ID
		}
		if err := refuseForeign(controller.Definition(), found.Value, inputs, call.OldInputs); err != nil {
			return err
		}
	}
	results := methodOf(controller, "Delete").call(ctx, call.Client, reflect.ValueOf(id), dereference(state))
	return errorIn(results[0])
}

// list yields the objects that have the same parents as one with the inputs.
func list(ctx context.Context, controller definer, inputs property.Map, yield func(Object[property.Map], error) bool) {
	call, err := callFrom(ctx)
	if err != nil {
		yield(Object[property.Map]{}, err)
		return
	}
	list := methodOf(controller, "List")
	in := reflect.New(list.Type().In(2))
	decodeStrings(inputs, in.Interface())
	for object, err := range list.list(ctx, call.Client, in.Elem()) {
		converted := Object[property.Map]{ID: object.ID}
		if err == nil {
			converted.Value = encode(object.Value)
		}
		if !yield(converted, err) {
			return
		}
	}
}

// method is a method of a controller, or of a FunctionController.
type method struct{ reflect.Value }

// methodOf returns a method, which need not be implemented.
func methodOf(controller any, name string) method {
	return method{reflect.ValueOf(controller).MethodByName(name)}
}

func (m method) isImplemented() bool { return m.IsValid() }

// takes reports whether the argument after the client can be a value.
func (m method) takes(value reflect.Value) bool { return m.Type().In(2) == value.Type() }

func (m method) call(ctx context.Context, c *client.Client, arguments ...reflect.Value) (results []reflect.Value) {
	return m.Call(append([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(c)}, arguments...))
}

// findExisting calls the method Existing of an Upserter.
func (m method) findExisting(ctx context.Context, c *client.Client, id string, inputs any) (*Object[any], error) {
	results := m.call(ctx, c, reflect.ValueOf(id), dereference(inputs))
	if err := errorIn(results[1]); err != nil || results[0].IsNil() {
		return nil, err
	}
	found := results[0].Elem()
	return &Object[any]{ID: found.FieldByName("ID").String(), Value: found.FieldByName("Value").Interface()}, nil
}

// list calls the method List of a Lister.
func (m method) list(ctx context.Context, c *client.Client, inputs reflect.Value) iter.Seq2[Object[any], error] {
	return m.call(ctx, c, inputs)[0].Interface().(iter.Seq2[Object[any], error])
}

func dereference(pointer any) reflect.Value { return reflect.ValueOf(pointer).Elem() }

func errorIn(result reflect.Value) error {
	err, _ := result.Interface().(error)
	return err
}

// UnknownID is the ID for the Delete of an Upserter whose Create was interrupted.
const UnknownID = "unknown"

// errNotUpdatable is never seen: every change of such a resource replaces it.
var errNotUpdatable = errors.New("the resource cannot be updated in place")

// embeddedInputs returns a pointer to the inputs that a state embeds, given a pointer to it.
func embeddedInputs(state any) any { return dereference(state).Field(0).Addr().Interface() }

// isExistsConflict reports whether a create was refused because another object has
// the same unique values.
func isExistsConflict(err error) bool {
	return client.IsClientError(err) && client.IsStatus(err, http.StatusConflict) &&
		!client.IsError(err, client.CodeInvalidState, client.CodeIdempotencyKeyReused, client.CodePreconditionFailed)
}
