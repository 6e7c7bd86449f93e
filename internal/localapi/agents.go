// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

var (
	agentInput = schema{
		stringField("name", required, length(1, 128)),
		stringField("policy_profile_id", required),
		principalType(),
		timeField("expires_at", nullable),
	}

	agentPatch = schema{
		stringField("status", required, enum("active", "disabled")),
	}

	agentOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("project_id", required),
		stringField("policy_profile_id", required),
		stringField("name", required),
		stringField("pg_username", required),
		stringField("status", required, enum("active", "disabled", "revoked"), defaultsTo("active")),
		principalType(),
		stringField("auth_method", enum("cleartext", "scram-sha-256"), defaultsTo("scram-sha-256")),
		timeField("last_used_at", nullable, volatile, defaultsTo(nil)),
		timeField("expires_at", nullable, defaultsTo(nil)),
	}, timestamps())
)

func principalType() *field {
	return stringField("principal_type", enum("agent", "human"), defaultsTo("agent"))
}

// agentKey is unique among the live credentials of a project.
func (s *Server) agentKey(o *object) string {
	if s.options.Behaviour.AgentNamesNotUnique || s.agents.isRevoked(o) {
		return ""
	}
	return o.parent + "\x00" + o.stringValue("name")
}

func (s *Server) prepareAgent(_ *call, old, o *object) *problem {
	if old != nil {
		if s.agents.isRevoked(old) {
			return conflict(codeInvalidState, "the credential is revoked")
		}
		return nil
	}
	if _, ok := s.findPolicy(o.parent, o.stringValue("policy_profile_id")); !ok {
		return invalidField("policy_profile_id", "is not a policy profile of this project")
	}
	if p := s.checkExpiry(o); p != nil {
		return p
	}
	if p := s.checkLimit(o.org, "max_agent_credentials", "agent credentials", func() int { return s.countLiveAgents(o.org) }); p != nil {
		return p
	}
	o.fields["pg_username"] = "agent_" + randomHex(6)
	return nil
}

// checkExpiry rejects an expires_at that is not in the future.
func (s *Server) checkExpiry(o *object) *problem {
	if at, ok := o.timeValue("expires_at"); ok && !at.After(s.options.Now()) {
		return invalidField("expires_at", "must be in the future")
	}
	return nil
}

func (s *Server) countLiveAgents(org string) int {
	count := 0
	for _, o := range s.agents.byID {
		if o.org == org && !s.agents.isRevoked(o) {
			count++
		}
	}
	return count
}

func (s *Server) createAgent(c *call) (response, *problem) {
	o, p := s.create(s.agents, c)
	if p != nil {
		return response{}, p
	}
	s.issueAgentSecrets(o)
	return s.agentResponse(http.StatusCreated, o), nil
}

func (s *Server) rotateAgent(c *call) (response, *problem) {
	o, p := s.lookup(s.agents, c)
	if p != nil {
		return response{}, p
	}
	if s.agents.isRevoked(o) {
		return response{}, conflict(codeInvalidState, "the credential is revoked and cannot be rotated")
	}
	rotated := o.clone()
	s.issueAgentSecrets(rotated)
	s.touch(rotated)
	s.agents.update(o, rotated)
	s.dirty = true
	return s.agentResponse(http.StatusOK, o), nil
}

// issueAgentSecrets replaces the password and the MCP token of the credential.
func (s *Server) issueAgentSecrets(o *object) {
	database := "postgres"
	if databases := s.databases.byParent[o.parent]; len(databases) > 0 {
		database = databases[0].stringValue("name")
	}
	o.secrets = map[string]string{
		"connection_string": connectionString(o.stringValue("pg_username"), randomString(32), s.proxyHostOf(o.parent), database),
		"mcp_token":         "pba_" + randomString(32),
	}
}

// agentResponse returns the response of create and rotate, the only ones that contain the secrets.
func (s *Server) agentResponse(status int, o *object) response {
	body := append([]byte(`{"credential":`), s.render(s.agents, o)...)
	body = append(body, `,"connection_string":`...)
	body = appendString(body, o.secrets["connection_string"])
	body = append(body, `,"mcp_url":`...)
	body = appendString(body, "https://"+s.proxyHostOf(o.parent)+"/mcp")
	body = append(body, `,"mcp_token":`...)
	body = appendString(body, o.secrets["mcp_token"])
	return jsonResponse(status, append(body, '}'))
}
