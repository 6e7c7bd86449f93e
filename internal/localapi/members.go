// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	roleOwner  = "owner"
	roleMember = "member"

	statusPending  = "pending"
	statusAccepted = "accepted"
	statusCanceled = "canceled"
)

// assignableRoles are the roles of members other than the owners.
var assignableRoles = []string{"admin", roleMember, "security_admin", "billing_admin", "auditor", "policy-author", "approver"}

var (
	memberPatch = schema{stringField("role", required, enum(assignableRoles...))}

	memberOutput = schema{
		stringField("id", required),
		stringField("user_id", required),
		stringField("email", required),
		stringField("name", required),
		stringField("image"),
		orgRole(),
		timeField("created_at", required),
	}

	invitationInput = schema{
		stringField("email", required),
		stringField("role", enum(assignableRoles...)),
	}

	invitationOutput = schema{
		stringField("id", required),
		stringField("email", required),
		orgRole(defaultsTo(roleMember)),
		stringField("status", required, invitationStatuses, defaultsTo(statusPending)),
		timeField("expires_at", required),
		timeField("created_at", required),
	}

	invitationListQuery = joinSchemas(schema{stringField("status", invitationStatuses)}, pageQuery)

	invitationStatuses = enum(statusPending, statusAccepted, "rejected", statusCanceled)
)

// invitationLifetime is how long an invitation can be accepted.
const invitationLifetime = 7 * 24 * time.Hour

func orgRole(options ...fieldOption) *field {
	return stringField("role", append(options, required, enum(append([]string{roleOwner}, assignableRoles...)...))...)
}

// addOwners gives each organization that has no members an owner, owner@example.com.
func (s *Server) addOwners() {
	for _, org := range slices.Sorted(maps.Values(s.options.APIKeys)) {
		if len(s.members.byParent[org]) == 0 {
			s.addMember(org, "owner@example.com", roleOwner)
		}
	}
	s.dirty = false
}

func (s *Server) addMember(org, email, role string) {
	name, _, _ := strings.Cut(email, "@")
	o := &object{id: randomString(32), parent: org, org: org, fields: map[string]any{
		"user_id": randomString(32), "email": email, "name": name, "role": role, "created_at": s.timestamp(),
	}}
	o.fields["id"] = o.id
	s.insert(s.members, o)
}

func (s *Server) prepareMember(_ *call, old, _ *object) *problem { return s.keepOwner(old) }

// keepOwner rejects what would leave the organization without an owner.
func (s *Server) keepOwner(o *object) *problem {
	if o.stringValue("role") != roleOwner {
		return nil
	}
	for _, other := range s.members.byParent[o.parent] {
		if other != o && other.stringValue("role") == roleOwner {
			return nil
		}
	}
	return conflict(codeInvalidState, "the organization must keep an owner")
}

// prepareInvitation rejects a second invitation of an address, which is compared in any case.
func (s *Server) prepareInvitation(_ *call, _, o *object) *problem {
	email, behaviour := o.stringValue("email"), &s.options.Behaviour
	if name, domain, ok := strings.Cut(email, "@"); !ok || name == "" || domain == "" || strings.ContainsAny(email, " \t\r\n\x00") {
		return invalidField("email", "must be an email address")
	}
	if s.findMember(o.parent, email) != nil && !behaviour.MembersCanBeInvited {
		return conflict(codeConflict, "the address belongs to a member")
	}
	if pending := s.findPending(o.parent, email); pending != nil && (!s.isExpired(pending) || behaviour.ExpiredInvitationsArePending) {
		return conflict(codeConflict, "the address has a pending invitation")
	}
	if behaviour.LowercaseEmails {
		o.fields["email"] = strings.ToLower(email)
	}
	o.fields["expires_at"] = s.timestamp().Add(invitationLifetime)
	return nil
}

func (s *Server) isExpired(o *object) bool {
	at, ok := o.timeValue("expires_at")
	return ok && !at.After(s.options.Now())
}

func (s *Server) findMember(org, email string) *object {
	return findByEmail(s.members.byParent[org], email)
}

// findPending returns the newest pending invitation of an address.
func (s *Server) findPending(org, email string) *object {
	pending := slices.DeleteFunc(slices.Clone(s.invitations.byParent[org]), s.invitations.isRevoked)
	slices.Reverse(pending)
	return findByEmail(pending, email)
}

func findByEmail(objects []*object, email string) *object {
	for _, o := range objects {
		if strings.EqualFold(o.stringValue("email"), email) {
			return o
		}
	}
	return nil
}

// beforeRevokeInvitation rejects an invitation that has ended.
func (s *Server) beforeRevokeInvitation(o *object) *problem {
	if s.invitations.isRevoked(o) {
		return notFound("pending invitation")
	}
	return nil
}

func (s *Server) listInvitations(c *call) (response, *problem) {
	scope, p := c.organization()
	if p != nil {
		return response{}, p
	}
	status := c.query.Get("status")
	selected := slices.DeleteFunc(slices.Clone(s.invitations.byParent[scope.id]), func(o *object) bool {
		return status != "" && o.stringValue("status") != status
	})
	objects, p := paginate(c, "invitations/"+scope.id+"/"+status, selected, false, nil)
	if p != nil {
		return response{}, p
	}
	return s.listResponse(s.invitations, c, objects, ""), nil
}

// AcceptInvitation simulates that a user accepts the pending invitation of an address, and so becomes a member. The address is
// compared in any case. It fails if no organization has such an invitation.
func (s *Server) AcceptInvitation(email string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, org := range slices.Sorted(maps.Keys(s.invitations.byParent)) {
		invitation := s.findPending(org, email)
		if invitation == nil || s.isExpired(invitation) {
			continue
		}
		invitation.fields["status"] = statusAccepted
		if s.findMember(org, email) == nil {
			s.addMember(org, invitation.stringValue("email"), invitation.stringValue("role"))
		}
		s.dirty = true
		return s.save()
	}
	return fmt.Errorf("no pending invitation of %q", email)
}

func (s *Server) adminInvitation(r *http.Request) (any, error) {
	var form struct {
		Email string `json:"email"`
	}
	if err := decodeForm(r, &form); err != nil {
		return nil, err
	}
	return nil, s.AcceptInvitation(form.Email)
}
