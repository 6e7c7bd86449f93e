// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"iter"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[AgentCredentialArgs, AgentCredentialState] = AgentCredential{}
	_ kind.Updater[AgentCredentialArgs, AgentCredentialState]    = AgentCredential{}
	_ kind.Lister[AgentCredentialArgs]                           = AgentCredential{}
)

// AgentCredential is a PostgreSQL login and an MCP token for an agent.
type AgentCredential struct{}

// AgentCredentialArgs are the inputs of an AgentCredential.
type AgentCredentialArgs struct {
	ProjectID       string            `pulumi:"projectId"`
	PolicyProfileID string            `pulumi:"policyProfileId"`
	Name            *string           `pulumi:"name,optional"`
	Status          *CredentialStatus `pulumi:"status,optional"`
	PrincipalType   *PrincipalType    `pulumi:"principalType,optional"`
	ExpiresAt       *string           `pulumi:"expiresAt,optional"`
	kind.RotationInputs
}

// AgentCredentialState is the state of an AgentCredential.
type AgentCredentialState struct {
	AgentCredentialArgs
	kind.RotationOutputs
	PgUsername       string `pulumi:"pgUsername"`
	AuthMethod       string `pulumi:"authMethod"`
	LastUsedAt       string `pulumi:"lastUsedAt"`
	ConnectionString string `pulumi:"connectionString" provider:"secret"`
	MCPURL           string `pulumi:"mcpUrl"`
	MCPToken         string `pulumi:"mcpToken" provider:"secret"`
	CreatedAt        string `pulumi:"createdAt"`
	UpdatedAt        string `pulumi:"updatedAt"`
}

// statusDisabled is the status of a credential that cannot be used.
const statusDisabled = "disabled"

// Annotate describes the inputs.
func (r *AgentCredentialArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that owns the credential, `prj_…`.")
	a.Describe(&r.PolicyProfileID, "The ID of the policy profile that is enforced for the credential, `pol_…`.")
	a.Describe(&r.Name, "The name of the credential, 1 to 128 characters. "+
		"If omitted, the provider generates a name from the resource's logical name and 7 hexadecimal digits, unless `pulumi:autonaming` in the stack's configuration says otherwise.")
	a.Describe(&r.Status, "The status of the credential. Disabling a credential closes its open connections within seconds.")
	a.Describe(&r.PrincipalType, "The type of principal that uses the credential: an autonomous agent or a person.")
	a.Describe(&r.ExpiresAt, "The time when the credential expires, in RFC 3339 format, such as `2027-01-01T00:00:00Z`. "+
		"It must be in the future on creation, and fractional seconds are ignored. If omitted, the credential never expires.")
	a.Describe(&r.RotationTriggers, "Arbitrary key-value pairs. Changing any of them rotates the secrets in place: "+
		"the credential keeps its ID, username and policy profile, and connections that use the old secrets are closed within seconds.")
}

