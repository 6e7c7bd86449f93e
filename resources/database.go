// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"iter"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[DatabaseArgs, DatabaseState] = Database{}
	_ kind.Updater[DatabaseArgs, DatabaseState]    = Database{}
	_ kind.Lister[DatabaseArgs]                    = Database{}
)

// Database is an upstream database of a project, in addition to the one that was
// created with the project.
type Database struct{}

// DatabaseArgs are the inputs of a Database.
type DatabaseArgs struct {
	ProjectID string `pulumi:"projectId"`
	DatabaseSettings
}

// DatabaseState is the state of a Database.
type DatabaseState struct {
	DatabaseArgs
	ConnectionString string `pulumi:"connectionString"`
	CreatedAt        string `pulumi:"createdAt"`
	UpdatedAt        string `pulumi:"updatedAt"`
}

// Annotate describes the inputs.
func (r *DatabaseArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that the database belongs to, `prj_…`.")
}

// Annotate describes the outputs.
func (r *DatabaseState) Annotate(a infer.Annotator) {
	a.Describe(&r.ConnectionString, "The connection string for connecting through the proxy, with a placeholder for the password.")
	a.Describe(&r.CreatedAt, "The time when the database was added, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the database was last updated, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (Database) Definition() kind.Definition {
	return kind.Definition{
		Description: "A PostgreSQL database behind the proxy of a project. " +
			"A project is created with its primary database; this resource adds further databases to it. " +
			"Destroying the resource removes the database from PgBeam and does not affect the PostgreSQL server.",
		Properties: databaseProperties(),
		ImportID:   kind.InProject("db_"),
	}
}

// databaseProperties describes the inputs of a Database.
func databaseProperties() properties.Table {
	return DatabaseSettingsProperties().With(properties.Table{
		"projectId": properties.ID("prj_").Replaces(),
	})
}

// Create implements kind.Controller.
func (Database) Create(ctx context.Context, c *client.Client, in DatabaseArgs) (id string, state DatabaseState, err error) {
	created, err := c.Databases().Create(ctx, in.ProjectID, createDatabaseRequest(in.DatabaseSettings))
	return created.ID, databaseState(created, in.Password), err
}

// Read implements kind.Controller.
func (Database) Read(ctx context.Context, c *client.Client, id string, state DatabaseState) (DatabaseState, error) {
	live, err := c.Databases().Get(ctx, state.ProjectID, id)
	return databaseState(live, state.Password), err
}

// Update implements kind.Updater.
func (Database) Update(ctx context.Context, c *client.Client, id string, state DatabaseState, in DatabaseArgs) (DatabaseState, error) {
	patch := updateDatabaseRequest(state.DatabaseSettings, in.DatabaseSettings)
	if convert.IsZero(patch) {
		return state, nil
	}
	updated, err := c.Databases().Update(ctx, in.ProjectID, id, patch)
	return databaseState(updated, in.Password), err
}

// Delete implements kind.Controller.
func (Database) Delete(ctx context.Context, c *client.Client, id string, state DatabaseState) error {
	return c.Databases().Delete(ctx, state.ProjectID, id)
}

// List implements kind.Lister. The primary database is left out, because it is part of the
// Project: two resources that manage it would undo each other's changes.
func (Database) List(ctx context.Context, c *client.Client, in DatabaseArgs) iter.Seq2[kind.Object[any], error] {
	return ListDatabases(ctx, c, in.ProjectID, false)
}

// ListDatabases returns the databases of a project with their states, with or without the
// primary one.
func ListDatabases(ctx context.Context, c *client.Client, projectID string, withPrimary bool) iter.Seq2[kind.Object[any], error] {
	return func(yield func(kind.Object[any], error) bool) {
		databases, err := allDatabases(ctx, c, projectID)
		if err != nil {
			yield(kind.Object[any]{}, err)
			return
		}
		primary := firstPrimary(databases)
		for _, live := range databases {
			if !withPrimary && primary != nil && live.ID == primary.ID {
				continue
			}
			if !yield(kind.Object[any]{ID: live.ID, Value: databaseState(live, nil)}, nil) {
				return
			}
		}
	}
}

func allDatabases(ctx context.Context, c *client.Client, projectID string) (databases []client.Database, err error) {
	for database, err := range c.Databases().List(ctx, projectID) {
		if err != nil {
			return nil, err
		}
		databases = append(databases, database)
	}
	return databases, nil
}

// databaseState converts a database. The API does not return the password, so it is
// the one that was last sent.
func databaseState(live client.Database, password *string) DatabaseState {
	return DatabaseState{
		DatabaseArgs:     DatabaseArgs{ProjectID: live.ProjectID, DatabaseSettings: databaseSettings(live, password)},
		ConnectionString: convert.ValueOr(live.ConnectionString, ""),
		CreatedAt:        live.CreatedAt,
		UpdatedAt:        live.UpdatedAt,
	}
}

// DatabaseSettings are the connection, pool and cache settings of an upstream
// database. They are inputs of a Database, and of a Project for its primary database.
type DatabaseSettings struct {
	Host            string        `pulumi:"host"`
	Port            int           `pulumi:"port"`
	Name            string        `pulumi:"name"`
	Username        string        `pulumi:"username"`
	Password        *string       `pulumi:"password,optional" provider:"secret"`
	SSLMode         *SSLMode      `pulumi:"sslMode,optional"`
	Role            *DatabaseRole `pulumi:"role,optional"`
	PoolRegion      *string       `pulumi:"poolRegion,optional"`
	QueryTimeoutMs  *int          `pulumi:"queryTimeoutMs,optional"`
	AutoReadRouting *bool         `pulumi:"autoReadRouting,optional"`
	CacheConfig     *CacheConfig  `pulumi:"cacheConfig,optional"`
	PoolConfig      *PoolConfig   `pulumi:"poolConfig,optional"`
}

// CacheConfig is the settings of the query cache. Its fields are those of client.CacheConfig.
type CacheConfig struct {
	Enabled    bool `pulumi:"enabled"`
	TTLSeconds int  `pulumi:"ttlSeconds"`
	MaxEntries int  `pulumi:"maxEntries"`
	SWRSeconds int  `pulumi:"swrSeconds"`
}

// PoolConfig is the settings of the connection pool.
type PoolConfig struct {
	PoolSize    int      `pulumi:"poolSize"`
	MinPoolSize int      `pulumi:"minPoolSize"`
	PoolMode    PoolMode `pulumi:"poolMode"`
	MaxActive   *int     `pulumi:"maxActive,optional"`
}

// defaultSSLMode is the mode of a database or a replica without one, according to
// PgBeam's documentation. The contract of the API names none.
const defaultSSLMode = "verify-full"

// sslModeDescription follows the description of what sslMode applies to.
const sslModeDescription = "`require` does not verify the certificate of the server, and `verify-ca` does not verify that it was issued for `host`. " +
	"Defaults to PgBeam's choice, `" + defaultSSLMode + "` according to its documentation. Removing it from a program sets `" + defaultSSLMode + "`."

// Annotate describes the settings.
func (s *DatabaseSettings) Annotate(a infer.Annotator) {
	a.Describe(&s, "The connection, pool and cache settings of an upstream PostgreSQL database.")
	a.Describe(&s.Host, "The host name or IP address of the PostgreSQL server.")
	a.Describe(&s.Port, "The port of the PostgreSQL server, 1 to 65535.")
	a.Describe(&s.Name, "The name of the database on the server.")
	a.Describe(&s.Username, "The username that PgBeam uses to connect to the server.")
	a.Describe(&s.Password, "The password that PgBeam uses to connect to the server. "+
		"The API never returns it, so a change outside of Pulumi is not detected, and it must be set again after an import.")
	a.Describe(&s.SSLMode, "The TLS mode of the connection to the server. "+sslModeDescription)
	a.Describe(&s.Role, "The role of the database: `primary` accepts writes, `replica` serves reads only.")
	a.Describe(&s.PoolRegion, "The region of the connection pool, such as `us-east-1`, ideally the one closest to the server. "+
		"If empty, the proxy connects to the server directly.")
	a.Describe(&s.QueryTimeoutMs, "The query timeout in milliseconds, 0 to 300000. 0 means no timeout.")
	a.Describe(&s.AutoReadRouting, "Whether SELECT statements are automatically routed to the read replicas.")
	a.Describe(&s.CacheConfig, "The settings of the query cache. If omitted, PgBeam chooses them; according to its documentation, "+
		"the cache of a new database is off. Removing them from a program turns the cache off.")
	a.Describe(&s.PoolConfig, "The settings of the connection pool. If omitted, PgBeam chooses them. "+
		"Removing them from a program sets a pool of 1 to 10 connections in the mode `transaction`, with at most 200 connections to the server.")
}

// Annotate describes the settings of the cache.
func (c *CacheConfig) Annotate(a infer.Annotator) {
	a.Describe(&c, "The settings of the query cache of a database. All four settings are required.")
	a.Describe(&c.Enabled, "Whether query results are cached.")
	a.Describe(&c.TTLSeconds, "The time in seconds for which a cached result is served, 0 to 86400.")
	a.Describe(&c.MaxEntries, "The maximum number of cached results, 0 to 1000000.")
	a.Describe(&c.SWRSeconds, "The time in seconds for which an expired result can still be served while it is being refreshed, 0 to 86400.")
}

// Annotate describes the settings of the pool.
func (c *PoolConfig) Annotate(a infer.Annotator) {
	a.Describe(&c, "The settings of the connection pool of a database.")
	a.Describe(&c.PoolSize, "The maximum number of connections in the pool, 1 to 10000.")
	a.Describe(&c.MinPoolSize, "The minimum number of idle connections that the pool keeps open, 1 to 10000.")
	a.Describe(&c.PoolMode, "The pooling mode, which determines how long a client holds a connection.")
	a.Describe(&c.MaxActive, "The maximum number of concurrent connections to the server, 1 to 10000.")
}

// DatabaseSettingsProperties describes DatabaseSettings.
func DatabaseSettingsProperties() properties.Table {
	const maxConnections, maxCacheSeconds = 10000, 86400
	return properties.Table{
		"host":            properties.String().Required().Host(),
		"port":            properties.Integer().Required().Between(1, 65535),
		"name":            properties.String().Required().Length(1, 0).Affects("connectionString"),
		"username":        properties.String().Required().Length(1, 0).Affects("connectionString"),
		"password":        properties.String().Required().Length(1, 0).Secret().WriteOnly(),
		"sslMode":         properties.Enum[SSLMode]().Default(defaultSSLMode).ServerDefault(),
		"role":            properties.Enum[DatabaseRole]().Default("primary"),
		"poolRegion":      properties.String().Length(0, 0).Default(""),
		"queryTimeoutMs":  properties.Integer().Between(0, 300000).Default(0),
		"autoReadRouting": properties.Bool().Default(false),
		"cacheConfig": properties.Object[CacheConfig](properties.Table{
			"enabled":    properties.Bool().Required(),
			"ttlSeconds": properties.Integer().Required().Between(0, maxCacheSeconds),
			"maxEntries": properties.Integer().Required().Between(0, 1000000),
			"swrSeconds": properties.Integer().Required().Between(0, maxCacheSeconds),
		}).Default(map[string]any{"enabled": false, "ttlSeconds": 60, "maxEntries": 10000, "swrSeconds": 30}).ServerDefault(),
		"poolConfig": properties.Object[PoolConfig](properties.Table{
			"poolSize":    properties.Integer().Required().Between(1, maxConnections),
			"minPoolSize": properties.Integer().Required().Between(1, maxConnections),
			"poolMode":    properties.Enum[PoolMode]().Required(),
			"maxActive":   properties.Integer().Between(1, maxConnections).Default(200),
		}).Default(map[string]any{"poolSize": 10, "minPoolSize": 1, "poolMode": "transaction", "maxActive": 200}).ServerDefault(),
	}
}

// databaseSettings converts the settings of a database. The API does not return the
// password, so it is the one that was last sent.
func databaseSettings(live client.Database, password *string) DatabaseSettings {
	return DatabaseSettings{
		Host:            live.Host,
		Port:            live.Port,
		Name:            live.Name,
		Username:        live.Username,
		Password:        password,
		SSLMode:         convert.StringOr[SSLMode](&live.SSLMode, ""),
		Role:            convert.StringOr[DatabaseRole](live.Role, "primary"),
		PoolRegion:      convert.StringOr[string](live.PoolRegion, ""),
		QueryTimeoutMs:  convert.Or(live.QueryTimeoutMs, 0),
		AutoReadRouting: convert.Or(live.AutoReadRouting, false),
		CacheConfig:     (*CacheConfig)(&live.CacheConfig),
		PoolConfig: &PoolConfig{
			PoolSize:    live.PoolConfig.PoolSize,
			MinPoolSize: live.PoolConfig.MinPoolSize,
			PoolMode:    PoolMode(live.PoolConfig.PoolMode),
			MaxActive:   convert.Or(live.PoolConfig.MaxActive, 200),
		},
	}
}

// createDatabaseRequest returns the request that creates a database.
func createDatabaseRequest(s DatabaseSettings) client.CreateDatabaseRequest {
	return client.CreateDatabaseRequest{
		Host:            s.Host,
		Port:            s.Port,
		Name:            s.Name,
		Username:        s.Username,
		Password:        convert.ValueOr(s.Password, ""),
		SSLMode:         convert.String[string](s.SSLMode),
		Role:            convert.String[string](s.Role),
		PoolRegion:      s.PoolRegion,
		QueryTimeoutMs:  s.QueryTimeoutMs,
		AutoReadRouting: s.AutoReadRouting,
		CacheConfig:     (*client.CacheConfig)(s.CacheConfig),
		PoolConfig:      poolConfig(s.PoolConfig),
	}
}

// updateDatabaseRequest returns the request that changes only what differs.
func updateDatabaseRequest(before, after DatabaseSettings) client.UpdateDatabaseRequest {
	return client.UpdateDatabaseRequest{
		Host:            convert.ChangedValue(before.Host, after.Host),
		Port:            convert.ChangedValue(before.Port, after.Port),
		Name:            convert.ChangedValue(before.Name, after.Name),
		Username:        convert.ChangedValue(before.Username, after.Username),
		Password:        convert.Changed(before.Password, after.Password),
		SSLMode:         convert.String[string](convert.Changed(before.SSLMode, after.SSLMode)),
		Role:            convert.String[string](convert.Changed(before.Role, after.Role)),
		PoolRegion:      convert.Changed(before.PoolRegion, after.PoolRegion),
		QueryTimeoutMs:  convert.Changed(before.QueryTimeoutMs, after.QueryTimeoutMs),
		AutoReadRouting: convert.Changed(before.AutoReadRouting, after.AutoReadRouting),
		CacheConfig:     (*client.CacheConfig)(convert.Changed(before.CacheConfig, after.CacheConfig)),
		PoolConfig:      poolConfig(convert.Changed(before.PoolConfig, after.PoolConfig)),
	}
}

func poolConfig(c *PoolConfig) *client.PoolConfig {
	if c == nil {
		return nil
	}
	return &client.PoolConfig{
		PoolSize: c.PoolSize, MinPoolSize: c.MinPoolSize, PoolMode: string(c.PoolMode), MaxActive: c.MaxActive,
	}
}
