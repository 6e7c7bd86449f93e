// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build driver

package main

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"
)

// functions calls every function in the output form with known, unknown and secret inputs,
// and in the plain form with known ones. Resources use results of functions.
func functions(ctx *pulumi.Context) error {
	var known, unknown, secret map[string]string
	config.RequireObject(ctx, "known", &known)
	config.RequireObject(ctx, "unknown", &unknown)
	secretOutput, err := config.New(ctx, "").GetSecretObject("secret", &secret)
	if err != nil {
		return err
	}
	created, err := pgbeam.NewPolicyProfile(ctx, "created", &pgbeam.PolicyProfileArgs{ProjectId: pulumi.String(known["projectId"])})
	if err != nil {
		return err
	}
	for form, inputs := range map[string]pulumi.StringMapOutput{
		"known":   pulumi.ToStringMap(known).ToStringMapOutput(),
		"unknown": created.ID().ApplyT(func(pulumi.ID) map[string]string { return unknown }).(pulumi.StringMapOutput),
		"secret":  secretOutput.ApplyT(func(any) map[string]string { return secret }).(pulumi.StringMapOutput),
	} {
		if err := callOutputForms(ctx, form, inputs); err != nil {
			return err
		}
	}
	return callPlainForms(ctx, known)
}

// callOutputForms calls every function in the output form.
func callOutputForms(ctx *pulumi.Context, form string, inputs pulumi.StringMapOutput) error {
	input := func(name string) pulumi.StringOutput { return inputs.MapIndex(pulumi.String(name)) }
	projectID, databaseID, name, table := input("projectId"), input("databaseId"), input("name"), input("table")
	shapes := pgbeam.GetQueryShapesOutput(ctx, pgbeam.GetQueryShapesOutputArgs{
		ProjectId: projectID, DatabaseId: databaseID, Sql: table.ToStringPtrOutput(), MinCallCount: pulumi.Int(1),
	})
	scan := pgbeam.ScanPiiOutput(ctx, pgbeam.ScanPiiOutputArgs{
		ProjectId: projectID, DatabaseId: databaseID, MinConfidence: pulumi.Float64(0.8), Except: pulumi.ToStringArray([]string{"users.phone"}),
	})
	for function, result := range map[string]pulumi.Output{
		"getProject":          pgbeam.LookupProjectOutput(ctx, pgbeam.LookupProjectOutputArgs{OrgId: input("orgId").ToStringPtrOutput(), Name: name.ToStringPtrOutput()}),
		"getDatabase":         pgbeam.LookupDatabaseOutput(ctx, pgbeam.LookupDatabaseOutputArgs{ProjectId: projectID, Id: databaseID.ToStringPtrOutput()}),
		"getPolicyProfile":    pgbeam.LookupPolicyProfileOutput(ctx, pgbeam.LookupPolicyProfileOutputArgs{ProjectId: projectID, Name: name.ToStringPtrOutput()}),
		"getAgentCredential":  pgbeam.LookupAgentCredentialOutput(ctx, pgbeam.LookupAgentCredentialOutputArgs{ProjectId: projectID, Name: name.ToStringPtrOutput()}),
		"getOrganizations":    pgbeam.GetOrganizationsOutput(ctx, pgbeam.GetOrganizationsOutputArgs{}),
		"getOrganizationPlan": pgbeam.GetOrganizationPlanOutput(ctx, pgbeam.GetOrganizationPlanOutputArgs{OrgId: input("orgId")}),
		"getPlans":            pgbeam.GetPlansOutput(ctx, pgbeam.GetPlansOutputArgs{}),
		"getRegions":          pgbeam.GetRegionsOutput(ctx, pgbeam.GetRegionsOutputArgs{Provider: pgbeam.CloudAws, Available: pulumi.Bool(true)}),
		"getQueryShapes":      shapes.QueryShapes().ApplyT(hashes).(pulumi.StringMapArrayOutput),
		"getSchemaCatalog":    pgbeam.GetSchemaCatalogOutput(ctx, pgbeam.GetSchemaCatalogOutputArgs{ProjectId: projectID, DatabaseId: databaseID}),
		"scanPii":             scan,
		"evaluatePolicy": pgbeam.EvaluatePolicyOutput(ctx, pgbeam.EvaluatePolicyOutputArgs{
			ProjectId:  projectID,
			Policy:     pgbeam.PolicySettingsArgs{TableAllowlist: pulumi.StringArray{table}},
			Statements: pulumi.StringArray{input("read"), input("write")},
		}),
		"replayPolicy": pgbeam.ReplayPolicyOutput(ctx, pgbeam.ReplayPolicyOutputArgs{
			ProjectId: projectID,
			Policy:    pgbeam.PolicySettingsArgs{TableDenylist: pulumi.StringArray{table}},
			Limit:     pulumi.Int(10),
		}),
		"recommendPolicy": pgbeam.RecommendPolicyOutput(ctx, pgbeam.RecommendPolicyOutputArgs{
			ProjectId: projectID, AgentCredentialId: input("agentCredentialId"), LookbackDays: pulumi.Int(30),
		}),
		"lintMigration": pgbeam.LintMigrationOutput(ctx, pgbeam.LintMigrationOutputArgs{
			ProjectId: projectID, DatabaseId: databaseID.ToStringPtrOutput(), Sql: input("migration"),
		}),
		"testConnection":     pgbeam.TestConnectionOutput(ctx, pgbeam.TestConnectionOutputArgs{ProjectId: projectID, DatabaseId: databaseID}),
		"verifyCustomDomain": pgbeam.VerifyCustomDomainOutput(ctx, pgbeam.VerifyCustomDomainOutputArgs{ProjectId: projectID, DomainId: input("domainId")}),
		"verifyAuditChain":   pgbeam.VerifyAuditChainOutput(ctx, pgbeam.VerifyAuditChainOutputArgs{ProjectId: projectID}),
		"getAgentUsage":      pgbeam.GetAgentUsageOutput(ctx, pgbeam.GetAgentUsageOutputArgs{ProjectId: projectID}),
		"mcpClientConfig": pgbeam.McpClientConfigOutput(ctx, pgbeam.McpClientConfigOutputArgs{
			Client: pgbeam.MCPClientCursor, McpUrl: input("mcpUrl"), McpTokenEnvVar: name.ToStringPtrOutput(),
		}),
		"mcpClientConfigWithToken": pgbeam.McpClientConfigOutput(ctx, pgbeam.McpClientConfigOutputArgs{
			Client: pgbeam.MCPClientCursor, McpUrl: input("mcpUrl"), McpToken: input("mcpToken").ToStringPtrOutput(),
		}),
	} {
		ctx.Export(form+"."+function, result)
	}
	_, err := pgbeam.NewCacheRule(ctx, "cache-"+form, &pgbeam.CacheRuleArgs{
		ProjectId: projectID, DatabaseId: databaseID, QueryHash: shapes.QueryShapes().Index(pulumi.Int(0)).QueryHash(), CacheEnabled: pulumi.Bool(true),
	})
	if err != nil {
		return err
	}
	_, err = pgbeam.NewPolicyProfile(ctx, "policy-"+form, &pgbeam.PolicyProfileArgs{ProjectId: projectID, MaskingRules: scan.MaskingRules()})
	return err
}

