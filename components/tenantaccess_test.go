// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/wasilibs/go-pgquery/parser"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/policyjudge"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// minimalTenants returns inputs that set only what is required, with one tenant.
func minimalTenants() object {
	return object{"projectId": "prj_1", "tables": object{"orders": "tenant_id"}, "tenants": object{"acme": "42"}}
}

// fullTenants returns inputs that set every property.
func fullTenants() object {
	return object{
		"projectId": "prj_1", "tables": object{"a": "tenant_id", "t": "Tenant ID"}, "tenants": object{"acme": "42", "globex": "43"},
		"policy": fullPolicy(), "agent": fullAgent(), "policyTests": fullPolicyTests(), "allowUnapprovedWrites": true,
	}
}

// tenantProfile constructs a TenantAccess with one tenant and returns the inputs of its profile.
func tenantProfile(t *testing.T, inputs object) property.Map {
	t.Helper()
	children, _, err := construct(t, "TenantAccess", enginetest.Inputs(with(minimalTenants(), inputs)), false)
	require.NoError(t, err)
	return children["shop-policy-acme"].Inputs
}

func TestTenantDefaults(t *testing.T) {
	t.Parallel()
	children, _, err := construct(t, "TenantAccess", enginetest.Inputs(object{
		"projectId": "prj_1", "tables": object{"orders": "tenant_id", "billing.invoices": "Tenant ID"}, "tenants": object{"acme": "42", "globex": "it's"},
	}), false)
	require.NoError(t, err)
	assert.Equal(t, []string{"shop-agent-acme", "shop-agent-globex", "shop-policy-acme", "shop-policy-globex"}, slices.Sorted(maps.Keys(children)))
	for tenant, literal := range map[string]string{"acme": "'42'", "globex": "'it''s'"} {
		assert.Equal(t, object{
			"projectId": "prj_1", "accessMode": "read_only", "migrationSafety": "block", "maxRows": 1000.0, "statementTimeoutMs": 30000.0, "budgetQueriesPerHour": 1000.0,
			"tableAllowlist": []any{"billing.invoices", "orders"},
			"rowFilters": []any{
				object{"table": "billing.invoices", "predicate": `"Tenant ID" = ` + literal}, object{"table": "orders", "predicate": `"tenant_id" = ` + literal},
			},
		}, properties.Plain(property.New(children["shop-policy-"+tenant].Inputs)))
		assert.Equal(t, "shop-policy-"+tenant+"-id", children["shop-agent-"+tenant].Inputs.Get("policyProfileId").AsString())
		assert.True(t, children["shop-agent-"+tenant].Inputs.Get("name").IsNull())
	}
}

func TestTenantsShareSettings(t *testing.T) {
	t.Parallel()
	children, _, err := construct(t, "TenantAccess", enginetest.Inputs(with(minimalTenants(), object{
		"tenants": object{"acme": "42", "globex": "43", "gone": nil}, "policy": object{"name": "Support", "maxRows": 10},
		"agent": object{"name": "Bot", "expiresAt": "2099-01-01T00:00:00Z"}, "policyTests": fullPolicyTests(),
	})), false)
	require.NoError(t, err)
	assert.Len(t, children, 6)
	for _, tenant := range []string{"acme", "globex"} {
		assert.Equal(t, "Support-"+tenant, children["shop-policy-"+tenant].Inputs.Get("name").AsString())
		assert.Equal(t, 10.0, children["shop-policy-"+tenant].Inputs.Get("maxRows").AsNumber())
		assert.Equal(t, "Bot-"+tenant, children["shop-agent-"+tenant].Inputs.Get("name").AsString())
		assert.Equal(t, "2099-01-01T00:00:00Z", children["shop-agent-"+tenant].Inputs.Get("expiresAt").AsString())
		assert.Equal(t, []string{"shop-policy-" + tenant, "shop-test-" + tenant}, dependencies(children["shop-agent-"+tenant]))
	}
}

