// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[SelfHostEnrollmentArgs, SelfHostEnrollmentState] = SelfHostEnrollment{}
	_ kind.Updater[SelfHostEnrollmentArgs, SelfHostEnrollmentState]    = SelfHostEnrollment{}
	_ kind.Lister[SelfHostEnrollmentArgs]                              = SelfHostEnrollment{}
)

// SelfHostEnrollment is a token that authenticates self-hosted proxies.
type SelfHostEnrollment struct{}

// SelfHostEnrollmentArgs are the inputs of a SelfHostEnrollment.
type SelfHostEnrollmentArgs struct {
	OrgID       string  `pulumi:"orgId"`
	RegionLabel *string `pulumi:"regionLabel,optional"`
	Description *string `pulumi:"description,optional"`
	ExpiresAt   *string `pulumi:"expiresAt,optional"`
	kind.RotationInputs
}

// SelfHostEnrollmentState is the state of a SelfHostEnrollment.
type SelfHostEnrollmentState struct {
	SelfHostEnrollmentArgs
	kind.RotationOutputs
	Token      string `pulumi:"token" provider:"secret"`
	CreatedBy  string `pulumi:"createdBy"`
	CreatedAt  string `pulumi:"createdAt"`
	LastSeenAt string `pulumi:"lastSeenAt"`
}

// Annotate describes the inputs.
func (r *SelfHostEnrollmentArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.OrgID, "The ID of the organization that owns the enrollment.")
	a.Describe(&r.RegionLabel, "A label for the location of the proxies, up to 100 characters.")
	a.Describe(&r.Description, "The description of the enrollment, up to 500 characters.")
	a.Describe(&r.ExpiresAt, "The time when the token expires, in RFC 3339 format, such as `2027-01-01T00:00:00Z`. "+
		"It must be in the future on creation, and fractional seconds are ignored. If omitted, the token never expires.")
	a.Describe(&r.RotationTriggers, "Arbitrary key-value pairs. Changing any of them rotates the token in place: "+
		"the enrollment keeps its ID, and the old token is immediately refused for new connections.")
}

// Annotate describes the outputs.
func (r *SelfHostEnrollmentState) Annotate(a infer.Annotator) {
	a.Describe(&r.Token, "The token, `pbh_…`, which the proxies read from their environment.")
	a.Describe(&r.CreatedBy, "The ID of the user who created the enrollment. Empty if it is not known.")
	a.Describe(&r.CreatedAt, "The time when the enrollment was created, in RFC 3339 format.")
	a.Describe(&r.LastSeenAt, "The time when a proxy last authenticated with the token, in RFC 3339 format, as of the last refresh or update. "+
		"Empty if no proxy has.")
}

// Definition implements kind.Controller.
func (SelfHostEnrollment) Definition() kind.Definition {
	return kind.Definition{
		Description: "A token that authenticates proxies in your own network to PgBeam. Requires the Scale or Enterprise plan. " +
			"The API returns the token only when the enrollment is created or rotated, and Pulumi stores it encrypted in the state. " +
			"An imported enrollment has no token until it is rotated, by a change of `rotationTriggers` or by `rotateAfter`. Destroying the resource revokes the token. " +
			"An organization cannot have both an active enrollment and an enabled `ApprovalRule`.",
		Properties: SelfHostEnrollmentProperties(),
		ImportID:   kind.ImportID{Parents: []kind.Parent{kind.Organization}, Prefix: "she_"},
	}
}

// SelfHostEnrollmentProperties describes the inputs of a SelfHostEnrollment.
func SelfHostEnrollmentProperties() properties.Table {
	return properties.Table{
		"orgId":       properties.String().Required().Replaces().PathSegment(),
		"regionLabel": properties.String().Replaces().Length(0, 100).Default(""),
		"description": properties.String().Replaces().Length(0, 500).Default(""),
		"expiresAt":   properties.String().Replaces().Timestamp().FutureWhenNew(time.Now).Default(nil),
	}.With(kind.RotationProperties("token"))
}

