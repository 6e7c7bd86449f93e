// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var _ kind.Examiner[DetectedPiiArgs, DetectedPiiState] = DetectedPii{}

// DetectedPii is the personal data that scans of a database have found.
type DetectedPii struct{}

// DetectedPiiArgs are the inputs of a DetectedPii.
type DetectedPiiArgs struct {
	ProjectID  string `pulumi:"projectId"`
	DatabaseID string `pulumi:"databaseId"`
	PiiFilter
	AllowPartialScan *bool `pulumi:"allowPartialScan,optional"`
}

// DetectedPiiState is the state of a DetectedPii.
type DetectedPiiState struct {
	DetectedPiiArgs
	MaskingRules    []MaskingRule       `pulumi:"maskingRules"`
	MaskingRuleMaps []map[string]string `pulumi:"maskingRuleMaps"`
}

// PiiFilter selects the columns to mask from the findings of a scan, and how to mask them. It
// is also a part of the inputs of the function scanPii.
type PiiFilter struct {
	MinConfidence *float64     `pulumi:"minConfidence,optional"`
	Kind          *MaskingKind `pulumi:"kind,optional"`
	Except        []string     `pulumi:"except,optional"`
}

// Annotate describes the inputs.
func (r *DetectedPiiArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that the database belongs to, `prj_…`.")
	a.Describe(&r.DatabaseID, "The ID of the database, `db_…`. Another database has its own columns, so the rules for this one are not kept.")
	a.Describe(&r.MinConfidence, "The confidence, from 0 to 1, from which on a finding becomes a masking rule. Defaults to 0, so that every finding does. "+
		"Raising it removes no rule: it only affects columns that are not masked yet.")
	a.Describe(&r.Kind, "The kind of all masking rules. If omitted, each rule has the kind that the scan recommends for its column. "+
		"Changing it changes all rules. Removing it leaves the rules of columns that the scan no longer finds unchanged.")
	a.Describe(&r.Except, "The columns that are not masked, each as `table.column`, which means that of every schema, or `schema.table.column`. "+
		"This is the only input that removes rules.")
	a.Describe(&r.AllowPartialScan, "Whether a scan may leave out columns, because the database has more of them than PgBeam reads. "+
		"Personal data in these columns is not masked. By default, such a scan is an error. If `true`, it is a warning.")
}

// Annotate describes the outputs.
func (r *DetectedPiiState) Annotate(a infer.Annotator) {
	a.Describe(&r.MaskingRules, "The rules that mask the columns, for `maskingRules` of a policy profile, in the order of their tables and columns. In YAML, use `maskingRuleMaps`.")
	a.Describe(&r.MaskingRuleMaps, MaskingRuleMapsDescription)
}

// MaskingRuleMapsDescription describes the output of that name.
const MaskingRuleMapsDescription = "The same rules as maps. Pulumi YAML does not accept them in the form of `maskingRules`, " +
	"because it does not assign enum values of an output to an input."

// Definition implements kind.Examiner.
func (DetectedPii) Definition() kind.Definition {
	return kind.Definition{
		Description: "Masking rules for the columns of a database that seem to contain personal data. Each preview and each update scans the database, with one request, " +
			"as the function `scanPii` does. A column that is found for the first time is a change, which the update applies.\n\n" +
			"A column that was found once keeps its rule, even if a later scan does not find it any more, because the sampled values differ, or because the column was dropped. " +
			"Rules are only removed for columns in `except`, and if the resource is replaced or deleted. Use the function `scanPii` for rules that follow the last scan instead.\n\n" +
			"If the database cannot be read, or was read in part, the preview and the update fail, and resources that use the rules are neither created nor changed. " +
			"If a preview creates or changes the database or its project, or an input is not known yet, the rules are unknown until the update. " +
			"`pulumi refresh` does not scan.\n\n" +
			"A scan judges the names of columns and samples of their values, so it can miss personal data. List the columns that are known to contain some in the policy profile as well. " +
			"A `DetectedPii` is not an object of PgBeam: its ID, `pii_…`, is generated, and deleting it makes no request.",
		Properties: DetectedPiiProperties(),
		ImportID:   kind.InProject("pii_"),
		Discovery:  &kind.Discovery{Found: "maskingRules", Subjects: []string{"projectId", "databaseId"}},
	}
}

// DetectedPiiProperties describes the inputs of a DetectedPii.
func DetectedPiiProperties() properties.Table {
	return PiiFilterProperties().With(properties.Table{
		"projectId":        properties.ID("prj_").Replaces(),
		"databaseId":       properties.ID("db_").Replaces(),
		"allowPartialScan": properties.Bool().Default(false),
	})
}

