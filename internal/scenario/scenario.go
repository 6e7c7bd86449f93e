// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package scenario describes every kind of resource to the tests in a table, one
// row each: inputs, what the API holds after a create, and what each change
// does. The tests under tests/ run every kind through the same scenarios.
//
// What the resources themselves declare (ID prefixes, parents, unique and
// replacing properties, secrets) comes from resources.All. A row has only what
// the API's contract says beyond that.
package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Object is a set of inputs, or an object of the API.
type Object = map[string]any

// Kind is a row of the table. Name, Collection, Parents, Minimal, Full, Live and
// Requests are required.
type Kind struct {
	// Name is the kind as in the schema, such as PolicyProfile.
	Name string
	// Collection is the local API's name of the objects.
	Collection string
	// IDField is the field that holds the object's ID. The default is "id".
	IDField string
	// ResourceID returns the ID of the resource of a live object, if IDField is not it.
	ResourceID func(live Object) string
	// Parents creates the objects that the resource belongs to, and returns the
	// inputs that refer to them.
	Parents func(env *enginetest.Env) Object

	// Minimal has the required inputs and Full every input, besides those of Parents.
	Minimal, Full Object
	// Live is what the API holds after a create with Full.
	Live Object
	// Defaults are the values of fields that a response may omit, besides those of
	// Removable.
	Defaults Object

	// RequestSchemas are the schemas of the contract for the requests that create and
	// change the object.
	RequestSchemas []string
	// Requests is the number of requests of a create with Full. A create with
	// Minimal takes one.
	Requests int
	// NoKey is true if the API declares no idempotency key for the create, and may ignore it.
	NoKey bool
	// Reads is the number of additional reads before a create, which prevent it
	// from overwriting a value that the program does not own.
	Reads int
	// UpdateRequests is the number of requests of an update with one of Changes. 0 is one.
	UpdateRequests int
	// Lookups returns the number of additional reads after a create with an API
	// that omits part of the object from the response.
	Lookups func(localapi.Behaviour) int

	// Changes are applied to Full one at a time.
	Changes []Change
	// Removable are the properties of Full that a program can remove.
	Removable []Removal
	// NotRemovable are the other properties with a documented default, and why
	// the table does not remove them.
	NotRemovable map[string]string
	// Replacing are new values for the properties whose change replaces the object.
	Replacing Object
	// Affects are the outputs that a change of a property makes unknown.
	Affects map[string][]string
	// Operations are updates that take other requests than those of Changes.
	Operations []Operation

	// WriteOnly are the inputs that an import cannot read.
	WriteOnly []string
	// StateOnly are the outputs that only the state holds: a refresh keeps them.
	StateOnly []string
	// OptionalOutputs are the outputs that an object has only with some inputs. The preview
	// knows whether it will have them.
	OptionalOutputs []string
	// ServerDefaults are the inputs whose default the API does not document.
	ServerDefaults []string

	// EditID returns the ID by which the local API's Edit finds the object. The
	// default is its own ID.
	EditID func(inputs Object) string
	// Setting describes a kind that sets a value of the API, and is nil for a kind
	// that creates an object.
	Setting *Setting
	// Permanent is true if the object exists without the resource.
	Permanent bool
	// SoftDeletes is true if the API may return a deleted object with a status.
	SoftDeletes bool
	// DuplicatesAllowed reports whether two objects may share the unique key. It
	// may be nil.
	DuplicatesAllowed func(localapi.Behaviour) bool
	// ForbiddenToOthers is true if the API responds 403 instead of 404 to the key
	// of another organization.
	ForbiddenToOthers bool
}

// Change is a new value of one property, and what the API then holds.
type Change struct {
	Property string
	Value    any
	Field    string
	Live     any
}

// Removal is the removal of one property, and what the API then holds.
type Removal struct {
	Property string
	Field    string
	Live     any
}

// Operation is an update from Full, with Before in place of some inputs, to the
// same inputs with Change.
type Operation struct {
	Name           string
	Before, Change Object
}

// Setting is a value of the API that a resource sets.
type Setting struct {
	// Property is the input that holds the value, and Field the API's field.
	Property, Field string
	// IDProperty is the input that holds the ID of the object with the field.
	IDProperty string
	// IsObject is true if the setting is an object with an ID of its own, which is
	// created and deleted with it. IDProperty is then one of the inputs that identify it.
	IsObject bool
	// Other returns a value that differs from that of Full.
	Other func(*Case) any
}

// KindNamed returns the row of a kind.
func KindNamed(name string) Kind {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		panic("no kind " + name)
	}
	return kinds[i]
}

// Collections returns the local API's collections whose objects a program creates.
func Collections() []string {
	var names []string
	for _, k := range Kinds() {
		if !k.Permanent && !slices.Contains(names, k.Collection) {
			names = append(names, k.Collection)
		}
	}
	return names
}

