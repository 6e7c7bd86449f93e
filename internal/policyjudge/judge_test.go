// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/wasilibs/go-pgquery/parser"
	"pgregory.net/rapid"

	"github.com/pgbeam/pulumi-pgbeam/internal/policyjudge/vectors"
)

// TestHostileText judges texts that exhaust parsers. None ends the process, none is allowed, and the parser works afterwards.
func TestHostileText(t *testing.T) {
	if testing.Short() {
		t.Skip("parses large texts, one at a time")
	}
	repeat := strings.Repeat
	for name, sql := range map[string]string{
		"parentheses":    "SELECT " + repeat("(", 50000) + "1" + repeat(")", 50000),
		"open":           "SELECT " + repeat("(", 50000),
		"operators":      "SELECT 1" + repeat("+1", 50000),
		"casts":          "SELECT 1" + repeat("::int", 20000),
		"negations":      "SELECT " + repeat("NOT ", 25000) + "true",
		"minus":          "SELECT " + repeat("- ", 50000) + "x",
		"functions":      "SELECT " + repeat("abs(", 25000) + "1" + repeat(")", 25000),
		"scalar queries": "SELECT " + repeat("(SELECT ", 2000) + "1" + repeat(")", 2000),
		"subqueries":     "SELECT * FROM " + repeat("(SELECT * FROM ", 1500) + "t" + repeat(") x", 1500),
		"unions":         "SELECT 1, 2" + repeat(" UNION SELECT 1, 2", 6000),
		"joins":          "SELECT 1 FROM t" + repeat(" JOIN t ON a = b AND c = d", 4000),
		"cases":          "SELECT " + repeat("CASE WHEN a AND b THEN ", 2000) + "1" + repeat(" END", 2000),
		"labels":         "SELECT " + repeat("(SELECT 1 AS end, ", 4000) + "1" + repeat(")", 4000),
		"arrays":         "SELECT " + repeat("ARRAY[", 5000) + "1" + repeat("]", 5000),
		"queries":        repeat("WITH a AS (", 3000) + "SELECT 1" + repeat(") SELECT 1", 3000),
		"nulls":          "SELECT x" + repeat(" IS NULL", 10000),
		"NUL":            "SELECT 1\x00; DELETE FROM users",
		"UTF-8":          "SELECT '\xff\xfe'",
		"UTF-8 name":     "SELECT \"\xc3\x28\" FROM t",
		"dollar quotes":  "SELECT $a$" + repeat("x", 90000),
		"comment":        "SELECT 1 " + repeat("/*", 50000),
		"comments":       "SELECT 1 " + repeat("/* ", 30000),
		"keyword names":  "SELECT 1" + repeat(" + a.on", 10000),
		"within group":   "SELECT 1" + repeat(" + f() WITHIN GROUP (ORDER BY a)", 3000),
		"not distinct":   "SELECT 1" + repeat(" IS DISTINCT FROM 1", 5000),
		"quotes":         repeat("'", 99999),
	} {
		d := Evaluate(Policy{AccessMode: "read_write"}, sql)
		assert.Equal(t, Block, d.Verdict, name)
		assert.NotEmpty(t, d.Reason, name)
		require.Equal(t, Allow, Evaluate(Policy{}, "SELECT 1").Verdict, "after %s", name)
	}
}

// TestLargeText judges large texts that are not nested deeply.
func TestLargeText(t *testing.T) {
	if testing.Short() {
		t.Skip("parses large texts, one at a time")
	}
	repeat := strings.Repeat
	for name, sql := range map[string]string{
		"list":       "SELECT 1" + repeat(", 1", 30000),
		"conditions": "SELECT 1 FROM t WHERE a = 1" + repeat(" AND b = 2 OR c = 3", 5000),
		"rows":       "SELECT * FROM (VALUES (1, 2)" + repeat(", (1, 2)", 12000) + ") v",
		"string":     "SELECT '" + repeat("(", 99000) + "'",
		"batch":      "SELECT 1" + repeat("; SELECT 1", 9000),
	} {
		assert.Equal(t, Allow, Evaluate(Policy{}, sql).Verdict, name)
	}
}

