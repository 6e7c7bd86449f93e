// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[GetAgentCredentialArgs, GetAgentCredentialResult] = GetAgentCredential{}

// GetAgentCredential looks up an agent credential.
type GetAgentCredential struct{}

// GetAgentCredentialArgs are the inputs of GetAgentCredential.
type GetAgentCredentialArgs struct {
	ProjectID string  `pulumi:"projectId"`
	ID        *string `pulumi:"id,optional"`
	Name      *string `pulumi:"name,optional"`
}

// GetAgentCredentialResult is the result of GetAgentCredential.
type GetAgentCredentialResult struct {
	ID string `pulumi:"id"`
	resources.AgentCredentialState
}

// Annotate describes the inputs.
func (r *GetAgentCredentialArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that owns the credential, `prj_…`.")
	a.Describe(&r.ID, "The ID of the agent credential, `agt_…`. Required unless `name` is set.")
	a.Describe(&r.Name, "The name of the agent credential in the project, in its exact spelling.")
}

// Annotate describes the ID, and the outputs that are inputs of the resource.
func (r *GetAgentCredentialResult) Annotate(a infer.Annotator) {
	a.Describe(&r.ID, "The ID of the agent credential, `agt_…`.")
	a.Describe(&r.Name, "The name of the credential.")
	a.Describe(&r.ExpiresAt, "The time when the credential expires, in RFC 3339 format. Absent if it never expires.")
}

// Definition implements kind.FunctionController.
func (GetAgentCredential) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Looks up an agent credential of a project by its ID or its name. " +
			"It fails if there is no such credential or if it has been revoked, and lists those that exist. " +
			"The API returns the secrets of a credential only when it creates or rotates them, so the result does not contain them.",
		Properties: properties.Table{
			"projectId": properties.ID("prj_"),
			"id":        properties.ID("agt_").Optional(),
			"name":      properties.String().Length(1, 0),
		},
		Validate: func(inputs property.Map) []p.CheckFailure { return properties.ExactlyOne(inputs, "id", "name") },
		State: &kind.StateResult{
			Unreadable: []string{
				"connectionString", "mcpUrl", "mcpToken", "rotationTriggers", "rotateAfter", "standby", "rotatedAt", "nextRotation", "standbySince",
			},
			Optional: []string{"expiresAt", "lastUsedAt"},
		},
	}
}

// Invoke implements kind.FunctionController.
func (GetAgentCredential) Invoke(ctx context.Context, c *client.Client, in GetAgentCredentialArgs) (GetAgentCredentialResult, error) {
	parents := resources.AgentCredentialState{AgentCredentialArgs: resources.AgentCredentialArgs{ProjectID: in.ProjectID}}
	id, state, err := kind.NewLookup("agent credential", in.ProjectID, resources.AgentCredential{}, c, parents).
		GetByName(ctx, in.ID, in.Name, func(s resources.AgentCredentialState) string { return *s.Name })
	return GetAgentCredentialResult{id, state}, err
}
