// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// FunctionDefinition describes a function.
type FunctionDefinition struct {
	// Description says what the function returns, for the registry.
	Description string
	// Properties describes the inputs, one row each.
	Properties properties.Table
}

// FunctionController makes the API calls of a function with the inputs I and the
// outputs O.
type FunctionController[I, O any] interface {
	Definition() FunctionDefinition
	// Invoke returns the outputs. Package lifecycle has checked the inputs.
	Invoke(ctx context.Context, c *client.Client, inputs I) (O, error)
}

// Function is a function whose types have been erased.
type Function struct {
	infer.InferredFunction
	FunctionDefinition
	name string
}

// Name returns the name of the function, such as getProject.
func (f Function) Name() string { return f.name }

// NewFunction returns the function that a controller implements. It has the name
// of the controller's type, with a lower-case first letter.
func NewFunction[C FunctionController[I, O], I, O any](controller C) Function {
	return Function{
		InferredFunction:   infer.Function[*functionAdapter[C, I, O], *I, *O](&functionAdapter[C, I, O]{}),
		FunctionDefinition: controller.Definition(),
		name:               functionName(reflect.TypeFor[C]()),
	}
}

func functionName(t reflect.Type) string { return strings.ToLower(t.Name()[:1]) + t.Name()[1:] }

// functionAdapter implements the interface of infer with a controller, with pointers
// like adapter.
type functionAdapter[C FunctionController[I, O], I, O any] struct{}

func (*functionAdapter[C, I, O]) Annotate(annotator infer.Annotator) {
	// Package lifecycle adds the description: infer asks for the token at every start.
	annotator.SetToken(module, tokens.TypeName(functionName(reflect.TypeFor[C]())))
}

func (*functionAdapter[C, I, O]) Invoke(ctx context.Context, req infer.FunctionRequest[*I]) (resp infer.FunctionResponse[*O], err error) {
	call, err := callFrom(ctx)
	if err != nil {
		return resp, err
	}
	resp.Output = new(O)
	*resp.Output, err = controllerOf[C]().Invoke(ctx, call.Client, *req.Input)
	return resp, err
}