// TestDeepestText judges texts that nest as deeply as the limit permits. The memory of the parser must stay in order, which shows in the
// tree of another statement.
func TestDeepestText(t *testing.T) {
	const probe = "WITH w AS (SELECT a, count(*) FROM t JOIN u USING (x) GROUP BY 1) UPDATE z SET q = CASE WHEN w.a > 1 THEN 'x' END FROM w RETURNING *"
	tree, err := parser.ParseToJSON(probe)
	require.NoError(t, err)
	for _, form := range []struct{ start, open, inner, closing string }{
		{"SELECT 1", "+1", "", ""},
		{"SELECT ", "NOT ", "true", ""},
		{"SELECT x", "::int", "", ""},
		{"SELECT x", " IS NULL", "", ""},
		{"SELECT 1", " UNION SELECT 1", "", ""},
		{"SELECT 1 FROM t", " CROSS JOIN t", "", ""},
		{"SELECT x", " COLLATE c", "", ""},
		{"SELECT x", "[1]", "", ""},
		{"SELECT ", "- ", "x", ""},
		{"SELECT ", "(SELECT ", "1", ")"},
		{"SELECT ", "f(", "1", ")"},
		{"SELECT ", "ARRAY[", "1", "]"},
		{"SELECT ", "ROW(", "1", ")"},
		{"SELECT ", "CASE WHEN a THEN ", "1", " END"},
		{"", "WITH a AS (", "SELECT 1", ") SELECT 1"},
		{"SELECT ", "(true AND (false OR ", "a", "))"},
		{"SELECT * FROM ", "(SELECT * FROM ", "t", ") x"},
		{"SELECT 1 WHERE ", "a IN (SELECT 1 WHERE ", "true", ")"},
		{"SELECT ", "f() FILTER (WHERE ", "true", ")"},
		{"SELECT ", "EXISTS (SELECT 1 FROM t WHERE ", "true", ")"},
		{"SELECT ", "x = ANY (SELECT ", "1", ")"},
		{"SELECT ", "f(DISTINCT ", "1", ")"},
		{"SELECT * FROM t", " JOIN t ON ", "true", ""},
		{"SELECT ", "xmlelement(name a, ", "1", ")"},
		{"SELECT ", "json_object('a': ", "1", ")"},
	} {
		text := func(n int) string {
			return form.start + strings.Repeat(form.open, n) + form.inner + strings.Repeat(form.closing, n)
		}
		judged := 0
		for ; judged < 1000; judged++ {
			s := &script{text: text(judged + 1)}
			require.NoError(t, s.scan())
			if s.nesting() > maxNesting {
				break
			}
		}
		require.Positive(t, judged)
		Evaluate(Policy{}, text(judged))
		after, err := parser.ParseToJSON(probe)
		require.NoError(t, err, form.open)
		require.Equal(t, tree, after, form.open)
		require.False(t, parserState.broken, form.open)
	}
}

func TestNesting(t *testing.T) {
	for sql, deepest := range map[string]int{
		"SELECT 1":                        2,
		"SELECT 1, 2, 3":                  2,
		"SELECT 1; SELECT 2":              2,
		"SELECT (1)":                      4,
		"SELECT f(1, (2)), 3":             7,
		"SELECT 1 + 2 + 3":                6,
		"SELECT 1 UNION SELECT 2":         3,
		"SELECT 1, 2 UNION SELECT 1, 2":   3,
		"SELECT CASE WHEN a THEN 1 END":   5,
		"SELECT 1 AS end, 2":              4,
		"SELECT (1 AS end, (1)":           6,
		"SELECT a.on + a.on":              8,
		"SELECT 1 FROM a JOIN b ON c = d": 5,
	} {
		s := &script{text: sql}
		require.NoError(t, s.scan())
		assert.Equal(t, deepest, s.nesting(), sql)
	}
}

