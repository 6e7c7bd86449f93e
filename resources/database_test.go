// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestDatabaseUpdateSendsOnlyChanges checks that a changed object is sent as a whole.
func TestDatabaseUpdateSendsOnlyChanges(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{RejectEmptyDatabaseStrings: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := enginetest.With(enginetest.DatabaseInputs, object{
			"projectId":  env.Project().ID,
			"poolConfig": object{"poolSize": 20, "minPoolSize": 5, "poolMode": "session", "maxActive": 100},
		})
		database := env.Create("Database", "db", inputs)
		for _, change := range []struct {
			inputs object
			body   object
		}{
			{object{"password": "another"}, object{"password": "another"}},
			{object{"queryTimeoutMs": 0}, nil},
			{
				object{"poolConfig": object{"poolSize": 20, "minPoolSize": 5, "poolMode": "session"}},
				object{"pool_config": object{"pool_size": 20.0, "min_pool_size": 5.0, "pool_mode": "session", "max_active": 200.0}},
			},
			{object{"host": "DB.EXAMPLE.COM"}, nil},
		} {
			env.Local.ResetRequests()
			inputs = enginetest.With(inputs, change.inputs)
			env.Up(database, inputs)
			if change.body == nil {
				assert.Empty(t, env.Local.Requests(), "%v changes nothing", change.inputs)
				continue
			}
			assert.Len(t, env.Local.Requests(), 1)
			assert.Equal(t, change.body, env.RequestBody("PATCH", "/v1/projects/*/databases/*"))
		}
	})
}

// TestDatabaseKeepsServerDefaults uses defaults about which the sources disagree.
func TestDatabaseKeepsServerDefaults(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{DefaultSSLMode: "prefer", DefaultPoolMode: "session", CacheEnabledByDefault: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := enginetest.With(enginetest.DatabaseInputs, object{"projectId": env.Project().ID})
		database := env.Create("Database", "db", inputs)
		env.RequireNoChanges(database, inputs)
		env.Refresh(database)
		env.RequireNoChanges(database, inputs)
		before := env.Local.Objects("databases")[1]
		env.Up(database, enginetest.With(inputs, object{"port": 6432}))
		after := env.Local.Objects("databases")[1]
		for _, field := range []string{"ssl_mode", "cache_config", "pool_config"} {
			assert.Equal(t, before[field], after[field])
		}
	})
}

// TestDatabasePasswordIsKeptByRefresh also checks that it must be set after an import.
func TestDatabasePasswordIsKeptByRefresh(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	inputs := enginetest.With(enginetest.DatabaseInputs, object{"projectId": project.ID})
	database := env.Create("Database", "db", inputs)
	env.Refresh(database)
	assert.Equal(t, enginetest.DatabaseInputs["password"], database.State.Get("password").AsString())
	assert.True(t, database.State.Get("password").Secret())
	assert.False(t, database.State.Get("connectionString").Secret(), "it has a placeholder for the password")
	assert.NotContains(t, database.State.Get("connectionString").AsString(), "w@rd")
	env.RequireNoChanges(database, inputs)

	imported, err := env.Engine.Import("Database", "imported", project.ID+"/"+database.ID)
	require.NoError(t, err)
	env.RequireNoChanges(imported, enginetest.With(inputs, object{"password": nil}))
	env.Local.ResetRequests()
	env.Up(imported, inputs)
	assert.Equal(t, object{"password": enginetest.DatabaseInputs["password"]}, env.RequestBody("PATCH", "/v1/projects/*/databases/*"))
}

// TestLastDatabaseCannotBeDeleted uses an API that keeps the last database of a project.
// The error contains the response, and the project can still be deleted.
func TestLastDatabaseCannotBeDeleted(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{Behaviour: localapi.Behaviour{LastDatabaseUndeletable: true}})
	project := env.Project()
	last, err := env.Engine.Import("Database", "last", project.ID+"/"+project.State.Get("primaryDatabaseId").AsString())
	require.NoError(t, err)
	require.NotNil(t, last)
	err = env.Engine.Delete(last)
	require.ErrorContains(t, err, `deleting Database "last" (`+last.ID+`)`)
	assert.Contains(t, err.Error(), ": 4", "the status")
	assert.Contains(t, err.Error(), "last database")
	assert.Len(t, env.Local.Objects("databases"), 1)

	another := env.Create("Database", "another", enginetest.With(enginetest.DatabaseInputs, object{"projectId": project.ID}))
	require.NoError(t, env.Engine.Delete(another), "one of two databases can be deleted")
	require.NoError(t, env.Engine.Delete(project), "the project is deleted with its last database")
}

// TestListLeavesOutThePrimaryDatabase checks that a list has the databases that are not part
// of the project, and that it agrees with the import of the project.
func TestListLeavesOutThePrimaryDatabase(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{LastDatabaseUndeletable: true}, func(t *testing.T, env *enginetest.Env) {
		project := env.Project()
		inputs := enginetest.With(enginetest.DatabaseInputs, object{"projectId": project.ID})
		first, second := env.Create("Database", "first", inputs), env.Create("Database", "second", enginetest.With(inputs, object{"role": "replica"}))
		list := func() []string {
			resp, err := env.Engine.List("Database", lifecycle.ListRequest{Inputs: enginetest.Inputs(object{"projectId": project.ID})})
			require.NoError(t, err)
			var ids []string
			for _, item := range resp.Items {
				ids = append(ids, item.ID)
			}
			return ids
		}
		assert.Equal(t, []string{project.ID + "/" + first.ID, project.ID + "/" + second.ID}, list())

		require.NoError(t, env.Local.Remove("databases", project.State.Get("primaryDatabaseId").AsString()))
		imported, err := env.Engine.Import("Project", "imported", project.ID)
		require.NoError(t, err)
		assert.Equal(t, first.ID, imported.State.Get("primaryDatabaseId").AsString())
		assert.Equal(t, []string{project.ID + "/" + second.ID}, list())
	})
}
