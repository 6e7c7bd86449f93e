// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"errors"
	"fmt"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// credential is an agent credential as the engine knows it. Its ID and its state are empty
// until it has been created.
type credential struct {
	name, id      string
	inputs, state *structpb.Struct
}

const credentialType = "pgbeam:index:AgentCredential"

func newCredential(b *testing.B, project, policy, name string) *credential {
	b.Helper()
	return &credential{name: name, inputs: inputs(b, map[string]any{"projectId": project, "policyProfileId": policy, "name": name})}
}

// newCredentials returns n credentials that have not been created.
func newCredentials(b *testing.B, project, policy string, n int) []*credential {
	b.Helper()
	credentials := make([]*credential, n)
	for i := range credentials {
		credentials[i] = newCredential(b, project, policy, agentName(i))
	}
	return credentials
}

func (c *credential) urn() string { return urn("AgentCredential", c.name) }

// create creates the credential.
func (p *plugin) create(ctx context.Context, c *credential) error {
	response, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: c.urn(), Name: c.name, Type: credentialType, Properties: c.inputs})
	if err == nil {
		c.id, c.state = response.GetId(), response.GetProperties()
	}
	return err
}

// previewCreate makes the calls of a preview that creates the credential.
func (p *plugin) previewCreate(ctx context.Context, c *credential) error {
	checked, err := p.check(ctx, c, nil)
	if err == nil {
		_, err = p.Create(ctx, &pulumirpc.CreateRequest{Urn: c.urn(), Name: c.name, Type: credentialType, Properties: checked, Preview: true})
	}
	return err
}

// previewSame makes the calls of a preview that does not change the credential.
func (p *plugin) previewSame(ctx context.Context, c *credential) error {
	checked, err := p.check(ctx, c, c.inputs)
	if err != nil {
		return err
	}
	response, err := p.Diff(ctx, &pulumirpc.DiffRequest{
		Id: c.id, Urn: c.urn(), Name: c.name, Type: credentialType, Olds: c.state, OldInputs: c.inputs, News: checked,
	})
	if err == nil && response.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		err = fmt.Errorf("%s has changed: %v", c.name, response.GetDiffs())
	}
	return err
}

// check checks the credential's inputs. The old inputs are nil before its creation.
func (p *plugin) check(ctx context.Context, c *credential, old *structpb.Struct) (*structpb.Struct, error) {
	response, err := p.Check(ctx, &pulumirpc.CheckRequest{
		Urn: c.urn(), Name: c.name, Type: credentialType, Olds: old, News: c.inputs, RandomSeed: make([]byte, 32),
	})
	if err == nil && len(response.GetFailures()) > 0 {
		err = errors.New(response.GetFailures()[0].GetReason())
	}
	return response.GetInputs(), err
}

// read refreshes the credential.
func (p *plugin) read(ctx context.Context, c *credential) error {
	response, err := p.Read(ctx, &pulumirpc.ReadRequest{
		Id: c.id, Urn: c.urn(), Name: c.name, Type: credentialType, Inputs: c.inputs, Properties: c.state,
	})
	if err == nil && response.GetId() != c.id {
		err = errors.New(c.name + " was not found")
	}
	return err
}

// delete deletes the credential.
func (p *plugin) delete(ctx context.Context, c *credential) error {
	_, err := p.Delete(ctx, &pulumirpc.DeleteRequest{
		Id: c.id, Urn: c.urn(), Name: c.name, Type: credentialType, Properties: c.state, OldInputs: c.inputs,
	})
	return err
}

// each concurrently calls f, one of the plugin's methods, with all credentials.
func each(b *testing.B, credentials []*credential, f func(ctx context.Context, c *credential) error) {
	b.Helper()
	concurrently(b, len(credentials), func(i int) error { return f(b.Context(), credentials[i]) })
}

// createAgents creates agent credentials through a plugin, after one that is not
// measured.
func createAgents(b *testing.B, p *plugin, project, policy string, n int) {
	b.Helper()
	credentials := newCredentials(b, project, policy, n)
	require.NoError(b, p.create(b.Context(), newCredential(b, project, policy, "warm-up")))
	b.ResetTimer()
	each(b, credentials, p.create)
	b.StopTimer()
}
