// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"cmp"
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
)

func (r *Resource) isSingleton() bool { return r.Setting != nil && r.Setting.Singleton }

// reusesIDs reports whether what is created again has the ID of what was deleted.
func (r *Resource) reusesIDs() bool { return r.isSingleton() || r.ImportID.Key != "" }

// settingKey identifies the setting that inputs give a value to.
func (r *Resource) settingKey(id string, inputs property.Map) claims.Key {
	if r.Setting == nil {
		return claims.Key{}
	}
	return claims.Key{Class: claims.Setting, Name: r.Setting.Name(r.ImportID.OwnID(id), inputs)}
}

// objectKey identifies the object of a resource. A singleton has none.
func (r *Resource) objectKey(id string) claims.Key {
	if r.isSingleton() || id == "" {
		return claims.Key{}
	}
	return claims.Key{Class: claims.Object, Name: r.ImportID.OwnID(id)} // the prefix of the ID identifies the kind
}

// claimKey identifies what deleting a resource removes: its object or its setting.
func (r *Resource) claimKey(id string, inputs property.Map) claims.Key {
	if r.isSingleton() {
		return r.settingKey(id, inputs)
	}
	return r.objectKey(id)
}

func (r *Resource) deleteKey(req p.DeleteRequest) claims.Key {
	return r.claimKey(req.ID, preferFirst(req.OldInputs, req.Properties))
}

// claimCheck records that the resource is in the program, and the setting of a
// singleton. The engine checks every resource of a program, but does not diff those
// that are marked for replacement.
func (r *Resource) claimCheck(urn resource.URN, olds, news property.Map) {
	r.env.Claims.InProgram(urn)
	if !r.isSingleton() {
		return
	}
	r.env.Claims.Keep(r.settingKey("", news), urn)
	if olds.Len() > 0 {
		r.env.Claims.InState(r.settingKey("", olds), urn)
	}
}

// claimDiff records, after a diff, whether the program keeps the object and the
// setting.
func (r *Resource) claimDiff(req p.DiffRequest, replaces bool) {
	registry, object := r.env.Claims, r.objectKey(req.ID)
	registry.InState(object, req.Urn)
	if replaces {
		registry.Release(object, req.Urn)
	} else {
		registry.Keep(object, req.Urn)
	}
	if r.Setting == nil || r.Setting.Singleton {
		return
	}
	olds, news := r.settingKey(req.ID, req.OldInputs), r.settingKey(req.ID, req.Inputs)
	switch {
	case !news.IsZero() && !replaces:
		registry.Keep(news, req.Urn)
	case !olds.IsZero():
		registry.Release(olds, req.Urn)
	}
}

// claimApply records what a create or an update has set.
func (r *Resource) claimApply(urn resource.URN, id string, inputs property.Map, created bool) {
	if created {
		r.env.Claims.Create(r.objectKey(id), urn)
	} else {
		r.env.Claims.Keep(r.objectKey(id), urn)
	}
	r.env.Claims.Create(r.settingKey(id, inputs), urn)
}

// keepSharedSetting returns the planned inputs of an update, and the setting that
// it clears, if any. A setting that this resource no longer sets is not cleared if
// another resource of the program sets it.
func (r *Resource) keepSharedSetting(req p.UpdateRequest, planned property.Map) (property.Map, claims.Key) {
	if r.Setting == nil || r.Setting.Singleton {
		return planned, claims.Key{}
	}
	olds, news := r.settingKey(req.ID, req.OldInputs), r.settingKey(req.ID, req.Inputs)
	if olds.IsZero() || !news.IsZero() {
		return planned, claims.Key{}
	}
	if _, held := r.env.Claims.HeldByOther(olds, req.Urn); held {
		name := r.Setting.Values[0]
		return planned.Set(name, req.State.Get(name)), claims.Key{}
	}
	return planned, olds
}

// refuseDelete reports whether this run still uses the object or the setting to be
// deleted, and logs that.
func (r *Resource) refuseDelete(ctx context.Context, op operation, key claims.Key) bool {
	other, forbidden := r.env.Claims.ForbidsDelete(key, op.urn)
	switch {
	case !forbidden:
		return false
	case key.Class == claims.Setting:
		// As intended: the setting has the value that the program sets.
		p.GetLogger(ctx).Infof("%s is left unchanged, because %s sets it", key.Name, cmp.Or(other, "this update"))
	case other == "":
		p.GetLogger(ctx).Warningf("%s %q (%s) was not replaced, and keeps its secrets. It was created within the last 24 hours "+
			"by a run that this machine has no record of, so the API answered the create of the replacement with the existing object. "+
			"Nothing is lost. Run the command again to replace it.", op.kind, op.name, op.id)
	default:
		p.GetLogger(ctx).Warningf("%s %q (%s) was not deleted, because this update keeps the same object as %s %s. The state now has it once.",
			op.kind, op.name, op.id, op.kind, other)
	}
	return true
}