func TestRewrite(t *testing.T) {
	p := Policy{AccessMode: "read_write", RowFilters: []RowFilter{{"users", "tenant = 1 OR shared"}, {"archive.items", "a"}, {"items", "b"}}}
	for sql, want := range map[string]string{
		"SELECT * FROM users":                          `SELECT * FROM (SELECT * FROM users WHERE tenant = 1 OR shared) AS "users"`,
		"SELECT * FROM public.users u WHERE id = 1":    `SELECT * FROM (SELECT * FROM public.users WHERE tenant = 1 OR shared) u WHERE id = 1`,
		"SELECT * FROM o LEFT JOIN users AS u ON true": `SELECT * FROM o LEFT JOIN (SELECT * FROM users WHERE tenant = 1 OR shared) AS u ON true`,
		`SELECT * FROM ONLY "Users" x, users`: `SELECT * FROM (SELECT * FROM ONLY "Users" WHERE tenant = 1 OR shared) x, ` +
			`(SELECT * FROM users WHERE tenant = 1 OR shared) AS "users"`,
		"SELECT 1 FROM users *, o":                              `SELECT 1 FROM (SELECT * FROM users * WHERE tenant = 1 OR shared) AS "users", o`,
		"TABLE users":                                           `SELECT * FROM (SELECT * FROM users WHERE tenant = 1 OR shared) AS "users"`,
		"SELECT * FROM archive.items":                           `SELECT * FROM (SELECT * FROM archive.items WHERE (a) AND (b)) AS "items"`,
		"DELETE FROM users WHERE id = 1 -- x":                   "DELETE FROM users WHERE (tenant = 1 OR shared) AND ( id = 1) -- x",
		"DELETE FROM users WHERE a OR b RETURNING id; SELECT 1": "DELETE FROM users WHERE (tenant = 1 OR shared) AND ( a OR b) RETURNING id; SELECT 1",
		"WITH d AS (UPDATE users SET a = (SELECT 1 WHERE b) WHERE c) SELECT 1": "WITH d AS (UPDATE users SET a = (SELECT 1 WHERE b) " +
			"WHERE (tenant = 1 OR shared) AND ( c)) SELECT 1",
		"UPDATE users SET a = 1 WHERE id IN (SELECT id FROM users)": "UPDATE users SET a = 1 WHERE (tenant = 1 OR shared) AND " +
			`( id IN (SELECT id FROM (SELECT * FROM users WHERE tenant = 1 OR shared) AS "users"))`,
	} {
		d := Evaluate(p, sql)
		assert.Equal(t, FilterVerdict, d.Verdict, d.Reason)
		assert.Equal(t, want, d.RewrittenSQL)
		assert.NotEmpty(t, d.Predicate)
	}
	for _, predicate := range []string{"", "a = ", "a; DELETE FROM users", "a) OR (b", "a -- ", "a /*", "a --\n", "a /* b */", "/* b */ a", "'x' -- y'\n = a", "a GROUP BY a", "a UNION SELECT 1", "'", "a LIMIT 1"} {
		d := Evaluate(Policy{RowFilters: []RowFilter{{"users", predicate}}}, "SELECT * FROM users")
		assert.Equal(t, ruleFilterUnsafe, d.Rule, predicate)
		assert.Equal(t, Block, d.Verdict, predicate)
	}
	// In quotes, these characters begin no comment.
	for _, predicate := range []string{"a = '--'", "a = E'\\'/*'", `"a--" = '*/'`} {
		d := Evaluate(Policy{RowFilters: []RowFilter{{"users", predicate}}}, "SELECT * FROM users")
		assert.Equal(t, FilterVerdict, d.Verdict, predicate)
	}
}

// TestConcurrentEvaluations shares the parser among goroutines.
func TestConcurrentEvaluations(t *testing.T) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				assert.Equal(t, Mask, Evaluate(Policy{MaskingRules: []MaskingRule{{"users", "email", "hash"}}}, "SELECT * FROM users").Verdict)
			}
		})
	}
	group.Wait()
}

// wrappers put a statement into another one. %s is the statement.
var wrappers = []string{"%s; SELECT 1", "SELECT 1; %s", "/* ; */ %s -- ;", "EXPLAIN ANALYZE %s", "PREPARE q AS %s"}

