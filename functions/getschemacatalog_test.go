// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const catalogPath = "/v1/projects/*/databases/*/schema-catalog"

func TestGetSchemaCatalog(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("GET", catalogPath, `{"relations":[{"schema":"shop","name":"users","kind":"materialized_view","columns":[
		{"name":"avatar","data_type":"bytea","is_binary":true}]},{"schema":"shop","name":"empty","kind":"table","columns":[]}],
		"scanned_relations":2,"scanned_columns":1,"truncated":true}`)
	assert.Equal(t, object{
		"relations": []any{
			object{"schema": "shop", "name": "users", "kind": "materialized_view", "columns": []any{
				object{"name": "avatar", "dataType": "bytea", "isBinary": true},
			}},
			object{"schema": "shop", "name": "empty", "kind": "table", "columns": []any{}},
		},
		"scannedRelations": 2.0, "scannedColumns": 1.0, "truncated": true,
	}, env.invoke("getSchemaCatalog", env.inDatabase(nil)))
}

// TestGetSchemaCatalogFailsIfTheDatabaseCannotBeRead because an empty catalog would say that
// there are no tables.
func TestGetSchemaCatalogFailsIfTheDatabaseCannotBeRead(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("GET", catalogPath, `{"relations":[],"scanned_relations":0,"scanned_columns":0,"error":"password authentication failed"}`)
	message := env.InvokeError("getSchemaCatalog", env.inDatabase(nil))
	assert.Contains(t, message, "PgBeam could not read the database "+env.database+": password authentication failed")
	assert.Contains(t, message, "testConnection")
}
