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
	return properties.Object[AgentSettings](resources.AgentCredentialProperties().Without("projectId", "policyProfileId", "standby").With(properties.Table{
		// The time may be in the past if the credential exists, which only the Check of the
		// credential knows.
		"expiresAt": properties.String().Timestamp().Default(nil),
	}))
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
