// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// DetectedPiiSettings contains the settings of a DetectedPii whose rules a policy has, too.
type DetectedPiiSettings struct {
	DatabaseID       pulumi.StringPtrInput   `pulumi:"databaseId,optional"`
	MinConfidence    pulumi.Float64PtrInput  `pulumi:"minConfidence,optional"`
	Kind             pulumi.StringPtrInput   `pulumi:"kind,optional"`
	Except           pulumi.StringArrayInput `pulumi:"except,optional"`
	AllowPartialScan pulumi.BoolPtrInput     `pulumi:"allowPartialScan,optional"`
}

// Annotate describes the settings that differ from DetectedPii.
func (r *DetectedPiiSettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "Which columns with personal data a policy masks: the settings of a `DetectedPii`.")
	a.Describe(&r.DatabaseID, "The ID of the database to scan, `db_…`. Required, except in a `SecureAgentProject`, where it defaults to the primary database. "+
		"Changing it replaces the rules that were detected.")
}

// detectedPiiProperties describes DetectedPiiSettings.
func detectedPiiProperties() properties.Property {
	table := resources.DetectedPiiProperties()
	return properties.Object[DetectedPiiSettings](table.Without("projectId").With(properties.Table{
		"databaseId": table["databaseId"].Optional(),
	})).MustBeKnown()
}

// resourceArgs returns the inputs of the DetectedPii. databaseID is the database that is
// scanned unless the settings name one.
func (r *DetectedPiiSettings) resourceArgs(projectID, databaseID pulumi.StringInput) *pgbeam.DetectedPiiArgs {
	if r.DatabaseID != nil {
		databaseID = r.DatabaseID.ToStringPtrOutput().Elem()
	}
	return &pgbeam.DetectedPiiArgs{
		ProjectId:        projectID,
		DatabaseId:       databaseID,
		MinConfidence:    r.MinConfidence,
		Kind:             r.Kind,
		Except:           r.Except,
		AllowPartialScan: r.AllowPartialScan,
	}
}

// validateDetectedPii rejects a policy that masks what is detected in a database that it does
// not name. Components that scan a database by default do not need it.
func (v *validator) validateDetectedPii(policyAt properties.Path, policy property.Value) {
	settings := properties.AsMap(policy).Get("maskDetectedPii")
	if settings.IsMap() && settings.AsMap().Get("databaseId").IsNull() {
		v.fail(policyAt.Field("maskDetectedPii").Field("databaseId"), "is required")
	}
}

// withDetected returns masking rules with those for other columns that were detected.
func withDetected(given pgbeam.MaskingRuleArrayInput, detected pgbeam.MaskingRuleArrayOutput) pgbeam.MaskingRuleArrayOutput {
	if given == nil {
		given = pgbeam.MaskingRuleArray{}
	}
	return pulumi.All(given, detected).ApplyT(func(values []any) []pgbeam.MaskingRule {
		rules, masked := slices.Clone(values[0].([]pgbeam.MaskingRule)), map[string]bool{}
		for _, rule := range rules {
			masked[maskedColumn(rule.Table, rule.Column)] = true
		}
		for _, rule := range values[1].([]pgbeam.MaskingRule) {
			if !masked[maskedColumn(rule.Table, rule.Column)] {
				rules = append(rules, rule)
			}
		}
		return rules
	}).(pgbeam.MaskingRuleArrayOutput)
}

// maskedColumn identifies the column that a masking rule names: case and quotes do not matter,
// and a table without a schema is that of the schema public.
func maskedColumn(table, column string) string {
	if name, ok := resources.ParseTableName(table); ok {
		table = name.Schema + "." + name.Name
	}
	return strings.ToLower(table + "." + strings.ReplaceAll(column, `"`, ""))
}
