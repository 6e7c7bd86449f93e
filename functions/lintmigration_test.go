// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const lintPath = "/v1/projects/*/migrations:lint"

func TestLintMigration(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	result := env.invoke("lintMigration", env.inDatabase(object{"sql": "SELECT 1;\nDROP TABLE users"}))
	assert.Equal(t, object{"sql": "SELECT 1;\nDROP TABLE users", "database_id": env.database}, env.RequestBody("POST", lintPath))
	assert.Equal(t, false, result["safe"])
	findings := result["findings"].([]any)
	require.Len(t, findings, 1)
	finding := findings[0].(object)
	assert.Equal(t, "error", finding["severity"])
	assert.Equal(t, "drop_table", finding["rule"])
	assert.NotEmpty(t, finding["message"])
	assert.NotEmpty(t, finding["hint"])
	assert.Equal(t, "DROP TABLE users", finding["statement"])
	assert.Equal(t, 2.0, finding["line"])

	result = env.invoke("lintMigration", env.inProject(object{"sql": "SELECT 1"}))
	assert.Equal(t, object{"sql": "SELECT 1"}, env.RequestBody("POST", lintPath))
	assert.Equal(t, object{"safe": true, "findings": []any{}}, result)
}

// TestLintMigrationLocatesEachFinding has the statements of the findings that the API returns,
// and the line of each; nil is a finding without a line.
func TestLintMigrationLocatesEachFinding(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sql        string
		statements []any
		lines      []any
	}{
		"in order":               {"-- first\nDROP TABLE a;\n\nDROP TABLE b;", []any{"DROP TABLE a", "DROP TABLE b"}, []any{2.0, 4.0}},
		"with semicolons":        {"DROP TABLE a;\nDROP TABLE b;", []any{"DROP TABLE a;", " DROP TABLE b ;\n"}, []any{1.0, 2.0}},
		"out of order":           {"DROP TABLE a;\nDROP TABLE b;", []any{"DROP TABLE b", "DROP TABLE a"}, []any{2.0, 1.0}},
		"equal statements":       {"DROP TABLE a;\nSELECT 1;\nDROP TABLE a;", []any{"DROP TABLE a", "DROP TABLE a"}, []any{1.0, 3.0}},
		"two findings of each":   {"DROP TABLE a;\nDROP TABLE a;", []any{"DROP TABLE a", "DROP TABLE a", "DROP TABLE a", "DROP TABLE a"}, []any{1.0, 1.0, 2.0, 2.0}},
		"two findings":           {"\nDROP TABLE a", []any{"DROP TABLE a", "DROP TABLE a"}, []any{2.0, 2.0}},
		"one finding of two":     {"DROP TABLE a;\nDROP TABLE a;", []any{"DROP TABLE a"}, []any{nil}},
		"beginning of another":   {"DROP TABLE users_old;\nDROP TABLE users ;", []any{"DROP TABLE users_old", "DROP TABLE users"}, []any{1.0, 2.0}},
		"CRLF":                   {"SELECT 1;\r\nALTER TABLE a\r\n  DROP b;\r\nDROP TABLE a\r\n;", []any{"ALTER TABLE a\r\n  DROP b", "DROP TABLE a"}, []any{2.0, 4.0}},
		"not found":              {"DROP TABLE a;", []any{"DROP TABLE \"a\"", "", nil, ";"}, []any{nil, nil, nil, nil}},
		"characters, not bytes":  {"SELECT 'äöü€';\nDROP TABLE \"ü\";", []any{"DROP TABLE \"ü\""}, []any{2.0}},
		"statement across lines": {"ALTER TABLE a\n  DROP b,\n  DROP c;", []any{"ALTER TABLE a\n  DROP b,\n  DROP c"}, []any{1.0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t, localapi.Options{})
			findings := []object{}
			for _, statement := range test.statements {
				finding := object{"severity": "warning", "rule": "drop", "message": "drops something"}
				if statement != nil {
					finding["statement"] = statement
				}
				findings = append(findings, finding)
			}
			body, err := json.Marshal(object{"safe": true, "findings": findings})
			require.NoError(t, err)
			env.answer("POST", lintPath, string(body))
			var lines []any
			for i, finding := range env.invoke("lintMigration", env.inProject(object{"sql": test.sql}))["findings"].([]any) {
				lines = append(lines, finding.(object)["line"])
				assert.Equal(t, test.statements[i], finding.(object)["statement"])
				assert.NotContains(t, finding, "hint")
			}
			assert.Equal(t, test.lines, lines)
		})
	}
}

// TestLintMigrationOfTheLocalAPI checks the whole way, with the parser of PostgreSQL.
func TestLintMigrationOfTheLocalAPI(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	sql := "-- old\r\nDROP TABLE users_old;\r\nDROP TABLE users;\r\nSELECT 1;\r\nDROP TABLE users;\r\nALTER TABLE a\r\n  DROP COLUMN b,\r\n  DROP COLUMN c;"
	var lines []any
	for _, finding := range env.invoke("lintMigration", env.inProject(object{"sql": sql}))["findings"].([]any) {
		lines = append(lines, finding.(object)["line"])
	}
	assert.Equal(t, []any{2.0, 3.0, 5.0, 6.0, 6.0}, lines)

	unparsed := env.invoke("lintMigration", env.inProject(object{"sql": "DROP"}))["findings"].([]any)
	require.Len(t, unparsed, 1)
	assert.NotContains(t, unparsed[0], "line")
}
