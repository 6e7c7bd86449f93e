// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"reflect"
)

// Projects is the collection of projects. A project belongs to an organization but
// is addressed by its ID alone.
type Projects struct{ client *Client }

// Projects returns the collection of projects.
func (c *Client) Projects() *Projects { return &Projects{c} }

// Create creates a project and its primary database, and returns both. Use
// WithIdempotency to make it safe to repeat.
func (p Projects) Create(ctx context.Context, req CreateProjectRequest) (CreateProjectResponse, error) {
	expected := scope{parents: map[string]string{"org_id": req.OrgID}}
	var result CreateProjectResponse
	err := p.client.post(ctx, &result, expected, http.StatusCreated, req, []string{"projects"})
	return result, err
}

// Get returns a project. A deleted project may be returned with the status
// "deleted".
func (p Projects) Get(ctx context.Context, id string) (Project, error) {
	return call[Project](ctx, p.client, http.MethodGet, nil, "projects", id)
}

// GetIn is Get for a project of the given organization. With WithSharedLists, it may
// answer from the list of the projects of the organization.
func (p Projects) GetIn(ctx context.Context, orgID, id string) (Project, error) {
	if orgID == "" || !sharesLists(ctx) {
		return p.Get(ctx, id)
	}
	var result Project
	err := p.client.getShared(ctx, &result, reflect.TypeFor[projectPage](), projectQuery(orgID), []string{"projects"}, []string{"projects", id})
	return result, err
}

// Update updates a project and returns it as it is afterwards.
func (p Projects) Update(ctx context.Context, id string, req UpdateProjectRequest) (Project, error) {
	return call[Project](ctx, p.client, http.MethodPatch, req, "projects", id)
}

// Delete deletes a project and everything that belongs to it.
func (p Projects) Delete(ctx context.Context, id string) error {
	return p.client.delete(ctx, nil, "projects", id)
}

// List returns all projects of an organization. It fetches pages as they are needed
// and ends after the last project or with the first error.
func (p Projects) List(ctx context.Context, orgID string) iter.Seq2[Project, error] {
	return list[Project](ctx, p.client, reflect.TypeFor[projectPage](), projectQuery(orgID), "projects")
}

// projectQuery is the query for the projects of an organization.
func projectQuery(orgID string) url.Values { return url.Values{"org_id": {orgID}} }

// projectPage is the only page with a total.
type projectPage struct {
	Items         []Project `json:"projects"`
	Total         int       `json:"total"`
	NextPageToken string    `json:"next_page_token" api:"optional"`
}

// Project is a project: databases, and the agents and settings for them.
type Project struct {
	// ID begins with "prj_". The API assigns it.
	ID string `json:"id" api:"nonempty"`
	// OrgID is the ID of the organization that the project belongs to.
	OrgID string `json:"org_id" api:"nonempty"`
	// Name is unique in the organization.
	Name string `json:"name" api:"nonempty"`
	// Description is a note. Nil or empty is none.
	Description *string `json:"description"`
	// Tags are labels. Nil or empty is none.
	Tags []string `json:"tags" api:"optional"`
	// Cloud is the cloud that the project runs on: "aws", "azure" or "gcp". Nil is
	// "aws".
	Cloud *string `json:"cloud"`
	// SelfHosted is true if the customer operates the proxy. Nil is false.
	SelfHosted *bool `json:"self_hosted"`
	// ProxyHost is the host name to connect to. PgBeam assigns it.
	ProxyHost *string `json:"proxy_host"`
	// QueriesPerSecond is the maximum rate of queries, set by the plan. 0 is no limit.
	QueriesPerSecond *int `json:"queries_per_second"`
	// BurstSize is the maximum number of queries above the rate, set by the plan. 0 is
	// QueriesPerSecond.
	BurstSize *int `json:"burst_size"`
	// MaxConnections is the maximum number of connections to the proxy, set by the
	// plan. 0 is no limit.
	MaxConnections *int `json:"max_connections"`
	// AllowedCIDRs are the addresses that may connect. Nil or empty is all addresses.
	AllowedCIDRs []CIDREntry `json:"allowed_cidrs" api:"optional"`
	// DefaultPolicyProfileID is the ID of the policy profile for connections without
	// an agent credential. Nil is none.
	DefaultPolicyProfileID *string `json:"default_policy_profile_id"`
	// Residency is the jurisdiction that may process queries: "any", "us" or "eu". Nil
	// is "any".
	Residency *string `json:"residency"`
	// AgentsDisabled is true if all agent credentials are blocked. Nil is false.
	AgentsDisabled *bool `json:"agents_disabled"`
	// DatabaseCount is the number of databases. PgBeam computes it.
	DatabaseCount *int `json:"database_count"`
	// ActiveConnections is the current number of connections. PgBeam computes it.
	ActiveConnections *int `json:"active_connections"`
	// Status is "active", "suspended" or "deleted".
	Status string `json:"status" api:"nonempty"`
	// CreatedAt is the time of the creation, set by the API.
	CreatedAt string `json:"created_at"`
	// UpdatedAt is the time of the last change, set by the API.
	UpdatedAt string `json:"updated_at"`
}

