// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// lint returns the findings of a policy.
func lint(inputs object) []kind.Finding {
	return resources.PolicyProfile{}.Definition().Lint(enginetest.Inputs(inputs))
}

// lintResults returns the findings of a policy with a severity, each as "path rule".
func lintResults(inputs object, severity kind.Severity) []string {
	var results []string
	for _, finding := range lint(inputs) {
		if finding.Severity == severity {
			results = append(results, string(finding.Path)+" "+finding.Rule)
		}
	}
	return results
}

// cleanPolicy has no findings.
var cleanPolicy = object{"projectId": "prj_1", "budgetQueriesPerHour": 1000, "maxRows": 1000}

// unbounded has the properties that a policy with write access lacks.
var unbounded = object{"accessMode": "read_write"}

func mask(table, column string) object {
	return object{"table": table, "column": column, "kind": "redact"}
}

func masks(tables ...string) []any {
	rules := make([]any, len(tables))
	for i, table := range tables {
		rules[i] = mask(table, "email")
	}
	return rules
}

func filters(tables ...string) []any {
	rules := make([]any, len(tables))
	for i, table := range tables {
		rules[i] = object{"table": table, "predicate": "tenant = 'planted-value'"}
	}
	return rules
}

// TestPolicyLintWarns compares the warnings of policies that differ from a clean one.
func TestPolicyLintWarns(t *testing.T) {
	t.Parallel()
	const (
		allowlist, writes, budget, ceiling = "tableAllowlist write-no-allowlist", "maxAffectedRows unbounded-writes",
			"budgetQueriesPerHour no-query-budget", "maxRows no-read-ceiling"
		deadMask, deadFilter = "maskingRules[0].table dead-mask-rule", "rowFilters[0].table dead-row-filter"
	)
	allowed := func(tables ...string) object { return object{"tableAllowlist": tables, "maskingRules": masks("Users")} }
	denied := func(tables ...string) object { return object{"tableDenylist": tables, "maskingRules": masks("Users")} }
	for _, test := range []struct {
		name    string
		changes object
		want    []string
	}{
		{"clean", object{}, nil},
		{"null is unset", object{"budgetQueriesPerHour": nil}, []string{budget}},

		{"writes everywhere", unbounded, []string{allowlist, writes}},
		{"writes to listed tables", enginetest.With(unbounded, object{"tableAllowlist": []string{"users"}}), []string{writes}},
		{"limited writes", enginetest.With(unbounded, object{"maxAffectedRows": 10}), []string{allowlist}},
		{"writes rolled back", enginetest.With(unbounded, object{"writeMode": "rollback"}), []string{allowlist}},
		{"writes in a sandbox", enginetest.With(unbounded, object{"writeMode": "sandbox"}), []string{allowlist}},
		{"approved writes", enginetest.With(unbounded, object{"approvalMode": "writes"}), []string{allowlist}},
		{"zero is no limit", enginetest.With(unbounded, object{"maxAffectedRows": 0, "writeMode": "normal", "approvalMode": "off"}), []string{allowlist, writes}},
		{"read-only", object{"accessMode": "read_only"}, nil},

		{"no budget", object{"budgetQueriesPerHour": 0}, []string{budget}},
		{"a daily budget", object{"budgetQueriesPerHour": 0, "budgetQueriesPerDay": 5000}, nil},

		{"masks without a ceiling", object{"maxRows": 0, "maskingRules": masks("users")}, []string{ceiling}},
		{"masks with a ceiling of bytes", object{"maxRows": 0, "egressBytesPerDay": 1, "maskingRules": masks("users")}, nil},
		{"no masks and no ceiling", object{"maxRows": 0}, nil},

		{"mask of a table that is not allowed", allowed("orders"), []string{deadMask}},
		{"mask of an allowed table", allowed("orders", "users"), nil},
		{"any case and the schema public", allowed("PUBLIC.USERS"), nil},
		{"names are compared without schemas", allowed("crm.users"), nil},
		{"quoted names", allowed(`"crm"."Users"`), nil},
		{"an allowlist that is not understood", allowed("orders", "public.*"), nil},
		{"mask of a denied table", denied("users"), []string{deadMask}},
		{"a bare entry covers every schema", object{"tableDenylist": []string{"users"}, "maskingRules": masks("crm.users")}, []string{deadMask}},
		{"a bare name is in the schema public", denied("public.users"), []string{deadMask}},
		{"denied in another schema", denied("crm.users"), nil},
		{"denied and allowed", object{"tableAllowlist": []string{"users"}, "tableDenylist": []string{"users"}, "maskingRules": masks("users")}, []string{deadMask}},
		{
			"each rule at its path",
			object{"tableDenylist": []string{"users"}, "maskingRules": masks("orders", "users", "users")},
			[]string{"maskingRules[1].table dead-mask-rule", "maskingRules[2].table dead-mask-rule"},
		},
		{"filter of a table that is not allowed", object{"tableAllowlist": []string{"orders"}, "rowFilters": filters("users")}, []string{deadFilter}},
		{"filter of a denied table", object{"tableDenylist": []string{"users"}, "rowFilters": filters("users")}, []string{deadFilter}},
		{"filter of an allowed table", object{"tableAllowlist": []string{"users"}, "rowFilters": filters("public.users")}, nil},

		{"settings of writes without writes", object{"writeMode": "sandbox", "maxAffectedRows": 5}, nil},
		{"both lists", object{"tableAllowlist": []string{"users"}, "tableDenylist": []string{"logs"}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, lintResults(enginetest.With(cleanPolicy, test.changes), kind.Warning))
		})
	}
}

