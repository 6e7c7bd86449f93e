// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command nullprovider is the floor of a deployment: a provider with the
// resources of the program that is deployed, and their properties, which calls
// no API. What it answers is as long as what the API would.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/resources"
)

const moment = "2027-01-01T00:00:00Z"

// made is an ID, or a secret, of a length.
func made(prefix, name string, length int) string {
	return prefix + (name + strings.Repeat("0", length))[:length]
}

// Project stands for a project.
type Project struct{}

// Annotate names the resource.
func (r *Project) Annotate(a infer.Annotator) { a.SetToken("index", "Project") }

// Create implements infer.CustomCreate.
func (Project) Create(_ context.Context, req infer.CreateRequest[resources.ProjectArgs]) (infer.CreateResponse[resources.ProjectState], error) { //nolint:unparam // as infer has it
	return infer.CreateResponse[resources.ProjectState]{ID: made("prj_", req.Name, 26), Output: resources.ProjectState{
		ProjectArgs: req.Inputs, PrimaryDatabaseID: made("db_", req.Name, 26), ProxyHost: made("", req.Name, 24) + ".proxy.pgbeam.app",
		CreatedAt: moment, UpdatedAt: moment,
	}}, nil
}

// PolicyProfile stands for a policy profile.
type PolicyProfile struct{}

// Annotate names the resource.
func (r *PolicyProfile) Annotate(a infer.Annotator) { a.SetToken("index", "PolicyProfile") }

// Create implements infer.CustomCreate.
func (PolicyProfile) Create(_ context.Context, req infer.CreateRequest[resources.PolicyProfileArgs],
) (infer.CreateResponse[resources.PolicyProfileState], error) { //nolint:unparam // as infer has it
	return infer.CreateResponse[resources.PolicyProfileState]{ID: made("pol_", req.Name, 26), Output: resources.PolicyProfileState{
		PolicyProfileArgs: req.Inputs, CreatedAt: moment, UpdatedAt: moment,
	}}, nil
}

// AgentCredential stands for an agent credential.
type AgentCredential struct{}

// Annotate names the resource.
func (r *AgentCredential) Annotate(a infer.Annotator) { a.SetToken("index", "AgentCredential") }

// Create implements infer.CustomCreate.
func (AgentCredential) Create(_ context.Context, req infer.CreateRequest[resources.AgentCredentialArgs],
) (infer.CreateResponse[resources.AgentCredentialState], error) { //nolint:unparam // as infer has it
	status, principal := resources.CredentialStatus("active"), resources.PrincipalType("agent")
	args := req.Inputs
	args.Status, args.PrincipalType = &status, &principal
	return infer.CreateResponse[resources.AgentCredentialState]{ID: made("agt_", req.Name, 26), Output: resources.AgentCredentialState{
		AgentCredentialArgs: args, PgUsername: made("agent_", req.Name, 10), AuthMethod: "scram-sha-256",
		ConnectionString: made("postgresql://", req.Name, 110), MCPURL: made("https://", req.Name, 50), MCPToken: made("pgm_", req.Name, 40),
		CreatedAt: moment, UpdatedAt: moment,
	}}, nil
}

func main() {
	provider, err := infer.NewProviderBuilder().
		WithResources(infer.Resource(Project{}), infer.Resource(PolicyProfile{}), infer.Resource(AgentCredential{})).
		Build()
	if err == nil {
		err = provider.Run(context.Background(), "pgbeam", "0.0.1")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