// Annotate describes the outputs.
func (r *AgentCredentialState) Annotate(a infer.Annotator) {
	a.Describe(&r.PgUsername, "The PostgreSQL username of the credential.")
	a.Describe(&r.AuthMethod, "The authentication method of the PostgreSQL login: `scram-sha-256` or `cleartext`.")
	a.Describe(&r.LastUsedAt, "The time when the credential was last used to connect, in RFC 3339 format, as of the last refresh or update. "+
		"Empty if it has never been used.")
	a.Describe(&r.ConnectionString, "The PostgreSQL connection string, including the username and the password.")
	a.Describe(&r.MCPURL, "The URL of the project's hosted MCP server.")
	a.Describe(&r.MCPToken, "The bearer token for the hosted MCP server.")
	a.Describe(&r.CreatedAt, "The time when the credential was created, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the credential was last updated, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (AgentCredential) Definition() kind.Definition {
	return kind.Definition{
		Description: "A credential for an AI agent: a PostgreSQL login and a token for the hosted MCP server, both governed by a policy profile. " +
			"The API returns the secrets only when the credential is created or rotated, and Pulumi stores them encrypted in the state. " +
			"An imported credential has `mcpUrl`, but no secrets until it is rotated, by a change of `rotationTriggers` or by `rotateAfter`. " +
			"Destroying the resource revokes the credential permanently.",
		Properties: AgentCredentialProperties(),
		ImportID:   kind.InProject("agt_"),
		UniqueBy:   []string{"projectId", "name"},
		Disabled:   kind.Value{Property: "status", Value: statusDisabled},
	}
}

// AgentCredentialProperties describes the inputs of an AgentCredential.
func AgentCredentialProperties() properties.Table {
	const maxNameLength = 128
	return properties.Table{
		"projectId":       properties.ID("prj_").Replaces(),
		"policyProfileId": properties.ID("pol_").Replaces(),
		"name":            properties.String().Replaces().Length(1, maxNameLength).AutoNamed(maxNameLength),
		"status":          properties.Enum[CredentialStatus]().Default("active"),
		"principalType":   properties.Enum[PrincipalType]().Replaces().Default("agent"),
		"expiresAt":       properties.String().Replaces().Timestamp().FutureWhenNew(time.Now).Default(nil),
	}.With(kind.RotationProperties("connectionString", "mcpUrl", "mcpToken"))
}

// Create implements kind.Controller.
func (AgentCredential) Create(ctx context.Context, c *client.Client, in AgentCredentialArgs) (id string, state AgentCredentialState, err error) {
	created, err := c.AgentCredentials().Create(ctx, in.ProjectID, client.CreateAgentCredentialRequest{
		Name:            convert.ValueOr(in.Name, ""),
		PolicyProfileID: in.PolicyProfileID,
		PrincipalType:   convert.String[string](in.PrincipalType),
		ExpiresAt:       convert.WholeSeconds(in.ExpiresAt),
	})
	if err != nil {
		return "", state, err
	}
	state = withSecrets(AgentCredentialState{AgentCredentialArgs: in}, created)
	// New credentials are always active.
	state, err = updateStatus(ctx, c, created.Credential.ID, state, in.Status)
	return created.Credential.ID, state, err
}

// Read implements kind.Controller.
func (AgentCredential) Read(ctx context.Context, c *client.Client, id string, state AgentCredentialState) (AgentCredentialState, error) {
	live, err := c.AgentCredentials().Get(ctx, state.ProjectID, id)
	if err == nil && kind.IsDeleted(live.Status) {
		err = kind.ErrDeleted
	}
	state = agentCredentialState(state, live)
	if err == nil && state.MCPURL == "" && kind.BecomesState(ctx) {
		return withMCPURL(ctx, c, state)
	}
	return state, err
}

// withMCPURL derives the URL of the MCP server, which is not secret and which the API returns
// only once, from the project's host name. The credentials of a project share the request.
func withMCPURL(ctx context.Context, c *client.Client, state AgentCredentialState) (AgentCredentialState, error) {
	project, err := c.Projects().Get(client.WithSharedResponses(ctx), state.ProjectID)
	if client.IsClientError(err) {
		return state, nil // the credential can be used without it
	}
	if host := convert.ValueOr(project.ProxyHost, ""); host != "" {
		state.MCPURL = "https://" + host + "/mcp"
	}
	return state, err
}

// Update implements kind.Updater. It rotates the secrets, changes the status, or both.
func (AgentCredential) Update(ctx context.Context, c *client.Client, id string, state AgentCredentialState, in AgentCredentialArgs,
) (AgentCredentialState, error) {
	rotate, before := kind.MustRotate(ctx, state.RotationInputs, in.RotationInputs), state.Status
	if rotate {
		rotated, err := c.AgentCredentials().Rotate(ctx, in.ProjectID, id)
		if err != nil {
			return state, err
		}
		state = withSecrets(state, rotated)
		state.RotationTriggers = in.RotationTriggers
		if convert.Changed(before, in.Status) == nil && state.Status != nil && *state.Status == statusDisabled {
			in.Status = state.Status // it was disabled outside of Pulumi, which a rotation must not undo
		}
	}
	state, err := updateStatus(ctx, c, id, state, in.Status)
	if rotate {
		err = kind.InitFailed(err) // keeps the new secrets
	}
	return state, err
}

// Delete implements kind.Controller. It revokes the credential.
func (AgentCredential) Delete(ctx context.Context, c *client.Client, id string, state AgentCredentialState) error {
	return c.AgentCredentials().Delete(ctx, state.ProjectID, id)
}

// List implements kind.Lister.
func (AgentCredential) List(ctx context.Context, c *client.Client, in AgentCredentialArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.AgentCredentials().List(ctx, in.ProjectID), func(live client.AgentCredential) (id string, state any, ok bool) {
		return live.ID, agentCredentialState(AgentCredentialState{}, live), !kind.IsDeleted(live.Status)
	})
}

// updateStatus sends the desired status if it differs from the state.
func updateStatus(ctx context.Context, c *client.Client, id string, state AgentCredentialState, desired *CredentialStatus,
) (AgentCredentialState, error) {
	status := convert.Changed(state.Status, desired)
	if status == nil {
		return state, nil
	}
	updated, err := c.AgentCredentials().UpdateStatus(ctx, state.ProjectID, id, string(*status))
	if err != nil {
		return state, err
	}
	return agentCredentialState(state, updated), nil
}

// agentCredentialState updates a state with a credential. The API does not return
// the secrets again, nor the URL that was issued with them.
func agentCredentialState(state AgentCredentialState, live client.AgentCredential) AgentCredentialState {
	state.ProjectID = live.ProjectID
	state.PolicyProfileID = live.PolicyProfileID
	state.Name = &live.Name
	state.Status = convert.StringOr[CredentialStatus](&live.Status, "")
	state.PrincipalType = convert.StringOr[PrincipalType](live.PrincipalType, "agent")
	state.ExpiresAt = live.ExpiresAt
	state.PgUsername = live.PgUsername
	state.AuthMethod = convert.ValueOr(live.AuthMethod, "scram-sha-256")
	state.LastUsedAt = convert.ValueOr(live.LastUsedAt, "")
	state.CreatedAt, state.UpdatedAt = live.CreatedAt, live.UpdatedAt
	return state
}

// withSecrets updates a state with a credential whose secrets were issued.
func withSecrets(state AgentCredentialState, issued client.AgentCredentialSecrets) AgentCredentialState {
	state = agentCredentialState(state, issued.Credential)
	state.ConnectionString, state.MCPURL, state.MCPToken = issued.ConnectionString, issued.MCPURL, issued.MCPToken
	return state
}
