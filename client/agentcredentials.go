// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
)

// AgentCredentials is the service for agent credentials.
type AgentCredentials struct{ c *Client }

// AgentCredentials returns the service for agent credentials.
func (c *Client) AgentCredentials() AgentCredentials { return AgentCredentials{c} }

// AgentCredential is a credential without its secrets. Timestamps are in RFC 3339.
type AgentCredential struct {
	ID              string  `json:"id" api:"nonempty"`
	ProjectID       string  `json:"project_id" api:"nonempty"`
	PolicyProfileID string  `json:"policy_profile_id" api:"nonempty"`
	Name            string  `json:"name"`
	PgUsername      string  `json:"pg_username"`
	Status          string  `json:"status" api:"nonempty"`
	PrincipalType   *string `json:"principal_type"`
	AuthMethod      *string `json:"auth_method"`
	LastUsedAt      *string `json:"last_used_at"`
	ExpiresAt       *string `json:"expires_at"`
	CreatedAt       string  `json:"created_at"`
	UpdatedAt       string  `json:"updated_at"`
}

// AgentCredentialSecrets is a credential with its secrets, which the API shows
// only when it makes them.
type AgentCredentialSecrets struct {
	Credential       AgentCredential `json:"credential"`
	ConnectionString string          `json:"connection_string" api:"nonempty"`
	MCPURL           string          `json:"mcp_url" api:"nonempty"`
	MCPToken         string          `json:"mcp_token" api:"nonempty"`
}

// CreateAgentCredentialRequest is a credential to be created.
type CreateAgentCredentialRequest struct {
	Name            string  `json:"name"`
	PolicyProfileID string  `json:"policy_profile_id"`
	PrincipalType   *string `json:"principal_type,omitempty"`
	ExpiresAt       *string `json:"expires_at,omitempty"`
}

// Create creates a credential, which is always active at first.
func (s AgentCredentials) Create(ctx context.Context, projectID string, req CreateAgentCredentialRequest,
) (AgentCredentialSecrets, error) {
	return create[AgentCredentialSecrets](ctx, s.c, req, "projects", projectID, "agents")
}

// Get returns a credential. One that was revoked may be returned with the status "revoked".
func (s AgentCredentials) Get(ctx context.Context, projectID, id string) (AgentCredential, error) {
	return send[AgentCredential](ctx, s.c, http.MethodGet, nil, "projects", projectID, "agents", id)
}

// UpdateStatus makes a credential "active" or "disabled".
func (s AgentCredentials) UpdateStatus(ctx context.Context, projectID, id, status string) (AgentCredential, error) {
	body := struct {
		Status string `json:"status"`
	}{status}
	return send[AgentCredential](ctx, s.c, http.MethodPatch, body, "projects", projectID, "agents", id)
}

// Rotate makes new secrets for a credential. The old ones end within seconds.
func (s AgentCredentials) Rotate(ctx context.Context, projectID, id string) (AgentCredentialSecrets, error) {
	return send[AgentCredentialSecrets](ctx, s.c, http.MethodPost, nil, "projects", projectID, "agents", id, "rotate")
}

// Revoke ends a credential for good.
func (s AgentCredentials) Revoke(ctx context.Context, projectID, id string) error {
	return remove(ctx, s.c, "projects", projectID, "agents", id)
}

type agentCredentialPage struct {
	paged
	Items []AgentCredential `json:"agents"`
}

func (p agentCredentialPage) items() []AgentCredential { return p.Items }

// List returns the credentials of a project, maybe with those that were revoked.
func (s AgentCredentials) List(ctx context.Context, projectID string) iter.Seq2[AgentCredential, error] {
	return list[agentCredentialPage](ctx, s.c, nil, "projects", projectID, "agents")
}
