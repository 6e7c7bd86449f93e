// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// constructed keeps the aliases that reach a plugin.
type constructed struct {
	pulumirpc.UnimplementedResourceProviderServer
	aliases []string
}

func (s *constructed) Construct(_ context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	for _, alias := range req.GetAliases() {
		s.aliases = append(s.aliases, alias.GetUrn())
	}
	return &pulumirpc.ConstructResponse{}, nil
}

func TestAliasesOfComponents(t *testing.T) {
	t.Parallel()
	const (
		stack  = "urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev"
		parent = "urn:pulumi:dev::project::test:index:Team::blue"
	)
	for name, test := range map[string]struct {
		parent string
		alias  *pulumirpc.Alias
		urn    string
	}{
		"a URN": {
			stack, &pulumirpc.Alias{Alias: &pulumirpc.Alias_Urn{Urn: "urn:pulumi:dev::project::pgbeam:index:Old::x"}},
			"urn:pulumi:dev::project::pgbeam:index:Old::x",
		},
		"another name": {
			stack, spec(&pulumirpc.Alias_Spec{Name: "store"}),
			"urn:pulumi:dev::project::pgbeam:index:SecureAgentProject::store",
		},
		"another name below a parent": {
			parent, spec(&pulumirpc.Alias_Spec{Name: "store"}),
			"urn:pulumi:dev::project::test:index:Team$pgbeam:index:SecureAgentProject::store",
		},
		"a former parent": {
			stack, spec(&pulumirpc.Alias_Spec{Parent: &pulumirpc.Alias_Spec_ParentUrn{ParentUrn: parent}}),
			"urn:pulumi:dev::project::test:index:Team$pgbeam:index:SecureAgentProject::shop",
		},
		"no parent before": {
			parent, spec(&pulumirpc.Alias_Spec{Parent: &pulumirpc.Alias_Spec_NoParent{NoParent: true}}),
			"urn:pulumi:dev::project::pgbeam:index:SecureAgentProject::shop",
		},
		"another type, project and stack": {
			"", spec(&pulumirpc.Alias_Spec{Type: "pgbeam:index:Agent", Project: "old", Stack: "prod"}),
			"urn:pulumi:prod::old::pgbeam:index:Agent::shop",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &constructed{}
			_, err := aliasing{server}.Construct(t.Context(), &pulumirpc.ConstructRequest{
				Project: "project", Stack: "dev", Type: "pgbeam:index:SecureAgentProject", Name: "shop",
				Parent: test.parent, Aliases: []*pulumirpc.Alias{test.alias},
			})
			require.NoError(t, err)
			assert.Equal(t, []string{test.urn}, server.aliases)
		})
	}
}

func spec(s *pulumirpc.Alias_Spec) *pulumirpc.Alias {
	return &pulumirpc.Alias{Alias: &pulumirpc.Alias_Spec_{Spec: s}}
}
