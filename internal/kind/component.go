// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// ComponentDefinition describes a component.
type ComponentDefinition struct {
	// Properties describes the inputs, one row each.
	Properties properties.Table
	// Validate reports problems that concern more than one input, in addition to those
	// of each row.
	Validate func(inputs property.Map) []p.CheckFailure
	// ValidateOnline reports problems that only the API can tell of, in a preview as well as
	// in an update. It is called if there are no others, and gets the client from Connect. It
	// may be nil.
	ValidateOnline func(ctx context.Context, inputs property.Map) ([]p.CheckFailure, error)
	// Secrets names the outputs that are secret.
	Secrets []string
	// OptionalOutputs names the outputs that can be absent. A struct tag cannot
	// express that, because the SDK uses the whole tag as the name.
	OptionalOutputs []string
	// InheritFrom names, for the component's own inputs ("") and for each type that
	// they refer to, the resource or the type whose properties of the same name they
	// are passed to. The schema takes types and descriptions from there.
	InheritFrom map[string]string
	// Children has a row for each child that the component can create, in the order in which
	// they are created. The documentation shows it, and a test compares it with Construct.
	Children []Child
}

// Child describes one or more children of a component. A child is a resource or another
// component. By default, it always exists.
type Child struct {
	// Suffix follows the name of the component and a dash in the name of the child, such as
	// policy. With ForEach, it contains what differs between the children in angle brackets:
	// the key of a map, an item that is a string, or a property of an item that is an object,
	// as in replica-<name or position>.
	Suffix string
	// Kind is the name of the resource or component.
	Kind string
	// ForEach is the path of the list or map that has an item for each child. An asterisk
	// stands for each entry of a map, as in roles.*.people: Suffix then contains the key of the
	// entry and, after it, what differs between the children of the entry.
	ForEach string
	// If is the path of an input that the child requires: one that must be set, or true if it
	// is a Boolean. With ForEach, the path begins at the item.
	If string
	// Unless is like If, for an input that the child excludes.
	Unless string
	// When says when the child exists if that depends on something else, such as "if an agent
	// can write". The test then checks only that the child can exist.
	When string
	// RefersTo lists the suffixes of the children whose IDs or other outputs it uses.
	RefersTo []string
}

// ComponentController is a component with the inputs I.
type ComponentController[I any] interface {
	pulumi.ComponentResource
	Definition() ComponentDefinition
	// Construct creates the children and sets the outputs. The inputs have been validated, and
	// the component has been registered with the name.
	Construct(ctx *pulumi.Context, name string, args I) error
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

type connectKey struct{}

// WithConnect returns a context for the operations of a component, with the function that
// Connect calls.
func WithConnect(ctx context.Context, connect func(context.Context) (*client.Client, error)) context.Context {
	return context.WithValue(ctx, connectKey{}, connect)
}

// Connect returns the client of the provider that constructs a component. It fails if there is
// no API key: a component without questions to the API does not call it. The children can be
// created by another process of the plugin, so responses must not be shared.
func Connect(ctx context.Context) (*client.Client, error) {
	connect, ok := ctx.Value(connectKey{}).(func(context.Context) (*client.Client, error))
	if !ok {
		return nil, ErrNoClient
	}
	return connect(ctx)
}

// Component is a component whose types have been erased.
type Component struct {
	infer.InferredComponent
	ComponentDefinition
	name string
}

// Kind returns the name of the component, such as SecureAgentProject.
func (c Component) Kind() string { return c.name }

// GetToken returns the type token of the component. Infer asks for it at every start, and would
// collect the descriptions of all outputs to find it.
func (c Component) GetToken() (tokens.Type, error) {
	return tokens.Type(fmt.Sprintf("pkg:%s:%s", module, c.name)), nil
}

// NewComponent returns the component that a controller implements. It has the name of the
// type that the controller points to.
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
	return Component{infer.ComponentF(construct), controller.Definition(), reflect.TypeFor[C]().Name()}
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
