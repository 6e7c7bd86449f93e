// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// minimalDatabase returns inputs of a ReplicatedDatabase that set only what is required besides
// others.
func minimalDatabase(others object) object {
	return with(object{"primary": minimalProject()["database"]}, others)
}

func newProject() object { return object{"project": object{"orgId": "org_1"}} }

func existingProject() object { return object{"projectId": "prj_1"} }

func TestReplicatedDatabaseInANewProject(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, "ReplicatedDatabase", enginetest.Inputs(minimalDatabase(with(newProject(), object{
		"replicas":     object{"eu": object{"host": "eu.example.com"}, "us": object{"host": "us.example.com", "port": 6432, "sslMode": "require"}},
		"customDomain": object{"domain": "db.example.com"},
	}))), false)
	require.NoError(t, err)
	assert.Equal(t, []string{"shop-domain", "shop-project", "shop-replica-eu", "shop-replica-us"}, slices.Sorted(maps.Keys(children)))
	database := children["shop-project"].Inputs.Get("database").AsMap()
	assert.Equal(t, 5432.0, database.Get("port").AsNumber())
	assert.Equal(t, "verify-full", database.Get("sslMode").AsString())
	assert.True(t, database.Get("autoReadRouting").AsBool(), "there are replicas")
	assert.True(t, database.Get("password").Secret())
	assert.Equal(t, enginetest.Inputs(object{
		"databaseId": "shop-project-primaryDatabaseId", "host": "eu.example.com", "port": 5432, "sslMode": "verify-full",
	}), children["shop-replica-eu"].Inputs)
	assert.Equal(t, enginetest.Inputs(object{
		"databaseId": "shop-project-primaryDatabaseId", "host": "us.example.com", "port": 6432, "sslMode": "require",
	}), children["shop-replica-us"].Inputs)
	assert.Equal(t, "shop-project-id", children["shop-domain"].Inputs.Get("projectId").AsString())
	for output, expected := range map[string]any{
		"projectId": "shop-project-id", "databaseId": "shop-project-primaryDatabaseId", "proxyHost": "shop-project-proxyHost",
		"connectionString": "postgresql://pgbeam:YOUR_PASSWORD@shop.proxy.pgbeam.app:5432/shop",
		"replicaIds":       object{"eu": "shop-replica-eu-id", "us": "shop-replica-us-id"}, "customDomainId": "shop-domain-id",
	} {
		assert.Equal(t, properties.Value(expected), response.State.Get(output), output)
	}
}

func TestReplicatedDatabaseInAnExistingProject(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, "ReplicatedDatabase", enginetest.Inputs(minimalDatabase(existingProject())), false)
	require.NoError(t, err)
	assert.Equal(t, []string{"shop-database"}, slices.Sorted(maps.Keys(children)))
	database := children["shop-database"].Inputs
	assert.Equal(t, 5432.0, database.Get("port").AsNumber())
	assert.Equal(t, "verify-full", database.Get("sslMode").AsString())
	assert.True(t, database.Get("autoReadRouting").IsNull(), "there are no replicas")
	assert.True(t, database.Get("role").IsNull())
	assert.True(t, database.Get("password").Secret())
	for output, expected := range map[string]any{
		"projectId": "prj_1", "databaseId": "shop-database-id", "connectionString": "shop-database-connectionString", "replicaIds": object{},
		"customDomainId": nil, "dnsInstructions": nil,
	} {
		assert.Equal(t, properties.Value(expected), response.State.Get(output), output)
	}
}

func TestAutoReadRoutingCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	for _, project := range []object{newProject(), existingProject()} {
		inputs := minimalDatabase(with(project, object{"replicas": object{"eu": object{"host": "eu.example.com"}}}))
		inputs["primary"] = with(inputs["primary"].(object), object{"autoReadRouting": false})
		children, _, err := construct(t, "ReplicatedDatabase", enginetest.Inputs(inputs), false)
		require.NoError(t, err)
		settings := property.New(false)
		if project, ok := children["shop-project"]; ok {
			assert.Equal(t, settings, project.Inputs.Get("database").AsMap().Get("autoReadRouting"))
		} else {
			assert.Equal(t, settings, children["shop-database"].Inputs.Get("autoReadRouting"))
		}
	}
}

// TestConnectionStringOfANewProject checks that the connection string takes one request, and
// none if the database does not exist yet.
func TestConnectionStringOfANewProject(t *testing.T) {
	t.Parallel()
	api := startAPI(t, serveDatabases(nil))
	inputs := enginetest.Inputs(minimalDatabase(newProject()))
	_, response, err := constructWith(t, api.url, "ReplicatedDatabase", inputs, true)
	require.NoError(t, err)
	assert.True(t, response.State.Get("connectionString").IsComputed())
	assert.Empty(t, api.take())
	_, _, err = constructWith(t, api.url, "ReplicatedDatabase", inputs, false)
	require.NoError(t, err)
	assert.Equal(t, []string{"/v1/projects/shop-project-id/databases/shop-project-primaryDatabaseId"}, api.take())
	_, _, err = constructWith(t, api.url, "ReplicatedDatabase", enginetest.Inputs(minimalDatabase(existingProject())), false)
	require.NoError(t, err)
	assert.Empty(t, api.take())

	api = startAPI(t, http.NotFoundHandler())
	_, _, err = constructWith(t, api.url, "ReplicatedDatabase", inputs, false)
	require.ErrorContains(t, err, "reading the connection string of the database shop-project-primaryDatabaseId")
}

func TestReplicatedDatabaseRejectsInvalidInputs(t *testing.T) {
	t.Parallel()
	primary := func(mode string) object {
		return object{"primary": with(minimalProject()["database"].(object), object{"sslMode": mode})}
	}
	replica := func(mode string) object {
		return object{"replicas": object{"eu": object{"host": "eu.example.com", "sslMode": mode}}}
	}
	assertValidation(t, "ReplicatedDatabase", minimalDatabase(existingProject()), map[string]validation{
		"no project":            {object{"projectId": property.New(property.Null)}, "", "projectId is required, unless project is set"},
		"two projects":          {newProject(), "", "project cannot be set together with projectId"},
		"an unknown project":    {object{"projectId": enginetest.Unknown}, "", ""},
		"TLS disabled":          {primary("disable"), "allowInsecureTransport", "primary.sslMode is disable"},
		"TLS preferred":         {replica("prefer"), "allowInsecureTransport", "replicas.eu.sslMode is prefer"},
		"TLS without a check":   {replica("require"), "", ""},
		"a label of no range":   {object{"projectId": property.New(property.Null), "project": object{"orgId": "org_1", "cidrLabels": object{"10.0.0.0/8": "l"}}}, "", `project.cidrLabels["10.0.0.0/8"] is the label`},
		"an invalid domain":     {object{"customDomain": object{"domain": "a b"}}, "", "customDomain.domain must be a host name"},
		"rules for a query":     {object{"cacheRules": object{"a": fullCacheRule(), "b": fullCacheRule()}}, "", "cacheRules.b.queryHash must be unique: cacheRules.a has the same one"},
		"a role":                {object{"primary": with(fullDatabase(), object{"role": "replica"})}, "", "primary.role"},
		"a replica with a name": {object{"replicas": object{"eu": object{"host": "eu.example.com", "name": "eu"}}}, "", "replicas.eu.name"},
	})
}
