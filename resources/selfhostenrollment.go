// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"maps"
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
)

// SelfHostEnrollment lets self-hosted proxies authenticate to the control plane.
type SelfHostEnrollment struct{}

// SelfHostEnrollmentArgs are the inputs of a SelfHostEnrollment.
type SelfHostEnrollmentArgs struct {
	OrgID            string            `pulumi:"orgId"`
	RegionLabel      *string           `pulumi:"regionLabel,optional"`
	Description      *string           `pulumi:"description,optional"`
	ExpiresAt        *string           `pulumi:"expiresAt,optional"`
	RotationTriggers map[string]string `pulumi:"rotationTriggers,optional"`
}

// SelfHostEnrollmentState is the state of a SelfHostEnrollment.
type SelfHostEnrollmentState struct {
	SelfHostEnrollmentArgs
	Token      string `pulumi:"token" provider:"secret"`
	CreatedBy  string `pulumi:"createdBy"`
	CreatedAt  string `pulumi:"createdAt"`
	LastSeenAt string `pulumi:"lastSeenAt"`
}

// Annotate describes the inputs.
func (r *SelfHostEnrollmentArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.OrgID, "ID of the organization.")
	a.Describe(&r.RegionLabel, "Where the proxies run, in words of your own, up to 100 characters.")
	a.Describe(&r.Description, "What the enrollment is for, up to 500 characters.")
	a.Describe(&r.ExpiresAt, "When the token stops working, in RFC 3339, such as `2027-01-01T00:00:00Z`; in the future when it is created. "+
		"A fraction of a second is dropped. "+
		"Left out, it never does.")
	a.Describe(&r.RotationTriggers, "Any words of your own. A change of them makes a new token for the same enrollment; "+
		"the old one is refused for new connections at once.")
}

// Annotate describes the outputs.
func (r *SelfHostEnrollmentState) Annotate(a infer.Annotator) {
	a.Describe(&r.Token, "The token, `pbh_…`, for the environment of the proxies.")
	a.Describe(&r.CreatedBy, "ID of the user who created the enrollment, where that is known.")
	a.Describe(&r.CreatedAt, "When the enrollment was created, in RFC 3339.")
	a.Describe(&r.LastSeenAt, "When a proxy last authenticated with it, in RFC 3339, as of the last read. Empty when none ever did.")
}

// Definition implements kind.Controller.
func (SelfHostEnrollment) Definition() kind.Definition {
	return kind.Definition{
		Description: "A token with which proxies in your own network authenticate to PgBeam. Needs the Scale plan. " +
			"The API shows the token once, when it makes it; it is kept in the state, encrypted, and is empty after an import until it is rotated. " +
			"Destroying the resource revokes it. " +
			"An organization cannot have a live enrollment and an enabled `ApprovalRule` at one time.",
		Properties: properties.Table{
			"orgId":            properties.String().Required().Replaces().PathSegment(),
			"regionLabel":      properties.String().Replaces().Length(0, 100).Default(""),
			"description":      properties.String().Replaces().Length(0, 500).Default(""),
			"expiresAt":        properties.String().Replaces().Timestamp().FutureWhenNew(time.Now).Default(nil),
			"rotationTriggers": properties.Map(properties.String()).Default(map[string]any{}).Affects("token"),
		},
		ImportID: kind.ImportID{Parents: []kind.Parent{{Property: "orgId", Prefix: "org_", Opaque: true}}, Prefix: "she_"},
	}
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
	state = withEnrollment(SelfHostEnrollmentState{SelfHostEnrollmentArgs: in}, created.Enrollment)
	state.Token = created.Token
	return created.Enrollment.ID, state, nil
}

// Read implements kind.Controller.
func (SelfHostEnrollment) Read(ctx context.Context, c *client.Client, id string, state SelfHostEnrollmentState) (SelfHostEnrollmentState, error) {
	live, err := c.SelfHostEnrollments().Get(ctx, state.OrgID, id)
	if err == nil && live.RevokedAt != nil {
		err = kind.ErrDeleted
	}
	return withEnrollment(state, live), err
}

// Update implements kind.Updater. It rotates the token.
func (SelfHostEnrollment) Update(ctx context.Context, c *client.Client, id string, state SelfHostEnrollmentState, in SelfHostEnrollmentArgs,
) (SelfHostEnrollmentState, error) {
	if maps.Equal(state.RotationTriggers, in.RotationTriggers) {
		return state, nil
	}
	rotated, err := c.SelfHostEnrollments().Rotate(ctx, in.OrgID, id)
	if err != nil {
		return state, err
	}
	state = withEnrollment(state, rotated.Enrollment)
	state.Token, state.RotationTriggers = rotated.Token, in.RotationTriggers
	return state, nil
}

// Delete implements kind.Controller. It revokes the enrollment.
func (SelfHostEnrollment) Delete(ctx context.Context, c *client.Client, id string, state SelfHostEnrollmentState) error {
	return c.SelfHostEnrollments().Delete(ctx, state.OrgID, id)
}

// withApprovalRules adds to a refusal the enabled approval rules that may be its reason.
func withApprovalRules(ctx context.Context, c *client.Client, orgID string, err error) error {
	const most, mostProjects = 10, 20
	if !isConflict(err) {
		return err
	}
	ctx, cancel := kind.ForMessage(ctx)
	defer cancel()
	var enabled []string
	projects := 0
	for project, lookup := range c.Projects().List(ctx, orgID) {
		if projects++; lookup != nil || projects > mostProjects {
			break // the refusal itself is what matters
		}
		for rule, lookup := range c.ApprovalRules().List(ctx, project.ID) {
			if lookup != nil || len(enabled) == most {
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
	return fmt.Errorf("%w; a live SelfHostEnrollment and an enabled ApprovalRule exclude each other, and %s has %s: "+
		"set `enabled: false` on the rule, or do without the enrollment. If the same update removes the rule, make two updates of it: "+
		"remove the rule with the first, and add the enrollment with the second, because Pulumi creates before it deletes",
		err, orgID, strings.Join(enabled, ", "))
}

// withEnrollment returns the state with what the API says of the enrollment. It
// does not say the token again.
func withEnrollment(state SelfHostEnrollmentState, live client.SelfHostEnrollment) SelfHostEnrollmentState {
	state.OrgID = live.OrgID
	state.RegionLabel = convert.StringOr[string](live.RegionLabel, "")
	state.Description = convert.StringOr[string](live.Description, "")
	state.ExpiresAt = live.ExpiresAt
	state.CreatedBy = convert.ValueOr(live.CreatedBy, "")
	state.CreatedAt = live.CreatedAt
	state.LastSeenAt = convert.ValueOr(live.LastSeenAt, "")
	return state
}
