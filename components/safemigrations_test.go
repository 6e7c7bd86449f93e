// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
)

// fullMigrations returns inputs that set every property of the component but the timeout of
// approvals, which the policy of production sets.
func fullMigrations() object {
	access := object{"policy": fullPolicy(), "agent": fullAgent(), "policyTests": fullPolicyTests()}
	return object{
		"projectId": "prj_1", "tables": []any{"public.orders", "billing.invoices"}, "sandbox": access, "production": access,
		"approvals":             object{"statementKinds": []any{"ddl", "update"}, "minAffectedRows": 1, "rulesEnabled": true, "webhook": fullWebhook()},
		"allowUnapprovedWrites": true, "allowInsecureTransport": true,
	}
}

// migrations returns inputs with a project and a table.
func migrations(inputs object) property.Map {
	return enginetest.Inputs(with(object{"projectId": "prj_1", "tables": []any{"orders"}}, inputs))
}

// assertFields requires some of the inputs of a child. Null means that the input is not set.
func assertFields(t *testing.T, want object, inputs property.Map) {
	t.Helper()
	for name, value := range enginetest.Inputs(want).All {
		assert.Equal(t, value, inputs.Get(name), name)
	}
}

func TestSafeMigrations(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, "SafeMigrations", migrations(object{"tables": []any{"orders", "billing.invoices"}}), false)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"shop-approval-billing.invoices", "shop-approval-orders", "shop-production-agent", "shop-production-policy", "shop-sandbox-agent", "shop-sandbox-policy",
	}, slices.Sorted(maps.Keys(children)))

	common := object{
		"projectId": "prj_1", "accessMode": "read_write", "tableAllowlist": []any{"orders", "billing.invoices"}, "migrationSafety": "block",
		"maxRows": 1000, "statementTimeoutMs": 900000, "budgetQueriesPerHour": 1000,
	}
	assert.Equal(t, enginetest.Inputs(with(common, object{"writeMode": "sandbox"})), children["shop-sandbox-policy"].Inputs)
	assert.Equal(t, enginetest.Inputs(with(common, object{
		"approvalMode": "ddl", "approvalTimeoutSeconds": 3600,
		"statementRules": object{"allow": []any{"select", "ddl", "explain", "set", "show", "transaction"}},
	})), children["shop-production-policy"].Inputs)
	assert.Equal(t, enginetest.Inputs(object{
		"projectId": "prj_1", "name": "shop: changes of orders", "statementKinds": []any{"ddl"}, "schemaName": "public", "relationName": "orders", "enabled": true,
	}), children["shop-approval-orders"].Inputs)
	assert.Equal(t, "billing", children["shop-approval-billing.invoices"].Inputs.Get("schemaName").AsString())
	assert.Equal(t, "invoices", children["shop-approval-billing.invoices"].Inputs.Get("relationName").AsString())

	state := response.State
	for _, access := range []string{"sandbox", "production"} {
		credential := "shop-" + access + "-agent"
		assert.Equal(t, enginetest.Inputs(object{"projectId": "prj_1", "policyProfileId": "shop-" + access + "-policy-id"}), children[credential].Inputs)
		for output, want := range map[string]string{
			"PolicyProfileId": "shop-" + access + "-policy-id", "CredentialId": credential + "-id", "Username": mockOutput(credential, "pgUsername", false),
			"ConnectionString": mockOutput(credential, "connectionString", true), "McpToken": mockOutput(credential, "mcpToken", true),
		} {
			assert.Equal(t, want, state.Get(access+output).AsString(), output)
		}
		assert.True(t, state.Get(access+"PolicyTestId").IsNull())
	}
	assert.Equal(t, mockOutput("shop-production-agent", "mcpUrl", false), state.Get("mcpUrl").AsString())
	assert.Equal(t, enginetest.Inputs(object{"orders": "shop-approval-orders-id", "billing.invoices": "shop-approval-billing.invoices-id"}), state.Get("approvalRuleIds").AsMap())
	assert.True(t, state.Get("webhookEndpointId").IsNull())
}

