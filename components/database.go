// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Defaults of databases and replicas instead of those of the API.
const (
	defaultPort    = 5432
	defaultSSLMode = "verify-full"
)

// ProjectSettings contains the settings of a project without its database.
type ProjectSettings struct {
	OrgID          pulumi.StringInput      `pulumi:"orgId"`
	Name           pulumi.StringPtrInput   `pulumi:"name,optional"`
	Description    pulumi.StringPtrInput   `pulumi:"description,optional"`
	Tags           pulumi.StringArrayInput `pulumi:"tags,optional"`
	Cloud          pulumi.StringPtrInput   `pulumi:"cloud,optional"`
	SelfHosted     pulumi.BoolPtrInput     `pulumi:"selfHosted,optional"`
	Residency      pulumi.StringPtrInput   `pulumi:"residency,optional"`
	AllowedCIDRs   pulumi.StringArrayInput `pulumi:"allowedCidrs,optional"`
	CIDRLabels     pulumi.StringMapInput   `pulumi:"cidrLabels,optional"`
	AgentsDisabled pulumi.BoolPtrInput     `pulumi:"agentsDisabled,optional"`
}

// PrimaryDatabase contains the settings of a database that accepts writes.
type PrimaryDatabase struct {
	Host            pulumi.StringInput       `pulumi:"host"`
	Port            pulumi.IntPtrInput       `pulumi:"port,optional"`
	Name            pulumi.StringInput       `pulumi:"name"`
	Username        pulumi.StringInput       `pulumi:"username"`
	Password        pulumi.StringInput       `pulumi:"password"`
	SSLMode         pulumi.StringPtrInput    `pulumi:"sslMode,optional"`
	PoolRegion      pulumi.StringPtrInput    `pulumi:"poolRegion,optional"`
	QueryTimeoutMs  pulumi.IntPtrInput       `pulumi:"queryTimeoutMs,optional"`
	AutoReadRouting pulumi.BoolPtrInput      `pulumi:"autoReadRouting,optional"`
	CacheConfig     *pgbeam.CacheConfigInput `pulumi:"cacheConfig,optional"`
	PoolConfig      *pgbeam.PoolConfigInput  `pulumi:"poolConfig,optional"`
}

// ReadReplica contains the settings of a read replica.
type ReadReplica struct {
	Host    pulumi.StringInput    `pulumi:"host"`
	Port    pulumi.IntPtrInput    `pulumi:"port,optional"`
	SSLMode pulumi.StringPtrInput `pulumi:"sslMode,optional"`
}

// Annotate describes the type.
func (r *ProjectSettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "The settings of a project without its database.")
}

// sslModeDescription follows the description of what sslMode applies to.
const sslModeDescription = "`require` does not verify the certificate of the server, and `verify-ca` does not verify that it was issued for `host`. " +
	"`disable`, `allow` and `prefer` require `allowInsecureTransport`. Defaults to `" + defaultSSLMode + "`."

// Annotate describes the settings that differ from DatabaseSettings.
func (r *PrimaryDatabase) Annotate(a infer.Annotator) {
	a.Describe(&r, "The connection, pool, cache and routing settings of a database that accepts writes.")
	a.Describe(&r.Port, fmt.Sprintf("Port of the PostgreSQL server, 1 to 65535. Defaults to %d.", defaultPort))
	a.Describe(&r.SSLMode, "TLS mode of the connection to the server. "+sslModeDescription)
	a.Describe(&r.AutoReadRouting, "Whether SELECT statements are automatically routed to the read replicas. "+
		"Defaults to `true` if there are replicas.")
}

// Annotate describes the settings that differ from Replica.
func (r *ReadReplica) Annotate(a infer.Annotator) {
	a.Describe(&r, "A read replica of a database. Changing any property replaces it.")
	a.Describe(&r.Port, fmt.Sprintf("Port of the replica, 1 to 65535. Defaults to %d.", defaultPort))
	a.Describe(&r.SSLMode, "TLS mode of the connection to the replica. "+sslModeDescription)
}

// projectSettingsProperties describes ProjectSettings. The status and the default policy of a
// project are left to resources that can depend on the component.
func projectSettingsProperties() properties.Table {
	return resources.ProjectProperties().Without("database", "defaultPolicyProfileId", "status")
}

// primaryDatabaseProperties describes a PrimaryDatabase.
func primaryDatabaseProperties() properties.Property {
	settings := resources.DatabaseSettingsProperties()
	return properties.Object[PrimaryDatabase](settings.Without("role").With(properties.Table{"port": settings["port"].Optional()}))
}

// readReplicaProperties describes a ReadReplica.
func readReplicaProperties() properties.Table {
	replica := resources.ReplicaProperties()
	return replica.Without("databaseId").With(properties.Table{"port": replica["port"].Optional()})
}

// resourceArgs returns the inputs of the project with its primary database.
func (r ProjectSettings) resourceArgs(database pgbeam.DatabaseSettingsArgs) *pgbeam.ProjectArgs {
	return &pgbeam.ProjectArgs{
		OrgId:          r.OrgID,
		Name:           r.Name,
		Description:    r.Description,
		Tags:           r.Tags,
		Cloud:          r.Cloud,
		SelfHosted:     r.SelfHosted,
		Residency:      r.Residency,
		AllowedCidrs:   r.AllowedCIDRs,
		CidrLabels:     r.CIDRLabels,
		AgentsDisabled: r.AgentsDisabled,
		Database:       database,
	}
}

// settingsArgs returns the settings of the database in the inputs of a project.
func (r PrimaryDatabase) settingsArgs(hasReplicas bool) pgbeam.DatabaseSettingsArgs {
	autoReadRouting := r.AutoReadRouting
	if autoReadRouting == nil && hasReplicas {
		autoReadRouting = pulumi.Bool(true)
	}
	return pgbeam.DatabaseSettingsArgs{
		Host:            r.Host,
		Port:            withDefault(r.Port, defaultPort),
		Name:            r.Name,
		Username:        r.Username,
		Password:        r.Password,
		SslMode:         sslMode(r.SSLMode),
		PoolRegion:      r.PoolRegion,
		QueryTimeoutMs:  r.QueryTimeoutMs,
		AutoReadRouting: autoReadRouting,
		CacheConfig:     optional[pgbeam.CacheConfigPtrInput](r.CacheConfig),
		PoolConfig:      optional[pgbeam.PoolConfigPtrInput](r.PoolConfig),
	}
}

// resourceArgs returns the inputs of the database in a project that exists.
func (r PrimaryDatabase) resourceArgs(projectID pulumi.StringInput, hasReplicas bool) *pgbeam.DatabaseArgs {
	settings := r.settingsArgs(hasReplicas)
	return &pgbeam.DatabaseArgs{
		ProjectId:       projectID,
		Host:            settings.Host,
		Port:            settings.Port,
		Name:            settings.Name,
		Username:        settings.Username,
		Password:        settings.Password,
		SslMode:         settings.SslMode,
		PoolRegion:      settings.PoolRegion,
		QueryTimeoutMs:  settings.QueryTimeoutMs,
		AutoReadRouting: settings.AutoReadRouting,
		CacheConfig:     settings.CacheConfig,
		PoolConfig:      settings.PoolConfig,
	}
}

// resourceArgs returns the inputs of the replica.
func (r ReadReplica) resourceArgs(databaseID pulumi.StringInput) *pgbeam.ReplicaArgs {
	return &pgbeam.ReplicaArgs{
		DatabaseId: databaseID,
		Host:       r.Host,
		Port:       withDefault(r.Port, defaultPort),
		SslMode:    sslMode(r.SSLMode),
	}
}