// Create implements kind.Controller.
func (SelfHostEnrollment) Create(ctx context.Context, c *client.Client, in SelfHostEnrollmentArgs,
) (id string, state SelfHostEnrollmentState, err error) {
	created, err := c.SelfHostEnrollments().Create(ctx, in.OrgID, client.CreateSelfHostEnrollmentRequest{
		RegionLabel: in.RegionLabel,
		Description: in.Description,
		ExpiresAt:   convert.WholeSeconds(in.ExpiresAt),
	})
	if err != nil {
		return "", state, withApprovalRules(ctx, c, in.OrgID, err)
	}
	state = selfHostEnrollmentState(SelfHostEnrollmentState{SelfHostEnrollmentArgs: in}, created.Enrollment)
	state.Token = created.Token
	return created.Enrollment.ID, state, nil
}

// Read implements kind.Controller.
func (SelfHostEnrollment) Read(ctx context.Context, c *client.Client, id string, state SelfHostEnrollmentState) (SelfHostEnrollmentState, error) {
	live, err := c.SelfHostEnrollments().Get(ctx, state.OrgID, id)
	if err == nil && live.RevokedAt != nil {
		err = kind.ErrDeleted
	}
	return selfHostEnrollmentState(state, live), err
}

// Update implements kind.Updater. It rotates the token.
func (SelfHostEnrollment) Update(ctx context.Context, c *client.Client, id string, state SelfHostEnrollmentState, in SelfHostEnrollmentArgs,
) (SelfHostEnrollmentState, error) {
	if !kind.MustRotate(ctx, state.RotationInputs, in.RotationInputs) {
		return state, nil
	}
	rotated, err := c.SelfHostEnrollments().Rotate(ctx, in.OrgID, id)
	if err != nil {
		return state, err
	}
	state = selfHostEnrollmentState(state, rotated.Enrollment)
	state.Token, state.RotationTriggers = rotated.Token, in.RotationTriggers
	return state, nil
}

// Delete implements kind.Controller. It revokes the enrollment.
func (SelfHostEnrollment) Delete(ctx context.Context, c *client.Client, id string, state SelfHostEnrollmentState) error {
	return c.SelfHostEnrollments().Delete(ctx, state.OrgID, id)
}

// List implements kind.Lister.
func (SelfHostEnrollment) List(ctx context.Context, c *client.Client, in SelfHostEnrollmentArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.SelfHostEnrollments().List(ctx, in.OrgID), func(live client.SelfHostEnrollment) (id string, state any, ok bool) {
		return live.ID, selfHostEnrollmentState(SelfHostEnrollmentState{}, live), live.RevokedAt == nil
	})
}

// withApprovalRules adds to a conflict the enabled approval rules that may have
// caused it.
func withApprovalRules(ctx context.Context, c *client.Client, orgID string, err error) error {
	const maxRules, maxProjects = 10, 20
	if !isConflict(err) {
		return err
	}
	ctx, cancel := kind.ForMessage(ctx)
	defer cancel()
	var enabled []string
	projects := 0
	for project, lookup := range c.Projects().List(ctx, orgID) {
		if projects++; lookup != nil || projects > maxProjects {
			break // the conflict is reported either way
		}
		for rule, lookup := range c.ApprovalRules().List(ctx, project.ID) {
			if lookup != nil || len(enabled) == maxRules {
				break
			}
			if rule.Enabled {
				enabled = append(enabled, fmt.Sprintf("%s (%q of project %q)", rule.ID, rule.Name, project.Name))
			}
		}
	}
	if len(enabled) == 0 {
		return err
	}
	return fmt.Errorf("%w; an active SelfHostEnrollment and an enabled ApprovalRule exclude each other, and %s has %s: "+
		"set `enabled: false` on the rule, or remove the enrollment from the program. If the same update removes the rule, split it into two updates: "+
		"first remove the rule and then add the enrollment, because Pulumi creates before it deletes",
		err, orgID, strings.Join(enabled, ", "))
}

// selfHostEnrollmentState updates a state with an enrollment. The API does not return
// the token again.
func selfHostEnrollmentState(state SelfHostEnrollmentState, live client.SelfHostEnrollment) SelfHostEnrollmentState {
	state.OrgID = live.OrgID
	state.RegionLabel = convert.StringOr[string](live.RegionLabel, "")
	state.Description = convert.StringOr[string](live.Description, "")
	state.ExpiresAt = live.ExpiresAt
	state.CreatedBy = convert.ValueOr(live.CreatedBy, "")
	state.CreatedAt = live.CreatedAt
	state.LastSeenAt = convert.ValueOr(live.LastSeenAt, "")
	return state
}
