// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Calls every function in the output form with known, unknown and secret inputs, and in the plain form with known ones.
// Resources use results of functions.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

type Inputs<T> = Record<
    "orgId" | "projectId" | "databaseId" | "agentCredentialId" | "domainId" | "name" | "table" | "read" | "write" | "migration" | "mcpUrl" | "mcpToken",
    T
>;

/** Returns the arguments of each function, for either form. */
function argumentsOf<T>(inputs: Inputs<T>) {
    const { orgId, projectId, databaseId, agentCredentialId, domainId, name, table, read, write, migration, mcpUrl, mcpToken } = inputs;
    return {
        getProject: { orgId, name },
        getDatabase: { projectId, id: databaseId },
        getPolicyProfile: { projectId, name },
        getAgentCredential: { projectId, name },
        getOrganizationPlan: { orgId },
        getRegions: { provider: pgbeam.Cloud.Aws, available: true },
        getQueryShapes: { projectId, databaseId, sql: table, minCallCount: 1 },
        getSchemaCatalog: { projectId, databaseId },
        scanPii: { projectId, databaseId, minConfidence: 0.8, except: ["users.phone"] },
        evaluatePolicy: { projectId, policy: { tableAllowlist: [table] }, statements: [read, write] },
        replayPolicy: { projectId, policy: { tableDenylist: [table] }, limit: 10 },
        recommendPolicy: { projectId, agentCredentialId, lookbackDays: 30 },
        lintMigration: { projectId, sql: migration, databaseId },
        testConnection: { projectId, databaseId },
        verifyCustomDomain: { projectId, domainId },
        verifyAuditChain: { projectId },
        getAgentUsage: { projectId },
        mcpClientConfig: { client: pgbeam.MCPClient.Cursor, mcpUrl, mcpTokenEnvVar: name },
        mcpClientConfigWithToken: { client: pgbeam.MCPClient.Cursor, mcpUrl, mcpToken },
    };
}

function exportResults(form: string, results: object): void {
    for (const [name, result] of Object.entries(results)) {
        exports[`${form}.${name}`] = result;
    }
}

/** Calls every function in the output form. */
function callOutputForms(form: string, inputs: Inputs<pulumi.Output<string>>): void {
    const args = argumentsOf(inputs);
    const shapes = pgbeam.getQueryShapesOutput(args.getQueryShapes);
    const scan = pgbeam.scanPiiOutput(args.scanPii);
    exportResults(form, {
        getProject: pgbeam.getProjectOutput(args.getProject),
        getDatabase: pgbeam.getDatabaseOutput(args.getDatabase),
        getPolicyProfile: pgbeam.getPolicyProfileOutput(args.getPolicyProfile),
        getAgentCredential: pgbeam.getAgentCredentialOutput(args.getAgentCredential),
        getOrganizations: pgbeam.getOrganizationsOutput(),
        getOrganizationPlan: pgbeam.getOrganizationPlanOutput(args.getOrganizationPlan),
        getPlans: pgbeam.getPlansOutput(),
        getRegions: pgbeam.getRegionsOutput(args.getRegions),
        // The cache rule changes the other fields.
        getQueryShapes: shapes.queryShapes.apply((all) => all.map(({ queryHash, normalizedSql }) => ({ queryHash, normalizedSql }))),
        getSchemaCatalog: pgbeam.getSchemaCatalogOutput(args.getSchemaCatalog),
        scanPii: scan,
        evaluatePolicy: pgbeam.evaluatePolicyOutput(args.evaluatePolicy),
        replayPolicy: pgbeam.replayPolicyOutput(args.replayPolicy),
        recommendPolicy: pgbeam.recommendPolicyOutput(args.recommendPolicy),
        lintMigration: pgbeam.lintMigrationOutput(args.lintMigration),
        testConnection: pgbeam.testConnectionOutput(args.testConnection),
        verifyCustomDomain: pgbeam.verifyCustomDomainOutput(args.verifyCustomDomain),
        verifyAuditChain: pgbeam.verifyAuditChainOutput(args.verifyAuditChain),
        getAgentUsage: pgbeam.getAgentUsageOutput(args.getAgentUsage),
        mcpClientConfig: pgbeam.mcpClientConfigOutput(args.mcpClientConfig),
        mcpClientConfigWithToken: pgbeam.mcpClientConfigOutput(args.mcpClientConfigWithToken),
    });
    new pgbeam.CacheRule(`cache-${form}`, {
        projectId: inputs.projectId,
        databaseId: inputs.databaseId,
        queryHash: shapes.queryShapes[0].queryHash,
        cacheEnabled: true,
    });
    new pgbeam.PolicyProfile(`policy-${form}`, { projectId: inputs.projectId, maskingRules: scan.maskingRules });
}

/** Calls every function in the plain form. */
function callPlainForms(inputs: Inputs<string>): void {
    const args = argumentsOf(inputs);
    exportResults("plain", {
        getProject: pgbeam.getProject(args.getProject),
        getDatabase: pgbeam.getDatabase(args.getDatabase),
        getPolicyProfile: pgbeam.getPolicyProfile(args.getPolicyProfile),
        getAgentCredential: pgbeam.getAgentCredential(args.getAgentCredential),
        getOrganizations: pgbeam.getOrganizations(),
        getOrganizationPlan: pgbeam.getOrganizationPlan(args.getOrganizationPlan),
        getPlans: pgbeam.getPlans(),
        getRegions: pgbeam.getRegions(args.getRegions),
        getQueryShapes: pgbeam
            .getQueryShapes(args.getQueryShapes)
            .then(({ queryShapes }) => queryShapes.map(({ queryHash, normalizedSql }) => ({ queryHash, normalizedSql }))),
        getSchemaCatalog: pgbeam.getSchemaCatalog(args.getSchemaCatalog),
        scanPii: pgbeam.scanPii(args.scanPii),
        evaluatePolicy: pgbeam.evaluatePolicy(args.evaluatePolicy),
        replayPolicy: pgbeam.replayPolicy(args.replayPolicy),
        recommendPolicy: pgbeam.recommendPolicy(args.recommendPolicy),
        lintMigration: pgbeam.lintMigration(args.lintMigration),
        testConnection: pgbeam.testConnection(args.testConnection),
        verifyCustomDomain: pgbeam.verifyCustomDomain(args.verifyCustomDomain),
        verifyAuditChain: pgbeam.verifyAuditChain(args.verifyAuditChain),
        getAgentUsage: pgbeam.getAgentUsage(args.getAgentUsage),
        mcpClientConfig: pgbeam.mcpClientConfig(args.mcpClientConfig),
    });
}

const known = config.requireObject<Inputs<string>>("known");
const created = new pgbeam.PolicyProfile("created", { projectId: known.projectId });

callOutputForms("known", pulumi.output(known));
callOutputForms(
    "unknown",
    created.id.apply(() => config.requireObject<Inputs<string>>("unknown")),
);
callOutputForms("secret", config.requireSecretObject<Inputs<string>>("secret"));
callPlainForms(known);
