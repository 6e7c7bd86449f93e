// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
)

// Honeytokens is the service for honeytokens.
type Honeytokens struct{ c *Client }

// Honeytokens returns the service for honeytokens.
func (c *Client) Honeytokens() Honeytokens { return Honeytokens{c} }

// Honeytoken is a decoy relation that no honest statement touches.
type Honeytoken struct {
	ID           string  `json:"id" api:"nonempty"`
	ProjectID    string  `json:"project_id" api:"nonempty"`
	SchemaName   *string `json:"schema_name"`
	RelationName string  `json:"relation_name"`
	Action       string  `json:"action" api:"nonempty"`
	CreatedAt    string  `json:"created_at"`
	UpdatedAt    string  `json:"updated_at"`
}

// HoneytokenInput is a honeytoken to be created, or to take the place of one.
// No schema is the public one.
type HoneytokenInput struct {
	SchemaName   *string `json:"schema_name,omitempty"`
	RelationName string  `json:"relation_name"`
	Action       string  `json:"action"`
}

// Create creates a honeytoken.
func (s Honeytokens) Create(ctx context.Context, projectID string, req HoneytokenInput) (Honeytoken, error) {
	return create[Honeytoken](ctx, s.c, req, "projects", projectID, "honeytokens")
}

// Get returns a honeytoken.
func (s Honeytokens) Get(ctx context.Context, projectID, id string) (Honeytoken, error) {
	return send[Honeytoken](ctx, s.c, http.MethodGet, nil, "projects", projectID, "honeytokens", id)
}

// Update replaces a honeytoken as a whole.
func (s Honeytokens) Update(ctx context.Context, projectID, id string, req HoneytokenInput) (Honeytoken, error) {
	return send[Honeytoken](ctx, s.c, http.MethodPut, req, "projects", projectID, "honeytokens", id)
}

// Delete deletes a honeytoken.
func (s Honeytokens) Delete(ctx context.Context, projectID, id string) error {
	return remove(ctx, s.c, "projects", projectID, "honeytokens", id)
}

type honeytokenPage struct {
	paged
	Items []Honeytoken `json:"honeytokens"`
}

func (p honeytokenPage) items() []Honeytoken { return p.Items }

// List returns the honeytokens of a project.
func (s Honeytokens) List(ctx context.Context, projectID string) iter.Seq2[Honeytoken, error] {
	return list[honeytokenPage](ctx, s.c, nil, "projects", projectID, "honeytokens")
}
