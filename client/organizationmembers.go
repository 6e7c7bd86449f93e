// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// RoleOwner is the role of an owner of an organization. It cannot be assigned.
const RoleOwner = "owner"

// InvitationPending is the status of an invitation that was not answered, or that has
// expired.
const InvitationPending = "pending"

// OrganizationMembers is the collection of the members of organizations. It is not
// possible to add one: a user becomes a member by accepting an invitation.
type OrganizationMembers struct {
	BaseCollection[OrganizationMember]
}

// OrganizationMembers returns the members of organizations.
func (c *Client) OrganizationMembers() *OrganizationMembers {
	return &OrganizationMembers{BaseCollection[OrganizationMember]{collection{client: c, parent: "organizations", name: "members", listOnly: true}}}
}

// Get returns the member with an email address, in any case. It searches the list,
// which concurrent calls share. The error satisfies IsNotFound if there is none.
func (c *OrganizationMembers) Get(ctx context.Context, orgID, email string) (OrganizationMember, error) {
	var result OrganizationMember
	err := c.findMatch(ctx, &result, orgID, "email "+strings.ToLower(email), hasEmail(email))
	return result, err
}

// GetLatest is Get with a list that is read after the call. Get may use one that was
// read some seconds before, when an invitation was still pending.
func (c *OrganizationMembers) GetLatest(ctx context.Context, orgID, email string) (OrganizationMember, error) {
	var result OrganizationMember
	err := c.client.find(ctx, &result, c.pageType(), lookup{match: hasEmail(email), latest: true}, c.segments(orgID))
	return result, err
}

// hasEmail returns a function that reports whether a member has an email address.
func hasEmail(email string) func(object) bool {
	return func(item object) bool { return strings.EqualFold(item.(OrganizationMember).Email, email) }
}

// UpdateRole changes the role of the member with an ID. The role cannot be RoleOwner.
func (c *OrganizationMembers) UpdateRole(ctx context.Context, orgID, id, role string) (OrganizationMember, error) {
	return call[OrganizationMember](ctx, c.client, http.MethodPatch, updateMemberRoleRequest{role}, c.segments(orgID, id)...)
}

type updateMemberRoleRequest struct {
	// Role is a role of CreateOrganizationInvitationRequest.
	Role string `json:"role"`
}

// OrganizationMember is a user's membership of an organization.
type OrganizationMember struct {
	// ID identifies the membership. It has no prefix.
	ID string `json:"id" api:"nonempty"`
	// UserID identifies the user. It has no prefix.
	UserID string `json:"user_id" api:"nonempty"`
	// Email is the email address of the user, in the user's spelling.
	Email string `json:"email"`
	// Name is the display name of the user.
	Name string `json:"name"`
	// Image is the URL of a picture of the user. Nil is none.
	Image *string `json:"image"`
	// Role is "owner", or a role of CreateOrganizationInvitationRequest.
	Role string `json:"role" api:"nonempty"`
	// CreatedAt is the time when the user became a member.
	CreatedAt string `json:"created_at"`
}

func (m OrganizationMember) identity() identity { return identity{idField: "id", id: m.ID} }

// OrganizationInvitations is the collection of the invitations to organizations. The
// API cannot update an invitation.
type OrganizationInvitations struct {
	BaseCollection[OrganizationInvitation]
}

// OrganizationInvitations returns the invitations to organizations.
func (c *Client) OrganizationInvitations() *OrganizationInvitations {
	return &OrganizationInvitations{BaseCollection[OrganizationInvitation]{collection{client: c, parent: "organizations", name: "invitations", listOnly: true}}}
}

// Create invites a user by email. The error has the status 409 if the address has a
// pending invitation.
func (c *OrganizationInvitations) Create(ctx context.Context, orgID string, req CreateOrganizationInvitationRequest) (OrganizationInvitation, error) {
	var result OrganizationInvitation
	err := c.create(ctx, &result, orgID, req)
	return result, err
}

// Get returns the open invitation of an email address, in any case. It searches the
// list, which concurrent calls share. The error satisfies IsNotFound if there is none.
func (c *OrganizationInvitations) Get(ctx context.Context, orgID, email string) (OrganizationInvitation, error) {
	var result OrganizationInvitation
	err := c.findMatch(ctx, &result, orgID, "email "+strings.ToLower(email), func(item object) bool {
		i := item.(OrganizationInvitation)
		return i.IsOpen(time.Now()) && strings.EqualFold(i.Email, email)
	})
	return result, err
}

// OrganizationInvitation is an invitation to an organization.
type OrganizationInvitation struct {
	// ID identifies the invitation. It has no prefix.
	ID string `json:"id" api:"nonempty"`
	// Email is the address that the invitation was sent to.
	Email string `json:"email"`
	// Role is the role that the user has after accepting: one of
	// CreateOrganizationInvitationRequest, not "owner".
	Role string `json:"role" api:"nonempty"`
	// Status is "pending", "accepted", "rejected" or "canceled".
	Status string `json:"status" api:"nonempty"`
	// ExpiresAt is the time after which the invitation cannot be accepted.
	ExpiresAt string `json:"expires_at"`
	// CreatedAt is the time of the creation, set by the API.
	CreatedAt string `json:"created_at"`
}

// IsOpen reports whether the invitation can be accepted at a time: it is pending and has
// not expired.
func (i OrganizationInvitation) IsOpen(at time.Time) bool {
	expiry, err := time.Parse(time.RFC3339, i.ExpiresAt)
	return i.Status == InvitationPending && (err != nil || expiry.After(at))
}

func (i OrganizationInvitation) identity() identity { return identity{idField: "id", id: i.ID} }

// CreateOrganizationInvitationRequest is the request to invite a user.
type CreateOrganizationInvitationRequest struct {
	// Email is the address to invite. It must not be empty.
	Email string `json:"email"`
	// Role is "admin", "member", "security_admin", "billing_admin", "auditor",
	// "policy-author" or "approver". Nil is "member".
	Role *string `json:"role,omitempty"`
}
