// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const safeMigrationsProgram = shopProject + `
  migrations:
    type: pgbeam:SafeMigrations
    properties:
      projectId: ${shop.id}
      tables: [orders, billing.invoices]
      approvals:
        webhook: { url: "https://example.com/hooks", secret: { fn::secret: signing-planted } }
      sandbox:
        agent: { fn::secret: null }
        policyTests:
          - { name: backfill, sql: { fn::secret: "UPDATE orders SET planted_column = 1 WHERE id = 5" }, expect: allow }
      production:
        policy: { maxRows: { fn::secret: null } }
        policyTests:
          - { name: backfill, sql: UPDATE orders SET note = '' WHERE id = 5, expect: block, rule: statement_not_allowed }
outputs:
  sandbox: ${migrations.sandboxConnectionString}
  production: ${migrations.productionMcpToken}
`

// TestSafeMigrationsJudgesStatements requires of the two policies what the component promises.
func TestSafeMigrationsJudgesStatements(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, safeMigrationsProgram)
	s.AddCanary("the password", "hunter2-planted")
	s.Up("--skip-preview")
	s.AddCanaries()
	state := s.State()
	pgbeam, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	for sql, want := range map[string]struct{ sandbox, production string }{ // the rule, or ok
		"SELECT id FROM orders":                                   {"ok", "ok"},
		"SELECT id FROM billing.invoices":                         {"ok", "ok"},
		"SELECT id FROM customers":                                {"table_not_allowed", "table_not_allowed"},
		"UPDATE orders SET note = 'x' WHERE id = 5":               {"ok", "statement_not_allowed"},
		"UPDATE orders SET note = 'x'":                            {"whereless_write", "whereless_write"},
		"INSERT INTO orders (id) VALUES (5)":                      {"ok", "statement_not_allowed"},
		"DELETE FROM billing.invoices WHERE id = 5":               {"ok", "statement_not_allowed"},
		"WITH gone AS (DELETE FROM orders WHERE id = 5) SELECT 1": {"ok", "statement_not_allowed"},
		"MERGE INTO orders USING billing.invoices i ON i.id = orders.id WHEN MATCHED THEN DELETE": {"ok", "statement_not_allowed"},
		"COPY orders FROM STDIN":                                    {"ok", "statement_not_allowed"},
		"EXPLAIN ANALYZE UPDATE orders SET note = 'x' WHERE id = 5": {"ok", "statement_not_allowed"},
		"CREATE INDEX notes ON orders (note)":                       {"migration_block", "migration_block"},
		"CREATE INDEX CONCURRENTLY notes ON orders (note)":          {"ok", "ok"},
		"CREATE INDEX CONCURRENTLY names ON customers (name)":       {"table_not_allowed", "table_not_allowed"},
		"ALTER TABLE orders ADD COLUMN note text":                   {"ok", "ok"},
		"ALTER TABLE orders DROP COLUMN note":                       {"destructive_ddl", "destructive_ddl"},
		"ALTER TABLE customers ADD COLUMN note text":                {"table_not_allowed", "table_not_allowed"},
		"DROP TABLE orders":                                         {"destructive_ddl", "destructive_ddl"},
		"DROP TABLE customers":                                      {"destructive_ddl", "destructive_ddl"},
		"TRUNCATE orders":                                           {"destructive_ddl", "destructive_ddl"},
		"BEGIN; SET LOCAL lock_timeout = '2s'; ALTER TABLE orders ADD COLUMN note text; COMMIT": {"ok", "ok"},
	} {
		for access, rule := range map[string]string{"sandbox": want.sandbox, "production": want.production} {
			evaluation, err := pgbeam.EvaluatePolicy(t.Context(), state["shop"].ID, client.PolicyEvaluationRequest{SQL: sql, PolicyID: new(state["migrations-"+access+"-policy"].ID)})
			require.NoError(t, err)
			assert.Equal(t, rule, evaluation.Rule, "%s: %s", access, sql)
		}
	}
}

func TestSafeMigrations(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, safeMigrationsProgram)
	s.AddCanary("the password", "hunter2-planted")
	s.AddCanary("the signing key", "signing-planted")
	s.AddCanary("the statement", "planted_column")
	s.Must("preview")
	s.Up("--skip-preview")
	s.AddCanaries()

	created := s.StateWithSecrets()
	policies := map[any]map[string]any{}
	for _, policy := range local.Objects("policies") {
		policies[policy["id"]] = policy
	}
	sandbox, production := policies[created["migrations-sandbox-policy"].ID], policies[created["migrations-production-policy"].ID]
	for name, want := range map[string][2]any{
		"access_mode": {"read_write", "read_write"}, "write_mode": {"sandbox", "normal"}, "approval_mode": {"off", "ddl"}, "migration_safety": {"block", "block"},
		"approval_timeout_seconds": {300.0, 3600.0}, "statement_timeout_ms": {900000.0, 900000.0}, "max_rows": {1000.0, 1000.0},
	} {
		assert.Equal(t, want[0], sandbox[name], name)
		assert.Equal(t, want[1], production[name], name)
	}
	outputs := s.Outputs()
	assert.Equal(t, local.Secret("agents", created["migrations-sandbox-agent"].ID, "connection_string"), outputs["sandbox"])
	assert.Equal(t, local.Secret("agents", created["migrations-production-agent"].ID, "mcp_token"), outputs["production"])
	s.Up("--expect-no-changes")
	s.Up("--refresh", "--expect-no-changes")

	// A table is added and removed: the credentials and the other rules stay.
	policiesAndTests := []string{
		"migrations-approval-customers", "migrations-sandbox-policy", "migrations-production-policy", "migrations-sandbox-policy-test", "migrations-production-policy-test",
	}
	after := deployChange(s, strings.Replace(safeMigrationsProgram, "tables: [orders,", "tables: [customers, orders,", 1), "POST approval-rules", "PUT policies", "PUT policies")
	unchangedExcept(t, created, after, policiesAndTests...)
	assert.Len(t, local.Objects("approval-rules"), 3)
	after = deployChange(s, safeMigrationsProgram, "DELETE approval-rules", "PUT policies", "PUT policies")
	unchangedExcept(t, created, after, policiesAndTests...)

	// A policy that does not pass its tests: the credential is not changed.
	disabled := strings.Replace(safeMigrationsProgram, "        policy: { maxRows: { fn::secret: null } }\n",
		"        agent: { status: disabled }\n        policy: { statementRules: { allow: [select, update, ddl] }, approvalMode: all }\n", 1)
	s.WriteProgram(disabled)
	output := s.MustFail("up", "--yes", "--skip-preview")
	assert.Contains(t, output, "1 of 1 case failed")
	for _, credential := range local.Objects("agents") {
		assert.Equal(t, "active", credential["status"])
	}
	after = deployChange(s, safeMigrationsProgram, "PUT policies")
	unchangedExcept(t, created, after, policiesAndTests...)

	// What was changed outside of Pulumi is shown and repaired, and what was lost is imported.
	require.NoError(t, local.Edit("policies", after["migrations-production-policy"].ID, map[string]any{"approval_mode": "off"}))
	rule := after["migrations-approval-orders"]
	s.Must("state", "delete", "--yes", rule.URN)
	assert.Contains(t, s.Must("preview", "--refresh", "--diff"), `~ approvalMode: "off" => "ddl"`)
	s.Must("import", "--yes", "--skip-preview", "--protect=false", "--generate-code=false", "--parent", "component="+after["migrations"].URN,
		"pgbeam:index:ApprovalRule", "migrations-approval-orders", fmt.Sprintf("%s/%s", after["shop"].ID, rule.ID))
	local.ResetRequests()
	s.Up("--refresh", "--skip-preview")
	assert.Equal(t, []string{"PUT policies"}, changedKinds(local))
	repaired := s.StateWithSecrets()
	assert.Equal(t, rule.ID, repaired["migrations-approval-orders"].ID)
	unchangedExcept(t, created, repaired, append(policiesAndTests, "migrations-approval-orders")...)
	s.Up("--expect-no-changes")

	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}
