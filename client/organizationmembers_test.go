// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestMembersByEmail verifies that members and invitations are found by their address in
// any case, with one list for many, and never as they were before the client's own write.
func TestMembersByEmail(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	c, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	ctx, org := t.Context(), local.OrgID
	members, invitations := c.OrganizationMembers(), c.OrganizationInvitations()

	const count = 120 // more than a page
	for i := range count {
		_, err := invitations.Create(ctx, org, client.CreateOrganizationInvitationRequest{Email: fmt.Sprintf("User%d@example.com", i)})
		require.NoError(t, err)
		require.NoError(t, local.AcceptInvitation(fmt.Sprintf("user%d@example.com", i)))
	}
	local.ResetRequests()
	for i := range count {
		member, err := members.Get(ctx, org, fmt.Sprintf("USER%d@example.com", i))
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("User%d@example.com", i), member.Email)
	}
	assert.Len(t, local.Requests(), 2, "the pages of the list")

	_, err = invitations.Get(ctx, org, "user1@example.com")
	assert.True(t, client.IsNotFound(err), "an accepted invitation is not pending: %v", err)
	member, err := members.Get(ctx, org, "user1@example.com")
	require.NoError(t, err)
	for _, role := range []string{"auditor", "approver", "admin"} {
		_, err = members.Get(ctx, org, "user2@example.com")
		require.NoError(t, err)
		updated, err := members.UpdateRole(ctx, org, member.ID, role)
		require.NoError(t, err)
		assert.Equal(t, role, updated.Role)
		read, err := members.Get(ctx, org, "user1@example.com")
		require.NoError(t, err)
		assert.Equal(t, role, read.Role)
	}

	invited, err := invitations.Create(ctx, org, client.CreateOrganizationInvitationRequest{Email: "sam@example.com"})
	require.NoError(t, err)
	assert.Equal(t, "member", invited.Role)
	_, err = invitations.Create(ctx, org, client.CreateOrganizationInvitationRequest{Email: "Sam@Example.com"})
	assert.True(t, client.IsStatus(err, http.StatusConflict), "%v", err)
	found, err := invitations.Get(ctx, org, "SAM@example.com")
	require.NoError(t, err)
	assert.Equal(t, invited, found)
	require.NoError(t, invitations.Delete(ctx, org, invited.ID))
	_, err = invitations.Get(ctx, org, "sam@example.com")
	assert.True(t, client.IsNotFound(err), "%v", err)
}
