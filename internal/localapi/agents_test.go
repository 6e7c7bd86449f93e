// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCreateAgentReturnsSecretsOnce(t *testing.T) {
	a := start(t, Options{Now: newFakeClock().Now})
	project, database := a.createProject("shop")
	a.do(http.MethodPatch, project+"/databases/"+database, fields{"name": "my db"}).requireStatus(http.StatusOK)
	policy := a.createPolicy(project, "readers")
	created := a.do(http.MethodPost, project+"/agents", fields{
		"name": "bot", "policy_profile_id": policy, "principal_type": "human", "expires_at": "2027-01-01T02:00:00+02:00",
	}).requireStatus(http.StatusCreated)
	credential := created.objectField("credential")
	assert.Regexp(t, `^agt_`, credential["id"])
	assert.Regexp(t, `^agent_[0-9a-f]{12}$`, credential["pg_username"])
	assertFields(t, fields{
		"project_id": lastSegment(project), "policy_profile_id": policy, "name": "bot", "status": "active", "principal_type": "human",
		"auth_method": "scram-sha-256", "last_used_at": nil, "expires_at": "2027-01-01T00:00:00Z",
	}, credential)

	link, err := url.Parse(created.stringField("connection_string"))
	require.NoError(t, err)
	assert.Equal(t, credential["pg_username"], link.User.Username())
	assert.Equal(t, a.do(http.MethodGet, project, nil).stringField("proxy_host"), link.Hostname())
	assert.Equal(t, "/my db", link.Path)
	assert.Contains(t, created.stringField("connection_string"), "/my%20db")
	assert.Equal(t, "https://"+link.Hostname()+"/mcp", created.stringField("mcp_url"))
	assert.Regexp(t, `^pba_[0-9a-z]{32}$`, created.stringField("mcp_token"))

	id, _ := credential["id"].(string)
	assert.Equal(t, created.stringField("mcp_token"), a.Secret("agents", id, "mcp_token"))
	assert.Equal(t, created.stringField("connection_string"), a.Secret("agents", id, "connection_string"))
	assert.Equal(t, credential, a.do(http.MethodGet, project+"/agents/"+id, nil).requireStatus(http.StatusOK).body)
}

func TestCreateAgentRejectsInvalidInput(t *testing.T) {
	a := start(t, Options{Now: newFakeClock().Now})
	project, _ := a.createProject("shop")
	other, _ := a.createProject("other")
	otherPolicy := a.createPolicy(other, "readers")
	good := fields{"name": "bot", "policy_profile_id": a.createPolicy(project, "readers")}
	a.requireAllInvalid(http.MethodPost, project+"/agents", good, []invalidInput{
		{"nothing", fields{"name": absent, "policy_profile_id": absent}, []string{"name", "policy_profile_id"}},
		{"empty name", fields{"name": ""}, []string{"name"}},
		{"long name", fields{"name": strings.Repeat("x", 129)}, []string{"name"}},
		{"missing policy", fields{"policy_profile_id": "pol_none"}, []string{"policy_profile_id"}},
		{"policy of another project", fields{"policy_profile_id": otherPolicy}, []string{"policy_profile_id"}},
		{"principal_type", fields{"principal_type": "robot"}, []string{"principal_type"}},
		{"expiry is no timestamp", fields{"expires_at": "tomorrow"}, []string{"expires_at"}},
		{"expiry in the past", fields{"expires_at": "2026-02-28T00:00:00Z"}, []string{"expires_at"}},
		{"expiry now", fields{"expires_at": "2026-03-01T12:00:00Z"}, []string{"expires_at"}},
		{"status is for the update", fields{"status": "disabled"}, []string{"status"}},
	})
	assert.Empty(t, a.Objects("agents"))
	a.do(http.MethodPost, project+"/agents", fields{"name": "bot", "policy_profile_id": good["policy_profile_id"], "expires_at": nil}).
		requireStatus(http.StatusCreated)
}

func TestAgentStatus(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	agent := a.createAgent(project, "bot", a.createPolicy(project, "readers"))
	before := a.Secret("agents", lastSegment(agent), "mcp_token")
	for _, status := range []string{"disabled", "active"} {
		changed := a.do(http.MethodPatch, agent, fields{"status": status}).requireStatus(http.StatusOK)
		assert.Equal(t, status, changed.body["status"])
	}
	assert.Equal(t, before, a.Secret("agents", lastSegment(agent), "mcp_token"))
	a.requireAllInvalid(http.MethodPatch, agent, fields{"status": "active"}, []invalidInput{
		{"nothing", fields{"status": absent}, []string{"status"}},
		{"revoked", fields{"status": "revoked"}, []string{"status"}},
		{"null", fields{"status": nil}, []string{"status"}},
		{"name", fields{"name": "x"}, []string{"name"}},
	})
}

