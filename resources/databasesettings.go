// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// DatabaseSettings is how PgBeam reaches an upstream database and treats its
// queries. Database has them, and the primary database inside a Project.
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

// Annotate describes the settings.
func (s *DatabaseSettings) Annotate(a infer.Annotator) {
	a.Describe(&s, "How PgBeam reaches an upstream PostgreSQL database, and how it pools and caches its queries.")
	a.Describe(&s.Host, "Host name or address of the PostgreSQL server.")
	a.Describe(&s.Port, "Port of the PostgreSQL server, 1 to 65535.")
	a.Describe(&s.Name, "Name of the database on the server.")
	a.Describe(&s.Username, "User that PgBeam logs in as.")
	a.Describe(&s.Password, "Password of that user. PgBeam keeps it encrypted and never returns it, so a change made elsewhere is not seen, "+
		"and after an import it has to be given again.")
	a.Describe(&s.SSLMode, "How the connection to the server is secured. Left out, the API chooses; "+
		"taken out of a program, the mode stays as it is.")
	a.Describe(&s.Role, "Whether the database takes writes or only reads.")
	a.Describe(&s.PoolRegion, "Region that keeps the connection pool, best the one nearest to the server, such as `us-east-1`. "+
		"Empty is a direct connection.")
	a.Describe(&s.QueryTimeoutMs, "Milliseconds after which a query is cancelled, up to 300000. 0 is no limit.")
	a.Describe(&s.AutoReadRouting, "Whether SELECT statements go to the read replicas by themselves.")
	a.Describe(&s.CacheConfig, "How query results are cached.")
	a.Describe(&s.PoolConfig, "How connections to the server are pooled.")
}

// CacheConfig is how query results are cached.
type CacheConfig struct {
	Enabled    bool `pulumi:"enabled"`
	TTLSeconds int  `pulumi:"ttlSeconds"`
	MaxEntries int  `pulumi:"maxEntries"`
	SWRSeconds int  `pulumi:"swrSeconds"`
}

// Annotate describes the settings.
func (c *CacheConfig) Annotate(a infer.Annotator) {
	a.Describe(&c, "How query results are cached. The settings belong together: give all four.")
	a.Describe(&c.Enabled, "Whether results are cached at all.")
	a.Describe(&c.TTLSeconds, "Seconds for which a cached result is served, up to 86400.")
	a.Describe(&c.MaxEntries, "Number of results kept, up to 1000000.")
	a.Describe(&c.SWRSeconds, "Seconds for which an expired result may still be served while it is fetched anew, up to 86400.")
}

// PoolConfig is how connections to the server are pooled.
type PoolConfig struct {
	PoolSize    int      `pulumi:"poolSize"`
	MinPoolSize int      `pulumi:"minPoolSize"`
	PoolMode    PoolMode `pulumi:"poolMode"`
	MaxActive   *int     `pulumi:"maxActive,optional"`
}

// Annotate describes the settings.
func (c *PoolConfig) Annotate(a infer.Annotator) {
	a.Describe(&c, "How connections to the server are pooled.")
	a.Describe(&c.PoolSize, "Most connections in the pool, 1 to 10000.")
	a.Describe(&c.MinPoolSize, "Idle connections kept open, 1 to 10000.")
	a.Describe(&c.PoolMode, "How long a client holds a pooled connection.")
	a.Describe(&c.MaxActive, "Most connections to the server at one time, 1 to 10000.")
}

// DatabaseSettingsProperties describes DatabaseSettings.
func DatabaseSettingsProperties() properties.Table {
	const mostPooled, longestCache = 10000, 86400
	return properties.Table{
		"host":            properties.String().Required().Host(),
		"port":            properties.Integer().Required().Between(1, 65535),
		"name":            properties.String().Required().Length(1, 0).Affects("connectionString"),
		"username":        properties.String().Required().Length(1, 0).Affects("connectionString"),
		"password":        properties.String().Required().Length(1, 0).Secret().WriteOnly(),
		"sslMode":         properties.Enum[SSLMode]().ServerDefault(),
		"role":            properties.Enum[DatabaseRole]().Default("primary"),
		"poolRegion":      properties.String().Length(0, 0).Default(""),
		"queryTimeoutMs":  properties.Integer().Between(0, 300000).Default(0),
		"autoReadRouting": properties.Bool().Default(false),
		"cacheConfig": properties.Object[CacheConfig](properties.Table{
			"enabled":    properties.Bool().Required(),
			"ttlSeconds": properties.Integer().Required().Between(0, longestCache),
			"maxEntries": properties.Integer().Required().Between(0, 1000000),
			"swrSeconds": properties.Integer().Required().Between(0, longestCache),
		}).Default(map[string]any{"enabled": true, "ttlSeconds": 60, "maxEntries": 10000, "swrSeconds": 30}).ServerDefault(),
		"poolConfig": properties.Object[PoolConfig](properties.Table{
			"poolSize":    properties.Integer().Required().Between(1, mostPooled),
			"minPoolSize": properties.Integer().Required().Between(1, mostPooled),
			"poolMode":    properties.Enum[PoolMode]().Required(),
			"maxActive":   properties.Integer().Between(1, mostPooled).Default(200),
		}).Default(map[string]any{"poolSize": 10, "minPoolSize": 1, "poolMode": "transaction", "maxActive": 200}).ServerDefault(),
	}
}

// databaseSettings makes settings of what the API returns. The password is not
// among it: it is the one that was sent last.
func databaseSettings(d client.Database, password *string) DatabaseSettings {
	return DatabaseSettings{
		Host:            d.Host,
		Port:            d.Port,
		Name:            d.Name,
		Username:        d.Username,
		Password:        password,
		SSLMode:         convert.StringOr[SSLMode](&d.SSLMode, ""),
		Role:            convert.StringOr[DatabaseRole](d.Role, "primary"),
		PoolRegion:      convert.StringOr[string](d.PoolRegion, ""),
		QueryTimeoutMs:  convert.Or(d.QueryTimeoutMs, 0),
		AutoReadRouting: convert.Or(d.AutoReadRouting, false),
		CacheConfig: &CacheConfig{
			Enabled:    d.CacheConfig.Enabled,
			TTLSeconds: d.CacheConfig.TTLSeconds,
			MaxEntries: d.CacheConfig.MaxEntries,
			SWRSeconds: d.CacheConfig.SWRSeconds,
		},
		PoolConfig: &PoolConfig{
			PoolSize:    d.PoolConfig.PoolSize,
			MinPoolSize: d.PoolConfig.MinPoolSize,
			PoolMode:    PoolMode(d.PoolConfig.PoolMode),
			MaxActive:   convert.Or(d.PoolConfig.MaxActive, 200),
		},
	}
}

// createDatabaseRequest returns the request for a database with these settings.
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
		CacheConfig:     cacheConfig(s.CacheConfig),
		PoolConfig:      poolConfig(s.PoolConfig),
	}
}

// updateDatabaseRequest returns the request that changes the settings of a database.
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
		CacheConfig:     cacheConfig(convert.Changed(before.CacheConfig, after.CacheConfig)),
		PoolConfig:      poolConfig(convert.Changed(before.PoolConfig, after.PoolConfig)),
	}
}

func cacheConfig(c *CacheConfig) *client.CacheConfig {
	if c == nil {
		return nil
	}
	return &client.CacheConfig{
		Enabled: c.Enabled, TTLSeconds: c.TTLSeconds, MaxEntries: c.MaxEntries, SWRSeconds: c.SWRSeconds,
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
