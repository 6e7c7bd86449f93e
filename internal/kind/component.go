// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// ComponentDefinition describes a component.
type ComponentDefinition struct {
	// Properties describes the inputs, one row each.
	Properties properties.Table
	// Validate reports problems that concern more than one input, in addition to those
	// of each row.
	Validate func(inputs property.Map) []p.CheckFailure
	// Secrets names the outputs that are secret.
	Secrets []string
	// OptionalOutputs names the outputs that can be absent. A struct tag cannot
	// express that, because the SDK uses the whole tag as the name.
	OptionalOutputs []string
	// InheritFrom names, for the component's own inputs ("") and for each type that
	// they refer to, the resource or the type whose properties of the same name they
	// are passed to. The schema takes types and descriptions from there.
	InheritFrom map[string]string
}

// ComponentController constructs a component with the inputs I and the outputs O.
type ComponentController[I any, O pulumi.ComponentResource] interface {
	infer.ComponentResource[I, O]
	Definition() ComponentDefinition
}

type clockKey struct{}

// WithClock returns a context for the Construct of a component in which Now uses a clock.
func WithClock(ctx context.Context, now func() time.Time) context.Context {
	return context.WithValue(ctx, clockKey{}, now)
}

// Now returns the time by the clock that decides when rotations of secrets are due. A
// component that takes part in that decision passes the context of its pulumi.Context.
func Now(ctx context.Context) time.Time {
	if now, ok := ctx.Value(clockKey{}).(func() time.Time); ok {
		return now()
	}
	return time.Now()
}

// Component is a component whose types have been erased.
type Component struct {
	infer.InferredComponent
	ComponentDefinition
}

// NewComponent returns the component that a controller implements.
func NewComponent[C ComponentController[I, O], I any, O pulumi.ComponentResource](controller C) Component {
	return Component{InferredComponent: infer.Component(controller), ComponentDefinition: controller.Definition()}
}
