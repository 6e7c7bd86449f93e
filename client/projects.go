// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
)

// Projects is the service for projects.
type Projects struct{ c *Client }

// Projects returns the service for projects.
func (c *Client) Projects() Projects { return Projects{c} }

// Project is a project. What may be left out of an answer is a pointer.
type Project struct {
	ID                     string      `json:"id" api:"nonempty"`
	OrgID                  string      `json:"org_id" api:"nonempty"`
	Name                   string      `json:"name" api:"nonempty"`
	Description            *string     `json:"description"`
	Tags                   []string    `json:"tags" api:"optional"`
	Cloud                  *string     `json:"cloud"`
	SelfHosted             *bool       `json:"self_hosted"`
	ProxyHost              *string     `json:"proxy_host"`
	QueriesPerSecond       *int        `json:"queries_per_second"`
	BurstSize              *int        `json:"burst_size"`
	MaxConnections         *int        `json:"max_connections"`
	AllowedCIDRs           []CIDREntry `json:"allowed_cidrs" api:"optional"`
	DefaultPolicyProfileID *string     `json:"default_policy_profile_id"`
	Residency              *string     `json:"residency"`
	AgentsDisabled         *bool       `json:"agents_disabled"`
	DatabaseCount          *int        `json:"database_count"`
	ActiveConnections      *int        `json:"active_connections"`
	Status                 string      `json:"status" api:"nonempty"`
	CreatedAt              string      `json:"created_at"`
	UpdatedAt              string      `json:"updated_at"`
}

// CIDREntry is a range that may connect to a project.
type CIDREntry struct {
	CIDR  string  `json:"cidr"`
	Label *string `json:"label,omitempty"`
}

// CreateProjectRequest is a project to be created, with its primary database.
type CreateProjectRequest struct {
	Name        string                `json:"name"`
	OrgID       string                `json:"org_id"`
	Description *string               `json:"description,omitempty"`
	Tags        *[]string             `json:"tags,omitempty"`
	Cloud       *string               `json:"cloud,omitempty"`
	SelfHosted  *bool                 `json:"self_hosted,omitempty"`
	Database    CreateDatabaseRequest `json:"database"`
}

// CreateProjectResponse is what was created. The database may be left out.
type CreateProjectResponse struct {
	Project  Project   `json:"project"`
	Database *Database `json:"database"`
}

// UpdateProjectRequest is what to change of a project. What is nil stays; an
// empty list, and an empty ID of a policy profile, clears.
type UpdateProjectRequest struct {
	Name                   *string      `json:"name,omitempty"`
	Description            *string      `json:"description,omitempty"`
	Tags                   *[]string    `json:"tags,omitempty"`
	Status                 *string      `json:"status,omitempty"`
	AllowedCIDRs           *[]CIDREntry `json:"allowed_cidrs,omitempty"`
	DefaultPolicyProfileID *string      `json:"default_policy_profile_id,omitempty"`
	Residency              *string      `json:"residency,omitempty"`
	AgentsDisabled         *bool        `json:"agents_disabled,omitempty"`
}

// Create creates a project with its primary database.
func (s Projects) Create(ctx context.Context, req CreateProjectRequest) (CreateProjectResponse, error) {
	in := scope{parents: map[string]string{"org_id": req.OrgID}}
	return createIn[CreateProjectResponse](ctx, s.c, in, req, "projects")
}

// Get returns a project. One that was deleted may be returned with the status "deleted".
func (s Projects) Get(ctx context.Context, id string) (Project, error) {
	return send[Project](ctx, s.c, http.MethodGet, nil, "projects", id)
}

// Update changes a project.
func (s Projects) Update(ctx context.Context, id string, req UpdateProjectRequest) (Project, error) {
	return send[Project](ctx, s.c, http.MethodPatch, req, "projects", id)
}

// Delete deletes a project with all that belongs to it.
func (s Projects) Delete(ctx context.Context, id string) error {
	return remove(ctx, s.c, "projects", id)
}

type projectPage struct {
	paged
	Items []Project `json:"projects"`
	Total int       `json:"total"`
}

func (p projectPage) items() []Project { return p.Items }

// List returns the projects of an organization.
func (s Projects) List(ctx context.Context, orgID string) iter.Seq2[Project, error] {
	return list[projectPage](ctx, s.c, url.Values{"org_id": {orgID}}, "projects")
}
