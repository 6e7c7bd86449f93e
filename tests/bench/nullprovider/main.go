// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command nullprovider is the floor for deployments: a provider with the same
// resources and properties that does not call an API. Its outputs have the length
// of real ones.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/resources"
)

const timestamp = "2027-01-01T00:00:00Z"

// value returns an ID or a secret of the given length after the prefix.
func value(prefix, name string, length int) string {
	return prefix + (name + strings.Repeat("0", length))[:length]
}

// Project simulates a project.
type Project struct{}

// Annotate sets the token of the resource.
func (r *Project) Annotate(a infer.Annotator) { a.SetToken("index", "Project") }

// Create implements infer.CustomCreate.
func (Project) Create(_ context.Context, req infer.CreateRequest[resources.ProjectArgs]) (infer.CreateResponse[resources.ProjectState], error) { //nolint:unparam // the signature of infer.CustomCreate
	return infer.CreateResponse[resources.ProjectState]{ID: value("prj_", req.Name, 26), Output: resources.ProjectState{
		ProjectArgs: req.Inputs, PrimaryDatabaseID: value("db_", req.Name, 26), ProxyHost: value("", req.Name, 24) + ".proxy.pgbeam.app",
		CreatedAt: timestamp, UpdatedAt: timestamp,
	}}, nil
}

// PolicyProfile simulates a policy profile.
type PolicyProfile struct{}

// Annotate sets the token of the resource.
func (r *PolicyProfile) Annotate(a infer.Annotator) { a.SetToken("index", "PolicyProfile") }

// Create implements infer.CustomCreate.
func (PolicyProfile) Create(_ context.Context, req infer.CreateRequest[resources.PolicyProfileArgs],
) (infer.CreateResponse[resources.PolicyProfileState], error) { //nolint:unparam // the signature of infer.CustomCreate
	return infer.CreateResponse[resources.PolicyProfileState]{ID: value("pol_", req.Name, 26), Output: resources.PolicyProfileState{
		PolicyProfileArgs: req.Inputs, CreatedAt: timestamp, UpdatedAt: timestamp,
	}}, nil
}

// AgentCredential simulates an agent credential.
type AgentCredential struct{}

// Annotate sets the token of the resource.
func (r *AgentCredential) Annotate(a infer.Annotator) { a.SetToken("index", "AgentCredential") }

// Create implements infer.CustomCreate.
func (AgentCredential) Create(_ context.Context, req infer.CreateRequest[resources.AgentCredentialArgs],
) (infer.CreateResponse[resources.AgentCredentialState], error) { //nolint:unparam // the signature of infer.CustomCreate
	status, principal := resources.CredentialStatus("active"), resources.PrincipalType("agent")
	args := req.Inputs
	args.Status, args.PrincipalType = &status, &principal
	return infer.CreateResponse[resources.AgentCredentialState]{ID: value("agt_", req.Name, 26), Output: resources.AgentCredentialState{
		AgentCredentialArgs: args, PgUsername: value("agent_", req.Name, 10), AuthMethod: "scram-sha-256",
		ConnectionString: value("postgresql://", req.Name, 110), MCPURL: value("https://", req.Name, 50), MCPToken: value("pgm_", req.Name, 40),
		CreatedAt: timestamp, UpdatedAt: timestamp,
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
