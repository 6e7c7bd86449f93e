// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// member returns the live member with an address, or nil.
func member(env *enginetest.Env, email string) object {
	for _, live := range env.Local.Objects("members") {
		if live["email"] == email {
			return live
		}
	}
	return nil
}

// inviteOutside invites a person outside of Pulumi.
func inviteOutside(t *testing.T, env *enginetest.Env, email, role string) {
	t.Helper()
	c, err := client.New(env.Local.APIKey, client.WithBaseURL(env.Local.URL))
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	_, err = c.OrganizationInvitations().Create(t.Context(), env.Local.OrgID, client.CreateOrganizationInvitationRequest{Email: email, Role: &role})
	require.NoError(t, err)
}

// TestOrganizationMemberFollowsThePerson goes from the invitation to the membership, and
// ends with the removal. The spelling of the address differs at every step.
func TestOrganizationMemberFollowsThePerson(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, scenario.Behaviours["other"], func(t *testing.T, env *enginetest.Env) {
		inputs := object{"orgId": env.Local.OrgID, "email": "Alex@example.com", "role": "auditor"}
		person := env.Create("OrganizationMember", "alex", inputs)
		assert.Equal(t, "org_local/alex@example.com", person.ID)
		assert.Equal(t, "pending", person.State.Get("status").AsString())
		assert.NotEmpty(t, person.State.Get("invitationId").AsString())
		assert.NotEmpty(t, person.State.Get("expiresAt").AsString())
		assert.Empty(t, person.State.Get("memberId").AsString())
		invitedAt := person.State.Get("createdAt").AsString()

		require.NoError(t, env.Local.AcceptInvitation("ALEX@example.com"))
		env.Refresh(person)
		env.RequireNoChanges(person, enginetest.With(inputs, object{"email": "ALEX@EXAMPLE.COM"}))
		live := env.Local.Objects("members")[1]
		assert.Equal(t, "org_local/alex@example.com", person.ID)
		assert.Equal(t, "active", person.State.Get("status").AsString())
		assert.Equal(t, live["id"], person.State.Get("memberId").AsString())
		assert.Equal(t, live["user_id"], person.State.Get("userId").AsString())
		assert.NotEmpty(t, person.State.Get("name").AsString())
		assert.Empty(t, person.State.Get("invitationId").AsString())
		assert.Empty(t, person.State.Get("expiresAt").AsString())
		assert.GreaterOrEqual(t, person.State.Get("createdAt").AsString(), invitedAt)

		// A change of the role, in the program or in the dashboard, is one update of the member.
		env.Local.ResetRequests()
		env.Up(person, enginetest.With(inputs, object{"role": "approver"}))
		assert.Equal(t, 1, env.Local.Ran(http.MethodPatch, "/v1/organizations/org_local/members/*"))
		assert.Len(t, env.Local.Requests(), 2, "the list and the update")
		require.NoError(t, env.Local.Edit("members", live["id"].(string), object{"role": "admin"}))
		env.Refresh(person)
		assert.Equal(t, enginetest.Update, env.Up(person, enginetest.With(inputs, object{"role": "approver"})).Op)
		assert.Equal(t, "approver", env.Local.Objects("members")[1]["role"])

		imported, err := env.Engine.Import("OrganizationMember", "imported", "org_local/ALEX@example.com")
		require.NoError(t, err)
		assert.Equal(t, person.ID, imported.ID)
		assert.Equal(t, person.State.Delete("email"), imported.State.Delete("email", "arn"), "arn repeats the name")

		require.NoError(t, env.Engine.Delete(person))
		assert.Len(t, env.Local.Objects("members"), 1, "the owner")
	})
}

