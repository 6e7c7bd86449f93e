// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"reflect"
	"strings"

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

// ComponentController is a component with the inputs I.
type ComponentController[I any] interface {
	pulumi.ComponentResource
	Definition() ComponentDefinition
	// Construct creates the children and sets the outputs. The inputs have been validated, and
	// the component has been registered with the name.
	Construct(ctx *pulumi.Context, name string, args I) error
}

// Component is a component whose types have been erased.
type Component struct {
	infer.InferredComponent
	ComponentDefinition
}

// NewComponent returns the component that a controller implements.
func NewComponent[C any, I any, O interface {
	*C
	ComponentController[I]
}](controller O) Component {
	construct := func(ctx *pulumi.Context, name string, args I, opts ...pulumi.ResourceOption) (O, error) {
		component := O(new(C))
		if err := ctx.RegisterComponentResourceV2(p.GetTypeToken(ctx.Context()), name, componentInputsOf(args), component, opts...); err != nil {
			return nil, err
		}
		return component, component.Construct(ctx, name, args)
	}
	return Component{InferredComponent: infer.ComponentF(construct), ComponentDefinition: controller.Definition()}
}

// componentInputs are the inputs of a component as the state records them, by name. The SDK
// resolves outputs at any depth and keeps their marks.
type componentInputs map[string]any

// ElementType implements pulumi.Input.
func (componentInputs) ElementType() reflect.Type { return reflect.TypeFor[map[string]any]() }

func componentInputsOf(args any) componentInputs {
	inputs := componentInputs{}
	value := reflect.ValueOf(args)
	for i := range value.NumField() {
		name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("pulumi"), ",")
		inputs[name] = value.Field(i).Interface()
	}
	return inputs
}
