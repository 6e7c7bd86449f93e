// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestDatabaseSendsOnlyWhatChanged, and an object of settings as a whole.
func TestDatabaseSendsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{RejectEmptyDatabaseStrings: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := with(enginetest.DatabaseInputs, object{
			"projectId":  w.Project().ID,
			"poolConfig": object{"poolSize": 20, "minPoolSize": 5, "poolMode": "session", "maxActive": 100},
		})
		database := w.Create("Database", "db", inputs)
		for _, change := range []struct {
			to   object
			body object
		}{
			{object{"password": "another"}, object{"password": "another"}},
			{object{"queryTimeoutMs": 0}, nil},
			{
				object{"poolConfig": object{"poolSize": 20, "minPoolSize": 5, "poolMode": "session"}},
				object{"pool_config": object{"pool_size": 20.0, "min_pool_size": 5.0, "pool_mode": "session", "max_active": 200.0}},
			},
			{object{"host": "DB.EXAMPLE.COM"}, nil},
		} {
			w.Local.ResetRequests()
			inputs = with(inputs, change.to)
			w.Up(database, inputs)
			if change.body == nil {
				assert.Empty(t, w.Local.Requests(), "%v means what there is already", change.to)
				continue
			}
			assert.Len(t, w.Local.Requests(), 1)
			assert.Equal(t, change.body, sent(t, w, "PATCH", "/v1/projects/*/databases/*"))
		}
	})
}

// TestDatabaseKeepsWhatTheAPIChose, whatever that is: the sources do not agree
// on these defaults.
func TestDatabaseKeepsWhatTheAPIChose(t *testing.T) {
	t.Parallel()
	off := false
	both(t, localapi.Behaviour{DefaultSSLMode: "verify-full", DefaultPoolMode: "session", CacheEnabledByDefault: &off}, func(t *testing.T, w *enginetest.Env) {
		inputs := with(enginetest.DatabaseInputs, object{"projectId": w.Project().ID})
		database := w.Create("Database", "db", inputs)
		w.RequireNoChanges(database, inputs)
		w.Refresh(database)
		w.RequireNoChanges(database, inputs)
		before := w.Local.Objects("databases")[1]
		w.Up(database, with(inputs, object{"port": 6432}))
		after := w.Local.Objects("databases")[1]
		for _, field := range []string{"ssl_mode", "cache_config", "pool_config"} {
			assert.Equal(t, before[field], after[field])
		}
	})
}

// TestDatabasePasswordSurvives a refresh, and has to be given after an import.
func TestDatabasePasswordSurvives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	project := w.Project()
	inputs := with(enginetest.DatabaseInputs, object{"projectId": project.ID})
	database := w.Create("Database", "db", inputs)
	w.Refresh(database)
	assert.Equal(t, enginetest.DatabaseInputs["password"], database.State.Get("password").AsString())
	assert.True(t, database.State.Get("password").Secret())
	assert.False(t, database.State.Get("connectionString").Secret(), "it has a placeholder for the password")
	assert.NotContains(t, database.State.Get("connectionString").AsString(), "w@rd")
	w.RequireNoChanges(database, inputs)

	imported, err := w.Engine.Import("Database", "imported", project.ID+"/"+database.ID)
	require.NoError(t, err)
	w.RequireNoChanges(imported, with(inputs, object{"password": nil}))
	w.Local.ResetRequests()
	w.Up(imported, inputs)
	assert.Equal(t, object{"password": enginetest.DatabaseInputs["password"]}, sent(t, w, "PATCH", "/v1/projects/*/databases/*"))
}

// TestLastDatabase: where the API keeps a project's last database, its words reach
// the user, and the project still goes with it.
func TestLastDatabase(t *testing.T) {
	t.Parallel()
	w := enginetest.NewEnv(t, localapi.Options{Behaviour: localapi.Behaviour{LastDatabaseUndeletable: true}})
	project := w.Project()
	last, err := w.Engine.Import("Database", "last", project.ID+"/"+project.State.Get("primaryDatabaseId").AsString())
	require.NoError(t, err)
	require.NotNil(t, last)
	err = w.Engine.Delete(last)
	require.ErrorContains(t, err, `deleting Database "last" (`+last.ID+`)`)
	assert.Contains(t, err.Error(), ": 4", "the status")
	assert.Contains(t, err.Error(), "last database")
	assert.Len(t, w.Local.Objects("databases"), 1)

	another := w.Create("Database", "another", with(enginetest.DatabaseInputs, object{"projectId": project.ID}))
	require.NoError(t, w.Engine.Delete(another), "one of two can go")
	require.NoError(t, w.Engine.Delete(project), "a project goes with its last database")
}