// TestAcceptanceAfterTheLastRefresh changes and destroys a resource whose state says that
// the invitation is pending, although it was accepted.
func TestAcceptanceAfterTheLastRefresh(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"orgId": env.Local.OrgID, "email": "alex@example.com", "role": "auditor"}
	person := env.Create("OrganizationMember", "alex", inputs)
	require.NoError(t, env.Local.AcceptInvitation("alex@example.com"))
	env.Up(person, enginetest.With(inputs, object{"role": "admin"}))
	assert.Equal(t, "active", person.State.Get("status").AsString())
	assert.Equal(t, "admin", member(env, "alex@example.com")["role"])
	assert.Empty(t, env.Local.Objects("invitations"))

	other := env.Create("OrganizationMember", "sam", object{"orgId": env.Local.OrgID, "email": "sam@example.com"})
	require.NoError(t, env.Local.AcceptInvitation("sam@example.com"))
	require.NoError(t, env.Engine.Delete(other))
	assert.Nil(t, member(env, "sam@example.com"))
}

// TestDeleteRevokesEveryInvitation requires that a removed member cannot come back with
// an invitation that was sent meanwhile.
func TestDeleteRevokesEveryInvitation(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{Behaviour: localapi.Behaviour{MembersCanBeInvited: true}})
	person := env.Create("OrganizationMember", "alex", object{"orgId": env.Local.OrgID, "email": "alex@example.com"})
	require.NoError(t, env.Local.AcceptInvitation("alex@example.com"))
	inviteOutside(t, env, "Alex@Example.com", "member")
	require.NoError(t, env.Engine.Delete(person))
	assert.Nil(t, member(env, "alex@example.com"))
	assert.Empty(t, env.Local.Objects("invitations"))
}

// TestExpiredInvitationIsSentAgain also covers an API for which an expired invitation
// still prevents another one.
func TestExpiredInvitationIsSentAgain(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{ExpiredInvitationsArePending: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := object{"orgId": env.Local.OrgID, "email": "alex@example.com"}
		person := env.Create("OrganizationMember", "alex", inputs)
		invitation := person.State.Get("invitationId").AsString()
		require.NoError(t, env.Local.Edit("invitations", invitation, object{"expires_at": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}))
		exists, err := env.Engine.Refresh(person)
		require.NoError(t, err)
		assert.False(t, exists, "it cannot be accepted")

		again := env.Create("OrganizationMember", "alex", inputs)
		assert.NotEqual(t, invitation, again.State.Get("invitationId").AsString())
		env.Refresh(again)
		env.RequireNoChanges(again, inputs)
		require.NoError(t, env.Engine.Delete(again))
		assert.Empty(t, env.Local.Objects("invitations"))
	})
}

// TestRevokedRoleChangeIsCompleted fails the second request of a change of the role.
func TestRevokedRoleChangeIsCompleted(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"orgId": env.Local.OrgID, "email": "alex@example.com"}
	person := env.Create("OrganizationMember", "alex", inputs)
	changed := enginetest.With(inputs, object{"role": "admin"})
	env.Local.AddFault(localapi.Fault{Method: http.MethodPost, Status: http.StatusServiceUnavailable})
	result := env.Engine.Up(person, enginetest.Inputs(changed))
	require.Error(t, result.Err)
	require.Len(t, person.Unfinished, 1)
	assert.Contains(t, person.Unfinished[0], "the invitation with the old role was revoked, and sending another one failed")
	assert.Empty(t, env.Local.Objects("invitations"))
	env.Local.ClearFaults()

	env.Up(person, changed)
	require.Len(t, env.Local.Objects("invitations"), 1)
	assert.Equal(t, "admin", env.Local.Objects("invitations")[0]["role"])
	env.RequireNoChanges(person, changed)
}

