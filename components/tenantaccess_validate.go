// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"strings"
	"unicode/utf8"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// validateTenantAccess returns what would let a tenant see rows of others, and what weakens
// the defaults without the flag that allows it.
func validateTenantAccess(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs}
	v.validateWrites("policy", inputs.Get("policy"))
	v.validateDetectedPii("policy", inputs.Get("policy"))
	v.validatePolicyTests("policyTests", inputs.Get("policyTests"))
	v.validateTenantTables()
	v.validateTenantNames("policy")
	v.validateTenantNames("agent")
	return v.failures
}

// validateTenantTables rejects tables that cannot be filtered, and references of the policy to
// tables without a filter. It quotes no names: the engine prints the value at a path unless it
// is secret.
func (v *validator) validateTenantTables() {
	tables := v.inputs.Get("tables")
	if !tables.IsMap() {
		return
	}
	if tables.AsMap().Len() == 0 {
		v.fail("tables", "must contain a table: without one, the agents of a tenant could access all tables")
	}
	known := map[resources.TableName]bool{}
	for table, column := range tables.AsMap().AllStable {
		path := properties.Path("tables")
		if !tables.Secret() {
			path = path.Field(table)
		}
		switch name, ok := resources.ParseTableName(table); {
		case !ok:
			v.fail(path, "has a key that is not the name of a table: name one table, with or without its schema")
		case known[name]:
			v.fail(path, "is the same table as another key: name it once. The case does not matter, and a name without a schema is in public")
		default:
			known[name] = true
		}
		if column.IsString() && len(column.AsString()) > 1 && strings.HasPrefix(column.AsString(), `"`) && strings.HasSuffix(column.AsString(), `"`) {
			v.fail(path, "must be the name of the column as it is in the database, without quotes around it")
		}
	}
	policy := properties.AsMap(v.inputs.Get("policy"))
	for i, item := range items(policy.Get("tableAllowlist")) {
		v.validateTenantTable(properties.Path("policy.tableAllowlist").Index(i), item, known,
			"tenants could see each other's rows in it. Add the table with its tenant column to tables, or remove it from the allowlist")
	}
	for i, item := range items(policy.Get("rowFilters")) {
		filter, path := properties.AsMap(item), properties.Path("policy.rowFilters").Index(i)
		v.validateTenantTable(path.Field("table"), filter.Get("table"), known,
			"tenants cannot access it. Add the table with its tenant column to tables, or remove the filter")
		if predicate := filter.Get("predicate"); predicate.IsString() && !isSelfContained(predicate.AsString()) {
			v.fail(path.Field("predicate"), `cannot be combined with the filter of a tenant: it must have balanced parentheses and quotes, `+
				`and must not contain \', and, outside of quotes, comments, semicolons and dollar signs`)
		}
	}
}

// validateTenantTable rejects the name of a table that is not in tables.
func (v *validator) validateTenantTable(path properties.Path, value property.Value, tables map[resources.TableName]bool, consequence string) {
	if !value.IsString() {
		return
	}
	switch name, ok := resources.ParseTableName(value.AsString()); {
	case !ok:
		v.fail(path, "is not the name of a table: name one table, with or without its schema")
	case !tables[name]:
		v.fail(path, "is not in tables, where a name without a schema is in public: %s", consequence)
	}
}

// items returns the items of a list, or none if it is not known.
func items(list property.Value) []property.Value {
	if !list.IsArray() {
		return nil
	}
	return list.AsArray().AsSlice()
}

// validateTenantNames rejects a name that is too long together with that of a tenant.
func (v *validator) validateTenantNames(settings string) {
	const maxLength = 128
	name := properties.AsMap(v.inputs.Get(settings)).Get("name")
	if !name.IsString() {
		return
	}
	longest := 0
	for tenant := range properties.AsMap(v.inputs.Get("tenants")).All {
		longest = max(longest, len("-")+len(tenant))
	}
	if n := utf8.RuneCountInString(name.AsString()); n <= maxLength && n+longest > maxLength {
		v.fail(properties.Path(settings).Field("name"), "must have at most %d characters, because a dash and the name of the tenant follow it", maxLength-longest)
	}
}