// queryWrappers put a query into another one that returns all of its columns.
var queryWrappers = []string{
	"SELECT * FROM (%s) AS wrapped", "WITH wrapped AS (%s) SELECT * FROM wrapped", "(%s)", "SELECT * FROM a, LATERAL (%s) AS wrapped",
	"SELECT 1 UNION ALL (%s)", "WITH a AS (SELECT 1) SELECT * FROM a LEFT JOIN (%s) AS wrapped ON true",
	"CREATE TABLE copied AS %s", "INSERT INTO copied %s",
}

// TestWrappedStatementsStayBlocked puts every blocked statement into others.
func TestWrappedStatementsStayBlocked(t *testing.T) {
	suite := vectors.Read(t, "testdata/cases.json")
	for _, c := range suite.Cases {
		if c.Expect.Verdict != Block || c.Expect.Rule == ruleEmpty {
			continue
		}
		policy := policyOf(suite.Profile(t, c.Profile))
		forms := wrappers
		if strings.HasPrefix(c.SQL, "SELECT") || strings.HasPrefix(c.SQL, "WITH") {
			forms = append(forms[:len(forms):len(forms)], queryWrappers...)
		}
		for _, form := range forms {
			sql := strings.Replace(form, "%s", strings.TrimSuffix(c.SQL, ";"), 1)
			assert.Equal(t, Block, Evaluate(policy, sql).Verdict, "%s: %s", c.ID, sql)
		}
	}
}

// generated returns a random query that reads the relation secrets somewhere.
func generated(t *rapid.T) string {
	name := rapid.SampledFrom([]string{"secrets", "SECRETS", `"secrets"`, `"Secrets"`, "public.secrets", `archive."secrets"`, "ONLY secrets"}).Draw(t, "name")
	query := "SELECT * FROM " + name
	form := rapid.SampledFrom([]string{
		"SELECT * FROM (%s) x", "SELECT (%s)", "SELECT 1 WHERE EXISTS (%s)", "WITH w AS (%s) SELECT 1", "WITH secrets AS (%s) SELECT * FROM secrets",
		"SELECT 1 FROM t WHERE id IN (%s)", "SELECT 1 UNION (%s)", "SELECT 1 ORDER BY (%s)", "SELECT * FROM t, LATERAL (%s) y", "SELECT ARRAY(%s)",
		"SELECT coalesce((%s), 1)", "VALUES ((%s))", "SELECT 1 LIMIT (%s)", "SELECT CASE WHEN (%s) THEN 1 END", "SELECT 1 FROM t JOIN (%s) z USING (id)",
		"WITH RECURSIVE r AS (SELECT 1 UNION ALL (%s)) SELECT * FROM r", "SELECT count(*) FILTER (WHERE EXISTS (%s)) FROM t",
	})
	for range rapid.IntRange(0, 4).Draw(t, "depth") {
		query = strings.Replace(form.Draw(t, "form"), "%s", query, 1)
	}
	outer := rapid.SampledFrom([]string{
		"%s", "EXPLAIN %s", "COPY (%s) TO STDOUT", "INSERT INTO t %s", "CREATE VIEW v AS %s", "SELECT 1; %s", "DECLARE c CURSOR FOR %s",
		"UPDATE t SET a = (%s) WHERE id = 1", "DELETE FROM t WHERE id IN (%s)", "WITH d AS (DELETE FROM t WHERE id IN (%s) RETURNING *) SELECT * FROM d",
	})
	return strings.Replace(outer.Draw(t, "outer"), "%s", query, 1)
}

// TestDeniedRelationIsFound hides a denied relation in random queries.
func TestDeniedRelationIsFound(t *testing.T) {
	policy := Policy{AccessMode: "read_write", TableDenylist: []string{"secrets"}}
	rapid.Check(t, func(t *rapid.T) {
		sql := generated(t)
		d := Evaluate(policy, sql)
		if d.Rule != ruleTableDenied {
			t.Fatalf("%s %s: %s: %s", d.Verdict, d.Rule, d.Reason, sql)
		}
	})
}

