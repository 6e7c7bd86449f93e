// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func TestTestConnection(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	result := env.invoke("testConnection", env.inDatabase(nil))
	assert.Equal(t, true, result["ok"])
	assert.Positive(t, result["latencyMs"])
	assert.NotEmpty(t, result["serverVersion"])
	assert.NotContains(t, result, "error")
}

// TestTestConnectionOfAnUnreachableDatabase is a result, whose reason has no password.
func TestTestConnectionOfAnUnreachableDatabase(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	unreachable := env.Create("Database", "down", env.inProject(enginetest.With(enginetest.DatabaseInputs, object{"host": "db.example.invalid"})))
	result := env.invoke("testConnection", env.inDatabase(object{"databaseId": unreachable.ID}))
	assert.Equal(t, false, result["ok"])
	assert.NotEmpty(t, result["error"])
	assert.NotContains(t, result, "latencyMs")
	assert.NotContains(t, result, "serverVersion")

	for _, function := range []string{"getSchemaCatalog", "scanPii"} {
		message := env.InvokeError(function, env.inDatabase(object{"databaseId": unreachable.ID}))
		assert.Contains(t, message, "PgBeam could not read the database "+unreachable.ID+": "+result["error"].(string))
	}
	message := env.InvokeError("testConnection", env.inDatabase(object{"databaseId": "db_missing"}))
	assert.Contains(t, message, "404 NOT_FOUND")
}
