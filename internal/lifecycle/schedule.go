// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// The properties of kind.RotationInputs and kind.RotationOutputs.
const (
	rotationTriggers = "rotationTriggers"
	rotateAfter      = "rotateAfter"
	standby          = "standby"
	rotatedAt        = "rotatedAt"
	nextRotation     = "nextRotation"
	standbySince     = "standbySince"
)

// maxSkew is by how much the clocks of two machines may differ.
const maxSkew = 5 * time.Minute

// schedule is when an update rotates the secrets of an object because of their age. All
// times are whole seconds by the clocks of the machines that run the updates, so that the
// clock of the API does not matter. A zero time is none.
type schedule struct {
	// rotatedAt is when the secrets were issued, standbySince when the object was put on
	// standby, and next when the next rotation is due.
	rotatedAt, standbySince, next time.Time
}

// isDue reports whether a rotation is due. A clock that goes back makes none due.
func (s schedule) isDue(now time.Time) bool { return !s.next.IsZero() && !now.Before(s.next) }

// isRotatable reports whether the secrets of the kind can be rotated because of their age.
func (r *Resource) isRotatable() bool {
	_, ok := r.Properties[rotateAfter]
	return ok
}

func (r *Resource) now() time.Time { return r.env.now().UTC().Truncate(time.Second) }

// newSchedule returns the schedule of an object whose secrets are those of the state, with
// the planned inputs.
func newSchedule(planned, state property.Map, now time.Time) schedule {
	s := schedule{rotatedAt: timeOf(state, rotatedAt)}
	after, ok := properties.ParsePeriod(convert.Text(planned.Get(rotateAfter)))
	since, isStandby := timeOf(state, standbySince), planned.Get(standby)
	switch {
	case !isStandby.IsBool():
		issued := s.rotatedAt
		if issued.IsZero() { // the object was imported, or created by an earlier release
			issued = timeOf(state, "createdAt")
		}
		if ok && !issued.IsZero() {
			s.next = issued.Add(after)
		}
		return s
	case isStandby.AsBool():
		if since.IsZero() {
			since = now
		}
		s.standbySince = since
	case since.IsZero() || now.Before(since.Add(after)): // it may still be in use
		return s
	}
	if ok && s.rotatedAt.Before(since) {
		s.next = since.Add(after)
	}
	return s
}

// rotationPlan says whether an update rotates secrets because of their age.
type rotationPlan int

const (
	noRotation rotationPlan = iota
	dueRotation
	uncertainRotation // it depends on an input that is not known in the preview
)

// planRotation decides whether an update rotates secrets because of their age. Those that
// cannot be used are not rotated: a rotation must not make an object usable again, and the
// API may remove one that has expired at any time. An object that the update enables gets
// its new secrets first.
func (r *Resource) planRotation(olds, news, planned, state property.Map) rotationPlan {
	if !r.isRotatable() {
		return noRotation
	}
	now := r.now()
	if expires := timeOf(planned, "expiresAt"); !expires.IsZero() && !now.Before(expires) {
		return noRotation
	}
	status := r.Disabled.Property
	if r.Disabled.Is(planned) || r.Disabled.Is(state) && r.Properties[status].Same(olds.Get(status), news.Get(status)) {
		return noRotation
	}
	switch {
	case planned.Get(rotateAfter).IsComputed(), planned.Get(standby).IsComputed() && !planned.Get(rotateAfter).IsNull():
		return uncertainRotation
	case newSchedule(planned, state, now).isDue(now):
		return dueRotation
	}
	return noRotation
}

// diffRotation adds a rotation that is due to a diff.
func (r *Resource) diffRotation(ctx context.Context, req p.DiffRequest, diff map[string]p.PropertyDiff) (renewed []string) {
	if !r.isRotatable() {
		return nil
	}
	state := r.valid(req.State)
	planned := r.Properties.PlannedInputs(req.OldInputs, req.Inputs, state)
	r.warnSkew(ctx, req.Urn, req.ID, newSchedule(planned, state, r.now()))
	if r.planRotation(req.OldInputs, req.Inputs, planned, state) != dueRotation {
		return nil
	}
	for _, name := range []string{rotatedAt, nextRotation} {
		diff[name] = p.PropertyDiff{Kind: p.Update}
	}
	p.GetLogger(ctx).Infof("%s %q (%s): the rotation of its secrets is due; this update rotates them.", r.Kind(), req.Urn.Name(), req.ID)
	return r.oneTimeSecrets()
}

