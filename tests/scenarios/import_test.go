// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// TestStateMayHaveAnImportID uses states whose ID is that of an import: older releases and
// the dynamic provider have left such states. The ID stays as it is.
func TestStateMayHaveAnImportID(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		inputs := c.Inputs(c.Kind.Full)
		parents := enginetest.Inputs(c.Parents)
		id := c.Kind.Resource().ImportID
		var own string
		for i := range 3 {
			resource := c.CreateFull("thing")
			own = resource.ID
			resource.ID = []string{own, id.Of(own, parents), id.AfterImport(own, parents)}[i]
			inState := resource.ID
			c.Refresh(resource)
			assert.Equal(c, inState, resource.ID)
			c.RequireNoChanges(resource, inputs)
			if changed, ok := c.Kind.ChangedInputs(); ok {
				c.Up(resource, c.Inputs(changed))
				assert.Equal(c, inState, resource.ID)
				c.AssertLive(resource, object{c.Kind.Changes[0].Field: c.Kind.Changes[0].Live})
				c.Refresh(resource)
			}
			require.NoError(c, c.Engine.Delete(resource))
			imported, err := c.Engine.Import(c.Kind.Name, "thing", id.Of(own, parents))
			require.NoError(c, err)
			switch {
			case !c.Kind.IsSetting():
				assert.Nil(c, imported, "it was deleted")
			case imported != nil: // an organization and a query shape exist without a value
				assert.True(c, imported.State.Get(c.Kind.Setting.Property).IsNull() || !c.Kind.IsObject())
			}
		}
	})
}

// TestImportedIDIsUnique imports every object of an organization. No resource has the ID of
// another one, nor that of an organization: the CLI takes a value that equals an ID for a
// reference to the resource.
func TestImportedIDIsUnique(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	ids := map[string]string{env.Local.OrgID: "the organization"}
	add := func(kind, importID string) {
		imported, err := env.Engine.Import(kind, "imported", importID)
		require.NoError(t, err)
		require.NotNil(t, imported, importID)
		assert.NotContains(t, ids, imported.ID, kind)
		ids[imported.ID] = kind
		// A name occurs twice, so that no value is taken for a reference to it.
		assert.Equal(t, imported.State.Get("name"), imported.State.Get("arn"), kind)
	}
	seen := map[string]bool{}
	unique := func(k scenario.Kind) bool { return k.BelongsToOrganization() || k.Name == "CustomDomain" }
	for range 2 { // of most kinds, so that two projects have cache rules for the same query
		for _, k := range scenario.Kinds() {
			inputs := scenario.Merge(k.Parents(env), k.Full)
			if unique(k) && seen[k.Name] {
				continue
			}
			seen[k.Name] = true
			created := env.Create(k.Name, strings.ToLower(k.Name), inputs)
			add(k.Name, k.ImportID(created.ID, inputs))
			if k.Name == "ProjectDefaultPolicy" {
				add("Project", created.ID)
			}
		}
	}
}

// TestImportKeepsItsOutputs requires that a refresh shows nothing after an import.
func TestImportKeepsItsOutputs(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		imported, err := c.Engine.Import(c.Kind.Name, "thing", c.ImportID(c.CreateFull("thing")))
		require.NoError(c, err)
		before := *imported
		c.Refresh(imported)
		assert.Equal(c, before, *imported)
	})
}

// TestImportOfBareID imports with the ID of an object alone.
func TestImportOfBareID(t *testing.T) {
	inAnOrganization := func(k scenario.Kind) bool {
		parents := k.Resource().ImportID.Parents
		return len(parents) > 0 && parents[0].Property == "orgId"
	}
	bare := func(importID string) string { return importID[strings.LastIndex(importID, "/")+1:] }
	t.Run("the organization of the key", func(t *testing.T) {
		scenario.ForEach(t, inAnOrganization, func(c *scenario.Case) {
			created := c.CreateFull("thing")
			c.Local.ResetRequests()
			whole, err := c.Engine.Import(c.Kind.Name, "thing", c.ImportID(created))
			require.NoError(c, err)
			reads := len(c.Local.Requests())
			c.Local.ResetRequests()
			imported, err := c.Engine.Import(c.Kind.Name, "thing", bare(c.ImportID(created)))
			require.NoError(c, err)
			assert.Equal(c, whole, imported)
			assert.Len(c, c.Local.Requests(), reads+1, "one request finds the organization")
			assert.Equal(c, 1, c.Local.Count(http.MethodGet, "/v1/organizations"))
			_, err = c.Engine.Import(c.Kind.Name, "thing", bare(c.ImportID(created)))
			require.NoError(c, err)
			assert.Equal(c, 1, c.Local.Count(http.MethodGet, "/v1/organizations"), "it is known from then on")
		})
	})
	t.Run("a key of several organizations", func(t *testing.T) {
		scenario.ForEach(t, inAnOrganization, func(c *scenario.Case) {
			created := c.CreateFull("thing")
			c.Local.AddFault(localapi.Fault{
				Method: http.MethodGet, Path: "/v1/organizations",
				Body: `{"organizations": [{"id": "org_local", "name": "a", "slug": "a"}, {"id": "org_other", "name": "b", "slug": "b"}]}`,
			})
			_, err := c.Engine.Import(c.Kind.Name, "thing", bare(c.ImportID(created)))
			require.ErrorContains(c, err, "must have the format "+c.Kind.Resource().ImportID.String())
			require.ErrorContains(c, err, "org_local, org_other")
			require.ErrorContains(c, err, "pulumi do pgbeam:index:"+c.Kind.Name+" list --org-id")
		})
	})
	t.Run("other parents", func(t *testing.T) {
		scenario.ForEach(t, func(k scenario.Kind) bool {
			return len(k.Resource().ImportID.Parents) > 0 && !inAnOrganization(k)
		}, func(c *scenario.Case) {
			created := c.CreateFull("thing")
			c.Local.ResetRequests()
			_, err := c.Engine.Import(c.Kind.Name, "thing", bare(c.ImportID(created)))
			require.ErrorContains(c, err, "must have the format "+c.Kind.Resource().ImportID.String())
			require.ErrorContains(c, err, "pulumi do pgbeam:index:"+c.Kind.Name+" list")
			for _, parent := range c.Kind.Resource().ImportID.Parents {
				require.ErrorContains(c, err, "`pulumi do pgbeam:index:"+parent.Kind+" list` lists the IDs that begin with "+parent.Prefix)
			}
			assert.Empty(c, c.Local.Requests())
		})
	})
}

