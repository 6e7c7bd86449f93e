// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/policyjudge/vectors"
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
		"SELECT 1":                                     {"allow", "ok"},
		"SELECT id FROM users":                         {"mask", "ok"},
		"select email from public.users":               {"mask", "ok"},
		"SELECT * FROM billing.orders WHERE total > 1": {"row-filter", "ok"},
		"SELECT * FROM billing.orders":                 {"row-filter", "ok"},
		"SELECT lower(email) FROM users":               {"block", "masked_column_expression"},
		"DELETE FROM users WHERE id = 1":               {"block", "read_only"},
		"DELETE FROM users":                            {"block", "whereless_write"},
		"DROP TABLE users":                             {"block", "destructive_ddl"},
		"SELECT 'x":                                    {"block", "parse_error"},
		"-- nothing":                                   {"block", "empty"},
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
	assert.Len(t, masked.body["notes"], 3, "approvals, budgets and views")
	filtered := a.do(http.MethodPost, path, fields{"sql": "SELECT * FROM billing.orders WHERE total > 1;", "policy_id": saved})
	assert.Equal(t, `SELECT * FROM (SELECT * FROM billing.orders WHERE tenant = 1) AS "orders" WHERE total > 1;`, filtered.stringField("rewritten_sql"))
	assert.Equal(t, "tenant = 1", filtered.stringField("row_filter_predicate"))

	a.do(http.MethodPost, path, fields{"sql": "SELECT 1"}).requireInvalid("policy_id")
	a.do(http.MethodPost, path, fields{"sql": "SELECT 1", "policy_id": saved, "policy": policy}).requireInvalid("policy_id")
	a.do(http.MethodPost, other+"/policy-evaluations", fields{"sql": "SELECT 1", "policy_id": saved}).requireInvalid("policy_id")
	a.do(http.MethodPost, path, fields{"sql": "", "policy": fields{"max_rows": -1}}).requireInvalid("sql", "policy.name", "policy.max_rows")
	a.do(http.MethodPost, path, fields{"sql": strings.Repeat("x", 100001), "policy_id": saved}).requireInvalid("sql")
}

// TestPolicyEvaluationVectors compares the operation with the published conformance vectors of PgBeam.
func TestPolicyEvaluationVectors(t *testing.T) {
	suite := vectors.Published(t)
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	agreed := 0
	for _, c := range suite.Cases {
		res := a.do(http.MethodPost, project+"/policy-evaluations", fields{"sql": c.SQL, "policy": inlinePolicy(t, suite.Profile(t, c.Profile))})
		if c.SQL == "" {
			res.requireInvalid("sql") // the contract requires a character
			agreed++
			continue
		}
		res.requireStatus(http.StatusOK)
		outcome := vectors.Outcome{
			Verdict: res.stringField("verdict"), Rule: c.Expect.Rule, MaskedColumns: []string{}, RowFiltered: res.body["rewritten_sql"] != nil,
		}
		if _, ok := res.body["masked_columns"]; ok {
			for _, column := range res.listField("masked_columns") {
				outcome.MaskedColumns = append(outcome.MaskedColumns, fmt.Sprintf("%s:%s", column["column"], column["kind"]))
			}
		}
		if assert.Equal(t, c.Expect, outcome, c.ID) {
			agreed++
		}
	}
	vectors.Report(t, "local API", agreed, len(suite.Cases))
}

// inlinePolicy returns a profile of the vectors as the API's policy.
func inlinePolicy(t *testing.T, profile vectors.Profile) fields {
	t.Helper()
	encoded, err := json.Marshal(profile)
	require.NoError(t, err)
	policy := fields{}
	require.NoError(t, json.Unmarshal(encoded, &policy))
	rules := fields{}
	for _, list := range []string{"allow", "deny"} {
		if kinds, ok := policy["statement_"+list]; ok {
			rules[list] = kinds
		}
		delete(policy, "statement_"+list)
	}
	policy["name"], policy["statement_rules"] = policy["id"], rules
	delete(policy, "id")
	delete(policy, "description")
	return policy
}

// TestPolicyEvaluationsRefuseHostileText sends texts that break parsers. Every one is refused, and the server judges the next statement.
func TestPolicyEvaluationsRefuseHostileText(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	for _, sql := range []string{
		"SELECT " + strings.Repeat("(", 49000) + "1" + strings.Repeat(")", 49000), "SELECT 1" + strings.Repeat("+1", 49000),
		"SELECT 1\x00; DROP TABLE users", "\x00", "SELECT " + strings.Repeat("NOT ", 20000) + "true",
	} {
		res := a.do(http.MethodPost, project+"/policy-evaluations", fields{"sql": sql, "policy": fields{"name": "p"}}).requireStatus(http.StatusOK)
		assert.Equal(t, "block", res.stringField("verdict"), sql[:min(len(sql), 20)])
		assert.NotEmpty(t, res.stringField("reason"))
	}
	res := a.do(http.MethodPost, project+"/policy-evaluations", fields{"sql": "SELECT 1", "policy": fields{"name": "p"}})
	assert.Equal(t, "allow", res.stringField("verdict"))
	lint := a.do(http.MethodPost, project+"/migrations:lint", fields{"sql": "SELECT 1" + strings.Repeat("+1", 500000)}).requireStatus(http.StatusOK)
	assert.Equal(t, false, lint.body["safe"])
}

// TestRowFiltersOnWrites compares the two readings of what a row filter does to a write.
func TestRowFiltersOnWrites(t *testing.T) {
	request := fields{
		"sql":    "UPDATE users SET a = 1 WHERE id = 1 OR id = 2",
		"policy": fields{"name": "p", "access_mode": "read_write", "row_filters": []fields{{"table": "users", "predicate": "tenant = 1"}}},
	}
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	res := a.do(http.MethodPost, project+"/policy-evaluations", request)
	assert.Equal(t, "row-filter", res.stringField("verdict"))
	assert.Equal(t, "UPDATE users SET a = 1 WHERE (tenant = 1) AND ( id = 1 OR id = 2)", res.stringField("rewritten_sql"))

	a = start(t, Options{Behaviour: Behaviour{RowFiltersOnReadsOnly: true}})
	project, _ = a.createProject("shop")
	res = a.do(http.MethodPost, project+"/policy-evaluations", request)
	assert.Equal(t, "allow", res.stringField("verdict"))
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
		"SELECT ';DROP TABLE t;' -- ;TRUNCATE t":                {},
		"SELECT 1; DROP TABLE t; SELEC 1":                       {"parse_error"},
		"-- nothing":                                            {"empty"},
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
