// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	mschema "github.com/pulumi/pulumi-go-provider/middleware/schema"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/internal/examples"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Definition is what a component tells of itself besides what it makes.
type Definition struct {
	// Properties describes the inputs, a row each.
	Properties properties.Table
	// Refuse finds what is wrong between inputs that are right one by one.
	Refuse func(inputs property.Map) []p.CheckFailure
	// Secrets names the outputs that are secret.
	Secrets []string
	// Maybe names the outputs that there may be none of. A tag cannot say so:
	// the SDK takes all of it for the name.
	Maybe []string
	// Like names, for the component's own inputs (""), and for each type of
	// them, the resource or the type whose properties of the same name they
	// are. The schema takes types and descriptions from there.
	Like map[string]string
}

// Component is a component as it is written in this package.
type Component[I any, O pulumi.ComponentResource] interface {
	infer.ComponentResource[I, O]
	Definition() Definition
}

// Served is a component with the behaviour that all of them share.
type Served struct {
	infer.InferredComponent
	Definition
}

func serve[C Component[I, O], I any, O pulumi.ComponentResource](component C) Served {
	return Served{InferredComponent: infer.Component(component), Definition: component.Definition()}
}

// Construct refuses inputs that are wrong before anything is created, with all
// that is wrong in one message.
func (c Served) Construct(ctx context.Context, req p.ConstructRequest) (p.ConstructResponse, error) {
	req.Inputs = tied(property.New(c.Properties.PropagateMarks(properties.WithoutNulls(req.Inputs))), req.Urn).AsMap()
	failures := c.Properties.Check(property.Map{}, req.Inputs)
	failures = append(failures, c.Refuse(req.Inputs)...)
	if len(failures) > 0 {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %q cannot be made with these inputs:", req.Urn.Type().Name(), req.Urn.Name())
		for _, failure := range failures {
			b.WriteString("\n  - " + failure.Reason)
		}
		return p.ConstructResponse{}, fmt.Errorf("%s", b.String())
	}
	resp, err := c.InferredComponent.Construct(ctx, req)
	switch {
	case err == nil:
		return resp, nil
	case ctx.Err() != nil:
		// The engine has cancelled the plugin, because a resource failed or the user
		// asked for it, and it has reported that. It ignores outputs now, and would
		// report an error as one of the component.
		return p.ConstructResponse{Urn: req.Urn}, nil //nolint:nilerr // it has been reported
	}
	if child := failedChild.FindStringSubmatch(err.Error()); child != nil {
		// With --continue-on-error alone. There is no answer without an error that
		// keeps what depends on the component from being deployed: the SDKs take an
		// output that is left out for one that there is none of.
		return p.ConstructResponse{}, fmt.Errorf("its child %s %q could not be deployed: see the error of that resource; "+
			"the update stops here, because what depends on the component cannot be deployed", tokens.Type(child[2]).Name(), child[1])
	}
	return p.ConstructResponse{}, err
}

// failedChild matches what the SDK says of a resource that the engine has reported
// as failed or skipped; it has no type for that.
var failedChild = regexp.MustCompile(`resource (\S+) \[(\S+)\] failed to register$`)

// tied makes every unknown value that depends on nothing depend on the component
// itself. The SDK takes any other for an unknown string, whatever its type is.
// A child with an unknown input is not created, so that no state has these
// dependencies.
func tied(v property.Value, component urn.URN) property.Value {
	switch {
	case v.IsComputed() && len(v.Dependencies()) == 0:
		return v.WithDependencies([]urn.URN{component})
	case v.IsArray():
		items := v.AsArray().AsSlice()
		for i, item := range items {
			items[i] = tied(item, component)
		}
		return property.WithGoValue(v, property.NewArray(items)) // a nil slice would make null of an empty list
	case v.IsMap():
		entries := v.AsMap().AsMap() // Set would copy the map for each of them
		for name, entry := range entries {
			entries[name] = tied(entry, component)
		}
		return property.WithGoValue(v, property.NewMap(entries))
	}
	return v
}

// GetSchema describes the inputs as the resources do that they are passed to.
func (c Served) GetSchema(register mschema.RegisterDerivativeType) (schema.ResourceSpec, error) {
	known, err := described()
	if err != nil {
		return schema.ResourceSpec{}, err
	}
	spec, err := c.InferredComponent.GetSchema(func(token tokens.Type, typ schema.ComplexTypeSpec) bool {
		name := token.Name().String()
		like, ok := c.Like[name]
		if !ok {
			// A type of the Go SDK, which the resources have registered themselves.
			return false
		}
		c.describe(typ.Properties, known[like])
		typ.Required = c.Properties.Objects()[name].RequiredNames()
		return register(token, typ)
	})
	if err != nil {
		return spec, err
	}
	c.describe(spec.InputProperties, known[c.Like[""]])
	if token, err := c.GetToken(); err == nil {
		spec.Description = strings.TrimSpace(spec.Description) + "\n\n" + examples.Markdown(token.Name().String())
	}
	spec.Required = slices.DeleteFunc(spec.Required, func(name string) bool { return slices.Contains(c.Maybe, name) })
	for _, name := range c.Secrets {
		output := spec.Properties[name]
		output.Secret = true
		spec.Properties[name] = output
	}
	return spec, nil
}

// describe fills in what a property of the component shares with one of the
// resource that it goes to. A description of the component's own stays.
func (c Served) describe(specs, like map[string]schema.PropertySpec) {
	for name, spec := range specs {
		of, ok := like[name]
		if !ok {
			continue
		}
		spec.Secret = of.Secret
		if _, own := c.Like[spec.Ref[strings.LastIndex(spec.Ref, ":")+1:]]; !own || spec.Ref == "" {
			// Which brings the enums, too: an argument of a component can only be a string.
			spec.TypeSpec = of.TypeSpec
		}
		if spec.Description == "" {
			spec.Description = of.Description
		}
		specs[name] = spec
	}
}

// described returns the inputs of every resource, and of every type in them, by name.
func described() (map[string]map[string]schema.PropertySpec, error) {
	known := map[string]map[string]schema.PropertySpec{}
	for _, resource := range resources.All() {
		spec, err := resource.GetSchema(func(token tokens.Type, typ schema.ComplexTypeSpec) bool {
			known[token.Name().String()] = typ.Properties
			return true
		})
		if err != nil {
			return nil, err
		}
		known[resource.Kind()] = spec.InputProperties
	}
	return known, nil
}
