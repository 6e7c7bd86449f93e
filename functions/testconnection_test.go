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
	w := newWorld(t, localapi.Options{})
	result := w.invoke("testConnection", w.inDatabase(nil))
	assert.Equal(t, true, result["ok"])
	assert.Positive(t, result["latencyMs"])
	assert.NotEmpty(t, result["serverVersion"])
	assert.NotContains(t, result, "error")
}

// TestTestConnectionOfAnUnreachableDatabase is a result, whose reason has no password.
func TestTestConnectionOfAnUnreachableDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, localapi.Options{})
	unreachable := w.Create("Database", "down", w.inProject(enginetest.With(enginetest.DatabaseInputs, object{"host": "db.example.invalid"})))
	result := w.invoke("testConnection", w.inDatabase(object{"databaseId": unreachable.ID}))
	assert.Equal(t, false, result["ok"])
	assert.NotEmpty(t, result["error"])
	assert.NotContains(t, result, "latencyMs")
	assert.NotContains(t, result, "serverVersion")

	for _, function := range []string{"getSchemaCatalog", "scanPii"} {
		message := w.InvokeError(function, w.inDatabase(object{"databaseId": unreachable.ID}))
		assert.Contains(t, message, "PgBeam could not read the database "+unreachable.ID+": "+result["error"].(string))
	}
	message := w.InvokeError("testConnection", w.inDatabase(object{"databaseId": "db_missing"}))
	assert.Contains(t, message, "404 NOT_FOUND")
}
