// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLint(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1": "", "CREATE TABLE t (id int NOT NULL)": "", "INSERT INTO t VALUES (1)": "",
		"DROP TABLE t": "error drop_table", "DROP SCHEMA s CASCADE": "error drop_schema", "DROP MATERIALIZED VIEW v": "error drop_object",
		"DROP VIEW v": "", "DROP VIEW v CASCADE": "error drop_cascade", "DROP DATABASE d": "error drop_database_objects",
		"TRUNCATE t": "error truncate", "ALTER TABLE t DROP COLUMN c": "error drop_column", "alter table t drop c": "error drop_column",
		"DROP INDEX i": "warning drop_index_blocking", "DROP INDEX CONCURRENTLY i": "",
		"CREATE INDEX ON t (c)": "warning create_index_blocking", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (c)": "",
		"REINDEX TABLE t": "warning reindex_blocking", "REINDEX (CONCURRENTLY) TABLE t": "",
		"REFRESH MATERIALIZED VIEW v": "warning refresh_blocking", "REFRESH MATERIALIZED VIEW CONCURRENTLY v": "",
		"VACUUM FULL t": "warning vacuum_full", "VACUUM (FULL off) t": "", "VACUUM t": "", "CLUSTER t USING i": "warning cluster",
		"LOCK TABLE t": "warning lock_table", "ALTER TABLE t RENAME TO u": "warning rename_table", "ALTER TABLE t RENAME c TO d": "warning rename_column",
		"ALTER TABLE t SET SCHEMA s": "warning set_schema", "ALTER INDEX i RENAME TO j": "",
		"ALTER TABLE t ADD c int": "", "ALTER TABLE t ADD c int NOT NULL": "error add_not_null_no_default",
		"ALTER TABLE t ADD c int NOT NULL DEFAULT NULL": "error add_not_null_no_default", "ALTER TABLE t ADD c int DEFAULT 0 NOT NULL": "",
		"ALTER TABLE t ADD c timestamptz NOT NULL DEFAULT now()": "", "ALTER TABLE t ADD c uuid DEFAULT gen_random_uuid()": "warning add_column_volatile_default",
		"ALTER TABLE t ADD c bigserial":                              "warning add_column_volatile_default",
		"ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) STORED": "warning add_generated_column",
		"ALTER TABLE t ADD c int GENERATED ALWAYS AS IDENTITY":       "warning add_identity",
		"ALTER TABLE t ADD c int UNIQUE":                             "warning add_unique_blocking",
		"ALTER TABLE t ALTER c TYPE bigint":                          "warning alter_column_type",
		"ALTER TABLE t ALTER c SET NOT NULL":                         "warning set_not_null",
		"ALTER TABLE t ALTER c SET DEFAULT 1":                        "",
		"ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES b":             "warning add_foreign_key_blocking",
		"ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES b NOT VALID":   "",
		"ALTER TABLE t ADD CHECK (a > 0)":                            "warning add_check_blocking",
		"ALTER TABLE t ADD CONSTRAINT x CHECK (a > 0) NOT VALID":     "",
		"ALTER TABLE t VALIDATE CONSTRAINT x":                        "",
		"ALTER TABLE t ADD PRIMARY KEY (id)":                         "warning add_unique_blocking",
		"ALTER TABLE t ADD CONSTRAINT x UNIQUE USING INDEX i":        "",
		"ALTER TABLE t ADD EXCLUDE USING gist (c WITH &&)":           "warning add_exclusion_blocking",
		"ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)":         "warning attach_partition",
		"ALTER TABLE t DETACH PARTITION p":                           "warning detach_partition",
		"ALTER TABLE t DETACH PARTITION p CONCURRENTLY":              "",
		"ALTER TABLE t DISABLE ROW LEVEL SECURITY":                   "error disable_row_security",
		"ALTER TABLE t ADD a int NOT NULL, DROP b":                   "error add_not_null_no_default, error drop_column",
		"CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f()":    "warning create_trigger",
		"DO 'BEGIN END'":             "warning code_not_analyzed",
		"UPDATE t SET a = 1":         "warning whereless_write",
		"DELETE FROM t WHERE id = 1": "",
		"CREATE TABLE t (id int); CREATE INDEX ON public.t (id)":            "",
		"CREATE TABLE t (id int); ALTER TABLE t ADD PRIMARY KEY (id)":       "",
		"CREATE TABLE t (id int); ALTER TABLE t DROP COLUMN id":             "error drop_column",
		"CREATE TABLE t (id int); CREATE INDEX ON archive.t (id)":           "warning create_index_blocking",
		"BEGIN; CREATE INDEX CONCURRENTLY ON t (c); COMMIT":                 "error concurrently_in_transaction",
		"BEGIN; COMMIT; CREATE INDEX CONCURRENTLY ON t (c)":                 "",
		"SELECT 'DROP TABLE t' -- DROP TABLE t":                             "",
		"/* x */ DROP /* y */ TABLE t":                                      "error drop_table",
		"DROP TABLE t; SELEC":                                               "error parse_error",
		"":                                                                  "error empty",
		" ; -- nothing":                                                     "error empty",
		"DROP TABLE t\x00":                                                  "error parse_error",
		"SELECT '\xff'":                                                     "error parse_error",
		"SELECT 1" + strings.Repeat("+1", 100000):                           "error parse_error",
		"SELECT 1" + strings.Repeat("; SELECT 1", 20000) + "; DROP TABLE t": "error drop_table",
	} {
		var found []string
		for _, finding := range Lint(sql) {
			found = append(found, finding.Severity+" "+finding.Rule)
			assert.NotEmpty(t, finding.Message)
		}
		assert.Equal(t, want, strings.Join(found, ", "), sql[:min(len(sql), 80)])
	}
}

func TestLintNamesTheStatement(t *testing.T) {
	findings := Lint("SELECT 1;\n-- é\n  DROP TABLE \"é\" /* the old one */ ; TRUNCATE t -- now")
	require.Len(t, findings, 2)
	assert.Equal(t, `DROP TABLE "é"`, findings[0].Statement)
	assert.Equal(t, "TRUNCATE t", findings[1].Statement)
}
