// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"iter"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[AnomalyRuleArgs, AnomalyRuleState] = AnomalyRule{}
	_ kind.Updater[AnomalyRuleArgs, AnomalyRuleState]    = AnomalyRule{}
	_ kind.Lister[AnomalyRuleArgs]                       = AnomalyRule{}
)

// AnomalyRule is the sensitivity of anomaly detection for a metric.
type AnomalyRule struct{}

// AnomalyRuleArgs are the inputs of an AnomalyRule.
type AnomalyRuleArgs struct {
	ProjectID      string        `pulumi:"projectId"`
	CredentialID   *string       `pulumi:"credentialId,optional"`
	Metric         AnomalyMetric `pulumi:"metric"`
	SigmaThreshold *float64      `pulumi:"sigmaThreshold,optional"`
	Floor          *float64      `pulumi:"floor,optional"`
	Enabled        *bool         `pulumi:"enabled,optional"`
}

// AnomalyRuleState is the state of an AnomalyRule.
type AnomalyRuleState struct {
	AnomalyRuleArgs
	CreatedAt string `pulumi:"createdAt"`
	UpdatedAt string `pulumi:"updatedAt"`
}

// Annotate describes the inputs.
func (r *AnomalyRuleArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that owns the rule, `prj_…`.")
	a.Describe(&r.CredentialID, "The ID of the agent credential that the rule applies to, `agt_…`. "+
		"If empty, the rule applies to every credential of the project.")
	a.Describe(&r.Metric, "The metric that the rule configures. "+
		"A project can have one rule for each metric, and one for each metric of each credential.")
	a.Describe(&r.SigmaThreshold, "The number of deviations from the baseline above which an alert is raised, greater than 0. "+
		"If omitted, PgBeam's own threshold applies. Not supported for `distinct_shapes` and `active_hours`.")
	a.Describe(&r.Floor, "The value of the metric below which no alert is raised, greater than 0. "+
		"If omitted, PgBeam's own floor applies. Not supported for `distinct_shapes` and `active_hours`.")
	a.Describe(&r.Enabled, "Whether the metric raises alerts. `false` silences the metric; it does not restore PgBeam's own thresholds.")
}

// Annotate describes the outputs.
func (r *AnomalyRuleState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "The time when the rule was created, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the rule was last updated, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (AnomalyRule) Definition() kind.Definition {
	return kind.Definition{
		Description: "The sensitivity of anomaly detection for one metric, for a whole project or for a single agent credential. " +
			"Without a rule, PgBeam's own thresholds apply. " +
			"Destroying the resource restores them and re-enables the alerts of a silenced metric.",
		Properties: AnomalyRuleProperties(),
		ImportID:   kind.InProject("anr_"),
		UniqueBy:   []string{"projectId", "credentialId", "metric"},
		Validate:   validateThresholds,
	}
}

// AnomalyRuleProperties describes the inputs of an AnomalyRule.
func AnomalyRuleProperties() properties.Table {
	return properties.Table{
		"projectId":      properties.ID("prj_").Replaces(),
		"credentialId":   properties.String().Length(0, 255).Reference("agt_").Default(""),
		"metric":         properties.Enum[AnomalyMetric]().Required(),
		"sigmaThreshold": properties.Number().MoreThan(0).Default(nil),
		"floor":          properties.Number().MoreThan(0).Default(nil),
		"enabled":        properties.Bool().Default(true),
	}
}

// validateThresholds rejects thresholds for the metrics that are not rates.
func validateThresholds(inputs property.Map) []p.CheckFailure {
	metric := inputs.Get("metric")
	if !metric.IsString() || !slices.Contains([]string{"distinct_shapes", "active_hours"}, metric.AsString()) {
		return nil
	}
	var failures []p.CheckFailure
	for _, name := range []string{"floor", "sigmaThreshold"} {
		if inputs.Get(name).IsNumber() {
			failures = append(failures, p.CheckFailure{
				Property: name, Reason: name + " is not supported for the metric " + metric.AsString() + ", which is not a rate",
			})
		}
	}
	return failures
}

// Create implements kind.Controller.
func (AnomalyRule) Create(ctx context.Context, c *client.Client, in AnomalyRuleArgs) (id string, state AnomalyRuleState, err error) {
	created, err := c.AnomalyRules().Create(ctx, in.ProjectID, anomalyRuleInput(in))
	return created.ID, anomalyRuleState(created), err
}

// Read implements kind.Controller.
func (AnomalyRule) Read(ctx context.Context, c *client.Client, id string, state AnomalyRuleState) (AnomalyRuleState, error) {
	live, err := c.AnomalyRules().Get(ctx, state.ProjectID, id)
	return anomalyRuleState(live), err
}

// Update implements kind.Updater. The API replaces the whole rule.
func (AnomalyRule) Update(ctx context.Context, c *client.Client, id string, _ AnomalyRuleState, in AnomalyRuleArgs) (AnomalyRuleState, error) {
	updated, err := c.AnomalyRules().Update(ctx, in.ProjectID, id, anomalyRuleInput(in))
	return anomalyRuleState(updated), err
}

// Delete implements kind.Controller.
func (AnomalyRule) Delete(ctx context.Context, c *client.Client, id string, state AnomalyRuleState) error {
	return c.AnomalyRules().Delete(ctx, state.ProjectID, id)
}

// List implements kind.Lister.
func (AnomalyRule) List(ctx context.Context, c *client.Client, in AnomalyRuleArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.AnomalyRules().List(ctx, in.ProjectID), func(live client.AnomalyRule) (id string, state any, ok bool) {
		return live.ID, anomalyRuleState(live), true
	})
}

func anomalyRuleInput(args AnomalyRuleArgs) client.AnomalyRuleInput {
	return client.AnomalyRuleInput{
		CredentialID:   convert.NonEmpty(args.CredentialID),
		Metric:         string(args.Metric),
		SigmaThreshold: args.SigmaThreshold,
		Floor:          args.Floor,
		Enabled:        args.Enabled,
	}
}

func anomalyRuleState(live client.AnomalyRule) AnomalyRuleState {
	return AnomalyRuleState{
		AnomalyRuleArgs: AnomalyRuleArgs{
			ProjectID:      live.ProjectID,
			CredentialID:   convert.StringOr[string](live.CredentialID, ""),
			Metric:         AnomalyMetric(live.Metric),
			SigmaThreshold: live.SigmaThreshold,
			Floor:          live.Floor,
			Enabled:        &live.Enabled,
		},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
