// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Defaults that the component sets instead of those of the API.
const (
	defaultPort                 = 5432
	defaultSSLMode              = "verify-full"
	defaultAccessMode           = "read_only"
	defaultMigrationSafety      = "block"
	defaultMaxRows              = 1000
	defaultStatementTimeoutMs   = 30000
	defaultBudgetQueriesPerHour = 1000
)

// Definition implements kind.ComponentController.
func (*SecureAgentProject) Definition() kind.ComponentDefinition {
	database, replica := resources.DatabaseSettingsProperties(), resources.ReplicaProperties()
	agent := resources.AgentCredentialProperties()
	flag := properties.Bool()
	return kind.ComponentDefinition{
		Properties: resources.ProjectProperties().Without("defaultPolicyProfileId", "status").With(properties.Table{
			"database": properties.Object[SecureAgentProjectDatabase](database.Without("role").With(properties.Table{
				"port": database["port"].Optional(),
			})).Required(),
			"replicas": properties.List(properties.Object[SecureAgentProjectReplica](replica.Without("databaseId").With(properties.Table{
				"name": properties.String().Length(1, 64).Matches(`^[a-zA-Z0-9_.-]+$`, "contain only letters, digits, and _ . -").MustBeKnown(),
				"port": replica["port"].Optional(),
			}))).MustBeKnown(),
			"policy": properties.Object[SecureAgentProjectPolicy](resources.PolicyProfileProperties().Without("projectId")),
			// The time may be in the past if the credential exists, which only
			// the Check of the credential knows.
			"agent": properties.Object[SecureAgentProjectAgent](agent.Without("projectId", "policyProfileId").With(properties.Table{
				"expiresAt": properties.String().Timestamp().Default(nil),
			})),
			"webhook":                properties.Object[SecureAgentProjectWebhook](resources.WebhookEndpointProperties().Without("projectId")),
			"enforceForHumans":       flag.MustBeKnown(),
			"allowUnapprovedWrites":  flag,
			"allowInsecureTransport": flag,
		}),
		Validate:        validateSecureAgentProject,
		Secrets:         []string{"agentConnectionString", "mcpToken"},
		OptionalOutputs: []string{"webhookEndpointId"},
		InheritFrom: map[string]string{
			"":                           "Project",
			"SecureAgentProjectDatabase": "DatabaseSettings",
			"SecureAgentProjectReplica":  "Replica",
			"SecureAgentProjectPolicy":   "PolicyProfile",
			"SecureAgentProjectAgent":    "AgentCredential",
			"SecureAgentProjectWebhook":  "WebhookEndpoint",
		},
		Children: []kind.Child{
			{Suffix: "project", Kind: "Project"},
			{Suffix: "replica-<name or position>", Kind: "Replica", ForEach: "replicas", RefersTo: []string{"project"}},
			{Suffix: "policy", Kind: "PolicyProfile", RefersTo: []string{"project"}},
			{Suffix: "agent", Kind: "AgentCredential", RefersTo: []string{"project", "policy"}},
			{Suffix: "webhook", Kind: "WebhookEndpoint", If: "webhook", RefersTo: []string{"project"}},
			{Suffix: "default-policy", Kind: "ProjectDefaultPolicy", If: "enforceForHumans", RefersTo: []string{"project", "policy"}},
		},
	}
}

