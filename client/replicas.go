// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// Replicas is the collection of the read replicas of databases. The API cannot
// update a replica.
type Replicas struct{ BaseCollection[Replica] }

// Replicas returns the read replicas of databases.
func (c *Client) Replicas() *Replicas {
	return &Replicas{BaseCollection[Replica]{collection{client: c, parent: "databases", name: "replicas", listOnly: true}}}
}

// Create adds a replica to a database and returns it.
func (c *Replicas) Create(ctx context.Context, databaseID string, req CreateReplicaRequest) (Replica, error) {
	var result Replica
	err := c.create(ctx, &result, databaseID, req)
	return result, err
}

// Replica is a read replica of a database. PgBeam connects to it with the
// credentials of the database.
type Replica struct {
	// ID begins with "rep_". The API assigns it.
	ID string `json:"id" api:"nonempty"`
	// DatabaseID is the ID of the database that the replica belongs to.
	DatabaseID string `json:"database_id" api:"nonempty"`
	// Host is the host name or IP address of the replica.
	Host string `json:"host"`
	// Port is the TCP port of the replica.
	Port int `json:"port"`
	// SSLMode is a PostgreSQL sslmode; see Database.
	SSLMode string `json:"ssl_mode" api:"nonempty"`
	// CreatedAt is the time of the creation, set by the API.
	CreatedAt string `json:"created_at"`
	// UpdatedAt is the time of the last change, set by the API.
	UpdatedAt string `json:"updated_at"`
}

func (r Replica) identity() identity { return databaseObject(r.ID, r.DatabaseID, r.UpdatedAt) }

// CreateReplicaRequest is the request to add a replica to a database.
type CreateReplicaRequest struct {
	// Host is a host name or IP address without spaces. It must not be empty.
	Host string `json:"host"`
	// Port is a TCP port, 1 to 65535.
	Port int `json:"port"`
	// SSLMode is a mode of Database. Nil is "verify-full".
	SSLMode *string `json:"ssl_mode,omitempty"`
}
