// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPolicyEvaluations(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	other, _ := a.createProject("other")
	path := project + "/policy-evaluations"
	policy := fields{
		"name": "p", "table_allowlist": []string{"users", "billing.orders"}, "table_denylist": []string{"secrets"},
		"masking_rules": []fields{{"table": "public.users", "column": "email", "kind": "hash"}},
		"row_filters":   []fields{{"table": "billing.orders", "predicate": "tenant = 1"}}, "approval_mode": "all", "budget_queries_per_day": 1,
		"statement_rules": fields{"deny": []string{"explain"}},
	}
	saved := lastSegment(a.create(project+"/policies", policy))
	for sql, want := range map[string][2]string{
		"SELECT id FROM users":                         {"allow", "ok"},
		"select email from public.users":               {"mask", "ok"},
		"SELECT * FROM billing.orders WHERE total > 1": {"row-filter", "ok"},
		"SELECT * FROM billing.orders":                 {"row-filter", "ok"},
		"DELETE FROM users":                            {"block", "read_only"},
		"DROP TABLE users":                             {"block", "read_only"},
		"SELECT * FROM vault.secrets":                  {"block", "table_denied"},
		"SELECT * FROM orders":                         {"block", "table_not_allowed"},
		"EXPLAIN SELECT 1":                             {"block", "statement_denied"},
	} {
		byID := a.do(http.MethodPost, path, fields{"sql": sql, "policy_id": saved}).requireStatus(http.StatusOK)
		assert.Equal(t, want, [2]string{byID.stringField("verdict"), byID.stringField("rule")}, sql)
		inline := a.do(http.MethodPost, path, fields{"sql": sql, "policy": policy}).requireStatus(http.StatusOK)
		assert.Equal(t, byID.body, inline.body, sql)
	}
	masked := a.do(http.MethodPost, path, fields{"sql": "SELECT email FROM users", "policy_id": saved})
	assert.Equal(t, []fields{{"column": "email", "kind": "hash"}}, masked.listField("masked_columns"))
	assert.Len(t, masked.body["notes"], 2)
	filtered := a.do(http.MethodPost, path, fields{"sql": "SELECT * FROM billing.orders WHERE total > 1;", "policy_id": saved})
	assert.Equal(t, "SELECT * FROM billing.orders WHERE (tenant = 1) AND total > 1", filtered.stringField("rewritten_sql"))

	a.do(http.MethodPost, path, fields{"sql": "SELECT 1"}).requireInvalid("policy_id")
	a.do(http.MethodPost, path, fields{"sql": "SELECT 1", "policy_id": saved, "policy": policy}).requireInvalid("policy_id")
	a.do(http.MethodPost, other+"/policy-evaluations", fields{"sql": "SELECT 1", "policy_id": saved}).requireInvalid("policy_id")
	a.do(http.MethodPost, path, fields{"sql": "", "policy": fields{"max_rows": -1}}).requireInvalid("sql", "policy.name", "policy.max_rows")
	a.do(http.MethodPost, path, fields{"sql": strings.Repeat("x", 100001), "policy_id": saved}).requireInvalid("sql")
}

func TestMigrationLint(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	_, otherDatabase := a.createProject("other")
	path := project + "/migrations:lint"
	for sql, rules := range map[string][]string{
		"CREATE TABLE t (id int NOT NULL); SELECT 1":            {},
		"DROP TABLE t; ALTER TABLE t DROP COLUMN c; TRUNCATE t": {"drop_table", "drop_column", "truncate"},
		"ALTER TABLE t ADD COLUMN c int NOT NULL":               {"add_not_null_no_default"},
		"ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 0":     {},
		"CREATE UNIQUE INDEX i ON t (c)":                        {"create_index_blocking"},
		"CREATE INDEX CONCURRENTLY i ON t (c)":                  {},
		"ALTER TABLE t ALTER COLUMN c TYPE bigint":              {"alter_column_type"},
	} {
		res := a.do(http.MethodPost, path, fields{"sql": sql, "database_id": database}).requireStatus(http.StatusOK)
		found := []string{}
		safe := true
		for _, finding := range res.listField("findings") {
			rule, _ := finding["rule"].(string)
			found = append(found, rule)
			safe = safe && finding["severity"] != "error"
		}
		assert.Equal(t, rules, found, sql)
		assert.Equal(t, safe, res.body["safe"], sql)
	}
	a.do(http.MethodPost, path, fields{"sql": ""}).requireInvalid("sql")
	a.do(http.MethodPost, path, fields{"sql": "SELECT 1", "database_id": otherDatabase}).requireInvalid("database_id")
	a.do(http.MethodPost, path, fields{"sql": strings.Repeat("x", 1048577)}).requireInvalid("sql")
	require.Len(t, a.Objects("databases"), 2)
}
