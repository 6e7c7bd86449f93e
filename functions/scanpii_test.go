// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const (
	scanPath = "/v1/projects/*/databases/*/scan-pii"
	// scanned has a column with the same table and column name in two schemas.
	scanned = `{"scanned_tables":3,"scanned_columns":12,"truncated":true,"suggestions":[
		{"schema":"public","table":"users","column":"email","data_type":"text","pii_type":"email","mask_kind":"hash","confidence":0.9,
			"reasons":["name"],"sample_match_count":4,"sample_size":5},
		{"schema":"old","table":"users","column":"email","data_type":"text","pii_type":"email","mask_kind":"hash","confidence":0.8,"reasons":[]},
		{"schema":"public","table":"users","column":"token","data_type":"text","pii_type":"api_secret","mask_kind":"null","confidence":0.5,"reasons":["name"]}]}`
)

func rule(table, column, kind string) any {
	return object{"table": table, "column": column, "kind": kind}
}

func TestScanPiiSelectsTheMaskingRules(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("POST", scanPath, scanned)
	public, old, token := rule("public.users", "email", "hash"), rule("old.users", "email", "hash"), rule("public.users", "token", "null")
	for _, test := range []struct {
		inputs object
		want   []any
	}{
		{nil, []any{public, old, token}},
		{object{"minConfidence": 0}, []any{public, old, token}},
		{object{"minConfidence": 0.8}, []any{public, old}},
		{object{"minConfidence": 1}, []any{}},
		{object{"kind": "redact", "minConfidence": 0.9}, []any{rule("public.users", "email", "redact")}},
		{object{"except": []any{"users.email"}}, []any{token}},
		{object{"except": []any{"old.users.email", "users.token"}}, []any{public}},
		{object{"except": []any{"users.phone", "public.users.mail"}}, []any{public, old, token}},
		{object{"except": []any{}}, []any{public, old, token}},
	} {
		result := env.invoke("scanPii", env.inDatabase(test.inputs))
		assert.Equal(t, test.want, result["maskingRules"], "%v", test.inputs)
		assert.Equal(t, test.want, result["maskingRuleMaps"], "%v", test.inputs)
		assert.Len(t, result["findings"], 3, "the filters are about the rules only")
	}
	assert.Len(t, env.Local.Requests(), 1)
}

func TestScanPiiReturnsTheFindings(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("POST", scanPath, scanned)
	result := env.invoke("scanPii", env.inDatabase(nil))
	findings := result["findings"].([]any)
	assert.Equal(t, object{
		"schema": "public", "table": "users", "column": "email", "dataType": "text", "piiType": "email", "maskKind": "hash", "confidence": 0.9,
		"reasons": []any{"name"}, "sampleMatchCount": 4.0, "sampleSize": 5.0,
	}, findings[0])
	assert.Equal(t, object{
		"schema": "old", "table": "users", "column": "email", "dataType": "text", "piiType": "email", "maskKind": "hash", "confidence": 0.8,
		"reasons": []any{},
	}, findings[1], "no values were sampled")
	assert.Equal(t, 3.0, result["scannedTables"])
	assert.Equal(t, 12.0, result["scannedColumns"])
	assert.Equal(t, true, result["truncated"])
}

// TestScanPiiReturnsTheInputsOfAPolicy creates a policy profile with the rules.
func TestScanPiiReturnsTheInputsOfAPolicy(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	result := env.invoke("scanPii", env.inDatabase(nil))
	require.NotEmpty(t, result["maskingRules"])
	for _, name := range []string{"maskingRules", "maskingRuleMaps"} {
		env.Create("PolicyProfile", name, env.inProject(object{"name": name, "maskingRules": result[name], "budgetQueriesPerHour": 1000}))
		body := env.RequestBody("POST", "/v1/projects/*/policies")
		assert.Equal(t, result["maskingRules"], body["masking_rules"])
	}
}

func TestScanPiiFailsIfTheDatabaseCannotBeRead(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("POST", scanPath, `{"scanned_tables":0,"scanned_columns":0,"suggestions":[],"error":"password authentication failed"}`)
	message := env.InvokeError("scanPii", env.inDatabase(nil))
	assert.Contains(t, message, "PgBeam could not read the database "+env.database+": password authentication failed")
	assert.Contains(t, message, "testConnection")
}