// FuzzEvaluate judges arbitrary text. The judge must return a decision that is consistent, and under read_only nothing may be allowed
// that the parser itself shows to be a write.
func FuzzEvaluate(f *testing.F) {
	suite := vectors.Read(f, "testdata/cases.json")
	for _, c := range suite.Cases {
		f.Add(c.SQL)
	}
	masked := Policy{MaskingRules: []MaskingRule{{"users", "email", "hash"}}, RowFilters: []RowFilter{{"users", "tenant = 1"}}}
	f.Fuzz(func(t *testing.T, sql string) {
		for _, policy := range []Policy{{}, masked, {AccessMode: "read_write", TableDenylist: []string{"users"}}} {
			d := Evaluate(policy, sql)
			if d.Reason == "" || (d.Verdict == Block) == (d.Rule == ruleOK) {
				t.Fatalf("%+v", d)
			}
			if strings.Contains(d.Reason, "cannot be judged: runtime error") || strings.Contains(d.Reason, "the parser failed") {
				t.Fatalf("%s: %q", d.Reason, sql)
			}
			if d.Verdict == Block && (len(d.Masked) > 0 || d.RewrittenSQL != "") {
				t.Fatalf("%+v", d)
			}
		}
		Lint(sql)
	})
}

// TestRelationNames compares names in policies with names in statements.
func TestRelationNames(t *testing.T) {
	for _, c := range []struct {
		entry, sql     string
		listed, masked bool
	}{
		{"users", "users", true, true},
		{"users", "PUBLIC.Users", true, true},
		{"Public.USERS", `"users"`, true, true},
		{`"public"."users"`, "users", true, true},
		{"shop.public.users", "users", true, true},
		{"users", "archive.users", false, true},
		{"archive.users", "users", false, false},
		{"archive.users", "archive.users", true, true},
		{" users ", "users", true, true},
		{"users", "users_old", false, false},
	} {
		sql := "SELECT * FROM " + c.sql
		allowlist := Evaluate(Policy{TableAllowlist: []string{c.entry}}, sql)
		assert.Equal(t, c.listed, allowlist.Verdict == Allow, "%s: %s", c.entry, c.sql)
		denylist := Evaluate(Policy{TableDenylist: []string{c.entry}}, sql)
		assert.Equal(t, c.masked, denylist.Verdict == Block, "%s: %s", c.entry, c.sql)
		mask := Evaluate(Policy{MaskingRules: []MaskingRule{{c.entry, "email", "hash"}}}, sql)
		assert.Equal(t, c.masked, mask.Verdict == Mask, "%s: %s", c.entry, c.sql)
		filter := Evaluate(Policy{RowFilters: []RowFilter{{c.entry, "true"}}}, sql)
		assert.Equal(t, c.masked, filter.Verdict == FilterVerdict, "%s: %s", c.entry, c.sql)
		assert.NotEmpty(t, filter.Notes)
	}
}

// TestFilterReadsOnly leaves writes unfiltered, but not what they read.
func TestFilterReadsOnly(t *testing.T) {
	p := Policy{AccessMode: "read_write", RowFilters: []RowFilter{{"users", "tenant = 1"}}, FilterReadsOnly: true}
	for sql, verdict := range map[string]string{
		"UPDATE users SET a = 1 WHERE id = 1":                                           Allow,
		"DELETE FROM users WHERE id = 1":                                                Allow,
		"INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1":        Allow,
		"MERGE INTO users USING s ON users.id = s.id WHEN MATCHED THEN DELETE":          Allow,
		"MERGE INTO log USING users ON users.id = log.id WHEN MATCHED THEN DELETE":      FilterVerdict,
		"DELETE FROM log WHERE id IN (SELECT id FROM users)":                            FilterVerdict,
		"UPDATE users SET a = 1 WHERE id IN (SELECT id FROM users WHERE tenant_id = 2)": FilterVerdict,
	} {
		assert.Equal(t, verdict, Evaluate(p, sql).Verdict, sql)
	}
}
