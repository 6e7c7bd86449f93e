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
	a.Describe(&r.RotateAfter, "The age at which the secrets are rotated, such as `90d`: a whole number of minutes (`m`), hours (`h`), days of 24 hours (`d`) or weeks (`w`), "+
		"from `1m` to `3650d`. The first `pulumi up` at or after `nextRotation` rotates them in place, also if the program is unchanged, and the preview shows it. "+
		"The age counts from `rotatedAt`, or from `createdAt` if that is absent. Changing or removing the value rotates nothing, unless the secrets are older than the new value. "+
		"While the object is disabled or expired, they are not rotated. If omitted, secrets are not rotated because of their age.")
	a.Describe(&r.Standby, "Whether consumers use another object of the same type instead of this one. With two objects that take turns, a rotation does not interrupt consumers. "+
		"If it is set, `rotateAfter` is not an age: it counts from when the object was put on standby, and the secrets are rotated once after that time. "+
		"The secrets of an object that is not on standby are then not rotated. If omitted, `rotateAfter` is the age of the secrets.")
}

// Annotate describes the outputs.
func (r *RotationOutputs) Annotate(a infer.Annotator) {
	a.Describe(&r.RotatedAt, "The time when the secrets were issued, by the creation or the last rotation, in RFC 3339 format (UTC) and "+
		"by the clock of the machine that ran the update. Absent if that is not known: the object was imported, or a release of the provider without this output has issued them.")
	a.Describe(&r.NextRotation, "The time from which the next update rotates the secrets because of `rotateAfter`, in RFC 3339 format (UTC). "+
		"It is in the past if no update has run since, or if the object is disabled or expired. Absent without `rotateAfter`, and if `standby` does not require a rotation.")
	a.Describe(&r.StandbySince, "The time since when `standby` is `true`, in RFC 3339 format (UTC). Absent if it is not.")
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
