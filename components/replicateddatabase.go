// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"
	"net/url"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Definition implements kind.ComponentController.
func (*ReplicatedDatabase) Definition() kind.ComponentDefinition {
	return kind.ComponentDefinition{
		Properties: properties.Table{
			"projectId":    properties.ID("prj_").Optional().Replaces(),
			"project":      properties.Object[ProjectSettings](projectSettingsProperties()),
			"primary":      primaryDatabaseProperties().Required(),
			"replicas":     properties.Map(properties.Object[ReadReplica](readReplicaProperties())).NamesChildren(),
			"customDomain": properties.Object[CustomDomainSettings](resources.CustomDomain{}.Definition().Properties.Without("projectId")),
			"cacheRules": properties.Map(properties.Object[CacheRuleSettings](
				resources.CacheRule{}.Definition().Properties.Without("projectId", "databaseId"))).NamesChildren(),
			"allowInsecureTransport": properties.Bool(),
		},
		Validate:        validateReplicatedDatabase,
		OptionalOutputs: []string{"customDomainId", "dnsInstructions"},
		InheritFrom:     inheritFrom(""),
		Children: []kind.Child{
			{Suffix: "project", Kind: "Project", If: "project"},
			{Suffix: "database", Kind: "Database", If: "projectId"},
			{Suffix: "replica-<name>", Kind: "Replica", ForEach: "replicas", RefersTo: []string{"project", "database"}},
			{Suffix: "domain", Kind: "CustomDomain", If: "customDomain", RefersTo: []string{"project"}},
			{Suffix: "cache-<name>", Kind: "CacheRule", ForEach: "cacheRules", RefersTo: []string{"project", "database"}},
		},
	}
}

// validateReplicatedDatabase returns the inputs that contradict each other, that weaken the
// defaults of the component without the flag that allows it, or that the children would reject.
func validateReplicatedDatabase(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs, failures: properties.ExactlyOne(inputs, "projectId", "project")}
	v.addFailures("project", resources.Project{}.Definition().Validate(properties.AsMap(inputs.Get("project"))))
	v.validateSSLMode("primary.sslMode", properties.AsMap(inputs.Get("primary")).Get("sslMode"))
	for name, replica := range properties.AsMap(inputs.Get("replicas")).AllStable {
		v.validateSSLMode(properties.Path("replicas").Field(name).Field("sslMode"), properties.AsMap(replica).Get("sslMode"))
	}
	v.validateUnique("cacheRules", "queryHash", func(rule property.Map) string { return convert.Text(rule.Get("queryHash")) })
	return v.failures
}

// Construct implements kind.ComponentController.
func (c *ReplicatedDatabase) Construct(ctx *pulumi.Context, name string, args ReplicatedDatabaseArgs) error {
	parent := pulumi.Parent(c)
	if err := c.newDatabase(ctx, name, args); err != nil {
		return err
	}
	var err error
	c.ReplicaIDs, err = createEach(args.Replicas, func(key string, replica ReadReplica) (pulumi.CustomResource, error) {
		return pgbeam.NewReplica(ctx, name+"-replica-"+key, replica.resourceArgs(c.DatabaseID), parent)
	})
	if err != nil {
		return err
	}
	c.CustomDomainID = noString()
	c.DNSInstructions = c.CustomDomainID.ApplyT(func(*string) *pgbeam.DNSInstructions { return nil }).(DNSInstructionsPtrOutput)
	if args.CustomDomain != nil {
		domain, err := pgbeam.NewCustomDomain(ctx, name+"-domain", &pgbeam.CustomDomainArgs{
			ProjectId: c.ProjectID, Domain: args.CustomDomain.Domain, WaitForVerification: args.CustomDomain.WaitForVerification,
		}, parent)
		if err != nil {
			return err
		}
		c.CustomDomainID = domain.ID().ToStringPtrOutput()
		c.DNSInstructions = domain.DnsInstructions.ApplyT(func(records pgbeam.DNSInstructions) *pgbeam.DNSInstructions { return &records }).(DNSInstructionsPtrOutput)
	}
	_, err = createEach(args.CacheRules, func(key string, rule CacheRuleSettings) (pulumi.CustomResource, error) {
		return pgbeam.NewCacheRule(ctx, name+"-cache-"+key, &pgbeam.CacheRuleArgs{
			ProjectId: c.ProjectID, DatabaseId: c.DatabaseID, QueryHash: rule.QueryHash,
			CacheEnabled: rule.CacheEnabled, CacheTtlSeconds: rule.CacheTTLSeconds, CacheSwrSeconds: rule.CacheSWRSeconds,
		}, parent)
	})
	return err
}

// newDatabase creates the project with its primary database, or a database in a project that
// exists, and sets the outputs that describe them.
func (c *ReplicatedDatabase) newDatabase(ctx *pulumi.Context, name string, args ReplicatedDatabaseArgs) error {
	hasReplicas := len(args.Replicas) > 0
	if args.ProjectID != nil {
		c.ProjectID = args.ProjectID.ToStringPtrOutput().Elem()
		database, err := pgbeam.NewDatabase(ctx, name+"-database", args.Primary.resourceArgs(c.ProjectID, hasReplicas), pulumi.Parent(c))
		if err != nil {
			return err
		}
		c.DatabaseID = database.ID().ToStringOutput()
		c.ConnectionString = database.ConnectionString
		c.ProxyHost = database.ConnectionString.ApplyT(hostOf).(pulumi.StringOutput)
		return nil
	}
	project, err := pgbeam.NewProject(ctx, name+"-project", args.Project.resourceArgs(args.Primary.settingsArgs(hasReplicas)), pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.ProjectID = project.ID().ToStringOutput()
	c.DatabaseID = project.PrimaryDatabaseId
	c.ConnectionString = connectionString(ctx, project, args.Primary)
	c.ProxyHost = project.ProxyHost
	return nil
}

// hostOf returns the host of a connection string, which is the proxy, or "" if there is none.
func hostOf(connectionString string) string {
	parsed, err := url.Parse(connectionString)
	if err != nil {
		return ""
	}
	return parsed.Hostname()
}

// connectionString returns the connection string of the primary database of a project, which
// is not an output of the project. It is unknown in a preview that changes it.
func connectionString(ctx *pulumi.Context, project *pgbeam.Project, database PrimaryDatabase) pulumi.StringOutput {
	return pulumi.All(project.ID(), project.PrimaryDatabaseId, database.Name, database.Username).ApplyT(func(values []any) (pulumi.StringOutput, error) {
		projectID, databaseID := string(values[0].(pulumi.ID)), values[1].(string)
		if databaseID == "" { // see secretUnlessEmpty
			return pulumi.String("").ToStringOutput(), nil
		}
		client, err := kind.Connect(ctx.Context())
		if err != nil {
			return pulumi.StringOutput{}, err
		}
		live, err := functions.GetDatabase{}.Invoke(ctx.Context(), client, functions.GetDatabaseArgs{ProjectID: projectID, ID: &databaseID})
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("reading the connection string of the database %s: %w", databaseID, err)
		}
		if ctx.DryRun() && (values[2] != live.Name || values[3] != live.Username) {
			return pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput), nil
		}
		return pulumi.String(live.ConnectionString).ToStringOutput(), nil
	}).(pulumi.StringOutput)
}
