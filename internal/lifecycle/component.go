// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	mschema "github.com/pulumi/pulumi-go-provider/middleware/schema"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/examples"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Component is a component with the behavior that all components share.
type Component struct {
	kind.Component
	env       Env
	inherited func() (map[string]map[string]schema.PropertySpec, error)
}

// WrapComponents returns components with the shared behavior. Their inputs can inherit types
// and descriptions from the resources.
func WrapComponents(env Env, all []kind.Component, resources []*Resource) []*Component {
	inherited := sync.OnceValues(func() (map[string]map[string]schema.PropertySpec, error) { return inheritable(resources) })
	components := make([]*Component, len(all))
	for i, inner := range all {
		components[i] = &Component{Component: inner, env: env, inherited: inherited}
	}
	for _, resource := range resources {
		resource.components = components
	}
	return components
}

// Construct constructs the component. Invalid inputs are an error that reports all
// problems at once, before any child is created: a child that failed its own check
// would leave the children before it behind.
func (c *Component) Construct(ctx context.Context, req p.ConstructRequest) (p.ConstructResponse, error) {
	ctx = kind.WithConnect(ctx, c.env.Client)
	req.Inputs = c.Properties.PropagateMarks(c.Properties.ResolveReferences(properties.WithoutNulls(req.Inputs)))
	// The state records the inputs, and the engine does not know which are secret.
	req.Inputs = c.Properties.MarkSecrets(req.Inputs, req.Inputs)
	failures := c.Properties.Check(property.Map{}, req.Inputs)
	failures = append(failures, c.Validate(req.Inputs)...)
	if len(failures) == 0 && c.ValidateOnline != nil {
		var err error
		failures, err = c.validateOnline(ctx, req)
		switch {
		case err != nil && ctx.Err() != nil:
			return p.ConstructResponse{Urn: req.Urn}, nil //nolint:nilerr // canceled, as below
		case err != nil:
			return p.ConstructResponse{}, err
		}
	}
	if len(failures) > 0 {
		return p.ConstructResponse{}, &invalidInputsError{component: req.Urn, inputs: req.Inputs, failures: failures}
	}
	c.env.Claims.ShareInProgram(req.Urn)
	resp, err := c.InferredComponent.Construct(kind.WithClock(ctx, c.env.now), req)
	switch {
	case err != nil && ctx.Err() != nil:
		// The engine has canceled the plugin, because a resource failed or the user
		// interrupted the update, and has reported that. It ignores outputs from now on,
		// and would report an error as one of the component.
		return p.ConstructResponse{Urn: req.Urn}, nil //nolint:nilerr // it has been reported
	case err != nil:
		return p.ConstructResponse{}, err
	}
	if child, failed := c.env.Claims.FailedChild(req.Urn); failed {
		// Only with --continue-on-error. The SDK resolves the outputs of a child that
		// failed as unknown. Without this error, resources that depend on the component
		// would be deployed, or fail because an input is missing.
		return p.ConstructResponse{}, fmt.Errorf("the child %s %q could not be deployed: see the error of that resource. "+
			"The update stops here, because resources that depend on the component cannot be deployed", child.Type().Name(), child.Name())
	}
	// Pulumi YAML loses the secrets in a map of which only the entries are secret.
	for _, name := range c.Secrets {
		if output, ok := resp.State.GetOk(name); ok {
			resp.State = resp.State.Set(name, properties.WholeSecret(output))
		}
	}
	return resp, nil
}

// validateOnline reports the problems that only the API can tell of.
func (c *Component) validateOnline(ctx context.Context, req p.ConstructRequest) ([]p.CheckFailure, error) {
	failures, err := c.ValidateOnline(ctx, req.Inputs)
	if err != nil {
		op := operation{verb: "validating", kind: c.Kind(), name: req.Urn.Name(), secrets: properties.SecretStrings(req.Inputs)}
		return nil, op.explain(err)
	}
	return failures, nil
}

// inputOf returns the path of the input that a child is created from, and whether there is
// one. Such a child is named <component>-<input>.
func (c *Component) inputOf(child resource.URN) (path properties.Path, ok bool) {
	types := strings.Split(string(child.QualifiedType()), "$")
	dash := strings.LastIndex(child.Name(), "-")
	if len(types) < 2 || dash < 0 {
		return "", false
	}
	name, input := child.Name()[:dash], child.Name()[dash+1:]
	parent, ancestors := tokens.Type(types[len(types)-2]), tokens.Type(strings.Join(types[:len(types)-2], "$"))
	if c.Kind() != parent.Name().String() || child.Type().Package() != parent.Package() {
		return "", false
	}
	if _, ok := c.Properties[input]; !ok {
		return "", false
	}
	// A program can also give the component another child, with any name.
	component := resource.NewURN(child.Stack(), child.Project(), ancestors, parent, name)
	return properties.Path(input), c.env.Claims.IsInProgram(component)
}

// GetSchema describes the inputs like the resources that they are passed to.
func (c *Component) GetSchema(register mschema.RegisterDerivativeType) (schema.ResourceSpec, error) {
	inherited, err := c.inherited()
	if err != nil {
		return schema.ResourceSpec{}, err
	}
	spec, err := c.InferredComponent.GetSchema(func(token tokens.Type, typ schema.ComplexTypeSpec) bool {
		name := token.Name().String()
		from, ok := c.InheritFrom[name]
		if !ok {
			// A type of the Go SDK, which a resource has registered.
			return false
		}
		c.inherit(typ.Properties, inherited[from])
		typ.Required = c.Properties.Objects()[name].RequiredNames()
		return register(token, typ)
	})
	if err != nil {
		return spec, err
	}
	c.inherit(spec.InputProperties, inherited[c.InheritFrom[""]])
	spec.Description = strings.TrimSpace(spec.Description) + "\n\n" + examples.Markdown(c.Kind())
	spec.Required = slices.DeleteFunc(spec.Required, func(name string) bool { return slices.Contains(c.OptionalOutputs, name) })
	for _, name := range c.Secrets {
		output := spec.Properties[name]
		output.Secret = true
		spec.Properties[name] = output
	}
	return spec, nil
}

// inherit completes properties of the component from those that they are passed to.
// The component's own descriptions take precedence.
func (c *Component) inherit(specs, inherited map[string]schema.PropertySpec) {
	for name, spec := range specs {
		// The items of a list or a map can be outputs, even if Construct must know them: the
		// generators of programs do not support the alternative.
		for _, items := range []*schema.TypeSpec{spec.Items, spec.AdditionalProperties} {
			if items != nil {
				items.Plain = false
			}
		}
		from, ok := inherited[name]
		if !ok {
			continue
		}
		spec.Secret = from.Secret
		if _, own := c.InheritFrom[spec.Ref[strings.LastIndex(spec.Ref, ":")+1:]]; !own || spec.Ref == "" {
			// The type can be an enum, while an argument of a component can only be a string.
			spec.TypeSpec = from.TypeSpec
		}
		if spec.Description == "" {
			spec.Description = from.Description
		}
		specs[name] = spec
	}
}

// inheritable returns the inputs of every resource and every type, by name.
func inheritable(resources []*Resource) (map[string]map[string]schema.PropertySpec, error) {
	specs := map[string]map[string]schema.PropertySpec{}
	for _, resource := range resources {
		spec, err := resource.GetSchema(func(token tokens.Type, typ schema.ComplexTypeSpec) bool {
			specs[token.Name().String()] = typ.Properties
			return true
		})
		if err != nil {
			return nil, err
		}
		specs[resource.Kind()] = spec.InputProperties
	}
	return specs, nil
}