// warnSkew warns if the state has a rotation in the future: the clock of this machine, or
// of the one that rotated the secrets, is wrong, and the next rotation will be late.
func (r *Resource) warnSkew(ctx context.Context, urn resource.URN, id string, s schedule) {
	if now := r.now(); s.next.IsZero() || !s.rotatedAt.After(now.Add(maxSkew)) || !r.env.Claims.FirstTime("skew of "+string(urn)+" "+id) {
		return
	}
	p.GetLogger(ctx).Warningf("%s %q (%s): according to the state, its secrets were rotated at %s, which is in the future for the clock of this machine. "+
		"They are not rotated because of their age until the time in nextRotation. To rotate them now, change rotationTriggers.",
		r.Kind(), urn.Name(), id, s.rotatedAt.Format(time.RFC3339))
}

// withSchedule returns the outputs of a create or an update with those of the rotation. The
// secrets were issued now if they differ from those of the state before it.
func (r *Resource) withSchedule(outputs, planned, before property.Map, now time.Time) property.Map {
	if !r.isRotatable() {
		return outputs
	}
	schedule := newSchedule(planned, before, now)
	if secrets := r.oneTimeSecrets(); before.Len() == 0 || digestOf(outputs, secrets) != digestOf(before, secrets) {
		schedule = newSchedule(planned, before.Set(rotatedAt, formatTime(now)), now)
	}
	return schedule.addTo(outputs, planned)
}

// addTo returns outputs with the inputs of the schedule, which no request applies, and with its
// times, which are null if there are none.
func (s schedule) addTo(outputs, planned property.Map) property.Map {
	entries := outputs.AsMap() // Set would copy the map for each entry
	for _, input := range []string{rotateAfter, standby} {
		entries[input] = planned.Get(input)
	}
	for output, t := range map[string]time.Time{rotatedAt: s.rotatedAt, nextRotation: s.next, standbySince: s.standbySince} {
		entries[output] = formatTime(t)
	}
	return property.NewMap(entries)
}

// previewSchedule is withSchedule for a preview, in which the time of the update is not
// known. rotates is true if the update issues secrets, or may do so.
func (r *Resource) previewSchedule(outputs, planned, before property.Map, rotates bool) property.Map {
	if !r.isRotatable() {
		return outputs
	}
	after, isStandby, unknown := planned.Get(rotateAfter), planned.Get(standby), property.New(property.Computed)
	schedule := newSchedule(planned, before, r.now())
	outputs = schedule.addTo(outputs, planned)
	if rotates {
		outputs = outputs.Set(rotatedAt, unknown).Set(nextRotation, formatTime(time.Time{}))
	}
	entersStandby := isStandby.IsBool() && isStandby.AsBool() && timeOf(before, standbySince).IsZero()
	if isStandby.IsComputed() || entersStandby {
		outputs = outputs.Set(standbySince, unknown)
	}
	switch {
	case after.IsNull():
	case after.IsComputed(), isStandby.IsComputed(), rotates && isStandby.IsNull(), entersStandby && !schedule.next.IsZero():
		outputs = outputs.Set(nextRotation, unknown)
	}
	return outputs
}

// timeOf returns a time in a state, or the zero time if it is missing or malformed.
func timeOf(state property.Map, name string) time.Time {
	parsed, _ := time.Parse(time.RFC3339Nano, convert.Text(state.Get(name)))
	return parsed.UTC().Truncate(time.Second)
}

// formatTime returns a time as an output, or null for the zero time.
func formatTime(t time.Time) property.Value {
	if t.IsZero() {
		return property.New(property.Null)
	}
	return property.New(t.Format(time.RFC3339))
}