// PiiFilterProperties describes a PiiFilter.
func PiiFilterProperties() properties.Table {
	return properties.Table{
		"minConfidence": properties.Number().Between(0, 1).Default(0),
		"kind":          properties.Enum[MaskingKind](),
		"except": properties.List(properties.String().Matches(`^[^.]+(\.[^.]+){1,2}$`, "name a column as table.column or schema.table.column")).
			ComparedBy(properties.SameSet).Default([]string{}),
	}
}

// Examine implements kind.Examiner. The rules of the previous state are kept.
func (DetectedPii) Examine(ctx context.Context, c *client.Client, in DetectedPiiArgs, before *DetectedPiiState) (DetectedPiiState, error) {
	state := DetectedPiiState{DetectedPiiArgs: in}
	scan, err := ScanPII(ctx, c, in.ProjectID, in.DatabaseID)
	if err != nil {
		return state, err
	}
	if convert.ValueOr(scan.Truncated, false) {
		if !convert.ValueOr(in.AllowPartialScan, false) {
			return state, errPartialScan
		}
		p.GetLogger(ctx).Warning("The scan did not read all columns of the database. Personal data in the others is not masked.")
	}
	rules := map[string]MaskingRule{} // by column
	if before != nil {
		for _, rule := range before.MaskingRules {
			if in.excludes(rule) {
				continue
			}
			rule.Kind = convert.ValueOr(in.Kind, rule.Kind)
			rules[rule.String()] = rule
		}
	}
	var added []string
	for _, finding := range slices.Backward(scan.Suggestions) { // of several for a column, the first one has the highest confidence
		rule := in.rule(finding)
		_, known := rules[rule.String()]
		if in.excludes(rule) || !known && !in.includes(finding) {
			continue
		}
		if !known {
			added = append(added, rule.String())
		}
		rules[rule.String()] = rule
	}
	if before != nil && len(added) > 0 {
		slices.Sort(added)
		p.GetLogger(ctx).Infof("There is personal data in columns that are not masked yet, which `pulumi up` masks: %s", strings.Join(added, ", "))
	}
	state.MaskingRules = slices.AppendSeq([]MaskingRule{}, maps.Values(rules))
	slices.SortFunc(state.MaskingRules, func(a, b MaskingRule) int { return strings.Compare(a.String(), b.String()) })
	state.MaskingRuleMaps = MaskingRuleMaps(state.MaskingRules)
	return state, nil
}

// errPartialScan is the error of a scan that has left out columns.
var errPartialScan = errors.New("the database has more columns than PgBeam reads in a scan, so personal data in the others would not be masked. " +
	"To accept that, set allowPartialScan to true, and give agents access only to tables whose columns are known: list these in tableAllowlist")

// ScanPII scans a database for personal data. If the database could not be read, that is an
// error.
func ScanPII(ctx context.Context, c *client.Client, projectID, databaseID string) (client.PIIScan, error) {
	scan, err := c.ScanDatabaseForPII(ctx, projectID, databaseID)
	if err != nil || scan.Error != nil {
		return scan, DatabaseError(err, scan.Error, databaseID)
	}
	return scan, nil
}

// DatabaseError returns the error of a request that reads a database: its own, or the reason
// that the API gives why PgBeam could not read it.
func DatabaseError(err error, reason *string, databaseID string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("PgBeam could not read the database %s: %s. Check the database with testConnection", databaseID, cmp.Or(*reason, "no reason is given"))
}

// MaskingRules returns the rules for the findings of a scan, in their order.
func (f PiiFilter) MaskingRules(findings []client.PIISuggestion) []MaskingRule {
	rules := []MaskingRule{}
	for _, finding := range findings {
		if rule := f.rule(finding); f.includes(finding) && !f.excludes(rule) {
			rules = append(rules, rule)
		}
	}
	return rules
}

// rule returns the rule that masks a column.
func (f PiiFilter) rule(finding client.PIISuggestion) MaskingRule {
	return MaskingRule{
		Table:  finding.Schema + "." + finding.Table,
		Column: finding.Column,
		Kind:   convert.ValueOr(f.Kind, MaskingKind(finding.MaskKind)),
	}
}

// includes reports whether the confidence of a finding is high enough.
func (f PiiFilter) includes(finding client.PIISuggestion) bool {
	return finding.Confidence >= convert.ValueOr(f.MinConfidence, 0)
}

// excludes reports whether the column of a rule, whose table has a schema, is not to be masked.
func (f PiiFilter) excludes(rule MaskingRule) bool {
	_, withoutSchema, _ := strings.Cut(rule.String(), ".")
	return slices.Contains(f.Except, rule.String()) || slices.Contains(f.Except, withoutSchema)
}

// String returns the table and the column.
func (r MaskingRule) String() string { return r.Table + "." + r.Column }

// MaskingRuleMaps returns rules as maps, for YAML.
func MaskingRuleMaps(rules []MaskingRule) []map[string]string {
	return convert.Items(rules, func(rule MaskingRule) map[string]string {
		return map[string]string{"table": rule.Table, "column": rule.Column, "kind": string(rule.Kind)}
	})
}