func (p Project) identity() identity { return organizationObject(p.ID, p.OrgID, p.UpdatedAt) }

// CIDREntry is a range of IP addresses that may connect to a project.
type CIDREntry struct {
	// CIDR is an IPv4 or IPv6 range, such as "203.0.113.0/24", or a single address.
	CIDR string `json:"cidr"`
	// Label describes the range in at most 100 characters. Nil is none.
	Label *string `json:"label,omitempty"`
}

// CreateProjectRequest is the request to create a project and its primary database.
type CreateProjectRequest struct {
	// Name has 1 to 100 characters and is unique in the organization.
	Name string `json:"name"`
	// OrgID is the ID of the organization that the project belongs to.
	OrgID string `json:"org_id"`
	// Description has at most 500 characters. Nil is none.
	Description *string `json:"description,omitempty"`
	// Tags are at most 10 labels of at most 50 characters. Nil or empty is none.
	Tags *[]string `json:"tags,omitempty"`
	// Cloud is "aws", "azure" or "gcp". Nil is "aws".
	Cloud *string `json:"cloud,omitempty"`
	// SelfHosted is true if the customer operates the proxy. Nil is false.
	SelfHosted *bool `json:"self_hosted,omitempty"`
	// Database is the primary database.
	Database CreateDatabaseRequest `json:"database"`
}

// CreateProjectResponse is a new project with its primary database.
type CreateProjectResponse struct {
	// Project is the new project.
	Project Project `json:"project"`
	// Database is its primary database. Nil if the API omits it.
	Database *Database `json:"database"`
}

func (r CreateProjectResponse) identity() identity { return r.Project.identity().in("project") }

func (r CreateProjectResponse) validate() (problem string) {
	if r.Database != nil && r.Database.ProjectID != r.Project.ID {
		return "database.project_id does not match the project"
	}
	return ""
}

// UpdateProjectRequest is the request to update a project. A nil field remains
// unchanged.
type UpdateProjectRequest struct {
	// Name has 1 to 100 characters and is unique in the organization.
	Name *string `json:"name,omitempty"`
	// Description has at most 500 characters. Empty is none.
	Description *string `json:"description,omitempty"`
	// Tags replace all labels: at most 10 of at most 50 characters. Empty is none.
	Tags *[]string `json:"tags,omitempty"`
	// Status is "active" or "suspended".
	Status *string `json:"status,omitempty"`
	// AllowedCIDRs replace all ranges, at most 50. Empty is all addresses.
	AllowedCIDRs *[]CIDREntry `json:"allowed_cidrs,omitempty"`
	// DefaultPolicyProfileID is the ID of a policy profile of the project. Empty is none.
	DefaultPolicyProfileID *string `json:"default_policy_profile_id,omitempty"`
	// Residency is "any", "us" or "eu".
	Residency *string `json:"residency,omitempty"`
	// AgentsDisabled is true to block all agent credentials and close their sessions.
	AgentsDisabled *bool `json:"agents_disabled,omitempty"`
}
