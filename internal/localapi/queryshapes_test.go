// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestQueryShape(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1": "SELECT $1",
		"  select\n\t*  from users where id = 42 ;\n":                      "select * from users where id = $1",
		"SELECT * FROM t1 WHERE a2 = 'it''s' AND b=-1.5e-3":                "SELECT * FROM t1 WHERE a2 = $1 AND b=-$2",
		"SELECT * FROM t WHERE id = $1 AND n > 10 AND m = $2":              "SELECT * FROM t WHERE id = $1 AND n > $3 AND m = $2",
		`SELECT "a 1" FROM "t''5" WHERE x = E'a\'b 7' OR y = U&'\0061'`:    `SELECT "a 1" FROM "t''5" WHERE x = $1 OR y = $2`,
		"SELECT $$it's 5$$, $tag$ $$ 6 $tag$, 0xFF, .5, 1_000":             "SELECT $1, $2, $3, $4, $5",
		"SELECT a -- the 5th\nFROM t /* not /* at */ 'all' */ WHERE b = 3": "SELECT a FROM t WHERE b = $1",
		"SELECT 'open":                    "SELECT 'open",
		"SELECT a /* open":                "SELECT a",
		"SELECT $1, '$5' FROM größe1":     "SELECT $1, $2 FROM größe1",
		"LIMIT 10 OFFSET 20":              "LIMIT $1 OFFSET $2",
		" ; ":                             "",
		"SELECT \xff 5":                   "SELECT \xff $1",
		"SELECT $99999999999999999999, 5": "SELECT $99999999999999999999, $1",
	} {
		hash, normalized := QueryShape(sql)
		assert.Equal(t, want, normalized, sql)
		assert.Regexp(t, "^[0-9a-f]{16}$", hash)
		again, twice := QueryShape(normalized)
		assert.Equal(t, normalized, twice, "normalization is idempotent")
		assert.Equal(t, hash, again)
	}
	stable, _ := QueryShape("SELECT * FROM users WHERE id = $1")
	assert.Equal(t, "843923b9a0257cf8", stable, "programs hold hashes: a release must not change them")
	first, _ := QueryShape("SELECT * FROM users WHERE id = 1")
	second, _ := QueryShape("SELECT *\nFROM users   WHERE id = 2;")
	other, _ := QueryShape("SELECT * FROM users WHERE name = 1")
	assert.Equal(t, first, second)
	assert.NotEqual(t, first, other)
}

func TestQueryShapesOfNewDatabases(t *testing.T) {
	const users = "SELECT * FROM users WHERE id = 7"
	a := start(t, Options{QueryShapes: []string{users, "UPDATE users SET name = 'x'", "SELECT * FROM users WHERE id = 8"}})
	project, primary := a.createProject("shop")
	second := a.do(http.MethodPost, project+"/databases", databaseBody()).requireStatus(http.StatusCreated).stringField("id")
	hash, normalized := QueryShape(users)
	for _, database := range []string{primary, second} {
		path := project + "/databases/" + database + "/cache-rules"
		entries := a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK).listField("entries")
		require.Len(t, entries, 2)
		assertFields(t, fields{
			"query_hash": hash, "normalized_sql": normalized, "query_type": "read", "cache_enabled": false, "call_count": float64(2),
		}, entries[0])
		assert.Equal(t, "write", entries[1]["query_type"])
		// The cache rule of a listed hash can be updated.
		a.do(http.MethodPut, path+"/"+hash, fields{"cache_enabled": true}).requireStatus(http.StatusOK)
	}
	assert.Empty(t, start(t, Options{}).Objects("cache-rules"))
	for _, nothing := range []string{"", " ; ", "-- nothing"} {
		_, err := New(Options{QueryShapes: []string{nothing}})
		require.ErrorContains(t, err, "contains no statement")
	}
}
