// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// ImportID is the format of the ID that an import takes: the IDs of the objects
// that the resource belongs to, outermost first, and its own, separated by
// slashes.
type ImportID struct {
	// Parents are the IDs that precede the resource's own.
	Parents []Parent
	// Prefix is the prefix of the resource's own ID, such as "pol_".
	Prefix string
	// Own is the placeholder of an ID that has no prefix, such as "<queryHash>".
	Own string
	// Key is the input that identifies the object within its parents, in any case, if the
	// ID that the API gives it does not last. The ID of the resource is then the import ID,
	// which ends in the key in lower case. IsKey reports whether a key is well-formed.
	Key   string
	IsKey func(string) bool
	// Setting is the name of the setting that the resource consists of, such as
	// "spend-limit", if its own ID is that of the object with the setting. An imported
	// resource has the ID of the object and this name as its ID, so that the CLI does not
	// take the resource for the object: it replaces values in the program that it generates
	// with references to resources that have them as their ID.
	Setting string
	// Ambiguous is true if objects with other parents can have the same own ID. An imported
	// resource then has the import ID as its ID, for the same reason.
	Ambiguous bool
}

// Parent is the ID of an object that a resource belongs to.
type Parent struct {
	// Property is the input that holds the ID, such as "projectId".
	Property string
	// Prefix is the usual prefix of the ID, such as "prj_".
	Prefix string
	// Opaque is true if an ID without the prefix is valid as well.
	Opaque bool
	// Kind is the kind of resource that has the ID, such as "Project". It is empty for an
	// organization.
	Kind string
}

// The objects that others belong to.
var (
	// Organization is the organization that an object belongs to.
	Organization = Parent{Property: "orgId", Prefix: "org_", Opaque: true}
	// Project is the project that an object belongs to.
	Project = Parent{Property: "projectId", Prefix: "prj_", Kind: "Project"}
	// Database is the database that an object belongs to.
	Database = Parent{Property: "databaseId", Prefix: "db_", Kind: "Database"}
)

// InProject is the format of the ID of an object of a project.
func InProject(prefix string) ImportID {
	return ImportID{Parents: []Parent{Project}, Prefix: prefix}
}

// String returns the format, such as prj_…/pol_….
func (f ImportID) String() string {
	var b strings.Builder
	for _, parent := range f.Parents {
		b.WriteString(parent.Prefix + "…/")
	}
	return b.String() + f.OwnFormat()
}

// OwnFormat returns the format of the resource's own ID.
func (f ImportID) OwnFormat() string {
	if f.Own != "" {
		return f.Own
	}
	return f.Prefix + "…"
}

// ResourceID returns the ID of the resource whose object has these inputs and an ID in
// the API.
func (f ImportID) ResourceID(id string, inputs property.Map) string {
	key := inputs.Get(f.Key)
	if f.Key == "" || !key.IsString() {
		return id
	}
	return f.below(inputs, strings.ToLower(key.AsString()))
}

// Of returns the import ID of a resource with these inputs. The ID is that of the object or
// of the resource.
func (f ImportID) Of(id string, inputs property.Map) string {
	if f.Key != "" {
		return id
	}
	return f.below(inputs, f.OwnID(id))
}

// below returns the IDs of the parents and a last segment.
func (f ImportID) below(inputs property.Map, last string) string {
	segments := make([]string, 0, len(f.Parents)+1)
	for _, parent := range f.Parents {
		if v := inputs.Get(parent.Property); v.IsString() {
			segments = append(segments, v.AsString())
		}
	}
	return strings.Join(append(segments, last), "/")
}

// AfterImport returns the ID of a resource that was imported with an ID, whose object has an
// own ID and these values.
func (f ImportID) AfterImport(own string, values property.Map) string {
	switch {
	case f.Setting != "":
		return own + "/" + f.Setting
	case f.Ambiguous:
		return f.Of(own, values)
	default:
		return own
	}
}

// IsValid reports whether an ID in a state is that of a resource: its own, or an import ID,
// which older states and those of the dynamic provider have.
func (f ImportID) IsValid(id string) bool {
	if f.Key == "" && properties.IsID(id) {
		return true
	}
	_, _, err := f.Parse(id, property.Map{})
	return err == nil
}

// Parse returns the resource's own ID, and the IDs of its parents and the key by
// property. If the state names the parents, the ID may be the resource's own alone.
func (f ImportID) Parse(id string, state property.Map) (own string, parents map[string]string, err error) {
	if f.Setting != "" {
		id = strings.TrimSuffix(id, "/"+f.Setting)
	}
	known := state.Len() > 0
	for _, parent := range f.Parents {
		v := state.Get(parent.Property)
		known = known && v.IsString() && properties.IsID(v.AsString())
	}
	if known && f.Key == "" && properties.IsID(id) {
		return id, nil, nil
	}
	segments := strings.SplitN(id, "/", len(f.Parents)+1)
	last := len(segments) - 1
	valid := last == len(f.Parents) && f.isOwn(segments[last])
	parents = map[string]string{}
	for i, segment := range segments[:last] {
		parent := f.Parents[i]
		parents[parent.Property] = segment
		valid = valid && hasPrefix(segment, parent.Prefix, parent.Opaque)
	}
	switch {
	case !valid:
		return "", nil, &FormatError{f}
	case f.Key == "":
		return segments[last], parents, nil
	}
	parents[f.Key] = segments[last]
	return strings.TrimSuffix(id, segments[last]) + strings.ToLower(segments[last]), parents, nil
}

// OwnID returns the resource's own ID, of that ID or of an import ID.
func (f ImportID) OwnID(id string) string {
	if own, _, err := f.Parse(id, property.Map{}); err == nil {
		return own
	}
	return id
}

// IsBare reports whether an ID is the last segment of an import ID, without the parents.
func (f ImportID) IsBare(id string) bool {
	return len(f.Parents) > 0 && !strings.Contains(id, "/") && f.isOwn(id)
}

// FormatError is the error of an ID that is not an import ID.
type FormatError struct{ Format ImportID }

func (e *FormatError) Error() string {
	return fmt.Sprintf("the ID to import must have the format %s", e.Format)
}

// isOwn reports whether the last segment of an import ID is well-formed.
func (f ImportID) isOwn(segment string) bool {
	if f.Key != "" {
		return f.IsKey(segment)
	}
	return hasPrefix(segment, f.Prefix, false)
}

// hasPrefix reports whether a segment is an ID with a prefix, which an opaque ID need not
// have.
func hasPrefix(segment, prefix string, opaque bool) bool {
	if opaque {
		prefix = ""
	}
	return properties.IsID(segment) && strings.HasPrefix(segment, prefix) && segment != prefix
}

// ListParents returns the parents that a list of the objects is limited to. It is the
// organization if the import ID has no parents.
func (f ImportID) ListParents() []Parent {
	if len(f.Parents) == 0 {
		return []Parent{Organization}
	}
	return f.Parents
}

// HasParent reports whether a property is the ID of a parent.
func (f ImportID) HasParent(name string) bool {
	return slices.ContainsFunc(f.Parents, func(parent Parent) bool { return parent.Property == name })
}
