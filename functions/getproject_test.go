// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestGetProjectReturnsItsPrimaryDatabase also checks what the API has as one list.
func TestGetProjectReturnsItsPrimaryDatabase(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	project := env.Create("Project", "full", object{
		"orgId": env.Local.OrgID, "name": "full", "database": enginetest.With(enginetest.DatabaseInputs, object{"poolRegion": "eu-west-1"}),
		"allowedCidrs": []any{"10.0.0.0/8", "192.0.2.0/24"}, "cidrLabels": object{"10.0.0.0/8": "office"},
	})
	env.Create("Database", "second", object{
		"projectId": project.ID, "host": "second.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "password": "hunter2!",
	})
	result := env.invoke("getProject", object{"id": project.ID})
	assert.Equal(t, []any{"10.0.0.0/8", "192.0.2.0/24"}, result["allowedCidrs"])
	assert.Equal(t, object{"10.0.0.0/8": "office"}, result["cidrLabels"])
	assert.Equal(t, project.State.Get("primaryDatabaseId").AsString(), result["primaryDatabaseId"])
	assert.NotContains(t, result, "database", "the settings would include a password, which the API never returns")
	database := env.invoke("getDatabase", object{"projectId": project.ID, "id": result["primaryDatabaseId"]})
	assert.Equal(t, "db.example.com", database["host"])
	assert.Equal(t, "eu-west-1", database["poolRegion"])
	assert.Equal(t, 2.0, result["databaseCount"])
}

// TestGetProjectDoesNotFindADeletedProject checks both responses that the API may give.
func TestGetProjectDoesNotFindADeletedProject(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{DeletedProjectAnswers200: true}, func(t *testing.T, env *enginetest.Env) {
		t.Helper()
		kept, deleted := env.Project(), env.Create("Project", "old", object{
			"orgId": env.Local.OrgID, "name": "old", "database": enginetest.DatabaseInputs,
		})
		require.NoError(t, env.Engine.Delete(deleted))
		for _, inputs := range []object{{"id": deleted.ID}, {"orgId": env.Local.OrgID, "name": "old"}} {
			message := env.InvokeError("getProject", inputs)
			assert.Contains(t, message, kept.ID+` "parent"`)
			assert.NotContains(t, message, `"old"`)
		}
	})
}

// TestGetProjectOmitsWhatTheAPIOmits checks that a missing value is not an empty one.
func TestGetProjectOmitsWhatTheAPIOmits(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.Local.AddFault(localapi.Fault{Method: "GET", Path: "/v1/projects/*", Times: 1, Without: []string{"proxy_host", "default_policy_profile_id"}})
	result := env.invoke("getProject", object{"id": env.project.ID})
	assert.NotContains(t, result, "proxyHost")
	assert.NotContains(t, result, "defaultPolicyProfileId")
}
