// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"maps"
	"reflect"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ Controller[AgentCredentialArgs, AgentCredentialState]         = (*AgentCredential)(nil)
	_ infer.CustomUpdate[AgentCredentialArgs, AgentCredentialState] = (*AgentCredential)(nil)
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

// Annotate describes the resource.
func (r *AgentCredential) Annotate(a infer.Annotator) {
	a.Describe(&r, "A credential for an AI agent: a PostgreSQL login and a token for the hosted MCP server, both bound by a policy profile. "+
		"The API shows the secrets once, when it makes them. They are kept in the state, encrypted, and cannot be had again: "+
		"after an import they are empty until the credential is rotated. "+
		"To rotate them in place, change `rotationTriggers`.")
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

// Definition implements Controller.
func (AgentCredential) Definition() Definition {
	return Definition{
		Properties: AgentCredentialProperties(),
		ImportID:   ImportID{Parents: []Parent{{Property: "projectId", Prefix: "prj_"}}, Prefix: "agt_"},
		Namesake:   agentCredentialNamed,
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

// Create implements infer.CustomCreate.
func (AgentCredential) Create(ctx context.Context, req infer.CreateRequest[AgentCredentialArgs],
) (infer.CreateResponse[AgentCredentialState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[AgentCredentialState]](err)
	}
	args := req.Inputs
	created, err := pgbeam.AgentCredentials().Create(ctx, args.ProjectID, client.CreateAgentCredentialRequest{
		Name:            valueOr(args.Name, ""),
		PolicyProfileID: args.PolicyProfileID,
		PrincipalType:   sent[string](args.PrincipalType),
		ExpiresAt:       wholeSeconds(args.ExpiresAt),
	})
	if err != nil {
		return failed[infer.CreateResponse[AgentCredentialState]](err)
	}
	state := withSecrets(AgentCredentialState{AgentCredentialArgs: args}, created)
	// A credential is born active, whatever is asked for.
	state, err = updateStatus(ctx, pgbeam, created.Credential.ID, state, args.Status)
	return infer.CreateResponse[AgentCredentialState]{ID: created.Credential.ID, Output: state}, partial(ctx, err)
}

// Read implements infer.CustomRead.
func (AgentCredential) Read(ctx context.Context, req infer.ReadRequest[AgentCredentialArgs, AgentCredentialState],
) (infer.ReadResponse[AgentCredentialArgs, AgentCredentialState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[AgentCredentialArgs, AgentCredentialState]](err)
	}
	live, err := pgbeam.AgentCredentials().Get(ctx, req.State.ProjectID, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[AgentCredentialArgs, AgentCredentialState]](err)
	}
	if isDeleted(live.Status) {
		return gone[AgentCredentialArgs, AgentCredentialState]()
	}
	state := withCredential(req.State, live)
	return infer.ReadResponse[AgentCredentialArgs, AgentCredentialState]{
		ID: live.ID, Inputs: state.AgentCredentialArgs, State: state,
	}, nil
}

// Update implements infer.CustomUpdate: it rotates the secrets, changes the
// status, or both.
func (AgentCredential) Update(ctx context.Context, req infer.UpdateRequest[AgentCredentialArgs, AgentCredentialState],
) (infer.UpdateResponse[AgentCredentialState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.UpdateResponse[AgentCredentialState]](err)
	}
	before := req.State
	state := before
	if !maps.Equal(state.RotationTriggers, req.Inputs.RotationTriggers) {
		rotated, err := pgbeam.AgentCredentials().Rotate(ctx, req.Inputs.ProjectID, req.ID)
		if err != nil {
			return failed[infer.UpdateResponse[AgentCredentialState]](err)
		}
		state = withSecrets(state, rotated)
		state.RotationTriggers = req.Inputs.RotationTriggers
	}
	state, err = updateStatus(ctx, pgbeam, req.ID, state, req.Inputs.Status)
	if err != nil && !reflect.DeepEqual(state, before) {
		// The new secrets must not be lost because the second request failed.
		err = partial(ctx, err)
	}
	return infer.UpdateResponse[AgentCredentialState]{Output: state}, err
}

// Delete implements infer.CustomDelete. It revokes the credential for good.
func (AgentCredential) Delete(ctx context.Context, req infer.DeleteRequest[AgentCredentialState],
) (infer.DeleteResponse, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	return infer.DeleteResponse{}, pgbeam.AgentCredentials().Delete(ctx, req.State.ProjectID, req.ID)
}

func updateStatus(ctx context.Context, pgbeam *client.Client, id string, state AgentCredentialState, want *CredentialStatus,
) (AgentCredentialState, error) {
	status := changed(state.Status, want)
	if status == nil {
		return state, nil
	}
	updated, err := pgbeam.AgentCredentials().UpdateStatus(ctx, state.ProjectID, id, string(*status))
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
	state.Status = optional[CredentialStatus](&live.Status, "")
	state.PrincipalType = optional[PrincipalType](live.PrincipalType, "agent")
	state.ExpiresAt = live.ExpiresAt
	state.PgUsername = live.PgUsername
	state.AuthMethod = valueOr(live.AuthMethod, "scram-sha-256")
	state.LastUsedAt = valueOr(live.LastUsedAt, "")
	state.CreatedAt, state.UpdatedAt = live.CreatedAt, live.UpdatedAt
	return state
}

func withSecrets(state AgentCredentialState, issued client.AgentCredentialSecrets) AgentCredentialState {
	state = withCredential(state, issued.Credential)
	state.ConnectionString, state.MCPURL, state.MCPToken = issued.ConnectionString, issued.MCPURL, issued.MCPToken
	return state
}
