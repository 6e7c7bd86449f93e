// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

// AnomalyRules returns the anomaly rules of projects.
func (c *Client) AnomalyRules() *Collection[AnomalyRule, AnomalyRuleInput, AnomalyRuleInput] {
	return putCollection[AnomalyRule, AnomalyRuleInput](c, "projects", "anomaly-rules")
}

// AnomalyRule sets the sensitivity of anomaly detection for one metric, for one
// credential or a whole project. Without a rule, the defaults of the deployment
// apply.
type AnomalyRule struct {
	ProjectObject
	// CredentialID is the ID of the agent credential that the rule applies to. Nil is
	// all credentials of the project.
	CredentialID *string `json:"credential_id"`
	// Metric is "queries_per_hour", "bytes_per_hour", "distinct_shapes",
	// "errors_per_hour" or "active_hours".
	Metric string `json:"metric" api:"nonempty"`
	// SigmaThreshold is the number of deviations above the mean that raise an alert.
	// Nil is the default of the deployment.
	SigmaThreshold *float64 `json:"sigma_threshold"`
	// Floor is the value of the metric below which no alert is raised, in the unit of
	// the metric. Nil is the default of the deployment.
	Floor *float64 `json:"floor"`
	// Enabled is false if the rule silences the metric.
	Enabled bool `json:"enabled"`
}

// AnomalyRuleInput is the request to create an anomaly rule, or to replace one.
// Credential and metric together are unique in a project.
type AnomalyRuleInput struct {
	// CredentialID is the ID of an agent credential of the project, with at most 255
	// characters. Nil is all credentials of the project.
	CredentialID *string `json:"credential_id,omitempty"`
	// Metric is one of the metrics of AnomalyRule.
	Metric string `json:"metric"`
	// SigmaThreshold is greater than 0. It must be nil for the metrics
	// "distinct_shapes" and "active_hours". Nil is the default of the deployment.
	SigmaThreshold *float64 `json:"sigma_threshold,omitempty"`
	// Floor is greater than 0. It must be nil for the metrics "distinct_shapes" and
	// "active_hours". Nil is the default of the deployment.
	Floor *float64 `json:"floor,omitempty"`
	// Enabled is false to silence the metric. Nil is true.
	Enabled *bool `json:"enabled,omitempty"`
}
