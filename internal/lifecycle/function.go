// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	mschema "github.com/pulumi/pulumi-go-provider/middleware/schema"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Function is a function with the behavior that all functions share.
type Function struct {
	kind.Function
	env Env
}

// WrapFunction returns a function with the shared behavior.
func WrapFunction(env Env, inner kind.Function) *Function { return &Function{inner, env} }

// GetSchema returns the schema of the Go types with the description.
func (f *Function) GetSchema(register mschema.RegisterDerivativeType) (schema.FunctionSpec, error) {
	spec, err := f.InferredFunction.GetSchema(register)
	spec.Description = f.Description
	return spec, err
}

// Invoke checks the inputs and calls the function.
func (f *Function) Invoke(ctx context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
	req.Args = f.Properties.ResolveReferences(properties.WithoutNulls(req.Args))
	if failures := f.Properties.Check(req.Args, req.Args); len(failures) > 0 {
		return p.InvokeResponse{Failures: properties.Printable(failures, req.Args)}, nil
	}
	op := operation{verb: "invoking", kind: f.Name(), secrets: properties.SecretStrings(req.Args)}
	c, err := f.env.Client(ctx)
	if err != nil {
		return p.InvokeResponse{}, op.explain(err)
	}
	resp, err := f.InferredFunction.Invoke(kind.WithCall(ctx, kind.Call{Client: c}), req)
	if err != nil {
		return p.InvokeResponse{}, op.explain(err)
	}
	return resp, nil
}