// TestSettingsOfMigrations checks that settings replace the defaults of each access alone.
func TestSettingsOfMigrations(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, "SafeMigrations", migrations(object{
		"approvals": object{
			"timeoutSeconds": 60, "statementKinds": []any{"ddl", "delete"}, "minAffectedRows": 5, "rulesEnabled": false, "webhook": object{"url": "https://example.com"},
		},
		"sandbox": object{
			"policy": object{"writeMode": "rollback", "maxRows": 5, "statementTimeoutMs": 0, "tableAllowlist": []any{"orders", "customers"}},
			"agent":  object{"name": "sandbox bot"}, "policyTests": fullPolicyTests(),
		},
		"production": object{
			"policy": object{"approvalMode": "all", "statementRules": object{"deny": []any{"copy"}}, "migrationSafety": "warn"},
			"agent":  object{"expiresAt": "2099-01-01T00:00:00Z"}, "policyTests": fullPolicyTests(),
		},
	}), false)
	require.NoError(t, err)
	sandbox, production := children["shop-sandbox-policy"].Inputs, children["shop-production-policy"].Inputs
	assertFields(t, object{
		"writeMode": "rollback", "maxRows": 5, "statementTimeoutMs": 0, "tableAllowlist": []any{"orders", "customers"}, "approvalMode": nil, "approvalTimeoutSeconds": nil,
	}, sandbox)
	assertFields(t, object{
		"approvalMode": "all", "approvalTimeoutSeconds": 60, "statementRules": object{"deny": []any{"copy"}}, "migrationSafety": "warn", "writeMode": nil, "tableAllowlist": []any{"orders"},
	}, production)
	assert.Equal(t, "sandbox bot", children["shop-sandbox-agent"].Inputs.Get("name").AsString())
	assert.Equal(t, "2099-01-01T00:00:00Z", children["shop-production-agent"].Inputs.Get("expiresAt").AsString())
	assertFields(t, object{"statementKinds": []any{"ddl", "delete"}, "minAffectedRows": 5, "enabled": false}, children["shop-approval-orders"].Inputs)
	for _, access := range []string{"sandbox", "production"} {
		assert.Contains(t, dependencies(children["shop-"+access+"-agent"]), "shop-"+access+"-policy-test", "no credential before the tests have passed")
		assert.Equal(t, "shop-"+access+"-policy-test-id", response.State.Get(access+"PolicyTestId").AsString())
	}
	assert.Equal(t, "shop-webhook-id", response.State.Get("webhookEndpointId").AsString())

	children, _, err = construct(t, "SafeMigrations", migrations(object{"production": object{"policy": object{"approvalTimeoutSeconds": 90}}}), false)
	require.NoError(t, err)
	assert.Equal(t, 90.0, children["shop-production-policy"].Inputs.Get("approvalTimeoutSeconds").AsNumber())
}

