// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// DynamicCode is the property in which a dynamic provider keeps its own code in the state
// of each of its resources. That of @pgbeam/pulumi contains the API key in clear text.
const DynamicCode = "__provider"

// WithDynamicProvider returns a resource that also understands the states that the dynamic
// provider @pgbeam/pulumi has written. A program that gives the old type as an alias
// keeps its objects that way. The first update removes the code of the old provider and
// passwords in clear text from the state, without a request that changes anything.
func WithDynamicProvider(inner infer.InferredResource, r *Resource) infer.InferredResource {
	return &dynamicStates{inner, r}
}

type dynamicStates struct {
	infer.InferredResource
	resource *Resource
}

// Check implements p.Provider.
func (r *dynamicStates) Check(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	req.State = r.resource.fromDynamicProvider("", req.State)
	return r.InferredResource.Check(ctx, req)
}

// Diff reports a change if the code of the old provider is all that differs, so that it
// leaves the state with an update.
func (r *dynamicStates) Diff(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	isDynamic := isDynamic(req.State, req.OldInputs)
	req.State, req.OldInputs = r.resource.fromDynamicProvider(req.ID, req.State), r.resource.fromDynamicProvider(req.ID, req.OldInputs)
	diff, err := r.InferredResource.Diff(ctx, req)
	if isDynamic && err == nil && !diff.HasChanges {
		diff.HasChanges, diff.DetailedDiff = true, map[string]p.PropertyDiff{DynamicCode: {Kind: p.Delete}}
	}
	return diff, err
}

// Read implements p.Provider.
func (r *dynamicStates) Read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	req.Properties, req.Inputs = r.resource.fromDynamicProvider(req.ID, req.Properties), r.resource.fromDynamicProvider(req.ID, req.Inputs)
	return r.InferredResource.Read(ctx, req)
}

// Update reads the object if its inputs do not differ: the outputs become those of this
// provider, and nothing is written.
func (r *dynamicStates) Update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	isDynamic := isDynamic(req.State, req.OldInputs)
	req.State, req.OldInputs = r.resource.fromDynamicProvider(req.ID, req.State), r.resource.fromDynamicProvider(req.ID, req.OldInputs)
	before := r.resource.inputsBefore(req.Urn, req.OldInputs, req.Inputs, req.State)
	if !isDynamic || req.DryRun || len(r.resource.Properties.Diff(before, req.Inputs)) > 0 {
		return r.InferredResource.Update(ctx, req)
	}
	live, err := r.InferredResource.Read(ctx, p.ReadRequest{ID: req.ID, Urn: req.Urn, Properties: req.State, Inputs: req.Inputs})
	if err == nil && live.ID == "" {
		op := operation{verb: "updating", kind: r.resource.Kind(), name: req.Urn.Name(), id: req.ID, urn: req.Urn}
		err = op.explain(errors.New("it does not exist any more. Run `pulumi up --refresh`, which shows what has to be created again"))
	}
	return p.UpdateResponse{Properties: live.Properties}, err
}

// Delete implements p.Provider.
func (r *dynamicStates) Delete(ctx context.Context, req p.DeleteRequest) error {
	req.Properties, req.OldInputs = r.resource.fromDynamicProvider(req.ID, req.Properties), r.resource.fromDynamicProvider(req.ID, req.OldInputs)
	return r.InferredResource.Delete(ctx, req)
}

// isDynamic reports whether a dynamic provider wrote one of the values.
func isDynamic(values ...property.Map) bool {
	for _, v := range values {
		if _, ok := v.GetOk(DynamicCode); ok {
			return true
		}
	}
	return false
}

// fromDynamicProvider returns inputs or outputs of a state without the code of a dynamic
// provider, and in the form of this one. Those without the code are from this one.
func (r *Resource) fromDynamicProvider(id string, values property.Map) property.Map {
	if !isDynamic(values) {
		return values
	}
	values = properties.WithoutNulls(values.Delete(DynamicCode))
	if r.FromDynamicProvider == nil {
		return values
	}
	return r.FromDynamicProvider(id, values)
}

// FromDynamicState returns the ID, the inputs and the outputs of a state that the dynamic
// provider @pgbeam/pulumi has written, as this provider would have written them. Values
// that it does not have are left out. A value that cannot be seen, because it is
// encrypted, is passed as a computed one, and kept. It is no method, so that it is not
// part of the plugin.
func FromDynamicState(r *Resource, id string, inputs, outputs property.Map) (string, property.Map, property.Map) {
	inputs = r.fromDynamicProvider(id, inputs)
	for name := range inputs.All {
		if _, ok := r.Properties[name]; !ok {
			inputs = inputs.Delete(name)
		}
	}
	inputs = r.Properties.MarkSecrets(inputs, inputs)
	outputs = wellTyped(r, r.fromDynamicProvider(id, outputs))
	return r.ImportID.OwnID(id), inputs, r.outputs(r.Properties.FillFrom(outputs, inputs), inputs)
}

// wellTyped returns the values of a state that match the schema, apart from nested fields
// that are missing.
func wellTyped(r *Resource, state property.Map) property.Map {
	matched, mismatches := r.state().match(state)
	wrong := map[string]bool{}
	for _, m := range mismatches {
		wrong[m.path.Root()] = wrong[m.path.Root()] || m.want != wantPresent
	}
	values := map[string]property.Value{}
	for name := range matched.All {
		if value := state.Get(name); !value.IsNull() && !wrong[name] {
			values[name] = value
		}
	}
	return property.NewMap(values)
}
