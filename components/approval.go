// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// ApprovalSettings contains the settings of an approval rule.
type ApprovalSettings struct {
	Name            pulumi.StringPtrInput   `pulumi:"name,optional"`
	StatementKinds  pulumi.StringArrayInput `pulumi:"statementKinds,optional"`
	SchemaName      pulumi.StringPtrInput   `pulumi:"schemaName,optional"`
	RelationName    pulumi.StringPtrInput   `pulumi:"relationName,optional"`
	MinAffectedRows pulumi.IntPtrInput      `pulumi:"minAffectedRows,optional"`
	Enabled         pulumi.BoolPtrInput     `pulumi:"enabled,optional"`
}

// Annotate describes the settings that differ from ApprovalRule.
func (r *ApprovalSettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "The settings of an approval rule.")
	a.Describe(&r.Name, "The name of the rule, 1 to 255 characters, unique in the PgBeam project. The reviewer sees it on each approval request. "+
		"Defaults to the key of the rule.")
}

// approvalProperties describes ApprovalSettings.
func approvalProperties() properties.Property {
	rule := resources.ApprovalRuleProperties()
	return properties.Object[ApprovalSettings](rule.Without("projectId").With(properties.Table{"name": rule["name"].Optional()}))
}

// resourceArgs returns the inputs of the rule with a key. The API's defaults are set, too, so that
// a change outside of Pulumi, such as disabling the rule, is corrected by the next update.
func (r ApprovalSettings) resourceArgs(projectID pulumi.StringInput, key string) *pgbeam.ApprovalRuleArgs {
	name := pulumi.String(key).ToStringOutput()
	if r.Name != nil {
		name = r.Name.ToStringPtrOutput().Elem()
	}
	args := &pgbeam.ApprovalRuleArgs{
		ProjectId:       projectID,
		Name:            name,
		StatementKinds:  r.StatementKinds,
		SchemaName:      r.SchemaName,
		RelationName:    r.RelationName,
		MinAffectedRows: r.MinAffectedRows,
		Enabled:         r.Enabled,
	}
	if args.StatementKinds == nil {
		args.StatementKinds = pulumi.StringArray{}
	}
	if args.SchemaName == nil {
		args.SchemaName = pulumi.String("")
	}
	if args.RelationName == nil {
		args.RelationName = pulumi.String("")
	}
	if args.Enabled == nil {
		args.Enabled = pulumi.Bool(true)
	}
	return args
}

// holdsAllWrites reports whether an approval rule holds every statement that changes data or
// the schema, whatever a policy says. An unknown setting counts as one with which it does: the
// update validates it again.
func holdsAllWrites(rule property.Map) bool {
	if rule.Get("enabled").IsBool() && !rule.Get("enabled").AsBool() || rule.Get("minAffectedRows").IsNumber() {
		return false
	}
	for _, name := range []string{"schemaName", "relationName"} {
		if convert.Text(rule.Get(name)) != "" {
			return false
		}
	}
	kinds := rule.Get("statementKinds")
	if !kinds.IsArray() || kinds.AsArray().Len() == 0 {
		return true
	}
	for _, kind := range []string{"insert", "update", "delete", "ddl"} {
		if !slices.ContainsFunc(kinds.AsArray().AsSlice(), func(v property.Value) bool { return v.IsComputed() || convert.Text(v) == kind }) {
			return false
		}
	}
	return true
}
