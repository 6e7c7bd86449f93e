// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"iter"
	"maps"
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
	_ kind.Lister[AgentCredentialArgs, AgentCredentialState]     = AgentCredential{}
)

// AgentCredential is a Postgres login and an MCP token for an agent.
type AgentCredential struct{}

// AgentCredentialArgs are the inputs of an AgentCredential.
type AgentCredentialArgs struct {
	ProjectID        string            `pulumi:"projectId"`
	PolicyProfileID  string            `pulumi:"policyProfileId"`
	Name             *string           `pulumi:"name,optional"`
	Status           *CredentialStatus `pulumi:"status,optional"`
	PrincipalType    *PrincipalType    `pulumi:"principalType,optional"`
	ExpiresAt        *string           `pulumi:"expiresAt,optional"`
	RotationTriggers map[string]string `pulumi:"rotationTriggers,optional"`
}

// AgentCredentialState is the state of an AgentCredential.
type AgentCredentialState struct {
	AgentCredentialArgs
	PgUsername       string `pulumi:"pgUsername"`
	AuthMethod       string `pulumi:"authMethod"`
	LastUsedAt       string `pulumi:"lastUsedAt"`
	ConnectionString string `pulumi:"connectionString" provider:"secret"`
	MCPURL           string `pulumi:"mcpUrl"`
	MCPToken         string `pulumi:"mcpToken" provider:"secret"`
	CreatedAt        string `pulumi:"createdAt"`
	UpdatedAt        string `pulumi:"updatedAt"`
}

// Annotate describes the inputs.
func (r *AgentCredentialArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.PolicyProfileID, "ID of the policy profile that binds the credential, `pol_…`.")
	a.Describe(&r.Name, "Label of the credential, 1 to 128 characters. "+
		"Left out, it is made from the resource's logical name and a random end, and kept.")
	a.Describe(&r.Status, "Whether the credential can be used. `disabled` drops its live connections within seconds.")
	a.Describe(&r.PrincipalType, "Who uses the credential.")
	a.Describe(&r.ExpiresAt, "When the credential stops working, in RFC 3339, such as `2027-01-01T00:00:00Z`; in the future when it is created. "+
		"A fraction of a second is dropped. "+
		"Left out, it never does.")
	a.Describe(&r.RotationTriggers, "Any words of your own. A change of them makes new secrets for the same credential: "+
		"its ID, user name and policy stay, connections with the old secrets are dropped within seconds.")
}

// Annotate describes the outputs.
func (r *AgentCredentialState) Annotate(a infer.Annotator) {
	a.Describe(&r.PgUsername, "PostgreSQL user of the credential.")
	a.Describe(&r.AuthMethod, "How the proxy authenticates the credential: `scram-sha-256` or `cleartext`.")
	a.Describe(&r.LastUsedAt, "When the credential last connected, in RFC 3339, as of the last read. Empty when it never did.")
	a.Describe(&r.ConnectionString, "PostgreSQL connection string with the user and the password.")
	a.Describe(&r.MCPURL, "Address of the project's MCP server.")
	a.Describe(&r.MCPToken, "Bearer token for the MCP server.")
	a.Describe(&r.CreatedAt, "When the credential was created, in RFC 3339.")
	a.Describe(&r.UpdatedAt, "When the credential was last changed, in RFC 3339.")
}

// Definition implements kind.Controller.
func (AgentCredential) Definition() kind.Definition {
	return kind.Definition{
		Description: "A credential for an AI agent: a PostgreSQL login and a token for the hosted MCP server, both bound by a policy profile. " +
			"The API shows the secrets once, when it makes them. They are kept in the state, encrypted, and cannot be had again: " +
			"after an import they are empty until the credential is rotated. " +
			"To rotate them in place, change `rotationTriggers`.",
		Properties: AgentCredentialProperties(),
		ImportID:   kind.InProject("agt_"),
		UniqueBy:   []string{"projectId", "name"},
	}
}

// AgentCredentialProperties describes the inputs of an AgentCredential.
func AgentCredentialProperties() properties.Table {
	const longestName = 128
	return properties.Table{
		"projectId":       properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
		"policyProfileId": properties.String().Required().Replaces().Length(1, 0).Reference("pol_"),
		"name":            properties.String().Replaces().Length(1, longestName).AutoNamed(longestName),
		"status":          properties.Enum[CredentialStatus]().Default("active"),
		"principalType":   properties.Enum[PrincipalType]().Replaces().Default("agent"),
		"expiresAt":       properties.String().Replaces().Timestamp().FutureWhenNew(time.Now).Default(nil),
		"rotationTriggers": properties.Map(properties.String()).Default(map[string]any{}).
			Affects("connectionString", "mcpUrl", "mcpToken"),
	}
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
	return withCredential(state, live), err
}

// Update implements kind.Updater. It rotates the secrets, changes the status, or both.
func (AgentCredential) Update(ctx context.Context, c *client.Client, id string, state AgentCredentialState, in AgentCredentialArgs,
) (AgentCredentialState, error) {
	rotates := !maps.Equal(state.RotationTriggers, in.RotationTriggers)
	if rotates {
		rotated, err := c.AgentCredentials().Rotate(ctx, in.ProjectID, id)
		if err != nil {
			return state, err
		}
		state = withSecrets(state, rotated)
		state.RotationTriggers = in.RotationTriggers
	}
	state, err := updateStatus(ctx, c, id, state, in.Status)
	if rotates {
		err = kind.InitFailed(err) // the new secrets must not be lost
	}
	return state, err
}

// Delete implements kind.Controller. It revokes the credential.
func (AgentCredential) Delete(ctx context.Context, c *client.Client, id string, state AgentCredentialState) error {
	return c.AgentCredentials().Delete(ctx, state.ProjectID, id)
}

// List implements kind.Lister.
func (AgentCredential) List(ctx context.Context, c *client.Client, in AgentCredentialArgs) iter.Seq2[kind.Object[AgentCredentialState], error] {
	return kind.Objects(c.AgentCredentials().List(ctx, in.ProjectID), func(live client.AgentCredential) (kind.Object[AgentCredentialState], bool) {
		return kind.Object[AgentCredentialState]{ID: live.ID, Value: withCredential(AgentCredentialState{}, live)}, !kind.IsDeleted(live.Status)
	})
}

func updateStatus(ctx context.Context, c *client.Client, id string, state AgentCredentialState, want *CredentialStatus,
) (AgentCredentialState, error) {
	status := convert.Changed(state.Status, want)
	if status == nil {
		return state, nil
	}
	updated, err := c.AgentCredentials().UpdateStatus(ctx, state.ProjectID, id, string(*status))
	if err != nil {
		return state, err
	}
	return withCredential(state, updated), nil
}

// withCredential returns the state with what the API says of the credential. It
// does not say the secrets again, nor the address that came with them.
func withCredential(state AgentCredentialState, live client.AgentCredential) AgentCredentialState {
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

func withSecrets(state AgentCredentialState, issued client.AgentCredentialSecrets) AgentCredentialState {
	state = withCredential(state, issued.Credential)
	state.ConnectionString, state.MCPURL, state.MCPToken = issued.ConnectionString, issued.MCPURL, issued.MCPToken
	return state
}
