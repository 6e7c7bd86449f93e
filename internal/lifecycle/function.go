// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	mschema "github.com/pulumi/pulumi-go-provider/middleware/schema"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/examples"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Function is a function with the behavior that all functions share.
type Function struct {
	kind.Function
	env Env
	// outputs is the schema of the outputs, by name.
	outputs func() map[string]schema.PropertySpec
}

// WrapFunction returns a function with the shared behavior.
func WrapFunction(env Env, inner kind.Function) *Function {
	return &Function{Function: inner, env: env, outputs: sync.OnceValue(func() map[string]schema.PropertySpec {
		spec, err := inner.GetSchema(func(tokens.Type, schema.ComplexTypeSpec) bool { return true })
		if err != nil {
			panic(fmt.Sprintf("the schema of %s is invalid: %v", inner.Name(), err))
		}
		return readableOutputs(inner, spec)
	})}
}

// readableOutputs returns the schema of the outputs that a function returns, by name.
func readableOutputs(function kind.Function, spec schema.FunctionSpec) map[string]schema.PropertySpec {
	outputs := maps.Clone(spec.Outputs.Properties)
	if function.State == nil {
		return outputs
	}
	for _, name := range function.State.Unreadable {
		delete(outputs, name)
	}
	for name, output := range outputs {
		output.Description = asOfNow.Replace(output.Description)
		outputs[name] = output
	}
	return outputs
}

// asOfNow adapts the description of an output of a resource, which is as old as the state and
// always present, to the result of a function that is such a state.
var asOfNow = strings.NewReplacer(", as of the last refresh or update", "", "Empty if", "Absent if")

// GetSchema returns the schema of the Go types, enriched from the definition.
func (f *Function) GetSchema(register mschema.RegisterDerivativeType) (schema.FunctionSpec, error) {
	spec, err := f.InferredFunction.GetSchema(func(token tokens.Type, typ schema.ComplexTypeSpec) bool {
		return register(token, f.env.enrichType(f.Properties, token, typ))
	})
	if err != nil {
		return spec, err
	}
	spec.Description = strings.TrimSpace(f.Description + "\n\n" + examples.Markdown(f.Name()))
	enrichProperties(f.Properties, spec.Inputs.Properties, true)
	spec.Inputs.Required = f.Properties.RequiredNames()
	spec.Outputs.Properties = readableOutputs(f.Function, spec)
	if f.State != nil {
		spec.Outputs.Required = slices.DeleteFunc(slices.Sorted(maps.Keys(spec.Outputs.Properties)), func(name string) bool {
			return slices.Contains(f.State.Optional, name)
		})
	}
	describeTimestamps(spec.Outputs.Properties)
	return spec, nil
}

// Invoke checks the inputs and calls the function. If an input is unknown, which is the
// case in a preview only, it makes no request, and the outputs are unknown.
func (f *Function) Invoke(ctx context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
	req.Args = f.Properties.ResolveReferences(properties.WithoutNulls(req.Args))
	failures := f.Properties.Check(property.Map{}, req.Args)
	if f.Validate != nil {
		failures = append(failures, f.Validate(req.Args)...)
	}
	if len(failures) > 0 {
		return p.InvokeResponse{Failures: properties.Printable(failures, req.Args)}, nil
	}
	secrets := f.Properties.MarkSecrets(req.Args, req.Args)
	if req.Args.HasComputed() {
		unknown := map[string]property.Value{}
		for name := range f.outputs() {
			unknown[name] = property.New(property.Computed)
		}
		return p.InvokeResponse{Return: f.markSecrets(property.NewMap(unknown), secrets)}, nil
	}
	op := operation{verb: "invoking", kind: f.Name(), secrets: properties.SecretStrings(secrets), fields: f.Fields}
	var call kind.Call
	if !f.Offline {
		var err error
		if call.Client, err = f.env.Client(ctx); err != nil {
			return p.InvokeResponse{}, op.explain(err)
		}
		if !f.Acts {
			ctx = client.WithSharedResponses(ctx)
		}
	}
	resp, err := f.InferredFunction.Invoke(kind.WithCall(ctx, call), req)
	if err != nil {
		return p.InvokeResponse{}, op.explain(err)
	}
	resp.Return = f.markSecrets(f.withoutAbsent(properties.WithoutNulls(resp.Return)), secrets)
	return resp, nil
}

// withoutAbsent returns outputs without those that the API does not return.
func (f *Function) withoutAbsent(outputs property.Map) property.Map {
	if f.State == nil {
		return outputs
	}
	outputs = outputs.Delete(f.State.Unreadable...)
	for _, name := range f.State.Optional {
		if outputs.Get(name).Equals(property.New("")) {
			outputs = outputs.Delete(name)
		}
	}
	return outputs
}

// markSecrets marks the outputs that are secret in the schema. If an input is secret, it
// marks all outputs that may quote it.
func (f *Function) markSecrets(outputs, inputs property.Map) property.Map {
	for name, spec := range f.outputs() {
		value, ok := outputs.GetOk(name)
		if ok && (spec.Secret || inputs.HasSecrets() && !slices.Contains(f.Public, name)) {
			outputs = outputs.Set(name, value.WithSecret(true))
		}
	}
	return outputs
}
