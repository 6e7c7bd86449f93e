// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "net/http"

// Databases returns the databases of projects.
func (c *Client) Databases() *Collection[Database, CreateDatabaseRequest, UpdateDatabaseRequest] {
	return &Collection[Database, CreateDatabaseRequest, UpdateDatabaseRequest]{BaseCollection[Database]{collection{
		client: c, parent: "projects", name: "databases", updateMethod: http.MethodPatch,
	}}}
}

// Database is an upstream PostgreSQL database. The API never returns its password.
type Database struct {
	ProjectObject
	// ConnectionString is a PostgreSQL URL for connecting through PgBeam, with a
	// placeholder for the password. PgBeam computes it. Nil if it is not available.
	ConnectionString *string `json:"connection_string"`
	// Host is the host name or IP address of the database server.
	Host string `json:"host"`
	// Port is the TCP port of the database server.
	Port int `json:"port"`
	// Name is the name of the database on the server.
	Name string `json:"name"`
	// Username is the PostgreSQL user that PgBeam connects as.
	Username string `json:"username"`
	// SSLMode is a PostgreSQL sslmode: "disable", "allow", "prefer", "require",
	// "verify-ca" or "verify-full".
	SSLMode string `json:"ssl_mode" api:"nonempty"`
	// Role is "primary" or "replica".
	Role *string `json:"role"`
	// PoolRegion is the region of the connection pool, such as "us-east-1". Empty or
	// nil is a direct connection from each region.
	PoolRegion *string `json:"pool_region"`
	// QueryTimeoutMs is in milliseconds. 0 or nil is no timeout.
	QueryTimeoutMs *int `json:"query_timeout_ms"`
	// AutoReadRouting is true if SELECT statements go to replicas automatically.
	AutoReadRouting *bool `json:"auto_read_routing"`
	// CacheConfig configures the query cache. The API sets defaults.
	CacheConfig CacheConfig `json:"cache_config"`
	// PoolConfig configures the connection pool. The API sets defaults.
	PoolConfig PoolConfig `json:"pool_config"`
}

// CacheConfig configures the query cache of a database.
type CacheConfig struct {
	// Enabled is false if results are not cached.
	Enabled bool `json:"enabled"`
	// TTLSeconds is how long a result is fresh, 0 to 86400 seconds.
	TTLSeconds int `json:"ttl_seconds"`
	// MaxEntries is the maximum number of cached results, 0 to 1000000.
	MaxEntries int `json:"max_entries"`
	// SWRSeconds is how long a stale result is served while it is being refreshed, 0 to
	// 86400 seconds.
	SWRSeconds int `json:"swr_seconds"`
}

// PoolConfig configures the connection pool of a database.
type PoolConfig struct {
	// PoolSize is the maximum number of connections in the pool, 1 to 10000.
	PoolSize int `json:"pool_size"`
	// MinPoolSize is the minimum number of idle connections, 1 to 10000.
	MinPoolSize int `json:"min_pool_size"`
	// PoolMode is how long a client keeps a connection: "session", "transaction" or
	// "statement".
	PoolMode string `json:"pool_mode" api:"nonempty"`
	// MaxActive is the maximum number of concurrent connections to the server, 1 to
	// 10000. Nil is 200.
	MaxActive *int `json:"max_active,omitempty"`
}

// CreateDatabaseRequest is the request to create a database.
type CreateDatabaseRequest struct {
	// Host is a host name or IP address without spaces. It must not be empty.
	Host string `json:"host"`
	// Port is a TCP port, 1 to 65535.
	Port int `json:"port"`
	// Name is the name of the database on the server. It must not be empty.
	Name string `json:"name"`
	// Username is a PostgreSQL user. It must not be empty.
	Username string `json:"username"`
	// Password is the password of the user. It must not be empty.
	Password string `json:"password"`
	// SSLMode is a mode of Database. Nil is "verify-full".
	SSLMode *string `json:"ssl_mode,omitempty"`
	// Role is "primary" or "replica". Nil is "primary".
	Role *string `json:"role,omitempty"`
	// PoolRegion is a region, such as "us-east-1". Nil or empty is a direct connection.
	PoolRegion *string `json:"pool_region,omitempty"`
	// QueryTimeoutMs is 0 to 300000 milliseconds. Nil or 0 is no timeout.
	QueryTimeoutMs *int `json:"query_timeout_ms,omitempty"`
	// AutoReadRouting sends SELECT statements to replicas automatically. Nil is false.
	AutoReadRouting *bool `json:"auto_read_routing,omitempty"`
	// CacheConfig configures the query cache. Nil is a cache that is off.
	CacheConfig *CacheConfig `json:"cache_config,omitempty"`
	// PoolConfig configures the connection pool. Nil is the default of the API.
	PoolConfig *PoolConfig `json:"pool_config,omitempty"`
}

// UpdateDatabaseRequest is the request to update a database. A nil field remains
// unchanged.
type UpdateDatabaseRequest struct {
	// Host is a host name or IP address without spaces.
	Host *string `json:"host,omitempty"`
	// Port is a TCP port, 1 to 65535.
	Port *int `json:"port,omitempty"`
	// Name is the name of the database on the server.
	Name *string `json:"name,omitempty"`
	// Username is a PostgreSQL user.
	Username *string `json:"username,omitempty"`
	// Password is the password of the user.
	Password *string `json:"password,omitempty"`
	// SSLMode is a mode of Database.
	SSLMode *string `json:"ssl_mode,omitempty"`
	// Role is "primary" or "replica".
	Role *string `json:"role,omitempty"`
	// PoolRegion is a region, such as "us-east-1". Empty is a direct connection.
	PoolRegion *string `json:"pool_region,omitempty"`
	// QueryTimeoutMs is 0 to 300000 milliseconds. 0 is no timeout.
	QueryTimeoutMs *int `json:"query_timeout_ms,omitempty"`
	// AutoReadRouting sends SELECT statements to replicas automatically.
	AutoReadRouting *bool `json:"auto_read_routing,omitempty"`
	// CacheConfig replaces the whole configuration of the query cache.
	CacheConfig *CacheConfig `json:"cache_config,omitempty"`
	// PoolConfig replaces the whole configuration of the connection pool.
	PoolConfig *PoolConfig `json:"pool_config,omitempty"`
}
