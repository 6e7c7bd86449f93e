// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
)

// WebhookEndpoints is the service for webhook endpoints.
type WebhookEndpoints struct{ c *Client }

// WebhookEndpoints returns the service for webhook endpoints.
func (c *Client) WebhookEndpoints() WebhookEndpoints { return WebhookEndpoints{c} }

// WebhookEndpoint is an address that gets a project's events. Its secret is never returned.
type WebhookEndpoint struct {
	ID          string   `json:"id" api:"nonempty"`
	ProjectID   string   `json:"project_id" api:"nonempty"`
	URL         string   `json:"url"`
	Format      string   `json:"format" api:"nonempty"`
	EventTypes  []string `json:"event_types" api:"optional"`
	Enabled     bool     `json:"enabled"`
	Description *string  `json:"description"`
	CreatedAt   string   `json:"created_at"`
	UpdatedAt   string   `json:"updated_at"`
}

// WebhookEndpointInput is an endpoint to be created, or to take the place of
// one: what is nil then goes back to its default. What becomes of a secret that
// is nil is not documented, so send it each time.
type WebhookEndpointInput struct {
	URL         string    `json:"url"`
	Secret      *string   `json:"secret,omitempty"`
	Format      *string   `json:"format,omitempty"`
	EventTypes  *[]string `json:"event_types,omitempty"`
	Enabled     *bool     `json:"enabled,omitempty"`
	Description *string   `json:"description,omitempty"`
}

// Create creates an endpoint.
func (s WebhookEndpoints) Create(ctx context.Context, projectID string, req WebhookEndpointInput) (WebhookEndpoint, error) {
	return create[WebhookEndpoint](ctx, s.c, req, "projects", projectID, "webhooks")
}

// Get returns an endpoint.
func (s WebhookEndpoints) Get(ctx context.Context, projectID, id string) (WebhookEndpoint, error) {
	return send[WebhookEndpoint](ctx, s.c, http.MethodGet, nil, "projects", projectID, "webhooks", id)
}

// Update replaces an endpoint as a whole.
func (s WebhookEndpoints) Update(ctx context.Context, projectID, id string, req WebhookEndpointInput) (WebhookEndpoint, error) {
	return send[WebhookEndpoint](ctx, s.c, http.MethodPut, req, "projects", projectID, "webhooks", id)
}

// Delete deletes an endpoint with the deliveries that wait for it.
func (s WebhookEndpoints) Delete(ctx context.Context, projectID, id string) error {
	return remove(ctx, s.c, "projects", projectID, "webhooks", id)
}

type webhookEndpointPage struct {
	paged
	Items []WebhookEndpoint `json:"webhooks"`
}

func (p webhookEndpointPage) items() []WebhookEndpoint { return p.Items }

// List returns the endpoints of a project.
func (s WebhookEndpoints) List(ctx context.Context, projectID string) iter.Seq2[WebhookEndpoint, error] {
	return list[webhookEndpointPage](ctx, s.c, nil, "projects", projectID, "webhooks")
}
