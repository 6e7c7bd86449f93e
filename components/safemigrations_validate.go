// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// validateSafeMigrations returns the inputs that break the promise of the component without the
// flag that allows it, and names of tables that a policy or a child cannot have.
func validateSafeMigrations(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs}
	v.validateTables()
	approvals := properties.AsMap(inputs.Get("approvals"))
	v.validateWebhook("approvals.webhook", approvals.Get("webhook"))
	sandbox, production := properties.AsMap(inputs.Get("sandbox")), properties.AsMap(inputs.Get("production"))
	v.validatePolicyTests("sandbox.policyTests", sandbox.Get("policyTests"))
	v.validatePolicyTests("production.policyTests", production.Get("policyTests"))

	v.validateDetectedPii("sandbox.policy", sandbox.Get("policy"))
	v.validateDetectedPii("production.policy", production.Get("policy"))
	policy := properties.AsMap(production.Get("policy"))
	if !approvals.Get("timeoutSeconds").IsNull() && !policy.Get("approvalTimeoutSeconds").IsNull() {
		v.fail("approvals.timeoutSeconds", "must not be set together with production.policy.approvalTimeoutSeconds")
	}
	if !v.isAllowed("allowUnapprovedWrites") {
		v.validateSandboxWrites(properties.AsMap(sandbox.Get("policy")))
		v.validateProductionWrites(policy)
	}
	return v.failures
}

// validateTables rejects a list without a table, which would allow all of them, what is not the
// name of one table, and two names of the same table.
func (v *validator) validateTables() {
	const name = "tables"
	tables := v.inputs.Get(name)
	if !tables.IsArray() {
		return
	}
	if tables.AsArray().Len() == 0 {
		v.fail(name, "must contain a table")
	}
	first := map[resources.TableName]int{}
	for i, item := range tables.AsArray().All {
		table, path := convert.Text(item), properties.Path(name).Index(i)
		if table == "" {
			continue
		}
		parsed, ok := resources.ParseTableName(table)
		other, taken := first[parsed]
		switch {
		case !ok:
			v.fail(path, "must be the name of one table, with or without its schema, such as orders or billing.invoices")
		case taken:
			v.fail(path, "must be unique: tables[%d] is the same table", other)
		default:
			first[parsed] = i
		}
	}
}

// validateSandboxWrites rejects a policy whose writes reach the database without approval. Its
// defaults are those of the sandbox.
func (v *validator) validateSandboxWrites(policy property.Map) {
	if isReadOnly(policy) || isOneOf(policy.Get("approvalMode"), "writes", "all") {
		return
	}
	if convert.Text(policy.Get("writeMode")) == "normal" {
		v.fail("sandbox.policy.writeMode", "is normal, which writes to the database without approval: use sandbox or rollback, "+
			"or set allowUnapprovedWrites to true to allow writes without approval")
	}
}

// validateProductionWrites rejects a policy with which a write does not wait for approval. Its
// defaults are those of production.
func (v *validator) validateProductionWrites(policy property.Map) {
	approval := policy.Get("approvalMode")
	switch {
	case isReadOnly(policy), isOneOf(policy.Get("writeMode"), "sandbox", "rollback"), isOneOf(approval, "writes", "all"):
	case convert.Text(approval) == "off":
		v.fail("production.policy.approvalMode", "is off, so that schema changes do not wait for approval: use ddl, writes or all, "+
			"or set allowUnapprovedWrites to true to allow writes without approval")
	case allowsDataWrites(policy.Get("statementRules")):
		v.fail("production.policy.statementRules", "allow insert, update, delete or copy without approval: allow only other kinds of statements, "+
			"set production.policy.approvalMode to writes or all, or set allowUnapprovedWrites to true to allow writes without approval")
	}
}

// isReadOnly reports whether a policy of the component is read-only. An unknown mode counts as
// one: the update validates it again.
func isReadOnly(policy property.Map) bool { return isOneOf(policy.Get("accessMode"), "read_only") }

// allowsDataWrites reports whether statement rules other than the defaults allow a kind of
// statement that writes data. Unknown rules count as ones that do not.
func allowsDataWrites(rules property.Value) bool {
	allow, deny := properties.AsMap(rules).Get("allow"), properties.AsMap(rules).Get("deny")
	if rules.IsNull() || rules.HasComputed() {
		return false
	}
	allowed, denied := kindsIn(allow), kindsIn(deny)
	return slices.ContainsFunc([]string{"insert", "update", "delete", "copy"}, func(kind string) bool {
		return (len(allowed) == 0 || slices.Contains(allowed, kind)) && !slices.Contains(denied, kind)
	})
}

// kindsIn returns the kinds of statements in a list, in lower case.
func kindsIn(list property.Value) (kinds []string) {
	if list.IsArray() {
		for _, item := range list.AsArray().All {
			kinds = append(kinds, strings.ToLower(convert.Text(item)))
		}
	}
	return kinds
}
