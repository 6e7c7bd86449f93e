// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestTenantAccess deploys the access of two tenants and changes one part of it at a time.
func TestTenantAccess(t *testing.T) {
	t.Parallel()
	program := func(properties ...string) string {
		return shopProject + "  isolated:\n    type: pgbeam:TenantAccess\n    properties:\n      projectId: ${shop.id}\n      " +
			strings.Join(properties, "\n      ") + "\noutputs:\n  acme: ${isolated.connectionStrings[\"acme\"]}\n"
	}
	const (
		tables = "tables: { orders: tenant_id, billing.invoices: Tenant ID }"
		tests  = `policyTests: [{ name: sees own orders, sql: "select * from orders", expect: row-filter }, { name: sees no plans, sql: "select * from plans", expect: block }]`
		acme   = `acme: { fn::secret: "planted' OR true --" }`
		globex = `globex: '\'' OR true --'`
	)
	tenants := func(tenants ...string) string {
		return program(tables, tests, "policy: null", "tenants: { "+strings.Join(tenants, ", ")+" }")
	}
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, tenants(acme, globex))
	s.AddCanary("the password", "hunter2-planted")
	s.AddCanary("the secret tenant", "planted' OR true --")
	s.AddCanary("the secret filter", "planted'' OR true --")
	s.Up()
	d := newDeployed(s, "isolated")
	assert.ElementsMatch(t, []string{"policy-acme", "test-acme", "agent-acme", "policy-globex", "test-globex", "agent-globex"}, slices.Collect(maps.Keys(d.ids)))
	assert.Equal(t, local.Secret("agents", d.ids["agent-acme"], "connection_string"), s.Outputs()["acme"])
	filters := func(tenant string) any { return findByID(t, local, "policies", d.ids["policy-"+tenant])["row_filters"] }
	filtersOf := func(invoices, orders string) any {
		return []any{map[string]any{"table": "billing.invoices", "predicate": invoices}, map[string]any{"table": "orders", "predicate": orders}}
	}
	assert.Equal(t, filtersOf(`"Tenant ID" = 'planted'' OR true --'`, `"tenant_id" = 'planted'' OR true --'`), filters("acme"))
	assert.Equal(t, filtersOf(`"Tenant ID" = E'\\'' OR true --'`, `"tenant_id" = E'\\'' OR true --'`), filters("globex"))
	assert.Equal(t, []any{"billing.invoices", "orders"}, findByID(t, local, "policies", d.ids["policy-acme"])["table_allowlist"])
	s.Up("--expect-no-changes")
	s.Up("--refresh", "--expect-no-changes")

	// Tenants are added, changed and removed one by one.
	d = d.up(tenants(acme, globex, `new: "5"`), []string{"POST /policies", "POST /agents"}, []string{"policy-new", "test-new", "agent-new"})
	d = d.up(tenants(acme, globex, `new: "6"`), []string{"PUT /policies/{policy-new}"}, nil)
	assert.Equal(t, filtersOf(`"Tenant ID" = '6'`, `"tenant_id" = '6'`), filters("new"))
	d = d.up(tenants(acme, globex, "new: { fn::secret: null }"), []string{"DELETE /agents/{agent-new}", "DELETE /policies/{policy-new}"},
		[]string{"policy-new", "test-new", "agent-new"})

	// A policy that fails its tests changes no credential.
	all := "tenants: { " + acme + ", " + globex + " }"
	local.ResetRequests()
	s.WriteProgram(program("tables: { orders: tenant_id, plans: tenant_id }", tests, all, "agent: { status: disabled }"))
	assert.Contains(t, s.MustFail("up", "--yes", "--skip-preview"), "sees no plans")
	for _, request := range mutations(local) {
		assert.NotContains(t, request, "/agents/")
	}

	// What would show rows of other tenants is rejected.
	local.ResetRequests()
	s.WriteProgram(program(tables, "tenants: { acme: { fn::secret: '' } }", "policy: { tableAllowlist: [orders, plans] }"))
	for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}} {
		output := s.MustFail(command...)
		assert.Contains(t, output, `property policy.tableAllowlist[1] with value "plans" has a problem: policy.tableAllowlist[1] is not in tables`)
		assert.Contains(t, output, "tenants.acme must not be empty")
	}
	assert.Empty(t, mutations(local))

	// Drift is shown and repaired.
	s.WriteProgram(program(tables, tests, all))
	s.Up()
	require.NoError(t, local.Edit("policies", d.ids["policy-globex"], map[string]any{"row_filters": []any{}}))
	s.Up("--refresh")
	assert.Equal(t, filtersOf(`"Tenant ID" = E'\\'' OR true --'`, `"tenant_id" = E'\\'' OR true --'`), filters("globex"))
	s.Must("destroy", "--yes")
	s.AssertEmpty()
}
