// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
)

// ApprovalRules is the service for approval rules.
type ApprovalRules struct{ c *Client }

// ApprovalRules returns the service for approval rules.
func (c *Client) ApprovalRules() ApprovalRules { return ApprovalRules{c} }

// ApprovalRule holds statements until a person approves them.
type ApprovalRule struct {
	ID              string   `json:"id" api:"nonempty"`
	ProjectID       string   `json:"project_id" api:"nonempty"`
	Name            string   `json:"name"`
	StatementKinds  []string `json:"statement_kinds"`
	SchemaName      *string  `json:"schema_name"`
	RelationName    *string  `json:"relation_name"`
	MinAffectedRows *int     `json:"min_affected_rows"`
	Enabled         bool     `json:"enabled"`
	CreatedAt       string   `json:"created_at"`
	UpdatedAt       string   `json:"updated_at"`
}

// ApprovalRuleInput is a rule to be created, or to take the place of one. What
// is nil matches everything.
type ApprovalRuleInput struct {
	Name            string    `json:"name"`
	StatementKinds  *[]string `json:"statement_kinds,omitempty"`
	SchemaName      *string   `json:"schema_name,omitempty"`
	RelationName    *string   `json:"relation_name,omitempty"`
	MinAffectedRows *int      `json:"min_affected_rows,omitempty"`
	Enabled         *bool     `json:"enabled,omitempty"`
}

// Create creates an approval rule.
func (s ApprovalRules) Create(ctx context.Context, projectID string, req ApprovalRuleInput) (ApprovalRule, error) {
	return create[ApprovalRule](ctx, s.c, req, "projects", projectID, "approval-rules")
}

// Get returns an approval rule.
func (s ApprovalRules) Get(ctx context.Context, projectID, id string) (ApprovalRule, error) {
	return send[ApprovalRule](ctx, s.c, http.MethodGet, nil, "projects", projectID, "approval-rules", id)
}

// Update replaces an approval rule as a whole.
func (s ApprovalRules) Update(ctx context.Context, projectID, id string, req ApprovalRuleInput) (ApprovalRule, error) {
	return send[ApprovalRule](ctx, s.c, http.MethodPut, req, "projects", projectID, "approval-rules", id)
}

// Delete deletes an approval rule.
func (s ApprovalRules) Delete(ctx context.Context, projectID, id string) error {
	return remove(ctx, s.c, "projects", projectID, "approval-rules", id)
}

type approvalRulePage struct {
	paged
	Items []ApprovalRule `json:"approval_rules"`
}

func (p approvalRulePage) items() []ApprovalRule { return p.Items }

// List returns the approval rules of a project.
func (s ApprovalRules) List(ctx context.Context, projectID string) iter.Seq2[ApprovalRule, error] {
	return list[approvalRulePage](ctx, s.c, nil, "projects", projectID, "approval-rules")
}