// registered has the elements of resources.All by kind.
var registered = sync.OnceValue(func() map[string]kind.Resource {
	byKind := map[string]kind.Resource{}
	for _, resource := range resources.All() {
		byKind[resource.Kind()] = resource
	}
	return byKind
})

// Resource returns the resource of the kind as the provider registers it.
func (k Kind) Resource() kind.Resource { return ResourceNamed(k.Name) }

// ResourceNamed returns the resource of a kind as the provider registers it.
func ResourceNamed(name string) kind.Resource {
	resource, ok := registered()[name]
	if !ok {
		panic("no resource " + name)
	}
	return resource
}

// IsSetting reports whether the kind sets a value of the API.
func (k Kind) IsSetting() bool {
	setting := k.Resource().Setting
	return setting != nil && setting.Singleton
}

// IsCreated reports whether the kind creates an object with a POST.
func (k Kind) IsCreated() bool { return !k.IsSetting() }

// IsObject reports whether the resource is an object that exists only with it,
// instead of a value of another one.
func (k Kind) IsObject() bool { return k.Setting == nil || k.Setting.IsObject }

// HasConflicts reports whether an object can conflict with another of its kind.
func (k Kind) HasConflicts() bool { return len(k.Resource().UniqueBy) > 0 }

// BelongsToProject reports whether the object is part of a project.
func (k Kind) BelongsToProject() bool { return k.hasProperty("projectId") }

// BelongsToOrganization reports whether the resource names its organization.
func (k Kind) BelongsToOrganization() bool { return k.hasProperty("orgId") }

func (k Kind) hasProperty(name string) bool {
	_, ok := k.Resource().Properties[name]
	return ok
}

// ImportID returns the ID that imports the object with an ID of its own.
func (k Kind) ImportID(id string, inputs Object) string {
	parents := property.Map{}
	for _, parent := range k.Resource().ImportID.Parents {
		parents = parents.Set(parent.Property, property.New(inputs[parent.Property].(string)))
	}
	return k.Resource().ImportID.Of(id, parents)
}

// ListInputs returns the inputs of a list that contains an object with these inputs.
func (k Kind) ListInputs(orgID string, inputs Object) Object {
	list := Object{}
	for _, parent := range k.Resource().ImportID.ListParents() {
		id, ok := inputs[parent.Property]
		if !ok { // an object of a project can be listed by the organization
			id = orgID
		}
		list[parent.Property] = id
	}
	return list
}

// MissingID returns a well-formed import ID of an object that does not exist.
func (k Kind) MissingID(orgID string) string {
	form := k.Resource().ImportID.String()
	return strings.NewReplacer("org_…", orgID, "…", "missing", "<queryHash>", "0000000000000000", "<email>", "missing@example.com").Replace(form)
}

// ImportsAnyID reports whether every ID without a slash is well-formed.
func (k Kind) ImportsAnyID() bool {
	form := k.Resource().ImportID
	return form.Prefix == "" && len(form.Parents) == 0
}

// ChangedInputs returns Full with the first of Changes, and whether there is one.
func (k Kind) ChangedInputs() (inputs Object, ok bool) {
	if len(k.Changes) == 0 {
		return nil, false
	}
	return Merge(k.Full, Object{k.Changes[0].Property: k.Changes[0].Value}), true
}

// OneTimeSecrets returns the secret outputs that the API returns once, with the
// names of the API's fields.
func (k Kind) OneTimeSecrets() map[string]string {
	secrets := map[string]string{}
	for name, property := range k.Outputs() {
		if _, input := k.Resource().Properties[name]; property.Secret && !input {
			secrets[name] = SnakeCase(name)
		}
	}
	return secrets
}

// outputs has the schemas of the outputs of every kind.
var outputs = sync.OnceValue(func() map[string]map[string]schema.PropertySpec {
	byKind := map[string]map[string]schema.PropertySpec{}
	for kind, resource := range registered() {
		spec, err := resource.GetSchema(func(tokens.Type, schema.ComplexTypeSpec) bool { return false })
		if err != nil {
			panic(fmt.Sprintf("%s has no schema: %v", kind, err))
		}
		byKind[kind] = spec.Properties
	}
	return byKind
})

// Outputs returns the schema of the kind's outputs.
func (k Kind) Outputs() map[string]schema.PropertySpec { return outputs()[k.Name] }

// SnakeCase returns the API's spelling of a property's name.
func SnakeCase(name string) string { return convert.SplitWords(name, '_') }

// Merge returns the entries of several objects. Later ones win.
func Merge(objects ...Object) Object {
	merged := Object{}
	for _, o := range objects {
		maps.Copy(merged, o)
	}
	return merged
}

// Without returns an object without some entries. A name such as
// "database.password" removes an entry of a nested object.
func Without(o Object, names ...string) Object {
	o = Merge(o)
	for _, name := range names {
		outer, inner, nested := strings.Cut(name, ".")
		if object, ok := o[outer].(Object); nested && ok {
			o[outer] = Without(object, inner)
			continue
		}
		delete(o, name)
	}
	return o
}