func TestOwnersAreNeverChanged(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{MembersCanBeInvited: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := object{"orgId": env.Local.OrgID, "email": "Owner@example.com", "role": "admin"}
		result := env.Engine.Up(&enginetest.Resource{Kind: "OrganizationMember", Name: "boss"}, enginetest.Inputs(inputs))
		require.ErrorContains(t, result.Err, "owner@example.com is an owner of org_local")
		_, err := env.Engine.Import("OrganizationMember", "boss", "org_local/owner@example.com")
		require.ErrorContains(t, err, "owner@example.com is an owner of org_local")

		// A member becomes an owner in the dashboard.
		inputs["email"] = "alex@example.com"
		person := env.Create("OrganizationMember", "alex", inputs)
		require.NoError(t, env.Local.AcceptInvitation("alex@example.com"))
		live := member(env, "alex@example.com")
		require.NoError(t, env.Local.Edit("members", live["id"].(string), object{"role": "owner"}))
		before := env.Local.Objects("members")
		require.ErrorContains(t, env.Engine.Delete(person), "from the state with `pulumi state delete`")
		env.Refresh(person)
		result = env.Engine.Up(person, enginetest.Inputs(inputs))
		require.ErrorContains(t, result.Err, "alex@example.com is an owner of org_local")
		assert.Equal(t, before, env.Local.Objects("members"))
		for _, request := range env.Local.Requests() {
			if request.Method != http.MethodGet {
				assert.NotContains(t, request.Path, "/members/", "no request changes an owner")
			}
		}
	})
}

// TestExistingPeopleAreNotAdopted requires an import for a member, and for a person who has
// a pending invitation.
func TestExistingPeopleAreNotAdopted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		accepted bool
		want     string
	}{
		"member":  {true, "alex@example.com is a member of org_local already, with the role auditor"},
		"invited": {false, "409 CONFLICT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			inviteOutside(t, env, "alex@example.com", "auditor")
			if test.accepted {
				require.NoError(t, env.Local.AcceptInvitation("alex@example.com"))
			}
			inputs := object{"orgId": env.Local.OrgID, "email": "ALEX@example.com", "role": "auditor"}
			result := env.Engine.Up(&enginetest.Resource{Kind: "OrganizationMember", Name: "alex"}, enginetest.Inputs(inputs))
			require.ErrorContains(t, result.Err, test.want)
			require.ErrorContains(t, result.Err, "pulumi import pgbeam:index:OrganizationMember alex org_local/alex@example.com")

			imported, err := env.Engine.Import("OrganizationMember", "alex", "org_local/alex@example.com")
			require.NoError(t, err)
			env.RequireNoChanges(imported, inputs)
		})
	}
}

func TestOrganizationMemberInputs(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	env.Local.ResetRequests()
	for name, test := range map[string]struct {
		inputs       object
		path, reason string
	}{
		"no address":        {object{"email": ""}, "email", "must be an email address"},
		"no domain":         {object{"email": "alex"}, "email", "must be an email address"},
		"two addresses":     {object{"email": "alex@example.com, sam@example.com"}, "email", "must be an email address"},
		"line break":        {object{"email": "alex@example.com\n"}, "email", "must be an email address"},
		"owner":             {object{"role": "owner"}, "role", "transfer the ownership in the PgBeam dashboard"},
		"unknown role":      {object{"role": "policy_author"}, "role", "must be one of admin, member"},
		"no organization":   {object{"orgId": ""}, "orgId", "must not be empty"},
		"path in the ID":    {object{"orgId": "../x"}, "orgId", "must be an ID"},
		"misspelled option": {object{"roles": "admin"}, "", "did you mean role?"},
	} {
		inputs := enginetest.With(object{"orgId": env.Local.OrgID, "email": "alex@example.com"}, test.inputs)
		result := env.Engine.Preview(&enginetest.Resource{Kind: "OrganizationMember", Name: "alex"}, enginetest.Inputs(inputs))
		assert.True(t, slices.ContainsFunc(result.Failures, func(failure p.CheckFailure) bool {
			return failure.Property == test.path && strings.Contains(failure.Reason, test.reason)
		}), "%s: %v", name, result.Failures)
	}
	assert.Empty(t, env.Local.Requests())
}