// TestPolicyLintInforms compares the findings that are not warnings.
func TestPolicyLintInforms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		changes object
		want    []string
	}{
		{object{}, nil},
		{object{"maxRows": 0}, []string{"maxRows no-read-ceiling"}},
		{object{"maxRows": 0, "egressBytesPerDay": 1}, nil},
		{object{"maxRows": 0, "maskingRules": masks("users")}, nil},
		{
			object{"writeMode": "sandbox", "approvalMode": "all", "maxAffectedRows": 5, "approvalAutoMaxRows": 1}, []string{
				"writeMode write-settings-on-readonly", "approvalMode write-settings-on-readonly",
				"maxAffectedRows write-settings-on-readonly", "approvalAutoMaxRows write-settings-on-readonly",
			},
		},
		{object{"writeMode": "normal", "approvalMode": "off", "maxAffectedRows": 0}, nil},
		{object{"accessMode": "read_write", "writeMode": "sandbox", "tableAllowlist": []string{"users"}}, nil},
		{object{"tableAllowlist": []string{"users"}, "tableDenylist": []string{"logs"}}, []string{"tableDenylist allowlist-and-denylist"}},
		{object{"statementRules": object{"allow": []string{"select"}, "deny": []string{"copy"}}}, []string{"statementRules.deny allow-and-deny"}},
		{object{"statementRules": object{"allow": []string{"select"}}}, nil},
	} {
		assert.Equal(t, test.want, lintResults(enginetest.With(cleanPolicy, test.changes), kind.Info), "%v", test.changes)
	}
}

// TestPolicyLintChecksNames covers names that no table and no column can have.
func TestPolicyLintChecksNames(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"users", "public.users", "Users", `"Users"`, `public."my table"`, `"a""b"`, `"a.b"`, "order-items", "größen", "a$b", "t1"} {
		for _, list := range []object{{"maskingRules": masks(table)}, {"rowFilters": filters(table)}} {
			assert.Empty(t, lintResults(enginetest.With(cleanPolicy, list), kind.Warning), "%s %v", table, list)
		}
	}
	for _, table := range []string{
		"", " ", "users ", " users", "my table", "users\n", "*", "public.*", "user%", "users,orders", "a.b.c", ".users", "public.", "public..users",
		`"users`, `users"`, `""`, "'users'", "`users`", "users;", "lower(users)", "users[1]",
	} {
		changes := object{"maskingRules": masks(table), "rowFilters": filters(table), "tableAllowlist": []string{"orders"}}
		assert.Equal(t, []string{"maskingRules[0].table unmatchable-name", "rowFilters[0].table unmatchable-name"},
			lintResults(enginetest.With(cleanPolicy, changes), kind.Warning), "%q", table)
	}
	for column, matches := range map[string]bool{
		"email": true, "E_Mail": true, `"Full Name"`: true, `"a.b"`: true,
		"": false, "*": false, "users.email": false, "email ": false, "full name": false, "email,phone": false, "data->>'x'": false,
	} {
		warnings := lintResults(enginetest.With(cleanPolicy, object{"maskingRules": []any{mask("users", column)}}), kind.Warning)
		if matches {
			assert.Empty(t, warnings, "%q", column)
		} else {
			assert.Equal(t, []string{"maskingRules[0].column unmatchable-name"}, warnings, "%q", column)
		}
	}
}

