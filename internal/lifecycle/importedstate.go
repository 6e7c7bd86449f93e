// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// ImportedState is the state of an object whose values another tool has read.
type ImportedState struct {
	// Inputs and Outputs are what an import would write, with values that the API does not
	// return, and with defaults, which the program may set.
	Inputs, Outputs property.Map
	// Secrets are the paths of the secrets of the object, and MissingSecrets those that
	// are not known.
	Secrets, MissingSecrets []string
	// Unknown are the names of values that this provider does not have.
	Unknown []string
}

// ImportState returns the state of an object with outputs that another tool has read, in
// the form of the API. id is the ID that the tool has for it. An empty secret is one that is
// not known. ImportState returns an error if a value does not match the schema: the state
// would lack what the object has. It is no method, so that it is not part of the plugin.
func ImportState(r *Resource, id string, outputs property.Map) (ImportedState, error) {
	var state ImportedState
	outputs = properties.WithoutNulls(outputs)
	if r.FromDynamicProvider != nil { // that provider kept values in the form of the API, too
		outputs = r.FromDynamicProvider(id, outputs)
	}
	for _, path := range secretPaths(r, outputs) {
		state.Secrets = append(state.Secrets, string(path))
		if value := path.Get(outputs); !value.IsString() || value.AsString() == "" {
			state.MissingSecrets = append(state.MissingSecrets, string(path))
			outputs = path.Delete(outputs)
		}
	}
	for name := range outputs.AllStable {
		if _, ok := r.state().Properties[name]; !ok {
			state.Unknown = append(state.Unknown, name)
		}
	}
	_, mismatches := r.state().match(outputs)
	var reasons []string
	for _, m := range mismatches {
		if m.want != wantPresent || r.isInput(m.path) { // a nested output that a version did not have is read later
			reasons = append(reasons, fmt.Sprintf("%s is not %s", m.path, m.want))
		}
	}
	if len(reasons) > 0 {
		return state, fmt.Errorf("the values do not match the schema of %s: %s", r.Kind(), strings.Join(reasons, "; "))
	}
	outputs = r.valid(outputs)
	state.Inputs = r.Properties.MarkSecrets(r.Properties.ImportInputs(outputs), property.Map{})
	state.Outputs = r.outputs(outputs, state.Inputs)
	return state, nil
}

// secretPath is the path of a secret: the name of a property, or of a field of an object.
type secretPath string

// secretPaths returns the paths of all secrets that an object with outputs has.
func secretPaths(r *Resource, outputs property.Map) []secretPath {
	var paths []secretPath
	for _, name := range r.secrets() {
		paths = append(paths, secretPath(name))
	}
	for name, spec := range r.state().Properties {
		if spec.Ref == "" || !outputs.Get(name).IsMap() {
			continue
		}
		for field, spec := range r.state().resolve(spec.Ref).Properties {
			if spec.Secret {
				paths = append(paths, secretPath(name+"."+field))
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// Get returns the value at the path.
func (p secretPath) Get(values property.Map) property.Value {
	name, field, nested := strings.Cut(string(p), ".")
	if nested {
		return properties.AsMap(values.Get(name)).Get(field)
	}
	return values.Get(name)
}

// Delete returns the values without the one at the path.
func (p secretPath) Delete(values property.Map) property.Map {
	name, field, nested := strings.Cut(string(p), ".")
	if nested {
		return values.Set(name, property.New(properties.AsMap(values.Get(name)).Delete(field)))
	}
	return values.Delete(name)
}
