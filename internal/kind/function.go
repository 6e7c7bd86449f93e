// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"reflect"
	"strings"
	"unicode"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// FunctionDefinition describes a function. Its documentation, its checks and the marks of
// its results are derived from it.
type FunctionDefinition struct {
	// Description says what the function returns, for the registry. Tables show only its
	// first sentence.
	Description string
	// Properties describes the inputs, one row each.
	Properties properties.Table
	// Validate reports problems that concern more than one input, in addition to those of
	// each row. It may be nil.
	Validate func(inputs property.Map) []p.CheckFailure
	// State describes a result that is the state of a resource. It is nil for any other.
	State *StateResult
	// Fields names the inputs whose fields in the requests have other names, in the form of
	// a path: policyId is the field policy_id.
	Fields map[string]string
	// Public names the outputs that never depend on an input that can be secret. All others
	// are secret if any input is.
	Public []string
	// Acts is true for a function that changes something. Each call makes its own
	// requests. By default, equal requests of a run are made once.
	Acts bool
	// Offline is true for a function that makes no requests. It gets no client, and needs no
	// API key.
	Offline bool
}

// StateResult describes a result that is the state of a resource, whose types do not say
// which values a function returns.
type StateResult struct {
	// Unreadable names the outputs that the API does not return to a function.
	Unreadable []string
	// Optional names the outputs that are absent if the API returns no value; the state has
	// some of them as "". All other outputs are always present.
	Optional []string
}

// FunctionController makes the API calls of a function with the inputs I and the
// outputs O. Errors of the client are returned as they are: package lifecycle adds the
// context.
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

// functionName returns the name of a type with its leading capitals in lower case, except
// for one that begins a word: mcpClientConfig for MCPClientConfig.
func functionName(t reflect.Type) string {
	name := t.Name()
	end := strings.IndexFunc(name, unicode.IsLower)
	end = max(end-1, 1)
	return strings.ToLower(name[:end]) + name[end:]
}

// functionAdapter implements the interface of infer with a controller, with pointers
// like adapter.
type functionAdapter[C FunctionController[I, O], I, O any] struct{}

func (*functionAdapter[C, I, O]) Annotate(annotator infer.Annotator) {
	// Package lifecycle adds the description: infer asks for the token at every start.
	annotator.SetToken(module, tokens.TypeName(functionName(reflect.TypeFor[C]())))
}

func (*functionAdapter[C, I, O]) Invoke(ctx context.Context, req infer.FunctionRequest[*I]) (resp infer.FunctionResponse[*O], err error) {
	controller := controllerOf[C]()
	call, err := callFrom(ctx)
	if err != nil && !controller.Definition().Offline {
		return resp, err
	}
	resp.Output = new(O)
	*resp.Output, err = controller.Invoke(ctx, call.Client, *req.Input)
	return resp, err
}
