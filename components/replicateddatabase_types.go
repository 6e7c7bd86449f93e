// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"reflect"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
)

// ReplicatedDatabase is a component: a database with its read replicas, in a new project or in
// one that exists, and a custom domain.
type ReplicatedDatabase struct {
	pulumi.ResourceState

	ProjectID        pulumi.StringOutput      `pulumi:"projectId"`
	ProxyHost        pulumi.StringOutput      `pulumi:"proxyHost"`
	DatabaseID       pulumi.StringOutput      `pulumi:"databaseId"`
	ConnectionString pulumi.StringOutput      `pulumi:"connectionString"`
	ReplicaIDs       pulumi.StringMapInput    `pulumi:"replicaIds"`
	CustomDomainID   pulumi.StringPtrOutput   `pulumi:"customDomainId"`
	DNSInstructions  DNSInstructionsPtrOutput `pulumi:"dnsInstructions"`
}

// ReplicatedDatabaseArgs contains the inputs of a ReplicatedDatabase.
type ReplicatedDatabaseArgs struct {
	ProjectID    pulumi.StringPtrInput        `pulumi:"projectId,optional"`
	Project      *ProjectSettings             `pulumi:"project,optional"`
	Primary      PrimaryDatabase              `pulumi:"primary"`
	Replicas     map[string]ReadReplica       `pulumi:"replicas,optional"`
	CustomDomain *CustomDomainSettings        `pulumi:"customDomain,optional"`
	CacheRules   map[string]CacheRuleSettings `pulumi:"cacheRules,optional"`

	AllowInsecureTransport pulumi.BoolPtrInput `pulumi:"allowInsecureTransport,optional"`
}

// CustomDomainSettings contains the settings of a custom domain.
type CustomDomainSettings struct {
	Domain              pulumi.StringInput  `pulumi:"domain"`
	WaitForVerification pulumi.BoolPtrInput `pulumi:"waitForVerification,optional"`
}

// CacheRuleSettings contains the cache settings of a query shape.
type CacheRuleSettings struct {
	QueryHash       pulumi.StringInput `pulumi:"queryHash"`
	CacheEnabled    pulumi.BoolInput   `pulumi:"cacheEnabled"`
	CacheTTLSeconds pulumi.IntPtrInput `pulumi:"cacheTtlSeconds,optional"`
	CacheSWRSeconds pulumi.IntPtrInput `pulumi:"cacheSwrSeconds,optional"`
}

// DNSInstructionsPtrOutput is an output of DNS records that can be absent. The generated SDK has
// no such type, because no resource has such an output.
type DNSInstructionsPtrOutput struct{ *pulumi.OutputState }

// ElementType implements pulumi.Output.
func (DNSInstructionsPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*pgbeam.DNSInstructions]()
}

func init() { pulumi.RegisterOutputType(DNSInstructionsPtrOutput{}) }

// Annotate describes the component and its outputs.
func (c *ReplicatedDatabase) Annotate(a infer.Annotator) {
	a.Describe(&c, "A PostgreSQL database behind the proxy with its read replicas, and optionally a custom domain and cache rules. "+
		"With `project`, it is the primary database of a new project; with `projectId`, it is added to a project that exists.\n\n"+
		"By default, connections to the database and its replicas use TLS and verify the certificate of the server, "+
		"and reads are routed to the replicas, if there are any. "+
		"A `sslMode` that allows connections without TLS is rejected before anything is created, unless `allowInsecureTransport` is `true`.\n\n"+
		"Most settings are updated in place. Changing `projectId` replaces the database, its replicas, the custom domain and the cache rules, "+
		"and so does changing `orgId`, `cloud` or `selfHosted` of `project`, which replaces the project as well. Switching between `project` and `projectId` replaces "+
		"all of them, too. Destroying the component removes the database from PgBeam and does not affect the PostgreSQL servers.")
	a.Describe(&c.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&c.ProxyHost, "Host name of the proxy, which clients connect to instead of the database.")
	a.Describe(&c.DatabaseID, "ID of the database, `db_…`.")
	a.Describe(&c.ConnectionString, "Connection string for connecting through the proxy, with a placeholder for the password.")
	a.Describe(&c.ReplicaIDs, "IDs of the read replicas, `rep_…`, by the names in `replicas`.")
	a.Describe(&c.CustomDomainID, "ID of the custom domain, `dom_…`, if `customDomain` is set.")
	a.Describe(&c.DNSInstructions, "The DNS records that the custom domain requires, if `customDomain` is set.")
}

// Annotate describes the inputs.
func (r *ReplicatedDatabaseArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of a project that exists, `prj_…`, instead of `project`. Whether it is set must be known during the preview. "+
		"Changing it replaces all children.")
	a.Describe(&r.Project, "The settings of a new project, whose primary database is `primary`. Excludes `projectId`.")
	a.Describe(&r.Primary, "The database that accepts writes.")
	a.Describe(&r.Replicas, "Read replicas of the database, by a name of your choice. The names must be known during the preview. "+
		"Adding or removing one does not affect the others.")
	a.Describe(&r.CustomDomain, "A custom domain for the proxy of the project. If this is not set, there is none.")
	a.Describe(&r.CacheRules, "Cache settings of single query shapes, by a name of your choice. The names must be known during the preview. "+
		"The proxy must have observed a query shape on this database before a rule can be set for it, so a new database has no cache rules at first.")
	a.Describe(&r.AllowInsecureTransport, "Whether the database and the replicas may have an `sslMode` that allows connections "+
		"without TLS (`disable`, `allow` or `prefer`). Defaults to `false`.")
}

// Annotate describes the settings that differ from CustomDomain.
func (r *CustomDomainSettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "The settings of a custom domain.")
	a.Describe(&r.WaitForVerification, "Whether to wait until the domain is verified, for up to 10 minutes. "+
		"The outputs of the component, such as `dnsInstructions`, are not known before that. "+
		"So leave it `false` until the DNS records exist if the same program creates them from `dnsInstructions`. "+
		"A domain that has not been verified in time is kept in the state, and the next `pulumi up` continues to wait. Defaults to `false`.")
}

// Annotate describes the settings of a cache rule.
func (r *CacheRuleSettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "The cache settings of a query shape.")
}