// TestPolicyLintFindsMisspelledMasks covers masks on tables that are named by no other
// property.
func TestPolicyLintFindsMisspelledMasks(t *testing.T) {
	t.Parallel()
	const first, second = "maskingRules[0].table misspelled-mask-rule", "maskingRules[1].table misspelled-mask-rule"
	for name, test := range map[string]struct {
		changes object
		want    []string
	}{
		"a filter names another":     {object{"maskingRules": masks("user"), "rowFilters": filters("public.users")}, []string{first}},
		"any case":                   {object{"maskingRules": masks("USER"), "rowFilters": filters("Users")}, []string{first}},
		"letters are exchanged":      {object{"maskingRules": masks("usres"), "rowFilters": filters("users")}, []string{first}},
		"a long word":                {object{"maskingRules": masks("custamers"), "rowFilters": filters("customers")}, []string{first}},
		"one word of several":        {object{"maskingRules": masks("order_itemss"), "rowFilters": filters("order_items")}, []string{first}},
		"more masks name another":    {object{"maskingRules": masks("user", "users", "users")}, []string{first}},
		"an earlier mask names it":   {object{"maskingRules": masks("users", "user")}, []string{second}},
		"next to an unmatchable one": {object{"maskingRules": masks("users", "user", "a b")}, []string{"maskingRules[2].table unmatchable-name", second}},
		"a schema":                   {object{"maskingRules": masks("pubic.users"), "tableAllowlist": []string{"public.users"}}, []string{first}},
		"a schema of a filter":       {object{"maskingRules": masks("pubic.users"), "rowFilters": filters("public.users")}, []string{first}},
		"not in the allowlist":       {object{"maskingRules": masks("user"), "tableAllowlist": []string{"users"}}, []string{"maskingRules[0].table dead-mask-rule"}},
	} {
		assert.Equal(t, test.want, lintResults(enginetest.With(cleanPolicy, test.changes), kind.Warning), name)
	}
	for name, changes := range map[string]object{
		"unrelated":                 {"maskingRules": masks("users", "orders", "payments"), "rowFilters": filters("tenants")},
		"the allowlist has both":    {"maskingRules": masks("user", "users"), "tableAllowlist": []string{"user", "users"}},
		"a filter names it":         {"maskingRules": masks("user", "users"), "rowFilters": filters("user", "users")},
		"only the denylist has one": {"maskingRules": masks("users"), "tableDenylist": []string{"user"}},
		"numbered":                  {"maskingRules": masks("events_2025", "events_2026", "shard1", "shard2", "orders", "orders2")},
		"short words":               {"maskingRules": masks("accounts_eu", "accounts_us", "log", "logs", "cat", "car")},
		"another letter":            {"maskingRules": masks("roles", "rules", "cards", "carts", "notes", "votes")},
		"two words":                 {"maskingRules": masks("user_role", "users_roles")},
		"other schemas":             {"maskingRules": masks("crm.users", "shop.users", "public.users"), "rowFilters": filters("users")},
		"the schema is left out":    {"maskingRules": masks("users", "public.users"), "tableAllowlist": []string{"public.users"}},
	} {
		assert.Empty(t, lintResults(enginetest.With(cleanPolicy, changes), kind.Warning), name)
	}
}

// lintEverything has a warning of every rule.
var lintEverything = []object{
	enginetest.With(unbounded, object{"maskingRules": masks("secrets", "user", "a b"), "tableDenylist": []string{"secrets"}, "rowFilters": filters("users", "secrets", "a.b.c")}),
	{"maskingRules": masks("Planted_Customer"), "tableAllowlist": []string{"planted_customers"}, "rowFilters": filters("planted_order")},
}

