// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

var (
	agentCreate = schema{
		stringField("name", required, length(1, 128)),
		stringField("policy_profile_id", required),
		principalType(),
		timeField("expires_at", nullable),
	}

	agentPatch = schema{
		stringField("status", required, oneOfStrings("active", "disabled")),
	}

	agentOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("project_id", required),
		stringField("policy_profile_id", required),
		stringField("name", required),
		stringField("pg_username", required),
		stringField("status", required, oneOfStrings("active", "disabled", "revoked"), defaultsTo("active")),
		principalType(),
		stringField("auth_method", oneOfStrings("cleartext", "scram-sha-256"), defaultsTo("scram-sha-256")),
		timeField("last_used_at", nullable, volatile, defaultsTo(nil)),
		timeField("expires_at", nullable, defaultsTo(nil)),
	}, timestamps())
)

func principalType() *field {
	return stringField("principal_type", oneOfStrings("agent", "human"), defaultsTo("agent"))
}

func isRevoked(agent *object) bool { return agent.stringValue("status") == "revoked" }

func (s *Server) agentKind() kind {
	return kind{
		name: "agents", noun: "agent credential", prefix: "agt_", list: "agents", param: "agent_id",
		input: agentCreate, patch: agentPatch, output: agentOutput,
		scope: inProject,
		key: func(o *object) string {
			if s.options.Behaviour.AgentNamesNotUnique || isRevoked(o) {
				return ""
			}
			return o.parent + "\x00" + o.stringValue("name")
		},
		keyField:     "name",
		check:        s.checkAgent,
		revoked:      isRevoked,
		listsRevoked: s.options.Behaviour.ListIncludesRevoked,
		hidesRevoked: s.options.Behaviour.RevokedAgentAnswers404,
		remove:       s.revokeAgent,
	}
}

func (s *Server) agentOperations() []*operation {
	const all, one = "/v1/projects/{project_id}/agents", "/v1/projects/{project_id}/agents/{agent_id}"
	return []*operation{
		{id: "createAgentCredential", method: http.MethodPost, path: all, body: agentCreate, run: s.createAgent},
		{id: "listAgentCredentials", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.agents)},
		{id: "getAgentCredential", method: http.MethodGet, path: one, run: s.getOp(s.agents)},
		{id: "updateAgentCredentialStatus", method: http.MethodPatch, path: one, body: agentPatch, run: s.patchOp(s.agents)},
		{id: "revokeAgentCredential", method: http.MethodDelete, path: one, run: s.deleteOp(s.agents)},
		{id: "rotateAgentCredential", method: http.MethodPost, path: one + "/rotate", run: s.rotateAgent},
	}
}

func (s *Server) checkAgent(_ *call, old, o *object) *problem {
	if old != nil {
		if isRevoked(old) {
			return conflict(codeInvalidState, "the credential is revoked")
		}
		return nil
	}
	if _, found := s.policyOf(o.parent, o.stringValue("policy_profile_id")); !found {
		return invalidField("policy_profile_id", "is not a policy profile of this project")
	}
	if p := s.checkExpiry(o); p != nil {
		return p
	}
	if p := s.checkLimit(o.org, "max_agent_credentials", "agent credentials", func() int { return s.liveAgents(o.org) }); p != nil {
		return p
	}
	o.fields["project_id"] = o.parent
	o.fields["pg_username"] = "agent_" + randomHex(6)
	return nil
}

// checkExpiry refuses an expires_at that is not in the future.
func (s *Server) checkExpiry(o *object) *problem {
	if at, isSet := o.timeValue("expires_at"); isSet && !at.After(s.options.Now()) {
		return invalidField("expires_at", "must be in the future")
	}
	return nil
}

func (s *Server) liveAgents(org string) int {
	count := 0
	for _, o := range s.agents.byID {
		if o.org == org && !isRevoked(o) {
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
	s.mintAgentSecrets(o)
	return s.agentSecrets(http.StatusCreated, o), nil
}

func (s *Server) rotateAgent(c *call) (response, *problem) {
	o, p := s.lookup(s.agents, c)
	if p != nil {
		return response{}, p
	}
	if isRevoked(o) {
		return response{}, conflict(codeInvalidState, "the credential is revoked and cannot be rotated")
	}
	rotated := o.clone()
	s.mintAgentSecrets(rotated)
	s.touch(rotated)
	s.agents.update(o, rotated)
	s.dirty = true
	return s.agentSecrets(http.StatusOK, o), nil
}

// mintAgentSecrets gives the credential a new password and a new token.
func (s *Server) mintAgentSecrets(o *object) {
	database := "postgres"
	if databases := s.databases.byParent[o.parent]; len(databases) > 0 {
		database = databases[0].stringValue("name")
	}
	o.secrets = map[string]string{
		"connection_string": connectionString(o.stringValue("pg_username"), randomText(32), s.proxyHostOf(o.parent), database),
		"mcp_token":         "pba_" + randomText(32),
	}
}

// agentSecrets is the only answer that has them.
func (s *Server) agentSecrets(status int, o *object) response {
	body := append([]byte(`{"credential":`), s.render(s.agents, o)...)
	body = append(body, `,"connection_string":`...)
	body = appendString(body, o.secrets["connection_string"])
	body = append(body, `,"mcp_url":`...)
	body = appendString(body, "https://"+s.proxyHostOf(o.parent)+"/mcp")
	body = append(body, `,"mcp_token":`...)
	body = appendString(body, o.secrets["mcp_token"])
	return jsonResponse(status, append(body, '}'))
}

// revokeAgent is for good. The record stays, and a second DELETE changes nothing.
func (s *Server) revokeAgent(o *object) *problem {
	if isRevoked(o) {
		return nil
	}
	revoked := o.clone()
	revoked.fields["status"] = "revoked"
	s.touch(revoked)
	s.agents.update(o, revoked)
	return nil
}
