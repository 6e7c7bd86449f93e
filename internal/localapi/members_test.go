// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	membersPath     = "/v1/organizations/org_local/members"
	invitationsPath = "/v1/organizations/org_local/invitations"
)

func (a *testAPI) invite(email, role string) string {
	a.t.Helper()
	return a.do(http.MethodPost, invitationsPath, fields{"email": email, "role": role}).requireStatus(http.StatusCreated).stringField("id")
}

func TestInvitations(t *testing.T) {
	clock := newFakeClock()
	a := start(t, Options{Now: clock.Now})
	created := a.do(http.MethodPost, invitationsPath, fields{"email": "Alex@Example.com"}).requireStatus(http.StatusCreated)
	assertFields(t, fields{"email": "Alex@Example.com", "role": "member", "status": "pending"}, created.body)
	assert.Regexp(t, "^[0-9a-f]{32}$", created.stringField("id"))
	a.do(http.MethodPost, invitationsPath, fields{"email": "alex@example.COM", "role": "admin"}).requireProblem(http.StatusConflict, "CONFLICT")
	a.do(http.MethodPost, invitationsPath, fields{"email": "sam@example.com", "role": "owner"}).requireInvalid("role")
	for _, email := range []string{"", "sam", "@example.com", "sam@", "sam smith@example.com"} {
		a.do(http.MethodPost, invitationsPath, fields{"email": email}).requireInvalid("email")
	}
	other := a.invite("sam@example.com", "policy-author")

	a.do(http.MethodDelete, invitationsPath+"/"+other, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodDelete, invitationsPath+"/"+other, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.invite("sam@example.com", "auditor")
	statuses := func(query string) (all []any) {
		for _, invitation := range a.do(http.MethodGet, invitationsPath+query, nil).requireStatus(http.StatusOK).listField("invitations") {
			all = append(all, invitation["status"])
		}
		return all
	}
	assert.Equal(t, []any{"pending", "canceled", "pending"}, statuses(""))
	assert.Equal(t, []any{"canceled"}, statuses("?status=canceled"))
	assert.Empty(t, statuses("?status=rejected"))
	a.do(http.MethodGet, invitationsPath+"?status=", nil).requireInvalid("status")
	a.do(http.MethodGet, invitationsPath+"?status=open", nil).requireInvalid("status")
	a.do(http.MethodGet, invitationsPath+"?page_size=101", nil).requireInvalid("page_size")

	first := a.do(http.MethodGet, invitationsPath+"?page_size=2&status=pending", nil)
	assert.Len(t, first.listField("invitations"), 2)
	assert.Len(t, a.Objects("invitations"), 2, "only pending invitations are live")

	// An expired invitation cannot be accepted, and no longer prevents another one.
	clock.advance(8 * 24 * time.Hour)
	require.Error(t, a.AcceptInvitation("sam@example.com"))
	a.invite("sam@example.com", "approver")
}

func TestExpiredInvitationsArePending(t *testing.T) {
	clock := newFakeClock()
	a := start(t, Options{Now: clock.Now, Behaviour: Behaviour{ExpiredInvitationsArePending: true}})
	a.invite("sam@example.com", "approver")
	clock.advance(8 * 24 * time.Hour)
	a.do(http.MethodPost, invitationsPath, fields{"email": "sam@example.com"}).requireProblem(http.StatusConflict, "CONFLICT")
}

func TestMembers(t *testing.T) {
	a := start(t, Options{})
	owner := a.do(http.MethodGet, membersPath, nil).requireStatus(http.StatusOK).listField("members")
	require.Len(t, owner, 1)
	assertFields(t, fields{"email": "owner@example.com", "role": "owner"}, owner[0])
	ownerPath := membersPath + "/" + owner[0]["id"].(string)
	a.do(http.MethodPatch, ownerPath, fields{"role": "admin"}).requireProblem(http.StatusConflict, "INVALID_STATE")
	a.do(http.MethodDelete, ownerPath, nil).requireProblem(http.StatusConflict, "INVALID_STATE")

	a.invite("Alex@Example.com", "auditor")
	require.NoError(t, a.AcceptInvitation("alex@example.com"))
	require.Error(t, a.AcceptInvitation("alex@example.com"))
	members := a.do(http.MethodGet, membersPath, nil).listField("members")
	require.Len(t, members, 2)
	assertFields(t, fields{"email": "Alex@Example.com", "role": "auditor"}, members[1])
	a.do(http.MethodPost, invitationsPath, fields{"email": "alex@example.com"}).requireProblem(http.StatusConflict, "CONFLICT")

	path := membersPath + "/" + members[1]["id"].(string)
	assertFields(t, fields{"role": "security_admin"}, a.do(http.MethodPatch, path, fields{"role": "security_admin"}).requireStatus(http.StatusOK).body)
	a.do(http.MethodPatch, path, fields{"role": "owner"}).requireInvalid("role")
	a.do(http.MethodPatch, path, fields{}).requireInvalid("role")

	// With a second owner, the first one can go.
	require.NoError(t, a.Edit("members", members[1]["id"].(string), fields{"role": "owner"}))
	a.do(http.MethodDelete, ownerPath, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodDelete, ownerPath, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodDelete, path, nil).requireProblem(http.StatusConflict, "INVALID_STATE")
	a.do(http.MethodGet, "/v1/organizations/org_other/members", nil).requireProblem(http.StatusForbidden, "FORBIDDEN")
}

func TestMembersCanBeInvited(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{MembersCanBeInvited: true, LowercaseEmails: true}})
	created := a.do(http.MethodPost, invitationsPath, fields{"email": "Owner@Example.com"}).requireStatus(http.StatusCreated)
	assertFields(t, fields{"email": "owner@example.com"}, created.body)
	require.NoError(t, a.AcceptInvitation("owner@example.com"))
	assert.Len(t, a.Objects("members"), 1)
}

func TestMembersSurviveARestart(t *testing.T) {
	options := Options{StateFile: filepath.Join(t.TempDir(), "state.json")}
	a := start(t, options)
	a.invite("alex@example.com", "auditor")
	require.NoError(t, a.AcceptInvitation("alex@example.com"))
	members := a.Objects("members")
	assert.Equal(t, members, start(t, options).Objects("members"))
}
