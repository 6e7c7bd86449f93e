// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
)

// Databases is the service for the upstream databases of projects.
type Databases struct{ c *Client }

// Databases returns the service for databases.
func (c *Client) Databases() Databases { return Databases{c} }

// Database is an upstream database. Its password is never returned.
type Database struct {
	ID               string      `json:"id" api:"nonempty"`
	ProjectID        string      `json:"project_id" api:"nonempty"`
	ConnectionString *string     `json:"connection_string"`
	Host             string      `json:"host"`
	Port             int         `json:"port"`
	Name             string      `json:"name"`
	Username         string      `json:"username"`
	SSLMode          string      `json:"ssl_mode" api:"nonempty"`
	Role             *string     `json:"role"`
	PoolRegion       *string     `json:"pool_region"`
	QueryTimeoutMs   *int        `json:"query_timeout_ms"`
	AutoReadRouting  *bool       `json:"auto_read_routing"`
	CacheConfig      CacheConfig `json:"cache_config"`
	PoolConfig       PoolConfig  `json:"pool_config"`
	CreatedAt        string      `json:"created_at"`
	UpdatedAt        string      `json:"updated_at"`
}

// CacheConfig is how query results are cached. Times are in seconds.
type CacheConfig struct {
	Enabled    bool `json:"enabled"`
	TTLSeconds int  `json:"ttl_seconds"`
	MaxEntries int  `json:"max_entries"`
	SWRSeconds int  `json:"swr_seconds"`
}

// PoolConfig is how connections are pooled.
type PoolConfig struct {
	PoolSize    int    `json:"pool_size"`
	MinPoolSize int    `json:"min_pool_size"`
	PoolMode    string `json:"pool_mode" api:"nonempty"`
	MaxActive   *int   `json:"max_active,omitempty"`
}

// CreateDatabaseRequest is a database to be added.
type CreateDatabaseRequest struct {
	Host            string       `json:"host"`
	Port            int          `json:"port"`
	Name            string       `json:"name"`
	Username        string       `json:"username"`
	Password        string       `json:"password"`
	SSLMode         *string      `json:"ssl_mode,omitempty"`
	Role            *string      `json:"role,omitempty"`
	PoolRegion      *string      `json:"pool_region,omitempty"`
	QueryTimeoutMs  *int         `json:"query_timeout_ms,omitempty"`
	AutoReadRouting *bool        `json:"auto_read_routing,omitempty"`
	CacheConfig     *CacheConfig `json:"cache_config,omitempty"`
	PoolConfig      *PoolConfig  `json:"pool_config,omitempty"`
}

// UpdateDatabaseRequest is what to change of a database. What is nil stays.
type UpdateDatabaseRequest struct {
	Host            *string      `json:"host,omitempty"`
	Port            *int         `json:"port,omitempty"`
	Name            *string      `json:"name,omitempty"`
	Username        *string      `json:"username,omitempty"`
	Password        *string      `json:"password,omitempty"`
	SSLMode         *string      `json:"ssl_mode,omitempty"`
	Role            *string      `json:"role,omitempty"`
	PoolRegion      *string      `json:"pool_region,omitempty"`
	QueryTimeoutMs  *int         `json:"query_timeout_ms,omitempty"`
	AutoReadRouting *bool        `json:"auto_read_routing,omitempty"`
	CacheConfig     *CacheConfig `json:"cache_config,omitempty"`
	PoolConfig      *PoolConfig  `json:"pool_config,omitempty"`
}

// Create adds a database to a project.
func (s Databases) Create(ctx context.Context, projectID string, req CreateDatabaseRequest) (Database, error) {
	return create[Database](ctx, s.c, req, "projects", projectID, "databases")
}

// Get returns a database.
func (s Databases) Get(ctx context.Context, projectID, id string) (Database, error) {
	return send[Database](ctx, s.c, http.MethodGet, nil, "projects", projectID, "databases", id)
}

// Update changes a database.
func (s Databases) Update(ctx context.Context, projectID, id string, req UpdateDatabaseRequest) (Database, error) {
	return send[Database](ctx, s.c, http.MethodPatch, req, "projects", projectID, "databases", id)
}

// Delete removes a database from a project.
func (s Databases) Delete(ctx context.Context, projectID, id string) error {
	return remove(ctx, s.c, "projects", projectID, "databases", id)
}

type databasePage struct {
	paged
	Items []Database `json:"databases"`
}

func (p databasePage) items() []Database { return p.Items }

// List returns the databases of a project.
func (s Databases) List(ctx context.Context, projectID string) iter.Seq2[Database, error] {
	return list[databasePage](ctx, s.c, nil, "projects", projectID, "databases")
}
