// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package kind defines how a resource is implemented: with a Definition, which
// describes it in tables, and a Controller, whose methods call the API with Go structs.
// Package lifecycle turns both into a resource that the engine can use. It adds
// everything that all resources have in common.
package kind

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Definition describes a resource. Its documentation, checks, diffs and much of its
// behavior are derived from it.
type Definition struct {
	// Description describes the resource in the registry. Tables show only its first
	// sentence.
	Description string
	// Properties describes the inputs, one row each.
	Properties properties.Table
	// ImportID is the format of the ID that an import takes.
	ImportID ImportID
	// UniqueBy names the inputs whose values no two objects share. A controller with such
	// inputs is a Lister of its inputs, so that an error can name the existing object.
	// If a replacement changes none of them, the old object is deleted first.
	UniqueBy []string
	// Setting is the setting of the API that the inputs give a value to, if another
	// resource can set it as well. It may be nil.
	Setting *Setting
	// Evaluation and Discovery describe a resource that has no object in the API: its
	// outputs are the results of requests that change nothing. One of them is set for an
	// Examiner, and none for any other resource. A resource without an object has a
	// generated ID with the prefix of ImportID. It cannot be imported, a list of the kind is
	// empty, its create is not recorded, and its delete makes no request.
	Evaluation *Evaluation
	Discovery  *Discovery
	// Validate reports problems that concern more than one property, in addition to
	// those of each row. It may be nil.
	Validate func(inputs property.Map) []p.CheckFailure
	// Disabled is the value of an input with which the secrets of an object cannot be used,
	// so that they are not rotated because of their age. Its zero value is none.
	Disabled Value
	// FromDynamicProvider converts inputs or outputs of a state that the dynamic provider
	// @pgbeam/pulumi wrote, if it lacked a property, or had it in another form. id is the ID
	// in the state, or "" if it is not known. FromDynamicProvider may be nil.
	FromDynamicProvider func(id string, values property.Map) property.Map
	// Lint reports valid inputs that probably do not do what their author intends. It
	// makes no request. It may be nil.
	Lint func(inputs property.Map) []Finding
}

// Value is the value of an input.
type Value struct{ Property, Value string }

// Is reports whether the input has the value.
func (v Value) Is(values property.Map) bool {
	value := values.Get(v.Property)
	return v.Property != "" && value.IsString() && value.AsString() == v.Value
}

// Finding is a problem of valid inputs. It does not prevent an update.
type Finding struct {
	// Rule is the name of the rule that reports it, such as dead-mask-rule.
	Rule string
	// Severity decides whether users see the finding by default.
	Severity Severity
	// Path is the property to change.
	Path properties.Path
	// Message continues a sentence that begins with the path: what is wrong, and what to
	// do. It contains no secret.
	Message string
}

// Severity is the severity of a finding.
type Severity string

const (
	// Warning is shown in every preview and update.
	Warning Severity = "warning"
	// Info is shown with the option --debug only.
	Info Severity = "info"
)

// HasSameUniqueValues reports whether two objects with these inputs would conflict:
// all unique inputs have the same meaning. A missing input has its default.
func (d Definition) HasSameUniqueValues(a, b property.Map) bool {
	for _, name := range d.UniqueBy {
		if !d.Properties[name].Same(d.valueOf(name, a), d.valueOf(name, b)) {
			return false
		}
	}
	return len(d.UniqueBy) > 0
}

func (d Definition) valueOf(name string, values property.Map) property.Value {
	value := values.Get(name)
	if fallback, ok := d.Properties.Default(name); ok && value.IsNull() {
		return fallback
	}
	return value
}

// hasSameSetting reports whether both maps have the same value of the setting. A
// missing value is not the same as its default.
func (d Definition) hasSameSetting(a, b property.Map) bool {
	for _, name := range d.Setting.Values {
		if !d.Properties[name].Same(a.Get(name), b.Get(name)) {
			return false
		}
	}
	return true
}

// Setting is a value in the API that needs no object of its own to be created, and
// that more than one resource of a program can set.
type Setting struct {
	// Name returns the name of the setting in error messages, such as "the spend limit
	// of org_1". It is empty if the inputs do not set the setting, and while the object
	// that it belongs to is not known yet. id is the ID of the
	// resource, or "" before it is created.
	Name func(id string, inputs property.Map) string
	// Values names the inputs that hold the value.
	Values []string
	// Singleton is true for a resource that consists of the setting: creating it
	// sets the value, and deleting it restores the default.
	Singleton bool
}

// Controller makes the API calls of a resource with the inputs I and the state O,
// which embeds I. It is never called during a preview. Errors of the client are
// returned as they are: package lifecycle adds the context.
type Controller[I, O any] interface {
	Definition() Definition
	// Create creates an object. If it returns an ID with an error, the object exists,
	// and the next update completes it.
	Create(ctx context.Context, c *client.Client, inputs I) (id string, state O, err error)
	// Read returns the live state of an object. state is the previous state, for values
	// that the API does not return. A deleted object is an error for which
	// client.IsNotFound holds, or ErrDeleted.
	Read(ctx context.Context, c *client.Client, id string, state O) (O, error)
	// Delete deletes an object. It returns an error if the object does not exist.
	Delete(ctx context.Context, c *client.Client, id string, state O) error
}

