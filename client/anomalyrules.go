// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
)

// AnomalyRules is the service for anomaly rules.
type AnomalyRules struct{ c *Client }

// AnomalyRules returns the service for anomaly rules.
func (c *Client) AnomalyRules() AnomalyRules { return AnomalyRules{c} }

// AnomalyRule is how sensitive the detection of a metric is.
type AnomalyRule struct {
	ID             string   `json:"id" api:"nonempty"`
	ProjectID      string   `json:"project_id" api:"nonempty"`
	CredentialID   *string  `json:"credential_id"`
	Metric         string   `json:"metric" api:"nonempty"`
	SigmaThreshold *float64 `json:"sigma_threshold"`
	Floor          *float64 `json:"floor"`
	Enabled        bool     `json:"enabled"`
	CreatedAt      string   `json:"created_at"`
	UpdatedAt      string   `json:"updated_at"`
}

// AnomalyRuleInput is a rule to be created, or to take the place of one. What is
// nil is the deployment's own choice, or, for the credential, all of them.
type AnomalyRuleInput struct {
	CredentialID   *string  `json:"credential_id,omitempty"`
	Metric         string   `json:"metric"`
	SigmaThreshold *float64 `json:"sigma_threshold,omitempty"`
	Floor          *float64 `json:"floor,omitempty"`
	Enabled        *bool    `json:"enabled,omitempty"`
}

// Create creates an anomaly rule.
func (s AnomalyRules) Create(ctx context.Context, projectID string, req AnomalyRuleInput) (AnomalyRule, error) {
	return create[AnomalyRule](ctx, s.c, req, "projects", projectID, "anomaly-rules")
}

// Get returns an anomaly rule.
func (s AnomalyRules) Get(ctx context.Context, projectID, id string) (AnomalyRule, error) {
	return send[AnomalyRule](ctx, s.c, http.MethodGet, nil, "projects", projectID, "anomaly-rules", id)
}

// Update replaces an anomaly rule as a whole.
func (s AnomalyRules) Update(ctx context.Context, projectID, id string, req AnomalyRuleInput) (AnomalyRule, error) {
	return send[AnomalyRule](ctx, s.c, http.MethodPut, req, "projects", projectID, "anomaly-rules", id)
}

// Delete deletes an anomaly rule.
func (s AnomalyRules) Delete(ctx context.Context, projectID, id string) error {
	return remove(ctx, s.c, "projects", projectID, "anomaly-rules", id)
}

type anomalyRulePage struct {
	paged
	Items []AnomalyRule `json:"anomaly_rules"`
}

func (p anomalyRulePage) items() []AnomalyRule { return p.Items }

// List returns the anomaly rules of a project.
func (s AnomalyRules) List(ctx context.Context, projectID string) iter.Seq2[AnomalyRule, error] {
	return list[anomalyRulePage](ctx, s.c, nil, "projects", projectID, "anomaly-rules")
}
