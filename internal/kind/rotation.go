// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"maps"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// RotationInputs are the inputs of a kind whose one-time secrets can be rotated in place.
// Its inputs embed them and describe RotationTriggers, and its property table has
// RotationProperties.
type RotationInputs struct {
	RotationTriggers map[string]string `pulumi:"rotationTriggers,optional"`
	RotateAfter      *string           `pulumi:"rotateAfter,optional"`
	Standby          *bool             `pulumi:"standby,optional"`
}

// RotationOutputs are the outputs of such a kind, whose state embeds them. Package
// lifecycle sets them: a controller leaves them unchanged.
type RotationOutputs struct {
	RotatedAt    *string `pulumi:"rotatedAt,optional"`
	NextRotation *string `pulumi:"nextRotation,optional"`
	StandbySince *string `pulumi:"standbySince,optional"`
}

// MaxRotateAfter is the longest period of a rotation.
const MaxRotateAfter = 3650 * 24 * time.Hour

// RotationProperties describes RotationInputs. A rotation changes the given outputs.
func RotationProperties(outputs ...string) properties.Table {
	return properties.Table{
		"rotationTriggers": properties.Map(properties.String()).Default(map[string]any{}).Affects(outputs...),
		"rotateAfter":      properties.String().Period(MaxRotateAfter).Default(nil),
		"standby":          properties.Bool().Default(nil),
	}
}

// Annotate describes the inputs.
func (r *RotationInputs) Annotate(a infer.Annotator) {
	a.Describe(&r.RotateAfter, "The age at which the secrets are rotated: a whole number of minutes, hours, days of 24 hours, or weeks, such as `30m`, `12h`, `90d` or `2w`, "+
		"up to `3650d`. The first update at or after `nextRotation` rotates them in place, as a change of `rotationTriggers` does, "+
		"also if the program is unchanged, and the preview shows it. So run `pulumi up` regularly, such as every day. "+
		"The age counts from `rotatedAt`, or else from `createdAt`, by the clock of the machine that runs the update. "+
		"Changing or removing the value does not rotate the secrets, unless they are older than the new value. "+
		"If omitted, the age does not matter.")
	a.Describe(&r.Standby, "Whether another object of the same kind is in use instead of this one. The old secrets stop working when they are rotated, "+
		"so two objects that take turns make a rotation seamless. While this is `false`, the secrets are in use, and `rotateAfter` does not apply. "+
		"When it becomes `true`, `rotateAfter` is the time that consumers have for moving to the other object: "+
		"the secrets are rotated once, by the first update after that time. If omitted, `rotateAfter` applies to the age of the secrets.")
}

// Annotate describes the outputs.
func (r *RotationOutputs) Annotate(a infer.Annotator) {
	a.Describe(&r.RotatedAt, "The time when this resource was created or when its secrets were last rotated, in RFC 3339 format and UTC, "+
		"by the clock of the machine that ran the update. Absent if Pulumi has not issued the secrets, because the object was imported, "+
		"or if a release of the provider without this property has.")
	a.Describe(&r.NextRotation, "The time from which an update rotates the secrets because of `rotateAfter`, in RFC 3339 format and UTC. "+
		"It can be in the past if no update has run since. Absent if no rotation is planned.")
	a.Describe(&r.StandbySince, "The time since when `standby` is `true`, in RFC 3339 format and UTC. Absent if it is not.")
}

type rotationKey struct{}

// WithRotation returns a context in which MustRotate is true: a rotation is due, or was
// interrupted.
func WithRotation(ctx context.Context) context.Context {
	return context.WithValue(ctx, rotationKey{}, true)
}

// MustRotate reports whether an update has to rotate the secrets of an object: the
// triggers have changed, a rotation is due because of their age, or an interrupted one has
// to be completed.
func MustRotate(ctx context.Context, before, after RotationInputs) bool {
	return ctx.Value(rotationKey{}) != nil || !maps.Equal(before.RotationTriggers, after.RotationTriggers)
}
