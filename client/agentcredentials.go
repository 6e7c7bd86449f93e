// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
)

// AgentCredentials is the collection of the agent credentials of projects. Deleting
// a credential revokes it permanently; Get and List may return it afterwards with
// the status "revoked".
type AgentCredentials struct {
	BaseCollection[AgentCredential]
}

// AgentCredentials returns the agent credentials of projects.
func (c *Client) AgentCredentials() *AgentCredentials {
	return &AgentCredentials{BaseCollection[AgentCredential]{collection{client: c, parent: "projects", name: "agents"}}}
}

// Create creates a credential and returns it with its secrets. New credentials are
// always active.
func (c *AgentCredentials) Create(ctx context.Context, projectID string, req CreateAgentCredentialRequest) (AgentCredentialSecrets, error) {
	var result AgentCredentialSecrets
	err := c.create(ctx, &result, projectID, req)
	return result, err
}

// UpdateStatus sets the status of a credential to "active" or "disabled".
func (c *AgentCredentials) UpdateStatus(ctx context.Context, projectID, id, status string) (AgentCredential, error) {
	body := updateStatusRequest{status}
	return call[AgentCredential](ctx, c.client, http.MethodPatch, body, c.segments(projectID, id)...)
}

type updateStatusRequest struct {
	// Status is "active" or "disabled".
	Status string `json:"status"`
}

// Rotate replaces the secrets of a credential. Connections with the old ones are
// closed within seconds.
func (c *AgentCredentials) Rotate(ctx context.Context, projectID, id string) (AgentCredentialSecrets, error) {
	return rotate[AgentCredentialSecrets](ctx, &c.collection, projectID, id)
}

// AgentCredential is a PostgreSQL login and an MCP token for an agent, without the
// secrets.
type AgentCredential struct {
	ProjectObject
	// PolicyProfileID is the ID of the policy profile that applies to the credential.
	PolicyProfileID string `json:"policy_profile_id" api:"nonempty"`
	// Name is the label of the credential.
	Name string `json:"name"`
	// PgUsername is the PostgreSQL user of the credential. The API assigns it.
	PgUsername string `json:"pg_username"`
	// Status is "active", "disabled" or "revoked".
	Status string `json:"status" api:"nonempty"`
	// PrincipalType is "agent" or "human". Nil is "agent".
	PrincipalType *string `json:"principal_type"`
	// AuthMethod is the PostgreSQL authentication method, "scram-sha-256" or
	// "cleartext", chosen by the API. Nil is "scram-sha-256".
	AuthMethod *string `json:"auth_method"`
	// LastUsedAt is the time of the last connection. Nil is never.
	LastUsedAt *string `json:"last_used_at"`
	// ExpiresAt is the time from which the credential is rejected. Nil is never.
	ExpiresAt *string `json:"expires_at"`
}

// AgentCredentialSecrets is a credential with its secrets. The API returns them only
// once, when it generates them.
type AgentCredentialSecrets struct {
	// Credential is the credential itself.
	Credential AgentCredential `json:"credential"`
	// ConnectionString is a PostgreSQL URL with the user and the password.
	ConnectionString string `json:"connection_string" api:"nonempty"`
	// MCPURL is the address of the project's MCP server. It is not a secret.
	MCPURL string `json:"mcp_url" api:"nonempty"`
	// MCPToken is the bearer token for the MCP server.
	MCPToken string `json:"mcp_token" api:"nonempty"`
}

func (s AgentCredentialSecrets) identity() identity { return s.Credential.identity().in("credential") }

// CreateAgentCredentialRequest is the request to create an agent credential.
type CreateAgentCredentialRequest struct {
	// Name has 1 to 128 characters.
	Name string `json:"name"`
	// PolicyProfileID is the ID of a policy profile of the project.
	PolicyProfileID string `json:"policy_profile_id"`
	// PrincipalType is "agent" or "human". Nil is "agent".
	PrincipalType *string `json:"principal_type,omitempty"`
	// ExpiresAt is a time in the future. Nil is no expiry.
	ExpiresAt *string `json:"expires_at,omitempty"`
}
