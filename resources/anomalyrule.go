// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ Controller[AnomalyRuleArgs, AnomalyRuleState]         = (*AnomalyRule)(nil)
	_ infer.CustomUpdate[AnomalyRuleArgs, AnomalyRuleState] = (*AnomalyRule)(nil)
)

// AnomalyRule is how sensitive the detection of a metric is.
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

// Annotate describes the resource.
func (r *AnomalyRule) Annotate(a infer.Annotator) {
	a.Describe(&r, "How sensitive the detection of one metric is, for a project or for one of its credentials. "+
		"Without a rule, PgBeam's own thresholds hold; destroying a rule brings them back, and with them the alerts.")
}

// Annotate describes the inputs.
func (r *AnomalyRuleArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.CredentialID, "ID of the agent credential that the rule is for, `agt_…`. Empty is every credential of the project.")
	a.Describe(&r.Metric, "The metric. There is one rule for a metric of a project, and one for that of each credential.")
	a.Describe(&r.SigmaThreshold, "Deviations from the usual above which an alert is raised, more than 0. Left out, PgBeam's own. "+
		"Not for `distinct_shapes` and `active_hours`.")
	a.Describe(&r.Floor, "Value below which no alert is raised, more than 0. Left out, PgBeam's own. "+
		"Not for `distinct_shapes` and `active_hours`.")
	a.Describe(&r.Enabled, "Whether there are alerts for the metric. `false` silences it; the rule itself cannot be switched off.")
}

// Annotate describes the outputs.
func (r *AnomalyRuleState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "When the rule was created, in RFC 3339.")
	a.Describe(&r.UpdatedAt, "When the rule was last changed, in RFC 3339.")
}

// Definition implements Controller.
func (AnomalyRule) Definition() Definition {
	return Definition{
		Properties: properties.Table{
			"projectId":      properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
			"credentialId":   properties.String().Length(0, 255).Reference("agt_").Default(""),
			"metric":         properties.Enum[AnomalyMetric]().Required(),
			"sigmaThreshold": properties.Number().MoreThan(0).Default(nil),
			"floor":          properties.Number().MoreThan(0).Default(nil),
			"enabled":        properties.Bool().Default(true),
		},
		ImportID:       ImportID{Parents: []Parent{{Property: "projectId", Prefix: "prj_"}}, Prefix: "anr_"},
		Namesake:       anomalyRuleFor,
		Contradictions: thresholdsWithoutRate,
	}
}

// thresholdsWithoutRate finds thresholds for metrics that have no rate.
func thresholdsWithoutRate(inputs property.Map) []p.CheckFailure {
	metric := inputs.Get("metric")
	if !metric.IsString() || !slices.Contains([]string{"distinct_shapes", "active_hours"}, metric.AsString()) {
		return nil
	}
	var failures []p.CheckFailure
	for _, name := range []string{"floor", "sigmaThreshold"} {
		if inputs.Get(name).IsNumber() {
			failures = append(failures, p.CheckFailure{
				Property: name, Reason: name + " is not for the metric " + metric.AsString() + ", which has no rate",
			})
		}
	}
	return failures
}

// Create implements infer.CustomCreate.
func (AnomalyRule) Create(ctx context.Context, req infer.CreateRequest[AnomalyRuleArgs],
) (infer.CreateResponse[AnomalyRuleState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[AnomalyRuleState]](err)
	}
	created, err := pgbeam.AnomalyRules().Create(ctx, req.Inputs.ProjectID, anomalyRuleInput(req.Inputs))
	if err != nil {
		return failed[infer.CreateResponse[AnomalyRuleState]](err)
	}
	return infer.CreateResponse[AnomalyRuleState]{ID: created.ID, Output: anomalyRuleState(created)}, nil
}

// Read implements infer.CustomRead.
func (AnomalyRule) Read(ctx context.Context, req infer.ReadRequest[AnomalyRuleArgs, AnomalyRuleState],
) (infer.ReadResponse[AnomalyRuleArgs, AnomalyRuleState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[AnomalyRuleArgs, AnomalyRuleState]](err)
	}
	live, err := pgbeam.AnomalyRules().Get(ctx, req.State.ProjectID, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[AnomalyRuleArgs, AnomalyRuleState]](err)
	}
	state := anomalyRuleState(live)
	return infer.ReadResponse[AnomalyRuleArgs, AnomalyRuleState]{ID: live.ID, Inputs: state.AnomalyRuleArgs, State: state}, nil
}

// Update implements infer.CustomUpdate. The API replaces the whole rule, and
// can move it to another metric or credential.
func (AnomalyRule) Update(ctx context.Context, req infer.UpdateRequest[AnomalyRuleArgs, AnomalyRuleState],
) (infer.UpdateResponse[AnomalyRuleState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.UpdateResponse[AnomalyRuleState]](err)
	}
	updated, err := pgbeam.AnomalyRules().Update(ctx, req.Inputs.ProjectID, req.ID, anomalyRuleInput(req.Inputs))
	if err != nil {
		return failed[infer.UpdateResponse[AnomalyRuleState]](err)
	}
	return infer.UpdateResponse[AnomalyRuleState]{Output: anomalyRuleState(updated)}, nil
}

// Delete implements infer.CustomDelete.
func (AnomalyRule) Delete(ctx context.Context, req infer.DeleteRequest[AnomalyRuleState]) (infer.DeleteResponse, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	return infer.DeleteResponse{}, pgbeam.AnomalyRules().Delete(ctx, req.State.ProjectID, req.ID)
}

func anomalyRuleInput(args AnomalyRuleArgs) client.AnomalyRuleInput {
	return client.AnomalyRuleInput{
		CredentialID:   nonEmpty(args.CredentialID),
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
			CredentialID:   optional[string](live.CredentialID, ""),
			Metric:         AnomalyMetric(live.Metric),
			SigmaThreshold: live.SigmaThreshold,
			Floor:          live.Floor,
			Enabled:        &live.Enabled,
		},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
