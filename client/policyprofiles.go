// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
)

// PolicyProfiles is the service for policy profiles.
type PolicyProfiles struct{ c *Client }

// PolicyProfiles returns the service for policy profiles.
func (c *Client) PolicyProfiles() PolicyProfiles { return PolicyProfiles{c} }

// PolicyProfile is a bundle of rules for agents.
type PolicyProfile struct {
	ID                     string          `json:"id" api:"nonempty"`
	ProjectID              string          `json:"project_id" api:"nonempty"`
	Name                   string          `json:"name"`
	AccessMode             string          `json:"access_mode" api:"nonempty"`
	StatementRules         *StatementRules `json:"statement_rules"`
	TableAllowlist         []string        `json:"table_allowlist"`
	TableDenylist          []string        `json:"table_denylist"`
	MaskingRules           []MaskingRule   `json:"masking_rules"`
	RowFilters             []RowFilter     `json:"row_filters" api:"optional"`
	BudgetQueriesPerHour   *int            `json:"budget_queries_per_hour"`
	BudgetQueriesPerDay    *int            `json:"budget_queries_per_day"`
	MaxRows                *int            `json:"max_rows"`
	MaxAffectedRows        *int            `json:"max_affected_rows"`
	StatementTimeoutMs     *int            `json:"statement_timeout_ms"`
	WriteMode              *string         `json:"write_mode"`
	ApprovalMode           *string         `json:"approval_mode"`
	ApprovalAutoMaxRows    *int            `json:"approval_auto_max_rows"`
	ApprovalTimeoutSeconds *int            `json:"approval_timeout_seconds"`
	MigrationSafety        *string         `json:"migration_safety"`
	EgressBytesPerDay      *int64          `json:"egress_bytes_per_day"`
	ContentScanMode        *string         `json:"content_scan_mode"`
	ContentScanMaxBytes    *int64          `json:"content_scan_max_bytes"`
	CreatedAt              string          `json:"created_at"`
	UpdatedAt              string          `json:"updated_at"`
}

// StatementRules are the kinds of statements that are allowed and denied.
type StatementRules struct {
	Allow []string `json:"allow" api:"optional"`
	Deny  []string `json:"deny" api:"optional"`
}

// MaskingRule masks a column. The kind "null" is a string.
type MaskingRule struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Kind   string `json:"kind" api:"nonempty"`
}

// RowFilter limits the rows of a table.
type RowFilter struct {
	Table     string `json:"table"`
	Predicate string `json:"predicate"`
}

// PolicyProfileInput is a policy profile to be created, or to take the place of
// one: what is nil then goes back to its default.
type PolicyProfileInput struct {
	Name                   string          `json:"name"`
	AccessMode             *string         `json:"access_mode,omitempty"`
	StatementRules         *StatementRules `json:"statement_rules,omitempty"`
	TableAllowlist         *[]string       `json:"table_allowlist,omitempty"`
	TableDenylist          *[]string       `json:"table_denylist,omitempty"`
	MaskingRules           *[]MaskingRule  `json:"masking_rules,omitempty"`
	RowFilters             *[]RowFilter    `json:"row_filters,omitempty"`
	BudgetQueriesPerHour   *int            `json:"budget_queries_per_hour,omitempty"`
	BudgetQueriesPerDay    *int            `json:"budget_queries_per_day,omitempty"`
	MaxRows                *int            `json:"max_rows,omitempty"`
	MaxAffectedRows        *int            `json:"max_affected_rows,omitempty"`
	StatementTimeoutMs     *int            `json:"statement_timeout_ms,omitempty"`
	WriteMode              *string         `json:"write_mode,omitempty"`
	ApprovalMode           *string         `json:"approval_mode,omitempty"`
	ApprovalAutoMaxRows    *int            `json:"approval_auto_max_rows,omitempty"`
	ApprovalTimeoutSeconds *int            `json:"approval_timeout_seconds,omitempty"`
	MigrationSafety        *string         `json:"migration_safety,omitempty"`
	EgressBytesPerDay      *int64          `json:"egress_bytes_per_day,omitempty"`
	ContentScanMode        *string         `json:"content_scan_mode,omitempty"`
	ContentScanMaxBytes    *int64          `json:"content_scan_max_bytes,omitempty"`
}

// Create creates a policy profile.
func (s PolicyProfiles) Create(ctx context.Context, projectID string, req PolicyProfileInput) (PolicyProfile, error) {
	return create[PolicyProfile](ctx, s.c, req, "projects", projectID, "policies")
}

// Get returns a policy profile.
func (s PolicyProfiles) Get(ctx context.Context, projectID, id string) (PolicyProfile, error) {
	return send[PolicyProfile](ctx, s.c, http.MethodGet, nil, "projects", projectID, "policies", id)
}

// Update replaces a policy profile as a whole.
func (s PolicyProfiles) Update(ctx context.Context, projectID, id string, req PolicyProfileInput) (PolicyProfile, error) {
	return send[PolicyProfile](ctx, s.c, http.MethodPut, req, "projects", projectID, "policies", id)
}

// Delete deletes a policy profile. The API refuses it while credentials have it.
func (s PolicyProfiles) Delete(ctx context.Context, projectID, id string) error {
	return remove(ctx, s.c, "projects", projectID, "policies", id)
}

type policyProfilePage struct {
	paged
	Items []PolicyProfile `json:"policies"`
}

func (p policyProfilePage) items() []PolicyProfile { return p.Items }

// List returns the policy profiles of a project.
func (s PolicyProfiles) List(ctx context.Context, projectID string) iter.Seq2[PolicyProfile, error] {
	return list[policyProfilePage](ctx, s.c, nil, "projects", projectID, "policies")
}
