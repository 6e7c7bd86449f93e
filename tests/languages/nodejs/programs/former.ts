// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// A program in the form of the former package, a dynamic provider, with every kind that it had. Values have the types
// that they had there: arguments by the names of their types, null for numbers that are not set, entries with labels.

import * as pgbeam from "@pgbeam/pulumi";
import type { CacheConfigArgs, CidrEntryArgs, MaskingRuleArgs, PoolConfigArgs, ProjectDatabaseArgs, RowFilterArgs, StatementRulesArgs } from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const orgId = config.require("orgId");

pgbeam.configure({ apiKey: config.require("key"), baseUrl: config.get("url") });

const cacheConfig: CacheConfigArgs = { enabled: true, ttlSeconds: 60, maxEntries: 10000, swrSeconds: 30 };
const poolConfig: PoolConfigArgs = { poolSize: 20, minPoolSize: 5, poolMode: "transaction", maxActive: 200 };
const database: ProjectDatabaseArgs = {
    host: "db.example.com",
    port: 5432,
    name: "shop",
    username: "pgbeam",
    password: "canary-project-password",
    sslMode: "require",
    cacheConfig: { ...cacheConfig, ttlSeconds: cacheConfig.ttlSeconds * 2 },
    poolConfig,
};
const allowedCidrs: CidrEntryArgs[] = [{ cidr: "203.0.113.0/24", label: pulumi.output("Office") }, { cidr: "198.51.100.10/32" }];

const project = new pgbeam.Project("project", {
    orgId,
    name: "shop",
    description: "Production database proxy",
    tags: ["production"],
    allowedCidrs,
    residency: "eu",
    agentsDisabled: false,
    status: "active",
    cloud: "aws",
    selfHosted: false,
    database,
    // Inputs of early versions, which a program in JavaScript can still pass.
    ...({ queriesPerSecond: 100, burstSize: 200, maxConnections: null } as object),
});

const extra = new pgbeam.Database("database", {
    projectId: project.id,
    host: "archive.example.com",
    port: 5432,
    name: "archive",
    username: "pgbeam",
    password: config.requireSecret("password"),
    sslMode: "verify-full",
    role: "primary",
    poolRegion: "us-east-1",
    queryTimeoutMs: null,
    autoReadRouting: false,
    cacheConfig,
    poolConfig,
});

const replica = new pgbeam.Replica("replica", { databaseId: project.primaryDatabaseId, host: "replica.example.com", port: 5432 });

const domain = new pgbeam.CustomDomain("domain", { projectId: project.id, domain: "db.example.com" });

const cacheRule = new pgbeam.CacheRule("cache-rule", {
    projectId: project.id,
    databaseId: extra.id,
    queryHash: config.require("queryHash"),
    cacheEnabled: true,
    cacheTtlSeconds: 300,
    cacheSwrSeconds: null,
});

const limit = new pgbeam.SpendLimit("limit", { orgId, spendLimit: 500 });

const statementRules: StatementRulesArgs = { allow: ["select"], deny: ["copy"] };
const maskingRules: MaskingRuleArgs[] = [{ table: "customers", column: "email", kind: "redact" }];
const rowFilters: RowFilterArgs[] = [{ table: "orders", predicate: "tenant_id = 42" }];

const policy = new pgbeam.PolicyProfile("policy", {
    projectId: project.id,
    name: "read-only",
    accessMode: "read_only",
    statementRules,
    tableAllowlist: ["public.orders", "public.customers"],
    maskingRules,
    rowFilters,
    budgetQueriesPerHour: 1000,
    budgetQueriesPerDay: null,
    maxRows: 500,
    statementTimeoutMs: null,
    writeMode: "normal",
    approvalMode: "off",
    approvalAutoMaxRows: null,
    approvalTimeoutSeconds: null,
    migrationSafety: "off",
    egressBytesPerDay: null,
    maxAffectedRows: null,
    contentScanMode: "off",
    contentScanMaxBytes: null,
});

const agent = new pgbeam.AgentCredential("agent", {
    projectId: project.id,
    policyProfileId: policy.id,
    name: "Claude Code (analytics)",
    status: "active",
    principalType: "agent",
    expiresAt: "2099-01-01T00:00:00Z",
});

const webhook = new pgbeam.WebhookEndpoint("webhook", {
    projectId: project.id,
    url: "https://example.com/hooks/pgbeam",
    format: "json",
    eventTypes: ["query_blocked"],
    enabled: true,
    description: "Audit",
    secret: config.requireSecret("webhookSecret"),
});

const enrollment = new pgbeam.SelfHostEnrollment("enrollment", { orgId, regionLabel: "eu", description: "Frankfurt", expiresAt: "2099-01-01T00:00:00Z" });

const honeytoken = new pgbeam.Honeytoken("honeytoken", { projectId: project.id, schemaName: "public", relationName: "wire_transfers", action: "kill" });

const anomalyRule = new pgbeam.AnomalyRule("anomaly-rule", {
    projectId: project.id,
    credentialId: agent.id,
    metric: "queries_per_hour",
    sigmaThreshold: 4,
    enabled: true,
});

const verified: pulumi.Output<{ verified: boolean; error?: string }> = pulumi
    .all([project.id, domain.id])
    .apply(([projectId, domainId]) => pgbeam.verifyCustomDomain(projectId, domainId));

export const result = {
    proxyHost: project.proxyHost,
    projectName: project.name,
    databaseHost: extra.host,
    connectionString: extra.connectionString,
    replica: replica.id,
    normalizedSql: cacheRule.normalizedSql,
    plan: limit.plan,
    mcpUrl: agent.mcpUrl,
    webhook: webhook.url,
    honeytoken: honeytoken.relationName,
    anomalyRule: anomalyRule.metric,
    enrollment: enrollment.regionLabel,
    verified,
};
// Numbers and texts without a value, and inputs that the program omits.
export const values = {
    cacheSwrSeconds: cacheRule.cacheSwrSeconds.apply(String),
    floor: anomalyRule.floor.apply(String),
    verifiedAt: domain.verifiedAt,
    approvalTimeoutSeconds: policy.approvalTimeoutSeconds,
    replicaSslMode: replica.sslMode,
    allowedCidrs: project.allowedCidrs,
    cidrLabels: project.cidrLabels,
};
export const primaryHost = project.database.apply((d) => d?.host);
export const agentConnectionString = agent.connectionString;
export const agentMcpToken = agent.mcpToken;
export const enrollmentToken = enrollment.token;