// TestPolicyLintIsSilentAboutUnknownValues makes every input unknown, at any depth: a
// finding that depends on it disappears, and none is added.
func TestPolicyLintIsSilentAboutUnknownValues(t *testing.T) {
	t.Parallel()
	for _, inputs := range lintEverything {
		all := results(lint(inputs))
		require.NotEmpty(t, all)
		for name := range inputs {
			unknown := results(lint(enginetest.With(inputs, object{name: enginetest.Unknown})))
			assert.Subset(t, all, unknown, name)
			assert.Less(t, len(unknown), len(all), name)
		}
	}
	unknownItem := func(name string, items ...any) object {
		return enginetest.With(cleanPolicy, object{name: append(items, any(enginetest.Unknown))})
	}
	for _, rule := range []any{masks("customer")[0], mask("users", "email")} {
		assert.Empty(t, lint(enginetest.With(unknownItem("tableAllowlist", "orders"), object{"maskingRules": []any{rule}})), "it may be the table")
		assert.Empty(t, lint(enginetest.With(unknownItem("rowFilters", filters("customers")...), object{"maskingRules": []any{rule}})))
	}
	unknownFields := object{"table": enginetest.Unknown, "column": enginetest.Unknown, "kind": "redact"}
	assert.Empty(t, lint(enginetest.With(cleanPolicy, object{"maskingRules": []any{unknownFields}, "tableAllowlist": []string{"users"}})))
	// What is known is enough for a finding.
	assert.Equal(t, []string{"maskingRules[0].table dead-mask-rule"},
		lintResults(enginetest.With(unknownItem("tableDenylist", "users"), object{"maskingRules": masks("users")}), kind.Warning))
	assert.Equal(t, []string{"maxRows no-read-ceiling"},
		lintResults(enginetest.With(unknownItem("maskingRules"), object{"maxRows": 0}), kind.Warning))
}

func results(findings []kind.Finding) []string {
	all := make([]string, len(findings))
	for i, finding := range findings {
		all[i] = fmt.Sprint(finding.Path, " ", finding.Rule)
	}
	return all
}

// TestPolicyLintKeepsSecrets requires that no finding contains the name of a table that is
// secret, whatever carries the mark, and that none contains a predicate.
func TestPolicyLintKeepsSecrets(t *testing.T) {
	t.Parallel()
	for _, inputs := range lintEverything {
		for _, finding := range lint(inputs) {
			assert.NotContains(t, finding.Message, "planted-value")
		}
	}
	inputs := enginetest.Inputs(lintEverything[1])
	messages := func(inputs property.Map) string {
		var all []string
		for _, finding := range (resources.PolicyProfile{}).Definition().Lint(inputs) {
			all = append(all, finding.Message)
		}
		return strings.Join(all, "\n")
	}
	plain := messages(inputs)
	assert.Contains(t, plain, `"Planted_Customer" is not in tableAllowlist, so the rule masks nothing: correct the name (did you mean "planted_customers"?)`)
	secret := inputs
	for name, value := range inputs.All {
		secret = secret.Set(name, value.WithSecret(true))
	}
	assert.NotContains(t, strings.ToLower(messages(secret)), "planted")
	assert.Equal(t, strings.Count(plain, "\n"), strings.Count(messages(secret), "\n"), "the findings are the same")

	rule := inputs.Get("maskingRules").AsArray().Get(0).AsMap()
	rule = rule.Set("table", rule.Get("table").WithSecret(true))
	secret = inputs.Set("maskingRules", property.New([]property.Value{property.New(rule)}))
	assert.NotContains(t, messages(secret), "Planted_Customer")
	assert.Contains(t, messages(secret), "planted_customers", "the allowlist is not secret")
}

// TestPolicyLintSaysWhatToDo requires a message that continues a sentence and says what to
// do, and no rule without a test.
func TestPolicyLintSaysWhatToDo(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, inputs := range append(lintEverything,
		object{"writeMode": "sandbox", "tableAllowlist": []string{"a"}, "tableDenylist": []string{"b"}},
		object{"statementRules": object{"allow": []string{"select"}, "deny": []string{"copy"}}},
	) {
		for _, finding := range lint(inputs) {
			found[finding.Rule] = true
			assert.Regexp(t, `^("[^"]+" )?[a-z].*[:] .*[^.]$`, finding.Message)
		}
	}
	var names []string
	for _, rule := range resources.PolicyRules() {
		names = append(names, rule.Name)
	}
	slices.Sort(names)
	assert.Equal(t, slices.Compact(names), slices.Sorted(maps.Keys(found)))
}
