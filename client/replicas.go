// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
)

// Replicas is the service for the read replicas of databases.
type Replicas struct{ c *Client }

// Replicas returns the service for replicas.
func (c *Client) Replicas() Replicas { return Replicas{c} }

// Replica is a read replica.
type Replica struct {
	ID         string `json:"id" api:"nonempty"`
	DatabaseID string `json:"database_id" api:"nonempty"`
	Host       string `json:"host"`
	Port       int    `json:"port"`
	SSLMode    string `json:"ssl_mode" api:"nonempty"`
	CreatedAt  string `json:"created_at"`
	UpdatedAt  string `json:"updated_at"`
}

// CreateReplicaRequest is a replica to be added.
type CreateReplicaRequest struct {
	Host    string  `json:"host"`
	Port    int     `json:"port"`
	SSLMode *string `json:"ssl_mode,omitempty"`
}

// Create adds a replica to a database.
func (s Replicas) Create(ctx context.Context, databaseID string, req CreateReplicaRequest) (Replica, error) {
	return create[Replica](ctx, s.c, req, "databases", databaseID, "replicas")
}

// Get finds a replica on the list of its database: the API has no read by ID.
func (s Replicas) Get(ctx context.Context, databaseID, id string) (Replica, error) {
	return find[replicaPage](ctx, s.c, "databases", databaseID, "replicas", id)
}

// Delete removes a replica from a database.
func (s Replicas) Delete(ctx context.Context, databaseID, id string) error {
	return remove(ctx, s.c, "databases", databaseID, "replicas", id)
}

type replicaPage struct {
	paged
	Items []Replica `json:"replicas"`
}

func (p replicaPage) items() []Replica { return p.Items }

// List returns the replicas of a database.
func (s Replicas) List(ctx context.Context, databaseID string) iter.Seq2[Replica, error] {
	return list[replicaPage](ctx, s.c, nil, "databases", databaseID, "replicas")
}
