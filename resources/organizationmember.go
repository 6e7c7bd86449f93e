// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[OrganizationMemberArgs, OrganizationMemberState] = OrganizationMember{}
	_ kind.Updater[OrganizationMemberArgs, OrganizationMemberState]    = OrganizationMember{}
	_ kind.Lister[OrganizationMemberArgs]                              = OrganizationMember{}
)

// OrganizationMember is the membership of a person in an organization. It begins with
// an invitation, whose ID is not that of the membership.
type OrganizationMember struct{}

// OrganizationMemberArgs are the inputs of an OrganizationMember.
type OrganizationMemberArgs struct {
	OrgID string            `pulumi:"orgId"`
	Email string            `pulumi:"email"`
	Role  *OrganizationRole `pulumi:"role,optional"`
}

// OrganizationMemberState is the state of an OrganizationMember.
type OrganizationMemberState struct {
	OrganizationMemberArgs
	Status       string `pulumi:"status"`
	Name         string `pulumi:"name"`
	UserID       string `pulumi:"userId"`
	MemberID     string `pulumi:"memberId"`
	InvitationID string `pulumi:"invitationId"`
	ExpiresAt    string `pulumi:"expiresAt"`
	CreatedAt    string `pulumi:"createdAt"`
}

// The statuses of an OrganizationMember.
const (
	memberPending = "pending"
	memberActive  = "active"
)

// defaultRole is the role of an invitation without one.
const defaultRole = "member"

func (r OrganizationMemberArgs) role() string { return string(convert.ValueOr(r.Role, defaultRole)) }

// Annotate describes the inputs.
func (r *OrganizationMemberArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.OrgID, "The ID of the organization.")
	a.Describe(&r.Email, "The email address of the person. The case is ignored, so changing it has no effect.")
	a.Describe(&r.Role, "The role of the person. It cannot be `owner`: the ownership of an organization is transferred in the PgBeam dashboard. "+
		"Changing the role before the person has accepted the invitation revokes it and sends another one.")
}