// TestValidateSafeMigrations checks that invalid inputs create nothing, unless a flag allows them.
func TestValidateSafeMigrations(t *testing.T) {
	t.Parallel()
	tables := func(tables ...any) object { return object{"tables": append([]any{}, tables...)} }
	sandbox := func(policy object) object { return object{"sandbox": object{"policy": policy}} }
	production := func(policy object) object { return object{"production": object{"policy": policy}} }
	rules := func(allow, deny []any) object {
		return production(object{"statementRules": object{"allow": append([]any{}, allow...), "deny": append([]any{}, deny...)}})
	}
	const writeMode, approvalMode, statementRules = "sandbox.policy.writeMode is normal, which writes to the database without approval",
		"production.policy.approvalMode is off, so that schema changes do not wait for approval",
		"production.policy.statementRules allow insert, update, delete or copy without approval"
	assertValidation(t, "SafeMigrations", object{"projectId": "prj_1", "tables": []any{"orders"}}, map[string]validation{
		"no tables":                      {tables(), "", "tables must contain a table"},
		"no list":                        {object{"tables": nil}, "", "tables is required"},
		"the same table":                 {tables("a", "orders", "b.orders", "public.Orders"), "", "tables[3] must be unique: tables[1] is the same table"},
		"tables of two schemas":          {tables("orders", "billing.orders"), "", ""},
		"a table of another database":    {tables("shop.public.orders"), "", "tables[0] must be the name of one table, with or without its schema"},
		"a schema":                       {tables("billing."), "", "tables[0] must be the name of one table"},
		"a pattern":                      {tables("billing.*"), "", "tables[0] must contain only letters, digits, and _ . -"},
		"a null table":                   {tables(nil), "", "tables[0] must not be null"},
		"an unknown table":               {tables("orders", enginetest.Unknown), "", "tables[1] must be known before anything is created"},
		"secret tables":                  {object{"tables": enginetest.Inputs(tables("canary")).Get("tables").WithSecret(true)}, "", "tables[0] must not be a secret"},
		"an http webhook":                {object{"approvals": object{"webhook": object{"url": "http://example.com"}}}, "allowInsecureTransport", "approvals.webhook.url begins with http://"},
		"two timeouts":                   {with(production(object{"approvalTimeoutSeconds": 5}), object{"approvals": object{"timeoutSeconds": 5}}), "", "approvals.timeoutSeconds must not be set together with production.policy.approvalTimeoutSeconds"},
		"a timeout of the sandbox":       {with(sandbox(object{"approvalTimeoutSeconds": 5}), object{"approvals": object{"timeoutSeconds": 5}}), "", ""},
		"no tests of the sandbox":        {object{"sandbox": object{"policyTests": []any{}}}, "", "sandbox.policyTests must contain a case"},
		"equal tests of production":      {object{"production": object{"policyTests": append(fullPolicyTests(), fullPolicyTests()...)}}, "", "production.policyTests[1].name"},
		"an approval of reads":           {object{"approvals": object{"statementKinds": []any{"select"}}}, "", "approvals.statementKinds[0] must be one of"},
		"unknown approvals":              {object{"approvals": enginetest.Unknown}, "", "approvals must be known before anything is created"},
		"a sandbox without a sandbox":    {sandbox(object{"writeMode": "normal"}), "allowUnapprovedWrites", writeMode},
		"the same with approvals of DDL": {sandbox(object{"writeMode": "normal", "approvalMode": "ddl"}), "allowUnapprovedWrites", writeMode},
		"the same with approvals":        {sandbox(object{"writeMode": "normal", "approvalMode": "writes"}), "", ""},
		"a sandbox that reads":           {sandbox(object{"writeMode": "normal", "accessMode": "read_only"}), "", ""},
		"a sandbox that rolls back":      {sandbox(object{"writeMode": "rollback"}), "", ""},
		"an unknown write mode":          {sandbox(object{"writeMode": enginetest.Unknown}), "", ""},
		"no approvals":                   {production(object{"approvalMode": "off"}), "allowUnapprovedWrites", approvalMode},
		"no approvals of reads":          {production(object{"approvalMode": "off", "accessMode": "read_only"}), "", ""},
		"no approvals, rolled back":      {production(object{"approvalMode": "off", "writeMode": "rollback"}), "", ""},
		"approvals of writes":            {production(object{"approvalMode": "writes", "statementRules": object{"allow": []any{}}}), "", ""},
		"approvals that are unknown":     {production(object{"approvalMode": enginetest.Unknown, "statementRules": object{"allow": []any{}}}), "", ""},
		"all kinds of statements":        {rules(nil, nil), "allowUnapprovedWrites", statementRules},
		"an update":                      {rules([]any{"select", "UPDATE"}, nil), "allowUnapprovedWrites", statementRules},
		"a copy":                         {rules([]any{"select", "copy"}, nil), "allowUnapprovedWrites", statementRules},
		"an update that is denied":       {rules([]any{"select", "update"}, []any{"update"}), "", ""},
		"fewer kinds of statements":      {rules([]any{"select", "ddl"}, nil), "", ""},
		"all writes denied":              {rules(nil, []any{"insert", "update", "delete", "copy"}), "", ""},
		"some writes denied":             {rules(nil, []any{"insert", "update", "delete"}), "allowUnapprovedWrites", statementRules},
		"kinds that are unknown":         {rules(nil, []any{enginetest.Unknown}), "", ""},
	})
}
