// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// AgentSettings contains the settings of an agent credential.
type AgentSettings struct {
	Name             pulumi.StringPtrInput `pulumi:"name,optional"`
	Status           pulumi.StringPtrInput `pulumi:"status,optional"`
	PrincipalType    pulumi.StringPtrInput `pulumi:"principalType,optional"`
	ExpiresAt        pulumi.StringPtrInput `pulumi:"expiresAt,optional"`
	RotationTriggers pulumi.StringMapInput `pulumi:"rotationTriggers,optional"`
	RotateAfter      pulumi.StringPtrInput `pulumi:"rotateAfter,optional"`
}

// Annotate describes the type.
func (r *AgentSettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "The settings of an agent credential.")
}

// agentProperties describes AgentSettings.
func agentProperties() properties.Property {
	return properties.Object[AgentSettings](agentSettingsProperties())
}

// agentSettingsProperties describes the fields of AgentSettings.
func agentSettingsProperties() properties.Table {
	return resources.AgentCredentialProperties().Without("projectId", "policyProfileId", "standby").With(properties.Table{
		// The time may be in the past if the credential exists, which only the Check of the
		// credential knows.
		"expiresAt": properties.String().Timestamp().Default(nil),
	})
}

// resourceArgs returns the inputs of the credential.
func (r *AgentSettings) resourceArgs(projectID, policyProfileID pulumi.StringInput) *pgbeam.AgentCredentialArgs {
	if r == nil {
		r = &AgentSettings{}
	}
	return &pgbeam.AgentCredentialArgs{
		ProjectId:        projectID,
		PolicyProfileId:  policyProfileID,
		Name:             r.Name,
		Status:           r.Status,
		PrincipalType:    r.PrincipalType,
		ExpiresAt:        r.ExpiresAt,
		RotationTriggers: r.RotationTriggers,
		RotateAfter:      r.RotateAfter,
	}
}

// agentOutputs are the outputs of a component with several agents, by the name of the agent.
// Each entry is an output of its own: while an agent is added, the entries of the others stay
// known in the preview.
type agentOutputs struct {
	policyProfileIDs, credentialIDs, usernames, connectionStrings, mcpURLs, mcpTokens, mcpClientConfigs pulumi.StringMap
}

func newAgentOutputs() *agentOutputs {
	return &agentOutputs{
		policyProfileIDs: pulumi.StringMap{}, credentialIDs: pulumi.StringMap{}, usernames: pulumi.StringMap{}, connectionStrings: pulumi.StringMap{},
		mcpURLs: pulumi.StringMap{}, mcpTokens: pulumi.StringMap{}, mcpClientConfigs: pulumi.StringMap{},
	}
}

// add adds the outputs of an agent.
func (o *agentOutputs) add(agent string, policyProfileID pulumi.StringInput, credential *pgbeam.AgentCredential) {
	o.policyProfileIDs[agent] = policyProfileID
	o.credentialIDs[agent] = credential.ID().ToStringOutput()
	o.usernames[agent] = credential.PgUsername
	o.connectionStrings[agent] = secretUnlessEmpty(credential.ConnectionString)
	o.mcpURLs[agent] = credential.McpUrl
	o.mcpTokens[agent] = secretUnlessEmpty(credential.McpToken)
	o.mcpClientConfigs[agent] = mcpClientConfig(credential)
}