// Annotate describes the outputs.
func (r *OrganizationMemberState) Annotate(a infer.Annotator) {
	a.Describe(&r.Status, "`pending` until the person accepts the invitation, and then `active`, as of the last refresh or update.")
	a.Describe(&r.Name, "The display name of the person. Empty while the invitation is pending.")
	a.Describe(&r.UserID, "The ID of the user. Empty while the invitation is pending.")
	a.Describe(&r.MemberID, "The ID of the membership. Empty while the invitation is pending.")
	a.Describe(&r.InvitationID, "The ID of the invitation. Empty once it is accepted.")
	a.Describe(&r.ExpiresAt, "The time after which the invitation cannot be accepted, in RFC 3339 format. Empty once it is accepted.")
	a.Describe(&r.CreatedAt, "The time when the person was invited or, once the invitation is accepted, became a member, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (OrganizationMember) Definition() kind.Definition {
	return kind.Definition{
		Description: "A member of an organization. Creating the resource invites the person by email, and the resource then follows the membership of that address and keeps its role. " +
			"Creating it fails if the person is a member or has a pending invitation already: import it instead, if nothing else manages it. " +
			"An invitation that expires or is rejected is gone with the next refresh, and the update after it sends another one. " +
			"Destroying the resource revokes the invitation or removes the member. The owners of an organization are never changed.",
		Properties: properties.Table{
			"orgId": properties.String().Required().Replaces().PathSegment(),
			"email": properties.String().Required().Replaces().IgnoresCase().Email(),
			"role":  properties.Enum[OrganizationRole]().Default(defaultRole).Affects("invitationId", "expiresAt", "createdAt"),
		},
		ImportID: kind.ImportID{
			Parents: []kind.Parent{kind.Organization}, Own: "<email>", Key: "email", IsKey: properties.IsEmail,
		},
		UniqueBy: []string{"orgId", "email"},
		Validate: validateOrganizationMember,
	}
}

// validateOrganizationMember says why a role is refused that the API has.
func validateOrganizationMember(inputs property.Map) []p.CheckFailure {
	if role := inputs.Get("role"); !role.IsString() || role.AsString() != client.RoleOwner {
		return nil
	}
	return []p.CheckFailure{{
		Property: "role",
		Reason:   "an owner cannot be managed: transfer the ownership in the PgBeam dashboard, and remove the resource from the program",
	}}
}

// Create implements kind.Controller. It invites the person.
func (OrganizationMember) Create(ctx context.Context, c *client.Client, in OrganizationMemberArgs) (id string, state OrganizationMemberState, err error) {
	member, err := c.OrganizationMembers().Get(ctx, in.OrgID, in.Email)
	switch {
	case err == nil:
		return "", state, existingMemberError(in.OrgID, member)
	case !client.IsNotFound(err):
		return "", state, err
	}
	invitation, err := invite(ctx, c, in)
	if err != nil {
		return "", state, err
	}
	return organizationMemberID(in.OrgID, in.Email), invitationState(in.OrgID, invitation), nil
}

// Read implements kind.Controller.
func (OrganizationMember) Read(ctx context.Context, c *client.Client, id string, state OrganizationMemberState) (OrganizationMemberState, error) {
	orgID, email, _ := strings.Cut(id, "/")
	live, err := findMember(ctx, c, orgID, email)
	if isImport := state.Role == nil; err == nil && isImport && isOwner(live) {
		return state, ownerError(orgID, live.Email)
	}
	return live, err
}

// Update implements kind.Updater. The role of a pending invitation cannot be changed, so
// another one takes its place. The same holds for one that has ended: it has expired, or
// an update that failed has revoked it.
func (OrganizationMember) Update(ctx context.Context, c *client.Client, _ string, state OrganizationMemberState, in OrganizationMemberArgs,
) (OrganizationMemberState, error) {
	live, err := findMember(ctx, c, in.OrgID, in.Email)
	revokes := err == nil && live.Status == memberPending && live.role() != in.role()
	if revokes {
		live, err = revokeInvitation(ctx, c, live)
	}
	switch {
	case client.IsNotFound(err):
		invitation, err := invite(ctx, c, in)
		switch {
		case err == nil:
			return invitationState(in.OrgID, invitation), nil
		case revokes:
			state.Status, state.InvitationID = "", ""
			err = kind.InitFailed(fmt.Errorf("the invitation with the old role was revoked, and sending another one failed: %w", err))
		}
		return state, err
	case err != nil:
		return state, err
	case isOwner(live):
		return state, ownerError(in.OrgID, live.Email)
	case live.role() == in.role():
		return live, nil
	default:
		member, err := c.OrganizationMembers().UpdateRole(ctx, in.OrgID, live.MemberID, in.role())
		return memberState(in.OrgID, member), err
	}
}

// revokeInvitation revokes a pending invitation, and returns an error that says so. If it
// has been accepted meanwhile, it returns the member.
func revokeInvitation(ctx context.Context, c *client.Client, pending OrganizationMemberState) (OrganizationMemberState, error) {
	err := c.OrganizationInvitations().Delete(ctx, pending.OrgID, pending.InvitationID)
	if err != nil && !client.IsNotFound(err) {
		return pending, err
	}
	member, err := c.OrganizationMembers().GetLatest(ctx, pending.OrgID, pending.Email)
	return memberState(pending.OrgID, member), err
}

// Delete implements kind.Controller. It revokes the invitations of the address and
// removes the member. The member is looked up last, because the person may have accepted
// an invitation until it was revoked.
func (OrganizationMember) Delete(ctx context.Context, c *client.Client, id string, _ OrganizationMemberState) error {
	orgID, email, _ := strings.Cut(id, "/")
	revoked, err := revokeInvitations(ctx, c, orgID, email, func(client.OrganizationInvitation) bool { return true })
	if err != nil {
		return err
	}
	member, err := c.OrganizationMembers().GetLatest(ctx, orgID, email)
	switch {
	case revoked && client.IsNotFound(err):
		return nil
	case err != nil:
		return err
	case member.Role == client.RoleOwner:
		return ownerError(orgID, member.Email)
	default:
		return c.OrganizationMembers().Delete(ctx, orgID, member.ID)
	}
}

// List implements kind.Lister. Owners are left out, because they cannot be managed.
func (OrganizationMember) List(ctx context.Context, c *client.Client, in OrganizationMemberArgs) iter.Seq2[kind.Object[any], error] {
	members := kind.Objects(c.OrganizationMembers().List(ctx, in.OrgID), func(live client.OrganizationMember) (id string, state any, ok bool) {
		return organizationMemberID(in.OrgID, live.Email), memberState(in.OrgID, live), live.Role != client.RoleOwner
	})
	invitations := kind.Objects(c.OrganizationInvitations().List(ctx, in.OrgID), func(live client.OrganizationInvitation) (id string, state any, ok bool) {
		return organizationMemberID(in.OrgID, live.Email), invitationState(in.OrgID, live), live.IsOpen(time.Now())
	})
	return func(yield func(kind.Object[any], error) bool) {
		for _, list := range []iter.Seq2[kind.Object[any], error]{members, invitations} {
			for object, err := range list {
				if !yield(object, err) {
					return
				}
			}
		}
	}
}

// findMember returns the member with an email address, or the person who is invited.
func findMember(ctx context.Context, c *client.Client, orgID, email string) (OrganizationMemberState, error) {
	member, err := c.OrganizationMembers().Get(ctx, orgID, email)
	if !client.IsNotFound(err) {
		return memberState(orgID, member), err
	}
	invitation, err := c.OrganizationInvitations().Get(ctx, orgID, email)
	if !client.IsNotFound(err) {
		return invitationState(orgID, invitation), err
	}
	// The person may have accepted the invitation after the list of members was read.
	member, err = c.OrganizationMembers().GetLatest(ctx, orgID, email)
	return memberState(orgID, member), err
}

// invite sends an invitation. It returns the existing one if that is what an earlier
// attempt has sent. An expired one of the same address cannot be accepted, but may prevent
// another one, so it is revoked then.
func invite(ctx context.Context, c *client.Client, in OrganizationMemberArgs) (client.OrganizationInvitation, error) {
	request := client.CreateOrganizationInvitationRequest{Email: in.Email, Role: convert.String[string](in.Role)}
	invitation, err := c.OrganizationInvitations().Create(ctx, in.OrgID, request)
	if !client.IsStatus(err, http.StatusConflict) {
		return invitation, err
	}
	open, lookup := c.OrganizationInvitations().Get(ctx, in.OrgID, in.Email)
	switch {
	case lookup == nil && open.Role == in.role() && kind.IsOwnResult(ctx, err, open.CreatedAt):
		return open, nil
	case !client.IsNotFound(lookup):
		return invitation, err
	}
	expired := func(i client.OrganizationInvitation) bool { return !i.IsOpen(time.Now()) }
	if revoked, lookup := revokeInvitations(ctx, c, in.OrgID, in.Email, expired); lookup != nil || !revoked {
		return invitation, err
	}
	return c.OrganizationInvitations().Create(client.WithoutIdempotency(ctx), in.OrgID, request)
}

// revokeInvitations revokes the pending invitations of an address that are selected, and
// reports whether there were any.
func revokeInvitations(ctx context.Context, c *client.Client, orgID, email string, selects func(client.OrganizationInvitation) bool) (revoked bool, err error) {
	pending, err := pendingInvitations(ctx, c, orgID, email, selects)
	missing := false
	for _, invitation := range pending {
		err := c.OrganizationInvitations().Delete(ctx, orgID, invitation.ID)
		if missing = missing || client.IsNotFound(err); err != nil && !client.IsNotFound(err) {
			return false, err
		}
	}
	if !missing {
		return len(pending) > 0, err
	}
	// They were revoked or accepted meanwhile, which the list has to confirm.
	remaining, err := pendingInvitations(ctx, c, orgID, email, selects)
	if err == nil && len(remaining) > 0 {
		err = fmt.Errorf("an invitation of %s to %s could not be revoked: the API lists %s as pending. Run the command again", email, orgID, remaining[0].ID)
	}
	return true, err
}

// pendingInvitations lists the pending invitations of an address that are selected.
func pendingInvitations(ctx context.Context, c *client.Client, orgID, email string, selects func(client.OrganizationInvitation) bool,
) (pending []client.OrganizationInvitation, err error) {
	for invitation, err := range c.OrganizationInvitations().List(ctx, orgID) {
		if err != nil {
			return nil, err
		}
		if invitation.Status == client.InvitationPending && strings.EqualFold(invitation.Email, email) && selects(invitation) {
			pending = append(pending, invitation)
		}
	}
	return pending, nil
}

func isOwner(state OrganizationMemberState) bool {
	return convert.ValueOr(state.Role, "") == client.RoleOwner
}

func ownerError(orgID, email string) error {
	return fmt.Errorf("%s is an owner of %s, and owners are never changed. Remove the resource from the program and, if it is there, from the state with `pulumi state delete`, "+
		"or first transfer the ownership in the PgBeam dashboard", email, orgID)
}

// existingMemberError is the error of a create for a person who is a member already.
func existingMemberError(orgID string, member client.OrganizationMember) error {
	if member.Role == client.RoleOwner {
		return ownerError(orgID, member.Email)
	}
	id := organizationMemberID(orgID, member.Email)
	return &kind.ConflictError{
		Err: fmt.Errorf("%s is a member of %s already, with the role %s", member.Email, orgID, member.Role),
		ID:  id, ImportID: id, CreatedAt: member.CreatedAt,
	}
}

// organizationMemberID returns the ID of the resource.
func organizationMemberID(orgID, email string) string { return orgID + "/" + strings.ToLower(email) }

func memberState(orgID string, live client.OrganizationMember) OrganizationMemberState {
	return OrganizationMemberState{
		OrganizationMemberArgs: OrganizationMemberArgs{orgID, live.Email, convert.StringOr[OrganizationRole](&live.Role, "")},
		Status:                 memberActive,
		Name:                   live.Name, UserID: live.UserID, MemberID: live.ID, CreatedAt: live.CreatedAt,
	}
}

func invitationState(orgID string, live client.OrganizationInvitation) OrganizationMemberState {
	return OrganizationMemberState{
		OrganizationMemberArgs: OrganizationMemberArgs{orgID, live.Email, convert.StringOr[OrganizationRole](&live.Role, "")},
		Status:                 memberPending,
		InvitationID:           live.ID, ExpiresAt: live.ExpiresAt, CreatedAt: live.CreatedAt,
	}
}