// Construct implements infer.ComponentResource. The inputs have been validated.
func (*SecureAgentProject) Construct(ctx *pulumi.Context, name, typ string, args SecureAgentProjectArgs,
	opts pulumi.ResourceOption,
) (*SecureAgentProject, error) {
	component := &SecureAgentProject{}
	if err := ctx.RegisterComponentResource(typ, name, component, opts); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(component)

	project, err := pgbeam.NewProject(ctx, name+"-project", args.projectArgs(), parent)
	if err != nil {
		return nil, err
	}
	replicaIDs := pulumi.StringArray{}
	suffixes := args.replicaSuffixes()
	for i, replica := range args.Replicas {
		childName := func(suffix string) string { return name + "-replica-" + suffix }
		childOpts := []pulumi.ResourceOption{parent}
		if position := replicaSuffix("", i); !slices.Contains(suffixes, position) {
			// The name may have been added to an existing item.
			childOpts = append(childOpts, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(childName(position))}}))
		}
		child, err := pgbeam.NewReplica(ctx, childName(suffixes[i]), replica.resourceArgs(project), childOpts...)
		if err != nil {
			return nil, err
		}
		replicaIDs = append(replicaIDs, child.ID().ToStringOutput())
	}
	policy, err := pgbeam.NewPolicyProfile(ctx, name+"-policy", args.Policy.resourceArgs(project), parent)
	if err != nil {
		return nil, err
	}
	agent, err := pgbeam.NewAgentCredential(ctx, name+"-agent", args.Agent.resourceArgs(project, policy), parent)
	if err != nil {
		return nil, err
	}
	component.WebhookEndpointID = noString()
	if args.Webhook != nil {
		webhook, err := pgbeam.NewWebhookEndpoint(ctx, name+"-webhook", args.Webhook.resourceArgs(project), parent)
		if err != nil {
			return nil, err
		}
		component.WebhookEndpointID = webhook.ID().ToStringPtrOutput()
	}
	if args.EnforceForHumans {
		if _, err := pgbeam.NewProjectDefaultPolicy(ctx, name+"-default-policy", &pgbeam.ProjectDefaultPolicyArgs{
			ProjectId:       project.ID(),
			PolicyProfileId: policy.ID(),
		}, parent); err != nil {
			return nil, err
		}
	}

	component.ProjectID = project.ID().ToStringOutput()
	component.ProxyHost = project.ProxyHost
	component.PrimaryDatabaseID = project.PrimaryDatabaseId
	component.ReplicaIDs = replicaIDs.ToStringArrayOutput()
	component.PolicyProfileID = policy.ID().ToStringOutput()
	component.AgentCredentialID = agent.ID().ToStringOutput()
	component.AgentUsername = agent.PgUsername
	component.AgentConnectionString = secretUnlessEmpty(agent.ConnectionString)
	component.MCPURL = agent.McpUrl
	component.MCPToken = secretUnlessEmpty(agent.McpToken)
	return component, nil
}

// replicaSuffixes returns the suffix of the resource name of each replica.
func (r SecureAgentProjectArgs) replicaSuffixes() []string {
	suffixes := make([]string, len(r.Replicas))
	for i, replica := range r.Replicas {
		suffixes[i] = replicaSuffix(replica.Name, i)
	}
	return suffixes
}

// replicaSuffix returns the suffix of the resource name of a replica: the name of the
// item or, if it has none, its position.
func replicaSuffix(name string, position int) string { return cmp.Or(name, strconv.Itoa(position)) }

func (r SecureAgentProjectArgs) projectArgs() *pgbeam.ProjectArgs {
	database := r.Database
	autoReadRouting := database.AutoReadRouting
	if autoReadRouting == nil && len(r.Replicas) > 0 {
		autoReadRouting = pulumi.Bool(true)
	}
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
		Database: pgbeam.DatabaseSettingsArgs{
			Host:            database.Host,
			Port:            withDefault(database.Port, defaultPort),
			Name:            database.Name,
			Username:        database.Username,
			Password:        database.Password,
			SslMode:         sslMode(database.SSLMode),
			PoolRegion:      database.PoolRegion,
			QueryTimeoutMs:  database.QueryTimeoutMs,
			AutoReadRouting: autoReadRouting,
			CacheConfig:     optional[pgbeam.CacheConfigPtrInput](database.CacheConfig),
			PoolConfig:      optional[pgbeam.PoolConfigPtrInput](database.PoolConfig),
		},
	}
}

func (r SecureAgentProjectReplica) resourceArgs(project *pgbeam.Project) *pgbeam.ReplicaArgs {
	return &pgbeam.ReplicaArgs{
		DatabaseId: project.PrimaryDatabaseId,
		Host:       r.Host,
		Port:       withDefault(r.Port, defaultPort),
		SslMode:    sslMode(r.SSLMode),
	}
}