// Updater is a Controller that can change an object in place.
type Updater[I, O any] interface {
	// Update sends the inputs that differ from the state. The inputs are complete:
	// an input that the program omits has its value from the state, or its default.
	Update(ctx context.Context, c *client.Client, id string, state O, inputs I) (O, error)
}

// Lister is a Controller whose objects can be listed. L is a struct with the list inputs,
// which ImportID.ListParents names. It is that of the inputs, unless these lack a list input.
type Lister[L any] interface {
	// List returns the objects that have the same parents as one with the inputs, each
	// with its state. A new one can conflict only with these. Objects that Read does not
	// find are left out: those that are deleted, and settings without a value.
	List(ctx context.Context, c *client.Client, inputs L) iter.Seq2[Object[any], error]
}

// Upserter is a Controller whose Create overwrites an existing value silently.
// The lifecycle refuses that unless the value belongs to the resource according to
// the state. On delete, it keeps a value that was changed outside of Pulumi.
type Upserter[I any] interface {
	// Existing returns the value that Create with the inputs would overwrite, or that
	// Delete would remove. It is nil if there is none, or if it has its default. If the
	// value is an object of its own that does not exist, client.IsNotFound holds for the
	// error. id is the ID of the resource, or "" before it is created.
	Existing(ctx context.Context, c *client.Client, id string, inputs I) (*Object[I], error)
}

// Object is an object of the API, or a setting with a value.
type Object[T any] struct {
	// ID is the object's own ID. An import ID begins with those of the parents.
	ID string
	// Value is its inputs or its state.
	Value T
}

// Objects returns the objects of a list that convert accepts.
func Objects[Live any](list iter.Seq2[Live, error], convert func(Live) (id string, state any, ok bool)) iter.Seq2[Object[any], error] {
	return func(yield func(Object[any], error) bool) {
		for live, err := range list {
			var object Object[any]
			ok := true
			if err == nil {
				object.ID, object.Value, ok = convert(live)
			}
			if ok && !yield(object, err) {
				return
			}
		}
	}
}

// Resource is a resource whose types have been erased.
type Resource struct {
	infer.InferredResource
	Definition
	name string
	list func(ctx context.Context, inputs property.Map) iter.Seq2[Object[property.Map], error]
	// digest is that of the subject of an evaluation, and nil for other resources.
	digest func(ctx context.Context, id string, inputs property.Map) (string, error)
}

// SubjectDigest returns the digest of the subject of an Evaluation as it is now, by its ID.
// Of the inputs, it uses the IDs of the parents. The context has a Call.
func (r Resource) SubjectDigest(ctx context.Context, id string, inputs property.Map) (string, error) {
	return r.digest(ctx, id, inputs)
}

// List returns the objects that have the same parents as one with the inputs, each with
// its top-level strings, booleans and numbers. Of the inputs, it uses those that
// ImportID.ListParents names. The context has a Call.
func (r Resource) List(ctx context.Context, inputs property.Map) iter.Seq2[Object[property.Map], error] {
	return r.list(ctx, inputs)
}

// Kind returns the name of the resource, such as PolicyProfile.
func (r Resource) Kind() string { return r.name }

// New returns the resource that a controller implements. It has the name of the
// controller's type.
func New[C interface {
	Controller[I, O]
	Lister[L]
}, I, O, L any](controller C) Resource {
	return Resource{
		InferredResource: infer.Resource[*adapter[C, I, O], *I, *O](&adapter[C, I, O]{}),
		Definition:       controller.Definition(),
		name:             reflect.TypeFor[C]().Name(),
		list:             list[C, L],
	}
}

// module is the module of all type tokens.
const module tokens.ModuleName = "index"

// SettingName returns the name of a setting of the object with an ID, or "" while the
// ID is not known.
func SettingName(setting, id string) string {
	if id == "" {
		return ""
	}
	return setting + " of " + id
}

// KeyedSetting returns the setting of a resource that consists of an object of a
// project, which the API finds by names, and whose create overwrites the values. The
// case of the names is ignored, so that no delete removes what another resource sets
// if the API ignores it.
func KeyedSetting(object string, names []string, values ...string) *Setting {
	return &Setting{Values: values, Singleton: true, Name: func(_ string, inputs property.Map) string {
		parts, projectID := make([]string, len(names)), inputs.Get("projectId")
		for i, name := range names {
			value := inputs.Get(name)
			if value.IsComputed() || !projectID.IsString() {
				return ""
			}
			parts[i] = name + ` ""`
			if value.IsString() {
				parts[i] = fmt.Sprintf("%s %q", name, strings.ToLower(value.AsString()))
			}
		}
		return SettingName(object+" with "+strings.Join(parts, ", "), projectID.AsString())
	}}
}