// TestImportOfTerraformID imports with the IDs that the vendor's Terraform provider
// documents.
func TestImportOfTerraformID(t *testing.T) {
	t.Parallel()
	for kind, format := range map[string]string{
		"Project": "<id>", "Database": "<projectId>/<id>", "CustomDomain": "<projectId>/<id>", "Replica": "<databaseId>/<id>",
		"CacheRule": "<projectId>/<databaseId>/<id>", "SpendLimit": "<id>", "PolicyProfile": "<projectId>/<id>",
		"AgentCredential": "<projectId>/<id>", "WebhookEndpoint": "<projectId>/<id>", "Honeytoken": "<projectId>/<id>",
		"AnomalyRule": "<projectId>/<id>", "SelfHostEnrollment": "<orgId>/<id>",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, scenario.KindNamed(kind), localapi.Options{})
			created := c.CreateFull("thing")
			id := strings.ReplaceAll(format, "<id>", created.ID)
			for name, value := range c.Parents {
				id = strings.ReplaceAll(id, "<"+name+">", value.(string))
			}
			imported, err := c.Engine.Import(kind, "thing", id)
			require.NoError(t, err)
			require.NotNil(t, imported, id)
		})
	}
}

// TestImportDerivesTheMCPURL imports credentials of one project. The URL equals the one that
// the API has returned with the secrets, and one request finds it for all of them.
func TestImportDerivesTheMCPURL(t *testing.T) {
	t.Parallel()
	c := scenario.NewCase(t, scenario.KindNamed("AgentCredential"), localapi.Options{})
	var created []*enginetest.Resource
	for _, name := range []string{"a", "b", "c"} {
		created = append(created, c.Create("AgentCredential", name, c.Inputs(object{"name": name})))
	}
	c.Local.ResetRequests()
	run := c.Engine.Run()
	path := "/v1/projects/" + c.Parents["projectId"].(string)
	for _, resource := range created {
		imported, err := run.Import("AgentCredential", resource.Name, c.ImportID(resource))
		require.NoError(t, err)
		assert.Equal(t, resource.State.Get("mcpUrl"), imported.State.Get("mcpUrl"))
		c.Refresh(imported)
	}
	assert.Equal(t, 1, c.Local.Count(http.MethodGet, path))

	// A state that has it needs no request.
	c.Local.ResetRequests()
	c.Refresh(created[0])
	assert.Zero(t, c.Local.Count(http.MethodGet, path))

	// An import succeeds without it, but not if it is uncertain.
	again := enginetest.New(t, c.Local)
	c.Local.AddFault(localapi.Fault{Method: http.MethodGet, Path: path, Status: http.StatusForbidden})
	imported, err := again.Import("AgentCredential", "thing", c.ImportID(created[0]))
	require.NoError(t, err)
	assert.Equal(t, property.New(""), imported.State.Get("mcpUrl"))
	c.Local.ClearFaults()
	c.Local.AddFault(localapi.Fault{Method: http.MethodGet, Path: path, Status: http.StatusServiceUnavailable})
	_, err = again.Import("AgentCredential", "thing", c.ImportID(created[0]))
	require.ErrorContains(t, err, "503")
	c.Local.ClearFaults()
	c.Refresh(imported)
	assert.Equal(t, created[0].State.Get("mcpUrl"), imported.State.Get("mcpUrl"))
}
