// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// ImportID is the form of the ID that an import takes: the IDs of the objects
// that the resource belongs to, the outermost first, and its own, with a slash
// between each.
type ImportID struct {
	// Parents are the IDs before the resource's own.
	Parents []Parent
	// Prefix begins the resource's own ID, such as "pol_".
	Prefix string
	// Own stands for the resource's own ID where that has no prefix, such as
	// "<queryHash>".
	Own string
}

// Parent is an ID before the resource's own.
type Parent struct {
	// Property is the input that holds the ID, such as "projectId".
	Property string
	// Prefix begins the ID, such as "prj_".
	Prefix string
	// Opaque is true where IDs usually begin so and need not.
	Opaque bool
}

// String returns the form, such as prj_…/pol_….
func (f ImportID) String() string {
	var b strings.Builder
	for _, parent := range f.Parents {
		b.WriteString(parent.Prefix + "…/")
	}
	return b.String() + f.own()
}

// own returns the form of the resource's own ID.
func (f ImportID) own() string {
	if f.Own != "" {
		return f.Own
	}
	return f.Prefix + "…"
}

// parse returns the resource's own ID, and the IDs of its parents by property.
// An ID of a resource whose state names the parents is its own already.
func (f ImportID) parse(id string, state property.Map) (own string, parents map[string]string, err error) {
	known := state.Len() > 0
	for _, parent := range f.Parents {
		known = known && isID(state.Get(parent.Property))
	}
	if known && properties.IsID(id) {
		return id, nil, nil
	}
	segments := strings.Split(id, "/")
	wrong := len(segments) != len(f.Parents)+1
	parents = map[string]string{}
	for i, segment := range segments {
		prefix := f.Prefix
		if i < len(f.Parents) {
			if prefix = f.Parents[i].Prefix; f.Parents[i].Opaque {
				prefix = ""
			}
			parents[f.Parents[i].Property] = segment
		}
		wrong = wrong || !properties.IsID(segment) || !strings.HasPrefix(segment, prefix) || segment == prefix
	}
	if wrong {
		return "", nil, fmt.Errorf("an import takes an ID of the form %s", f)
	}
	return segments[len(segments)-1], parents, nil
}

// Has tells whether a property is the ID of a parent.
func (f ImportID) Has(name string) bool {
	return slices.ContainsFunc(f.Parents, func(parent Parent) bool { return parent.Property == name })
}
