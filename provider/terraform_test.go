// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/terraform"
)

// bridgedProvider is a mapping, as pulumi-terraform-bridge defines it: MarshallableProvider
// in its package tfbridge/info, version 3.120.0. That module is no dependency, because it
// would add those of Terraform.
type bridgedProvider struct {
	Provider struct {
		Schema      bridgedAttributes            `json:"schema"`
		Resources   map[string]bridgedAttributes `json:"resources"`
		DataSources map[string]bridgedAttributes `json:"dataSources"`
	} `json:"provider"`
	Name        string                    `json:"name"`
	Version     string                    `json:"version"`
	Config      map[string]bridgedName    `json:"config"`
	Resources   map[string]bridgedElement `json:"resources"`
	DataSources map[string]bridgedElement `json:"dataSources"`
}

type bridgedAttributes map[string]*bridgedAttribute

type bridgedAttribute struct {
	Type      int  `json:"type"`
	Optional  bool `json:"optional"`
	Required  bool `json:"required"`
	Computed  bool `json:"computed"`
	Sensitive bool `json:"sensitive"`
	Element   *struct {
		Schema   *bridgedAttribute `json:"schema"`
		Resource bridgedAttributes `json:"resource"`
	} `json:"element"`
}

type bridgedElement struct {
	Tok      string                 `json:"tok"`
	Fields   map[string]bridgedName `json:"fields"`
	IDFields []string               `json:"idFields"`
}

type bridgedName struct {
	Name    string                 `json:"name"`
	Element *bridgedName           `json:"element"`
	Fields  map[string]bridgedName `json:"fields"`
}

// mapping asks for the mapping of a provider.
func mapping(t *testing.T, key, source string) *pulumirpc.GetMappingResponse {
	t.Helper()
	built, err := New(Options{})
	require.NoError(t, err)
	raw, err := p.RawServer(Name, Version, built)(nil)
	require.NoError(t, err)
	resp, err := withTerraformMapping{raw}.GetMapping(t.Context(), &pulumirpc.GetMappingRequest{Key: key, Provider: source})
	require.NoError(t, err)
	return resp
}

func TestTerraformMapping(t *testing.T) {
	t.Parallel()
	resp := mapping(t, "terraform", "pgbeam")
	assert.Equal(t, "pgbeam", resp.GetProvider())
	decoder := json.NewDecoder(bytes.NewReader(resp.GetData()))
	decoder.DisallowUnknownFields()
	var found bridgedProvider
	require.NoError(t, decoder.Decode(&found))
	assert.Equal(t, "pgbeam", found.Name)
	assert.Equal(t, Version, found.Version)
	assert.True(t, found.Provider.Schema["api_key"].Sensitive)
	assert.Equal(t, slices.Sorted(maps.Keys(terraform.Kinds)), slices.Sorted(maps.Keys(found.Resources)))
	assert.Equal(t, slices.Sorted(maps.Keys(terraform.Kinds)), slices.Sorted(maps.Keys(found.Provider.Resources)))
	for typ, kind := range terraform.Kinds {
		assert.Equal(t, "pgbeam:index:"+kind, found.Resources[typ].Tok)
		assertNames(t, typ, found.Provider.Resources[typ], found.Resources[typ].Fields)
	}

	const boolean, integer, text, list, mapping = 1, 2, 4, 5, 6
	policy := found.Provider.Resources["pgbeam_policy_profile"]
	assert.Equal(t, &bridgedAttribute{Type: text, Required: true}, policy["project_id"])
	assert.Equal(t, &bridgedAttribute{Type: text, Computed: true}, policy["created_at"])
	assert.Equal(t, &bridgedAttribute{Type: text, Optional: true}, policy["access_mode"], "an enum is a text")
	assert.Equal(t, list, policy["masking_rules"].Type)
	assert.Equal(t, &bridgedAttribute{Type: text, Required: true}, policy["masking_rules"].Element.Resource["column"])
	assert.Equal(t, mapping, policy["statement_rules"].Type)
	assert.Equal(t, text, policy["statement_rules"].Element.Resource["deny"].Element.Schema.Type)
	assert.Equal(t, "deny", found.Resources["pgbeam_policy_profile"].Fields["statement_rules"].Fields["deny"].Name)
	project := found.Provider.Resources["pgbeam_project"]
	assert.Equal(t, &bridgedAttribute{Type: text, Optional: true}, project["allowed_cidrs"].Element.Resource["label"])
	assert.NotContains(t, project, "cidr_labels")
	assert.Equal(t, "allowedCidrs", found.Resources["pgbeam_project"].Fields["allowed_cidrs"].Name)
	assert.Equal(t, boolean, project["agents_disabled"].Type)
	assert.Equal(t, integer, project["database"].Element.Resource["pool_config"].Element.Resource["pool_size"].Type)
	assert.True(t, found.Provider.Resources["pgbeam_agent_credential"]["mcp_token"].Sensitive)

	assert.Equal(t, bridgedElement{Tok: "pgbeam:index:verifyCustomDomain", Fields: map[string]bridgedName{}}, found.DataSources["pgbeam_custom_domain_verification"])
	source := found.Provider.DataSources["pgbeam_custom_domain_verification"]
	assert.True(t, source["domain_id"].Required)
	assert.True(t, source["error"].Computed)
	assert.Len(t, found.DataSources, len(terraform.Functions))
}

// assertNames fails unless each list has a name: a converter would make it a plural.
func assertNames(t *testing.T, path string, attributes bridgedAttributes, names map[string]bridgedName) {
	t.Helper()
	const list = 5
	for name, attribute := range attributes {
		if attribute.Type == list {
			assert.Equal(t, terraform.Property(name), names[name].Name, path+"."+name)
		}
		if attribute.Element != nil && attribute.Element.Resource != nil {
			fields := names[name].Fields
			if attribute.Type == list && names[name].Element != nil {
				fields = names[name].Element.Fields
			}
			assertNames(t, path+"."+name, attribute.Element.Resource, fields)
		}
	}
}

func TestOtherMappings(t *testing.T) {
	t.Parallel()
	assert.Equal(t, mapping(t, "terraform", "pgbeam").GetData(), mapping(t, "tf", "").GetData())
	for _, request := range [][2]string{{"kubernetes", ""}, {"terraform", "aws"}} {
		resp := mapping(t, request[0], request[1])
		assert.Empty(t, resp.GetProvider())
		assert.Empty(t, resp.GetData())
	}
	for key, want := range map[string][]string{"terraform": {"pgbeam"}, "tf": {"pgbeam"}, "kubernetes": nil} {
		resp, err := withTerraformMapping{}.GetMappings(t.Context(), &pulumirpc.GetMappingsRequest{Key: key})
		require.NoError(t, err)
		assert.Equal(t, want, resp.GetProviders(), key)
	}
}