func TestRotateAgent(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	agent := a.createAgent(project, "bot", a.createPolicy(project, "readers"))
	before := a.do(http.MethodGet, agent, nil).requireStatus(http.StatusOK)
	token, link := a.Secret("agents", lastSegment(agent), "mcp_token"), a.Secret("agents", lastSegment(agent), "connection_string")
	rotated := a.do(http.MethodPost, agent+"/rotate", nil).requireStatus(http.StatusOK)
	assert.NotEqual(t, token, rotated.stringField("mcp_token"))
	assert.NotEqual(t, link, rotated.stringField("connection_string"))
	assert.Equal(t, rotated.stringField("mcp_token"), a.Secret("agents", lastSegment(agent), "mcp_token"))
	after := rotated.objectField("credential")
	assert.NotEqual(t, before.body["updated_at"], after["updated_at"])
	after["updated_at"] = before.body["updated_at"]
	assert.Equal(t, before.body, after)
}

func TestRevokedAgentRemainsReadable(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	policy := a.createPolicy(project, "readers")
	agent := a.createAgent(project, "bot", policy)
	a.do(http.MethodDelete, agent, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodDelete, agent, nil).requireStatus(http.StatusNoContent)
	assert.Equal(t, "revoked", a.do(http.MethodGet, agent, nil).requireStatus(http.StatusOK).stringField("status"))
	a.do(http.MethodPatch, agent, fields{"status": "active"}).requireProblem(http.StatusConflict, "INVALID_STATE")
	a.do(http.MethodPost, agent+"/rotate", nil).requireProblem(http.StatusConflict, "INVALID_STATE")
	assert.Empty(t, a.do(http.MethodGet, project+"/agents", nil).listField("agents"))
	assert.Empty(t, a.Objects("agents"))
	a.createAgent(project, "bot", policy)
}

func TestRevokedAgentAnswers404(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{RevokedAgentAnswers404: true}})
	project, _ := a.createProject("shop")
	agent := a.createAgent(project, "bot", a.createPolicy(project, "readers"))
	a.do(http.MethodDelete, agent, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodGet, agent, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodPatch, agent, fields{"status": "active"}).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodPost, agent+"/rotate", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodDelete, agent, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
}

func TestListIncludesRevoked(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{ListIncludesRevoked: true}})
	project, _ := a.createProject("shop")
	agent := a.createAgent(project, "bot", a.createPolicy(project, "readers"))
	enrollments := "/v1/organizations/" + a.OrgID + "/self-host-enrollments"
	enrollment := a.do(http.MethodPost, enrollments, nil).requireStatus(http.StatusCreated).objectField("enrollment")["id"].(string)
	a.do(http.MethodDelete, agent, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodDelete, enrollments+"/"+enrollment, nil).requireStatus(http.StatusNoContent)
	agents := a.do(http.MethodGet, project+"/agents", nil).listField("agents")
	require.Len(t, agents, 1)
	assert.Equal(t, "revoked", agents[0]["status"])
	listed := a.do(http.MethodGet, enrollments, nil).listField("enrollments")
	require.Len(t, listed, 1)
	assert.NotNil(t, listed[0]["revoked_at"])
	assert.Empty(t, a.Objects("agents"))
	assert.Empty(t, a.Objects("self-host-enrollments"))
}

func TestAgentNames(t *testing.T) {
	for name, notUnique := range map[string]bool{"unique among live ones": false, "not unique": true} {
		t.Run(name, func(t *testing.T) {
			a := start(t, Options{Behaviour: Behaviour{AgentNamesNotUnique: notUnique}})
			project, _ := a.createProject("shop")
			policy := a.createPolicy(project, "readers")
			a.createAgent(project, "bot", policy)
			again := a.do(http.MethodPost, project+"/agents", fields{"name": "bot", "policy_profile_id": policy})
			if notUnique {
				again.requireStatus(http.StatusCreated)
			} else {
				again.requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
			}
		})
	}
}

func TestAgentLimitCountsLiveAgentsOfTheOrganization(t *testing.T) {
	a := start(t, Options{Limits: Limits{AgentCredentials: 2}})
	project, _ := a.createProject("shop")
	other, _ := a.createProject("other")
	first := a.createAgent(project, "one", a.createPolicy(project, "p"))
	policy := a.createPolicy(other, "p")
	a.createAgent(other, "two", policy)
	a.do(http.MethodPost, other+"/agents", fields{"name": "three", "policy_profile_id": policy}).
		requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
	a.do(http.MethodDelete, first, nil).requireStatus(http.StatusNoContent)
	a.createAgent(other, "three", policy)
}

func TestTimestampsWithMillis(t *testing.T) {
	now := newFakeClock()
	now.advance(7 * time.Millisecond)
	for name, test := range map[string]struct{ millis, fraction string }{
		"seconds": {"2026-03-01T12:00:00Z", "2027-01-01T00:00:00.25Z"},
		"millis":  {"2026-03-01T12:00:00.007Z", "2027-01-01T00:00:00.250Z"},
	} {
		a := start(t, Options{Now: now.Now, Behaviour: Behaviour{TimestampsWithMillis: name == "millis"}})
		project, _ := a.createProject("shop")
		created := a.do(http.MethodPost, project+"/agents", fields{
			"name": "bot", "policy_profile_id": a.createPolicy(project, "p"), "expires_at": "2027-01-01T01:00:00.25+01:00",
		}).requireStatus(http.StatusCreated).objectField("credential")
		assert.Equal(t, test.millis, created["created_at"])
		assert.Equal(t, test.fraction, created["expires_at"])
	}
}