func (r *SecureAgentProjectPolicy) resourceArgs(project *pgbeam.Project) *pgbeam.PolicyProfileArgs {
	if r == nil {
		r = &SecureAgentProjectPolicy{}
	}
	args := &pgbeam.PolicyProfileArgs{
		ProjectId:              project.ID(),
		Name:                   r.Name,
		AccessMode:             r.AccessMode,
		StatementRules:         optional[pgbeam.StatementRulesPtrInput](r.StatementRules),
		TableAllowlist:         r.TableAllowlist,
		TableDenylist:          r.TableDenylist,
		MaskingRules:           r.MaskingRules,
		RowFilters:             r.RowFilters,
		BudgetQueriesPerHour:   withDefault(r.BudgetQueriesPerHour, defaultBudgetQueriesPerHour).ToIntPtrOutput(),
		BudgetQueriesPerDay:    r.BudgetQueriesPerDay,
		MaxRows:                withDefault(r.MaxRows, defaultMaxRows).ToIntPtrOutput(),
		MaxAffectedRows:        r.MaxAffectedRows,
		StatementTimeoutMs:     withDefault(r.StatementTimeoutMs, defaultStatementTimeoutMs).ToIntPtrOutput(),
		WriteMode:              r.WriteMode,
		ApprovalMode:           r.ApprovalMode,
		ApprovalAutoMaxRows:    r.ApprovalAutoMaxRows,
		ApprovalTimeoutSeconds: r.ApprovalTimeoutSeconds,
		MigrationSafety:        r.MigrationSafety,
		EgressBytesPerDay:      r.EgressBytesPerDay,
		ContentScanMode:        r.ContentScanMode,
		ContentScanMaxBytes:    r.ContentScanMaxBytes,
	}
	if args.AccessMode == nil {
		args.AccessMode = pulumi.String(defaultAccessMode)
	}
	if args.MigrationSafety == nil {
		args.MigrationSafety = pulumi.String(defaultMigrationSafety)
	}
	return args
}

func (r *SecureAgentProjectAgent) resourceArgs(project *pgbeam.Project, policy *pgbeam.PolicyProfile) *pgbeam.AgentCredentialArgs {
	if r == nil {
		r = &SecureAgentProjectAgent{}
	}
	return &pgbeam.AgentCredentialArgs{
		ProjectId:        project.ID(),
		PolicyProfileId:  policy.ID(),
		Name:             r.Name,
		Status:           r.Status,
		PrincipalType:    r.PrincipalType,
		ExpiresAt:        r.ExpiresAt,
		RotationTriggers: r.RotationTriggers,
	}
}

func (r *SecureAgentProjectWebhook) resourceArgs(project *pgbeam.Project) *pgbeam.WebhookEndpointArgs {
	return &pgbeam.WebhookEndpointArgs{
		ProjectId:   project.ID(),
		Url:         r.URL,
		Secret:      r.Secret,
		Format:      r.Format,
		EventTypes:  r.EventTypes,
		Enabled:     r.Enabled,
		Description: r.Description,
	}
}

// withDefault returns an input, or a default if it is not set. Whether it is set is
// known even if its value is not.
func withDefault(v pulumi.IntPtrInput, defaultValue int) pulumi.IntOutput {
	if v == nil {
		return pulumi.Int(defaultValue).ToIntOutput()
	}
	return v.ToIntPtrOutput().ApplyT(func(v *int) int {
		if v == nil {
			return defaultValue
		}
		return *v
	}).(pulumi.IntOutput)
}

// sslMode returns a TLS mode, or the default if it is not set.
func sslMode(mode pulumi.StringPtrInput) pulumi.StringPtrInput {
	if mode == nil {
		return pulumi.String(defaultSSLMode)
	}
	return mode
}

// optional converts a pointer to an input, or returns nil if it is nil.
func optional[I any, T any](v *T) (input I) {
	if v == nil {
		return input
	}
	return any(*v).(I)
}

// noString returns an output without a value.
func noString() pulumi.StringPtrOutput {
	return pulumi.String("").ToStringOutput().ApplyT(func(string) *string { return nil }).(pulumi.StringPtrOutput)
}

// secretUnlessEmpty marks an output as secret. The outputs of a child are not marked in
// every case. An update with --target does not create children that are not targets;
// their outputs are empty, and the SDK cannot send a secret without a value.
func secretUnlessEmpty(v pulumi.StringOutput) pulumi.StringOutput {
	return v.ApplyT(func(s string) pulumi.StringOutput {
		if s == "" {
			return pulumi.String("").ToStringOutput()
		}
		return pulumi.ToSecret(pulumi.String(s)).(pulumi.StringOutput)
	}).(pulumi.StringOutput)
}
