// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package lifecycle implements what all resources have in common, around the typed
// calls of a kind.Controller: checks, diffs, previews, the conversion of state,
// imports, conflicts, secrets, errors and the schema.
//
// A request of the engine passes through a Resource, which works on property maps,
// then through infer, which decodes them, and then reaches the controller. Each of
// the engine's operations has a file here. Recoverable is a decorator around a
// Resource that makes its creates survive a crash.
//
// The package does not depend on any particular resource.
package lifecycle

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Env is what the resources of a provider share.
type Env struct {
	// Client returns the client of the API, or an error if there is no API key.
	Client func(ctx context.Context) (*client.Client, error)
	// Claims records which objects and settings the program uses in this run of the
	// engine. It may be nil.
	Claims *claims.Registry
	// Now is the clock that decides when a rotation is due. It defaults to time.Now.
	Now func() time.Time
	// EnumDescriptions describes the enum types in the schema, by name.
	EnumDescriptions map[string]string
}

func (env Env) now() time.Time {
	if env.Now == nil {
		return time.Now()
	}
	return env.Now()
}

// Resource is a kind with the behavior that all resources share.
type Resource struct {
	kind.Resource
	env  Env
	spec func() schema.ResourceSpec
	// secrets names the properties that are secret in the schema.
	secrets func() []string
	// state is the schema of the outputs, with all types that it refers to.
	state func() stateSchema
	// hasAutoName reports whether a name was generated in this run, if that is recorded.
	hasAutoName func(urn resource.URN, name property.Value) bool
	// components contains the components that can have the resource as a child.
	components []*Component
}

// Wrap returns a kind with the shared behavior.
func Wrap(env Env, inner kind.Resource) *Resource {
	types := map[string]schema.ComplexTypeSpec{}
	spec := sync.OnceValue(func() schema.ResourceSpec {
		spec, err := inner.GetSchema(func(token tokens.Type, typ schema.ComplexTypeSpec) bool {
			_, known := types[string(token)]
			types[string(token)] = typ
			return !known
		})
		if err != nil {
			panic(fmt.Sprintf("the schema of %s is invalid: %v", inner.Kind(), err))
		}
		return spec
	})
	return &Resource{
		Resource:    inner,
		env:         env,
		spec:        spec,
		hasAutoName: func(resource.URN, property.Value) bool { return false },
		secrets: sync.OnceValue(func() []string {
			var names []string
			for name, property := range spec().Properties {
				if property.Secret {
					names = append(names, name)
				}
			}
			return names
		}),
		state: sync.OnceValue(func() stateSchema {
			return stateSchema{ObjectTypeSpec: spec().ObjectTypeSpec, types: types}
		}),
	}
}

var _ infer.InferredResource = (*Resource)(nil)

// withCall adds what the controller needs to the context of an operation.
func (r *Resource) withCall(ctx context.Context, call kind.Call) (context.Context, error) {
	c, err := r.env.Client(ctx)
	if err != nil {
		return ctx, err
	}
	call.Client = c
	return kind.WithCall(ctx, call), nil
}

// outputs returns outputs in the form of the program's inputs, with secrets marked.
// Infer marks secrets in some responses and not in others.
func (r *Resource) outputs(outputs, inputs property.Map) property.Map {
	outputs = r.Properties.PreserveInputForm(properties.WithoutNulls(outputs), inputs)
	outputs = r.Properties.MarkSecrets(outputs, inputs)
	for _, name := range r.secrets() {
		if value, ok := outputs.GetOk(name); ok && !value.Secret() {
			outputs = outputs.Set(name, value.WithSecret(true))
		}
	}
	if next := outputs.Get(nextRotation); r.isRotatable() && inputs.Get(rotateAfter).Secret() && !next.IsNull() {
		outputs = outputs.Set(nextRotation, next.WithSecret(true)) // rotateAfter can be calculated from it
	}
	return outputs
}

// preferFirst returns the values of the first map, and those that it lacks from
// the second one.
func preferFirst(first, second property.Map) property.Map {
	values := second.AsMap()
	for name, value := range first.All {
		values[name] = value
	}
	return property.NewMap(values)
}
