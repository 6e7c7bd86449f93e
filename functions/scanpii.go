// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[ScanPiiArgs, ScanPiiResult] = ScanPii{}

// ScanPii searches a database for personal data.
type ScanPii struct{}

// ScanPiiArgs are the inputs of ScanPii.
type ScanPiiArgs struct {
	ProjectID  string `pulumi:"projectId"`
	DatabaseID string `pulumi:"databaseId"`
	resources.PiiFilter
}

// ScanPiiResult is the result of ScanPii.
type ScanPiiResult struct {
	Findings        []PiiFinding            `pulumi:"findings"`
	MaskingRules    []resources.MaskingRule `pulumi:"maskingRules"`
	MaskingRuleMaps []map[string]string     `pulumi:"maskingRuleMaps"`
	ScannedTables   int                     `pulumi:"scannedTables"`
	ScannedColumns  int                     `pulumi:"scannedColumns"`
	Truncated       bool                    `pulumi:"truncated"`
}

// PiiFinding is a column that seems to contain personal data. Its fields are those of
// client.PIISuggestion.
type PiiFinding struct {
	Schema           string   `pulumi:"schema"`
	Table            string   `pulumi:"table"`
	Column           string   `pulumi:"column"`
	DataType         string   `pulumi:"dataType"`
	PIIType          string   `pulumi:"piiType"`
	MaskKind         string   `pulumi:"maskKind"`
	Confidence       float64  `pulumi:"confidence"`
	Reasons          []string `pulumi:"reasons"`
	SampleMatchCount *int     `pulumi:"sampleMatchCount,optional"`
	SampleSize       *int     `pulumi:"sampleSize,optional"`
}

// Annotate describes the inputs.
func (r *ScanPiiArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that the database belongs to, `prj_…`.")
	a.Describe(&r.DatabaseID, "The ID of the database, `db_…`.")
	a.Describe(&r.MinConfidence, "The confidence, from 0 to 1, from which on a finding becomes a masking rule. Defaults to 0, so that every finding does.")
	a.Describe(&r.Kind, "The kind of all masking rules. If omitted, each rule has the kind that the scan recommends for its column.")
	a.Describe(&r.Except, "The columns that are not masked, each as `table.column` or `schema.table.column`. "+
		"They remain among the findings.")
}

// Annotate describes the outputs.
func (r *ScanPiiResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Findings, "The columns that seem to contain personal data, those with the highest confidence first.")
	a.Describe(&r.MaskingRules, "The rules that mask these columns, for `maskingRules` of a policy profile. In YAML, use `maskingRuleMaps`.")
	a.Describe(&r.MaskingRuleMaps, resources.MaskingRuleMapsDescription)
	a.Describe(&r.ScannedTables, "The number of tables that were read.")
	a.Describe(&r.ScannedColumns, "The number of columns that were read.")
	a.Describe(&r.Truncated, "Whether the database has more columns than PgBeam reads, so that some of them were not scanned.")
}

// Annotate describes the finding.
func (f *PiiFinding) Annotate(a infer.Annotator) {
	a.Describe(&f, "A column that seems to contain personal data.")
	a.Describe(&f.Schema, "The schema of the table.")
	a.Describe(&f.Table, "The name of the table without its schema.")
	a.Describe(&f.Column, "The name of the column.")
	a.Describe(&f.DataType, "The PostgreSQL data type of the column, such as `text`.")
	a.Describe(&f.PIIType, "The kind of personal data, such as `email`, `phone` or `credit_card`.")
	a.Describe(&f.MaskKind, "The recommended kind of masking rule: `redact`, `null` or `hash`.")
	a.Describe(&f.Confidence, "The confidence of the finding, from 0 to 1.")
	a.Describe(&f.Reasons, "The reasons for the finding.")
	a.Describe(&f.SampleMatchCount, "The number of sampled values that look like personal data. Absent if no values were sampled.")
	a.Describe(&f.SampleSize, "The number of sampled values that are not NULL. Absent if no values were sampled.")
}

// Definition implements kind.FunctionController.
func (ScanPii) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Connects to a database, samples its columns and returns those that seem to contain personal data, " +
			"with masking rules for a policy profile. It fails if the database cannot be read: a scan that did not run is never an empty result. " +
			"The scan is repeated in each update, so a policy that uses the rules follows the database: a column that a scan does not find any more loses its mask. " +
			"Use the resource `DetectedPii` to keep it.",
		Properties: resources.PiiFilterProperties().With(properties.Table{
			"projectId":  properties.ID("prj_"),
			"databaseId": properties.ID("db_"),
		}),
	}
}

// Invoke implements kind.FunctionController.
func (ScanPii) Invoke(ctx context.Context, c *client.Client, in ScanPiiArgs) (ScanPiiResult, error) {
	scan, err := resources.ScanPII(ctx, c, in.ProjectID, in.DatabaseID)
	if err != nil {
		return ScanPiiResult{}, err
	}
	rules := in.MaskingRules(scan.Suggestions)
	return ScanPiiResult{
		Findings:        convert.Items(scan.Suggestions, func(s client.PIISuggestion) PiiFinding { return PiiFinding(s) }),
		MaskingRules:    rules,
		MaskingRuleMaps: resources.MaskingRuleMaps(rules),
		ScannedTables:   scan.ScannedTables,
		ScannedColumns:  scan.ScannedColumns,
		Truncated:       convert.ValueOr(scan.Truncated, false),
	}, nil
}
