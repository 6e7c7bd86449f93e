// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestPolicyGate deploys the example policy-gate with policies that do not do what they must,
// and then with one that does.
func TestPolicyGate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		language language
		folder   string
		file     string
	}{
		"TypeScript": {node, "typescript", nodeExample("policy-gate")},
		"Python":     {python, "python", pythonExample("policy-gate")},
		"Go":         {golang, "go", "policy-gate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{QueryShapes: []string{"SELECT id, total FROM orders WHERE id = 1", "SELECT id FROM payments"}})
			o := createObjectsNamed(t, local, "shop")
			p := newProgram(t, test.language, local, test.file, filepath.Join(tools.Root, "examples", test.folder, "policy-gate"))
			p.Must("config", "set-all", "--plaintext", "projectId="+o.project.ID, "--plaintext", "databaseId="+o.database.ID)
			before := allObjects(local)

			setTables := func(tables ...string) {
				arguments := []string{"config", "set-all", "--path"}
				for i, table := range tables {
					arguments = append(arguments, "--plaintext", fmt.Sprintf("tables[%d]=%s", i, table))
				}
				p.Must(arguments...)
			}
			for _, wrong := range []struct {
				command, message string
				tables           []string
			}{
				{"preview", `the policy must not block "SELECT id, total FROM orders WHERE id = 1"`, []string{"public.users"}},
				{"up", `the policy must not allow "SELECT card_number FROM payments"`, []string{"public.orders", "public.payments"}},
			} {
				setTables(wrong.tables...)
				r := p.run(p.language.failing, wrong.command, false)
				require.NotEmpty(t, r.Error, r.Output)
				assert.Contains(t, r.Output+r.Error, wrong.message)
				assert.NotContains(t, r.Output+r.Error, "Traceback")
				p.Must("config", "rm", "tables")
			}
			assert.Equal(t, before, allObjects(local))
			assert.NotContains(t, p.State(), "agents")

			p.up()
			hash, sql := localapi.QueryShape("SELECT id, total FROM orders WHERE id = 1")
			policies := local.Objects("policies")
			require.Len(t, policies, 2)
			policy := policies[1]
			assert.Equal(t, map[string]any{"policyProfileId": policy["id"], "cachedSql": sql}, p.Outputs())
			assert.Equal(t, []any{"public.orders"}, policy["table_allowlist"])
			assert.Equal(t, "read_only", policy["access_mode"])
			assert.Equal(t, 1000.0, policy["max_rows"])
			assert.Equal(t, 1000.0, policy["budget_queries_per_hour"])
			for _, rule := range local.Objects("cache-rules") {
				assert.Equal(t, rule["query_hash"] == hash, rule["cache_enabled"], rule["normalized_sql"])
			}
			p.requireNoChanges()

			// A policy that becomes wrong is not applied.
			setTables("public.orders", "public.payments")
			require.NotEmpty(t, p.run(p.language.failing, "up", false).Error)
			assert.Equal(t, []any{"public.orders"}, local.Objects("policies")[1]["table_allowlist"])
			p.Must("destroy", "--yes")
			assert.Len(t, local.Objects("policies"), 1)
		})
	}
}