// TestTenantAllowlist requires that there is always an allowlist: an empty one allows every table.
func TestTenantAllowlist(t *testing.T) {
	t.Parallel()
	tables := object{"orders": "tenant_id", "public.Customers": "tenant_id", "billing.invoices": "tenant_id"}
	for name, test := range map[string]struct{ allowlist, expected any }{
		"none":          {nil, []any{"billing.invoices", "orders", "public.Customers"}},
		"empty":         {[]any{}, []any{"billing.invoices", "orders", "public.Customers"}},
		"some":          {[]any{"billing.invoices"}, []any{"billing.invoices"}},
		"other schemas": {[]any{"PUBLIC.orders", "customers"}, []any{"PUBLIC.orders", "customers"}},
		"quoted":        {[]any{`"orders"`, `billing."invoices"`}, []any{`"orders"`, `billing."invoices"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			profile := tenantProfile(t, object{"tables": tables, "policy": object{"tableAllowlist": test.allowlist}})
			assert.Equal(t, test.expected, properties.Plain(profile.Get("tableAllowlist")))
			assert.Equal(t, 3, profile.Get("rowFilters").AsArray().Len())
		})
	}
}

// TestTenantFilters needs PostgreSQL's parser, which several tests at once would compile several
// times.
func TestTenantFilters(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles the parser for a quarter of a minute with the race detector, and has no goroutines")
	}
	t.Run("the policy is judged", testTenantPolicyIsJudged)
	t.Run("a filter is one comparison", testTenantPredicates)
}

// testTenantPredicates requires that PostgreSQL reads each filter as the comparison of the
// column with the value, and nothing else, whatever they contain.
func testTenantPredicates(t *testing.T) {
	values := []string{
		"42", "5b0e9ea5-1f4c-4d3a-9e5b-2f4f0d2f5c11", "' OR true --", "'' OR ''='", `\' OR true --`, `\`, `\\`, `\\'`, `a\'||'b`, `'; DROP TABLE orders; --`,
		"’ OR true --", "ʼ OR 1=1", "＇ OR true --", `" OR true --`, "$$ OR true $$", "/* ' */", "E'", `U&'\0027'`, "\n' OR\ntrue", " ", "NULL", "null", "tenant_id",
		"\u2028'\u200b", "😀'", strings.Repeat("'", 10_001), strings.Repeat("very long ", 20_000), strings.Repeat(`\`, 10_001),
	}
	tenants := object{}
	for i, value := range values {
		tenants[strconv.Itoa(i)] = value
	}
	for _, column := range []string{"tenant_id", "Tenant ID", `a" = a OR "b`, "select", "Ünïcode", "t.tenant_id", `\`} {
		children, _, err := construct(t, "TenantAccess", enginetest.Inputs(with(minimalTenants(), object{"tables": object{"orders": column}, "tenants": tenants})), false)
		require.NoError(t, err)
		for i, value := range values {
			filters := children["shop-policy-"+strconv.Itoa(i)].Inputs.Get("rowFilters").AsArray()
			require.Equal(t, 1, filters.Len())
			assert.Equal(t, "orders", filters.Get(0).AsMap().Get("table").AsString())
			predicate := filters.Get(0).AsMap().Get("predicate").AsString()
			assertComparison(t, predicate, column, value)
			// With standard_conforming_strings off, a backslash is an escape unless it is in E'…', where it always is.
			assert.Equal(t, strings.Contains(value, `\`), strings.HasPrefix(predicate, quoted(column)+" = E'"))
		}
	}
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// assertComparison requires that PostgreSQL's parser reads a predicate as column = 'value'.
func assertComparison(t *testing.T, predicate, column, value string) {
	t.Helper()
	tree, err := parser.ParseToJSON("SELECT 1 WHERE " + predicate)
	require.NoError(t, err, predicate)
	var parsed struct {
		Stmts []struct {
			Stmt struct{ SelectStmt map[string]json.RawMessage }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(tree), &parsed))
	require.Len(t, parsed.Stmts, 1, predicate)
	statement := parsed.Stmts[0].Stmt.SelectStmt
	assert.ElementsMatch(t, []string{"targetList", "whereClause", "limitOption", "op"}, slices.Collect(maps.Keys(statement)))
	var where any
	require.NoError(t, json.Unmarshal(statement["whereClause"], &where))
	text := func(s string) object { return object{"sval": s} }
	assert.Equal(t, object{"A_Expr": object{
		"kind": "AEXPR_OP", "name": []any{object{"String": text("=")}},
		"lexpr": object{"ColumnRef": object{"fields": []any{object{"String": text(column)}}}},
		"rexpr": object{"A_Const": object{"sval": text(value)}},
	}}, withoutLocations(where))
}

// withoutLocations removes the offsets from a parse tree.
func withoutLocations(tree any) any {
	switch tree := tree.(type) {
	case object:
		delete(tree, "location")
		for name, value := range tree {
			tree[name] = withoutLocations(value)
		}
	case []any:
		for i, value := range tree {
			tree[i] = withoutLocations(value)
		}
	}
	return tree
}

// testTenantPolicyIsJudged judges statements with the policy of a tenant.
func testTenantPolicyIsJudged(t *testing.T) {
	profile := tenantProfile(t, object{
		"tables": object{"orders": "tenant_id", "billing.invoices": "Tenant ID"}, "tenants": object{"acme": "' OR true --"},
		"policy": object{"rowFilters": []any{
			object{"table": "PUBLIC.orders", "predicate": "created_at > now() - interval '1 year' OR note = 'it''s (new'"}, object{"table": "orders", "predicate": "deleted IS NULL"},
		}},
	})
	policy := policyjudge.Policy{AccessMode: profile.Get("accessMode").AsString()}
	for _, table := range profile.Get("tableAllowlist").AsArray().All {
		policy.TableAllowlist = append(policy.TableAllowlist, table.AsString())
	}
	for _, filter := range profile.Get("rowFilters").AsArray().All {
		policy.RowFilters = append(policy.RowFilters, policyjudge.RowFilter{
			Table: filter.AsMap().Get("table").AsString(), Predicate: filter.AsMap().Get("predicate").AsString(),
		})
	}
	const own = `"tenant_id" = ''' OR true --'`
	for sql, expected := range map[string]string{
		"SELECT * FROM orders":           own + ` AND (created_at > now() - interval '1 year' OR note = 'it''s (new') AND (deleted IS NULL)`,
		"SELECT * FROM billing.invoices": `"Tenant ID" = ''' OR true --'`,
	} {
		decision := policyjudge.Evaluate(policy, sql)
		assert.Equal(t, policyjudge.FilterVerdict, decision.Verdict, decision.Reason)
		assert.Equal(t, expected, decision.Predicate)
	}
	for _, sql := range []string{"SELECT * FROM invoices", "SELECT * FROM customers", "SELECT * FROM pg_stats", "DELETE FROM orders WHERE id = 1", "TABLE sales.orders"} {
		assert.Equal(t, policyjudge.Block, policyjudge.Evaluate(policy, sql).Verdict, sql)
	}
}

func TestTenantValuesStaySecret(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, "TenantAccess", enginetest.Inputs(with(minimalTenants(), object{
		"tenants": object{"acme": property.New(canary + "-acme").WithSecret(true), "globex": "43"},
	})), false)
	require.NoError(t, err)
	filters := children["shop-policy-acme"].Inputs.Get("rowFilters")
	assert.True(t, filters.Secret())
	assert.Contains(t, texts(filters, true), `"tenant_id" = '`+canary+`-acme'`)
	assert.False(t, children["shop-policy-globex"].Inputs.Get("rowFilters").HasSecrets())
	assertNoPlainSecret(t, property.New(children["shop-policy-acme"].Inputs))
	assertNoPlainSecret(t, property.New(response.State))
}

func TestTenantValidate(t *testing.T) {
	t.Parallel()
	policy := func(policy object) object { return object{"policy": policy} }
	allowlist := func(tables ...any) object { return policy(object{"tableAllowlist": tables}) }
	filter := func(table, predicate any) object {
		return policy(object{"rowFilters": []any{object{"table": table, "predicate": predicate}}})
	}
	secret := func(s string) property.Value { return property.New(s).WithSecret(true) }
	const notCombined = "policy.rowFilters[0].predicate cannot be combined with the filter of a tenant"
	assertValidation(t, "TenantAccess", minimalTenants(), map[string]validation{
		"no tables":                    {object{"tables": object{}}, "", "tables must contain a table"},
		"null tables":                  {object{"tables": object{"orders": nil}}, "", "tables must contain a table"},
		"no column":                    {object{"tables": object{"orders": ""}}, "", "tables.orders must not be empty"},
		"NUL in a column":              {object{"tables": object{"orders": "a\x00"}}, "", "tables.orders must not contain a NUL character"},
		"a quoted column":              {object{"tables": object{"orders": `"Tenant ID"`}}, "", "tables.orders must be the name of the column as it is in the database, without quotes"},
		"no name of a table":           {object{"tables": object{"a.b.c": "id"}}, "", `tables["a.b.c"] has a key that is not the name of a table`},
		"all tables":                   {object{"tables": object{"*": "id"}}, "", `tables["*"] has a key that is not the name of a table`},
		"a table twice":                {object{"tables": object{"orders": "a", "Public.Orders": "b"}}, "", "tables.orders is the same table as another key"},
		"secret tables":                {object{"tables": property.New(enginetest.Inputs(object{"canary a": "id"})).WithSecret(true)}, "", "tables has a key that is not"},
		"an empty value":               {object{"tenants": object{"acme": ""}}, "", "tenants.acme must not be empty"},
		"NUL in a value":               {object{"tenants": object{"acme": "a\x00' OR true"}}, "", "tenants.acme must not contain a NUL character"},
		"NUL in a secret":              {object{"tenants": object{"acme": secret("canary\x00")}}, "", "tenants.acme must not contain a NUL character"},
		"a name with a space":          {object{"tenants": object{"a b": "1"}}, "", `tenants["a b"] is not a valid name`},
		"a null value":                 {object{"tenants": object{"acme": nil}}, "", ""},
		"a table without a column":     {allowlist("orders", "customers"), "", "policy.tableAllowlist[1] is not in tables"},
		"a table of another schema":    {allowlist("sales.orders"), "", "policy.tableAllowlist[0] is not in tables"},
		"a pattern":                    {allowlist("public.*"), "", "policy.tableAllowlist[0] is not the name of a table"},
		"a secret table":               {allowlist(secret("canary")), "", "policy.tableAllowlist[0] is not in tables"},
		"an allowed table":             {allowlist("PUBLIC.Orders"), "", ""},
		"a filter of another table":    {filter("customers", "true"), "", "policy.rowFilters[0].table is not in tables"},
		"a filter of the table":        {filter("orders", "a = 'b) --' AND (c ~ '^[a-z]+$')"), "", ""},
		"closed parentheses":           {filter("orders", "a) OR (true"), "", notCombined},
		"open parentheses":             {filter("orders", "(a"), "", notCombined},
		"an open quote":                {filter("orders", "a = '"), "", notCombined},
		"an open identifier":           {filter("orders", `a = "b`), "", notCombined},
		"an escaped quote":             {filter("orders", `a = E'\') OR (true OR a = ''`), "", notCombined},
		"a comment":                    {filter("orders", "a -- b"), "", notCombined},
		"another comment":              {filter("orders", "a /* b"), "", notCombined},
		"dollar quotes":                {filter("orders", "a = $$ ( $$)"), "", notCombined},
		"two statements":               {filter("orders", "a; DROP TABLE orders"), "", notCombined},
		"a blank filter":               {filter("orders", " "), "", notCombined},
		"a secret filter":              {filter("orders", secret("canary)")), "", notCombined},
		"writes without approvals":     {policy(object{"accessMode": "read_write"}), "allowUnapprovedWrites", "policy.accessMode is read_write without approvals"},
		"a name that becomes too long": {policy(object{"name": strings.Repeat("a", 124)}), "", "policy.name must have at most 123 characters, because a dash"},
		"a name of an agent":           {object{"agent": object{"name": strings.Repeat("a", 124)}}, "", "agent.name must have at most 123 characters"},
		"a long name":                  {policy(object{"name": strings.Repeat("a", 123)}), "", ""},
		"no tests":                     {object{"policyTests": []any{}}, "", "policyTests must contain a case"},
	})
}
