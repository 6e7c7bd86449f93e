// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// AnomalySettings contains the settings of an anomaly rule.
type AnomalySettings struct {
	Metric         pulumi.StringInput     `pulumi:"metric"`
	SigmaThreshold pulumi.Float64PtrInput `pulumi:"sigmaThreshold,optional"`
	Floor          pulumi.Float64PtrInput `pulumi:"floor,optional"`
	Enabled        pulumi.BoolPtrInput    `pulumi:"enabled,optional"`
}

// Annotate describes the type.
func (r *AnomalySettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "The settings of an anomaly rule.")
}

// anomalyProperties describes AnomalySettings.
func anomalyProperties() properties.Property {
	return properties.Object[AnomalySettings](resources.AnomalyRuleProperties().Without("projectId", "credentialId"))
}

// resourceArgs returns the inputs of the rule. It applies to every credential of the project
// if credentialID is nil.
func (r AnomalySettings) resourceArgs(projectID pulumi.StringInput, credentialID pulumi.StringPtrInput) *pgbeam.AnomalyRuleArgs {
	return &pgbeam.AnomalyRuleArgs{
		ProjectId:      projectID,
		CredentialId:   credentialID,
		Metric:         r.Metric,
		SigmaThreshold: r.SigmaThreshold,
		Floor:          r.Floor,
		Enabled:        r.Enabled,
	}
}
