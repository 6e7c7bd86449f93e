// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Setting is one value at one place of the API, which no object has to be
// created for, and which more than one resource of a program may stand for.
type Setting struct {
	// Name names the setting that the inputs of the resource with the ID give a
	// value to. It is empty where they give it none, and while the place is not
	// known yet.
	Name func(id string, inputs property.Map) string
	// Property is the input that holds the value.
	Property string
	// Singleton is true for a resource that is the setting and nothing else: its
	// create sets the value, and its delete sets the default.
	Singleton bool
}

func (s *Setting) key(id string, inputs property.Map) claims.Key {
	if s == nil {
		return claims.Key{}
	}
	return claims.Key{Class: claims.Setting, Name: s.Name(id, inputs)}
}

func (s *Setting) isSingleton() bool { return s != nil && s.Singleton }

// objectKey names the object of a resource. A singleton has none.
func (r Served) objectKey(id string) claims.Key {
	if r.Setting.isSingleton() || id == "" {
		return claims.Key{}
	}
	return claims.Key{Class: claims.Object, Name: id} // which has a prefix for the kind
}

// claimKey names what a delete of the resource takes away: its object, or its setting.
func (r Served) claimKey(id string, inputs property.Map) claims.Key {
	if r.Setting.isSingleton() {
		return r.Setting.key(id, inputs)
	}
	return r.objectKey(id)
}

// recordCheck notes that the program has the resource, and what the inputs of a
// singleton stand for: the engine checks every resource of a program, but compares
// none that it is told to replace.
func (r Served) recordCheck(ctx context.Context, urn resource.URN, olds, news property.Map) {
	claimsOf(ctx).InProgram(urn)
	if !r.Setting.isSingleton() {
		return
	}
	claimsOf(ctx).Keep(r.Setting.key("", news), urn)
	if olds.Len() > 0 {
		claimsOf(ctx).InState(r.Setting.key("", olds), urn)
	}
}

// recordDiff notes, after a diff, whether the program keeps the object, and
// the setting that its inputs give a value to.
func (r Served) recordDiff(ctx context.Context, req p.DiffRequest, replaces bool) {
	registry, object := claimsOf(ctx), r.objectKey(req.ID)
	registry.InState(object, req.Urn)
	if replaces {
		registry.Release(object, req.Urn)
	} else {
		registry.Keep(object, req.Urn)
	}
	if r.Setting == nil || r.Setting.Singleton {
		return
	}
	olds, news := r.Setting.key(req.ID, req.OldInputs), r.Setting.key(req.ID, req.Inputs)
	switch {
	case !news.IsZero() && !replaces:
		registry.Keep(news, req.Urn)
	case !olds.IsZero():
		registry.Release(olds, req.Urn)
	}
}

// recordApply notes what a create or an update has set.
func (r Served) recordApply(ctx context.Context, urn resource.URN, id string, inputs property.Map, created bool) {
	registry := claimsOf(ctx)
	if created {
		registry.Create(r.objectKey(id), urn)
	} else {
		registry.Keep(r.objectKey(id), urn)
	}
	registry.Create(r.Setting.key(id, inputs), urn)
}

// keepShared returns what an update is to reach, and the setting that it clears,
// if any: one that was taken out of the program is left alone while another
// resource of the program gives it its value.
func (r Served) keepShared(ctx context.Context, req p.UpdateRequest, desired property.Map) (property.Map, claims.Key) {
	if r.Setting == nil || r.Setting.Singleton {
		return desired, claims.Key{}
	}
	olds, news := r.Setting.key(req.ID, req.OldInputs), r.Setting.key(req.ID, req.Inputs)
	if olds.IsZero() || !news.IsZero() {
		return desired, claims.Key{}
	}
	if _, held := claimsOf(ctx).HeldByOther(olds, req.Urn); held {
		return desired.Set(r.Setting.Property, req.State.Get(r.Setting.Property)), claims.Key{}
	}
	return desired, olds
}

// forbidsDelete tells whether this run holds what is to be deleted, and says so.
func (r Served) forbidsDelete(ctx context.Context, op operation, key claims.Key) bool {
	other, forbidden := claimsOf(ctx).ForbidsDelete(key, op.urn)
	switch {
	case !forbidden:
		return false
	case key.Class == claims.Setting:
		// In order: the setting has the value that the program gives it.
		p.GetLogger(ctx).Infof("%s is left as it is, because %s sets it", key.Name, cmp.Or(other, "this update"))
	case other == "":
		warnReplacedItself(ctx, op)
	default:
		p.GetLogger(ctx).Warningf("%s %q (%s) was not deleted, because this update keeps the same object as %s %s. It is now in the state once.",
			op.kind, op.name, op.id, op.kind, other)
	}
	return true
}

// refuseOverwrite is the error of a create of a singleton that would overwrite a
// value that somebody else has set. It is nil where the state says that the value
// is that of the resource itself, which is being replaced.
func refuseOverwrite(ctx context.Context, setting, holds, wants, importID string) error {
	op, _ := ctx.Value(operationKey{}).(operation)
	own, other := claimsOf(ctx).ResourcesOf(claims.Key{Class: claims.Setting, Name: setting}, op.urn)
	if own {
		return nil
	}
	return fmt.Errorf("%s is %s already, and this create would overwrite it with %s. %s", setting, holds, wants,
		existsAdvice{op: op, setting: true, importID: importID, inState: other}.String())
}

// ownsValue tells whether a value of the API is the one that a resource has set,
// by its outputs or by its inputs, of which a state may lack either.
func ownsValue(ctx context.Context, have, state property.Map, names ...string) bool {
	op, _ := ctx.Value(operationKey{}).(operation)
	same := func(with property.Map) bool {
		for _, name := range names {
			if !have.Get(name).WithSecret(false).WithDependencies(nil).Equals(with.Get(name).WithSecret(false).WithDependencies(nil)) {
				return false
			}
		}
		return true
	}
	return same(state) || op.inputs.Len() > 0 && same(op.inputs)
}

// settingOf names a setting of what has an ID, and nothing where that is not known yet.
func settingOf(what, id string) string {
	if id == "" {
		return ""
	}
	return what + id
}

// valuesOf is a map with a value that may be left out.
func valuesOf[T any](name string, v *T) property.Map {
	if v == nil {
		return property.Map{}
	}
	return property.NewMap(map[string]property.Value{name: properties.Value(*v)})
}

// warnNotOwn says that a delete has left a setting alone.
func warnNotOwn(ctx context.Context, setting, holds string) {
	op, _ := ctx.Value(operationKey{}).(operation)
	p.GetLogger(ctx).Warningf("%s is %s, which is not what %s %q has set. It was changed outside of Pulumi, so it is left as it is.",
		setting, holds, op.kind, op.name)
}

// withFallback returns inputs, with the outputs of the same name for those that a
// state lacks.
func withFallback(inputs, outputs property.Map) property.Map {
	for name, value := range inputs.All {
		outputs = outputs.Set(name, value)
	}
	return outputs
}

type claimsKey struct{}

// WithClaims gives resources the claims of the run.
func WithClaims(ctx context.Context, registry *claims.Registry) context.Context {
	return context.WithValue(ctx, claimsKey{}, registry)
}

func claimsOf(ctx context.Context) *claims.Registry {
	registry, _ := ctx.Value(claimsKey{}).(*claims.Registry)
	return registry
}