// hashes returns the fields of query shapes that a cache rule does not change.
func hashes(shapes []pgbeam.QueryShape) []map[string]string {
	var hashes []map[string]string
	for _, shape := range shapes {
		hashes = append(hashes, map[string]string{"queryHash": shape.QueryHash, "normalizedSql": shape.NormalizedSql})
	}
	return hashes
}

// callPlainForms calls every function in the plain form.
func callPlainForms(ctx *pulumi.Context, inputs map[string]string) error {
	var errs []error
	export := func(function string, result any, err error) {
		errs = append(errs, err)
		ctx.Export("plain."+function, pulumi.ToOutput(result))
	}
	projectID, databaseID, name, table := inputs["projectId"], inputs["databaseId"], inputs["name"], inputs["table"]
	orgID, mcpURL := inputs["orgId"], inputs["mcpUrl"]

	project, err := pgbeam.LookupProject(ctx, &pgbeam.LookupProjectArgs{OrgId: &orgID, Name: &name})
	export("getProject", project, err)
	database, err := pgbeam.LookupDatabase(ctx, &pgbeam.LookupDatabaseArgs{ProjectId: projectID, Id: &databaseID})
	export("getDatabase", database, err)
	policy, err := pgbeam.LookupPolicyProfile(ctx, &pgbeam.LookupPolicyProfileArgs{ProjectId: projectID, Name: &name})
	export("getPolicyProfile", policy, err)
	agent, err := pgbeam.LookupAgentCredential(ctx, &pgbeam.LookupAgentCredentialArgs{ProjectId: projectID, Name: &name})
	export("getAgentCredential", agent, err)
	organizations, err := pgbeam.GetOrganizations(ctx, &pgbeam.GetOrganizationsArgs{})
	export("getOrganizations", organizations, err)
	plan, err := pgbeam.GetOrganizationPlan(ctx, &pgbeam.GetOrganizationPlanArgs{OrgId: orgID})
	export("getOrganizationPlan", plan, err)
	plans, err := pgbeam.GetPlans(ctx, &pgbeam.GetPlansArgs{})
	export("getPlans", plans, err)
	aws := pgbeam.CloudAws
	regions, err := pgbeam.GetRegions(ctx, &pgbeam.GetRegionsArgs{Provider: &aws, Available: pulumi.BoolRef(true)})
	export("getRegions", regions, err)
	shapes, err := pgbeam.GetQueryShapes(ctx, &pgbeam.GetQueryShapesArgs{ProjectId: projectID, DatabaseId: databaseID, Sql: &table, MinCallCount: pulumi.IntRef(1)})
	if err != nil {
		return err
	}
	export("getQueryShapes", hashes(shapes.QueryShapes), nil)
	catalog, err := pgbeam.GetSchemaCatalog(ctx, &pgbeam.GetSchemaCatalogArgs{ProjectId: projectID, DatabaseId: databaseID})
	export("getSchemaCatalog", catalog, err)
	scan, err := pgbeam.ScanPii(ctx, &pgbeam.ScanPiiArgs{
		ProjectId: projectID, DatabaseId: databaseID, MinConfidence: pulumi.Float64Ref(0.8), Except: []string{"users.phone"},
	})
	export("scanPii", scan, err)
	evaluation, err := pgbeam.EvaluatePolicy(ctx, &pgbeam.EvaluatePolicyArgs{
		ProjectId: projectID, Policy: &pgbeam.PolicySettings{TableAllowlist: []string{table}}, Statements: []string{inputs["read"], inputs["write"]},
	})
	export("evaluatePolicy", evaluation, err)
	replay, err := pgbeam.ReplayPolicy(ctx, &pgbeam.ReplayPolicyArgs{
		ProjectId: projectID, Policy: &pgbeam.PolicySettings{TableDenylist: []string{table}}, Limit: pulumi.IntRef(10),
	})
	export("replayPolicy", replay, err)
	recommendation, err := pgbeam.RecommendPolicy(ctx, &pgbeam.RecommendPolicyArgs{
		ProjectId: projectID, AgentCredentialId: inputs["agentCredentialId"], LookbackDays: pulumi.IntRef(30),
	})
	export("recommendPolicy", recommendation, err)
	lint, err := pgbeam.LintMigration(ctx, &pgbeam.LintMigrationArgs{ProjectId: projectID, DatabaseId: &databaseID, Sql: inputs["migration"]})
	export("lintMigration", lint, err)
	connection, err := pgbeam.TestConnection(ctx, &pgbeam.TestConnectionArgs{ProjectId: projectID, DatabaseId: databaseID})
	export("testConnection", connection, err)
	domain, err := pgbeam.VerifyCustomDomain(ctx, &pgbeam.VerifyCustomDomainArgs{ProjectId: projectID, DomainId: inputs["domainId"]})
	export("verifyCustomDomain", domain, err)
	chain, err := pgbeam.VerifyAuditChain(ctx, &pgbeam.VerifyAuditChainArgs{ProjectId: projectID})
	export("verifyAuditChain", chain, err)
	usage, err := pgbeam.GetAgentUsage(ctx, &pgbeam.GetAgentUsageArgs{ProjectId: projectID})
	export("getAgentUsage", usage, err)
	client, err := pgbeam.McpClientConfig(ctx, &pgbeam.McpClientConfigArgs{Client: pgbeam.MCPClientCursor, McpUrl: mcpURL, McpTokenEnvVar: &name})
	export("mcpClientConfig", client, err)

	// The plain form in Go refuses results that contain a secret.
	token := inputs["mcpToken"]
	if _, err := pgbeam.McpClientConfig(ctx, &pgbeam.McpClientConfigArgs{Client: pgbeam.MCPClientCursor, McpUrl: mcpURL, McpToken: &token}); err == nil {
		errs = append(errs, errors.New("the plain form returned a secret as a plain value"))
	}
	return errors.Join(errs...)
}
