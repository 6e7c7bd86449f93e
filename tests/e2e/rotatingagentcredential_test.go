// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const rotatingCredential = shopProject + `
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${shop.id}", budgetQueriesPerHour: 100, maxRows: 100 }
  bot:
    type: pgbeam:RotatingAgentCredential
    properties: { projectId: "${shop.id}", policyProfileId: "${policy.id}", everyDays: 30, overlapDays: 3 }
outputs:
  next: ${bot.nextRotation}
  previous: ${bot.previousValidUntil}
`

// TestRotatingAgentCredential follows two turns. A turn of 30 days begins on 2027-01-02,
// 2027-02-01 and 2027-03-03. What the component gives out is always valid, and what it gave out
// before stays valid for three days after the update that changed it.
func TestRotatingAgentCredential(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, rotatingCredential)
	s.AddCanary("the password", "hunter2-planted")
	// update updates the stack on a date, and returns the current username and token.
	update := func(time string, args ...string) (username, token string) {
		s.Helper()
		setTime(s, time)
		s.Up(args...)
		s.AddCanaries()
		var current map[string]string
		secret := s.StateWithSecrets()["bot"].Outputs["current"].(map[string]any)
		require.NoError(s, json.Unmarshal([]byte(secret["plaintext"].(string)), &current))
		username, token = current["username"], current["mcpToken"]
		for _, agent := range local.Objects("agents") {
			if agent["pg_username"] == username {
				assert.Equal(s, local.Secret("agents", agent["id"].(string), "mcp_token"), token, "what is current is valid")
			}
		}
		return username, token
	}
	isValid := func(token string) bool {
		for _, agent := range local.Objects("agents") {
			if local.Secret("agents", agent["id"].(string), "mcp_token") == token {
				return true
			}
		}
		return false
	}
	firstUser, first := update("2027-01-05T08:00:00Z", "--skip-preview")
	assert.Equal(t, "2027-02-01T00:00:00Z", s.Outputs()["next"])
	update("2027-01-08T08:00:00Z", "--skip-preview") // the other one has not been given out
	local.ResetRequests()
	_, same := update("2027-01-31T23:59:59Z", "--expect-no-changes")
	assert.Equal(t, first, same)
	assert.Empty(t, mutations(local))

	secondUser, second := update("2027-02-01T00:00:00Z") // with a preview
	assert.NotEqual(t, firstUser, secondUser)
	assert.NotEqual(t, first, second)
	assert.Empty(t, mutations(local), "another turn makes no request")
	assert.True(t, isValid(first), "the overlap")
	assert.Equal(t, "2027-02-04T00:00:00Z", s.Outputs()["previous"])
	assert.Equal(t, "2027-03-03T00:00:00Z", s.Outputs()["next"])

	_, same = update("2027-02-03T23:59:59Z", "--expect-no-changes")
	assert.Equal(t, second, same)
	assert.True(t, isValid(first))
	_, same = update("2027-02-04T00:00:00Z", "--skip-preview")
	assert.Equal(t, second, same)
	assert.False(t, isValid(first), "the overlap is over")
	assert.Nil(t, s.Outputs()["previous"])

	username, third := update("2027-03-03T12:00:00Z", "--skip-preview")
	assert.Equal(t, firstUser, username)
	assert.NotContains(t, []string{first, second}, third)
	assert.True(t, isValid(second))

	// No update for whole turns: what is current stays valid, and the component warns.
	setTime(s, "2027-05-20T00:00:00Z")
	assert.Contains(t, s.Must("up", "--yes", "--skip-preview"), "The current secrets are from 2027-02-04T00:00:00Z, although they change every 30 days")
	assert.True(t, isValid(third))
	s.Must("destroy", "--yes")
	s.AssertEmpty()
}
