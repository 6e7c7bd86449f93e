// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// WithoutObject returns a resource that has no object in the API. Its checks, its schema and
// its secrets are those of every resource.
func WithoutObject(inner *Resource) infer.InferredResource {
	if inner.Evaluation != nil {
		return &evaluated{withoutObject{inner}}
	}
	return &discovered{withoutObject: withoutObject{inner}}
}

// withoutObject is what these resources have in common.
type withoutObject struct{ *Resource }

// Delete makes no request: there is no object.
func (r *withoutObject) Delete(context.Context, p.DeleteRequest) error { return nil }

// importError is the error of an import, and of a get().
func (r *withoutObject) importError(urn resource.URN) error {
	return fmt.Errorf("%s %q cannot be imported or read by an ID, because it is not an object of PgBeam. "+
		"Add it to the program: `pulumi up` creates it", r.Kind(), urn.Name())
}

// operation describes an operation in messages.
func (r *withoutObject) operation(verb string, urn resource.URN, id string, inputs ...property.Map) operation {
	return operation{verb: verb, kind: r.Kind(), name: urn.Name(), id: id, urn: urn, secrets: properties.SecretStrings(inputs...)}
}

// isUncertain reports whether what a preview would find out may not be what the update finds
// out. The subjects are the inputs with the IDs of the objects that are examined.
func (r *withoutObject) isUncertain(inputs property.Map, subjects ...string) bool {
	return property.New(inputs).HasComputed() || slices.ContainsFunc(subjects, func(name string) bool {
		subject := inputs.Get(name)
		return subject.IsString() && r.env.Claims.IsPlanned(r.objectKey(subject.AsString()))
	})
}

// unknownOutputs returns the outputs of a preview that makes no request.
func (r *withoutObject) unknownOutputs(inputs property.Map) property.Map {
	outputs := inputs
	for _, name := range r.outputNames() {
		outputs = outputs.Set(name, property.New(property.Computed))
	}
	return r.outputs(outputs, inputs)
}

// outputNames returns the names of the outputs that are no inputs.
func (r *withoutObject) outputNames() (names []string) {
	for name := range r.spec().Properties {
		if _, input := r.Properties[name]; !input {
			names = append(names, name)
		}
	}
	return names
}

// examine returns the outputs for the inputs. If cases have failed, it returns them together
// with a kind.FailedCasesError. id is that of a new resource.
func (r *withoutObject) examine(ctx context.Context, urn resource.URN, inputs property.Map) (id string, outputs property.Map, err error) {
	if failures := r.problems(inputs); len(failures) > 0 { // which Check has reported
		return "", property.Map{}, errors.New(failures[0].Reason)
	}
	ctx, err = r.withCall(ctx, kind.Call{})
	if err != nil {
		return "", property.Map{}, err
	}
	resp, err := r.InferredResource.Create(ctx, p.CreateRequest{Urn: urn, Properties: inputs})
	return resp.ID, r.outputs(resp.Properties, inputs), err
}

// problems returns the failures of inputs with which something is about to be examined.
// Without cases, for example, nothing could fail.
func (r *withoutObject) problems(inputs property.Map) []p.CheckFailure {
	failures := r.Properties.Check(inputs, inputs)
	if r.Validate != nil {
		failures = append(failures, r.Validate(inputs)...)
	}
	return failures
}

// inputsInState returns the inputs of a resource in the state. If the state has lost them,
// they are those in the outputs.
func (r *withoutObject) inputsInState(req p.ReadRequest) property.Map {
	if req.Inputs.Len() > 0 {
		return r.Properties.MarkSecrets(req.Inputs, req.Inputs)
	}
	inputs := property.Map{}
	for _, name := range r.Properties.Names() {
		if value, ok := req.Properties.GetOk(name); ok {
			inputs = inputs.Set(name, value)
		}
	}
	return r.Properties.MarkSecrets(inputs, inputs)
}
