// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// The names, the inputs and the outputs of the former package, a dynamic provider, with the types that they had there.
// A line below @ts-expect-error is a difference that MIGRATING.md lists. This program is compiled only.

import * as pgbeam from "@pgbeam/pulumi";
import type {
    AgentCredentialArgs, AgentCredentialData, AnomalyMetric, AnomalyRuleArgs, AnomalyRuleData, CacheConfig, CacheConfigArgs,
    CacheRuleArgs, CacheRuleEntry, CidrEntry, CidrEntryArgs, CustomDomainArgs, CustomDomainData, DatabaseArgs, DatabaseData,
    DatabaseRole, DataResidency, DnsInstructions, HoneytokenArgs, HoneytokenData, MaskingRule, MaskingRuleArgs,
    OrganizationPlan, PlanLimits, PolicyProfileArgs, PolicyProfileData, PoolConfig, PoolConfigArgs, PoolMode, ProjectArgs,
    ProjectData, ProjectDatabaseArgs, ProjectStatus, Region, ReplicaArgs, ReplicaData, RowFilter, RowFilterArgs,
    SelfHostEnrollmentArgs, SelfHostEnrollmentData, SpendLimitArgs, SSLMode, StatementRules, StatementRulesArgs,
    WebhookEndpointArgs, WebhookEndpointData,
} from "@pgbeam/pulumi";
import {
    AgentCredential, AnomalyRule, CacheRule, configure, CustomDomain, Database, Honeytoken, PolicyProfile, Project, Replica,
    SelfHostEnrollment, SpendLimit, verifyCustomDomain, WebhookEndpoint,
} from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

export const settings: (args: { apiKey: string; baseUrl?: string }) => void = configure;
export const verify: (projectId: string, domainId: string) => Promise<{ verified: boolean; error?: string }> = verifyCustomDomain;

// Fields of the API.
export function fields(
    agent: AgentCredentialData, rule: AnomalyRuleData, cacheRule: CacheRuleEntry, domain: CustomDomainData, database: DatabaseData,
    honeytoken: HoneytokenData, plan: OrganizationPlan, policy: PolicyProfileData, project: ProjectData, region: Region,
    replica: ReplicaData, enrollment: SelfHostEnrollmentData, webhook: WebhookEndpointData,
): string[] {
    const cache: CacheConfig = database.cache_config;
    const pool: PoolConfig = database.pool_config;
    const mode: PoolMode = pool.pool_mode;
    const role: DatabaseRole | undefined = database.role;
    const tls: SSLMode = replica.ssl_mode;
    const instructions: DnsInstructions | undefined = domain.dns_instructions;
    const limits: PlanLimits = plan.limits;
    const masks: MaskingRule[] = policy.masking_rules;
    const filters: RowFilter[] | undefined = policy.row_filters;
    const statements: StatementRules | undefined = policy.statement_rules;
    const entries: CidrEntry[] | undefined = project.allowed_cidrs;
    const residency: DataResidency | undefined = project.residency;
    const metric: AnomalyMetric = rule.metric;
    const status: ProjectStatus | "deleted" = project.status;
    return [
        `${cache.ttl_seconds + limits.max_projects}`, mode, role ?? "", tls, instructions?.cname_host ?? "", masks[0].column, filters?.[0].predicate ?? "",
        statements?.allow?.[0] ?? "", entries?.[0].label ?? "", residency ?? "", metric, status, agent.pg_username, cacheRule.query_hash,
        honeytoken.relation_name, region.id, enrollment.revoked_at ?? "", webhook.url,
    ];
}

// Inputs, as variables whose types are not derived from the arguments.
declare const text: pulumi.Input<string>;
declare const texts: pulumi.Input<pulumi.Input<string>[]>;
declare const flag: pulumi.Input<boolean>;
declare const count: pulumi.Input<number>;
declare const nullable: pulumi.Input<number | null>;
declare const entries: CidrEntryArgs[];
declare const cache: pulumi.Input<CacheConfigArgs>;
declare const pool: pulumi.Input<PoolConfigArgs>;
declare const statements: pulumi.Input<StatementRulesArgs>;
declare const masks: pulumi.Input<pulumi.Input<MaskingRuleArgs>[]>;
declare const filters: pulumi.Input<pulumi.Input<RowFilterArgs>[]>;

export const projectDatabase: ProjectDatabaseArgs = {
    host: text, port: count, name: text, username: text, password: text, poolRegion: text, queryTimeoutMs: count, autoReadRouting: flag,
    cacheConfig: cache, poolConfig: pool, sslMode: "require", role: "primary",
};
export const project: ProjectArgs = {
    orgId: text, name: text, description: text, tags: texts, allowedCidrs: texts, defaultPolicyProfileId: text, agentsDisabled: flag, selfHosted: flag,
    residency: "any", status: "active", cloud: "aws", database: projectDatabase,
};
export const labeled: ProjectArgs = { orgId: text, allowedCidrs: entries };
export const database: DatabaseArgs = { ...projectDatabase, projectId: text, queryTimeoutMs: nullable };
export const replica: ReplicaArgs = { databaseId: text, host: text, port: count, sslMode: "require" };
export const domain: CustomDomainArgs = { projectId: text, domain: text };
export const cacheRule: CacheRuleArgs = { projectId: text, databaseId: text, queryHash: text, cacheEnabled: flag, cacheTtlSeconds: nullable, cacheSwrSeconds: nullable };
export const limit: SpendLimitArgs = { orgId: text, spendLimit: nullable };
export const policy: PolicyProfileArgs = {
    projectId: text, name: text, accessMode: "read_only", statementRules: statements, tableAllowlist: texts, tableDenylist: texts, maskingRules: masks,
    rowFilters: filters, budgetQueriesPerHour: nullable, budgetQueriesPerDay: nullable, maxRows: nullable, statementTimeoutMs: nullable,
    writeMode: "normal", approvalMode: "off", approvalAutoMaxRows: nullable, approvalTimeoutSeconds: nullable, migrationSafety: "off",
    egressBytesPerDay: nullable, maxAffectedRows: nullable, contentScanMode: "off", contentScanMaxBytes: nullable,
};
export const agent: AgentCredentialArgs = { projectId: text, policyProfileId: text, name: text, status: "active", principalType: "agent", expiresAt: text };
export const webhook: WebhookEndpointArgs = { projectId: text, url: text, format: "json", eventTypes: ["query_blocked"], enabled: flag, description: text, secret: text };
export const enrollment: SelfHostEnrollmentArgs = { orgId: text, regionLabel: text, description: text, expiresAt: text };
export const honeytoken: HoneytokenArgs = { projectId: text, schemaName: text, relationName: text, action: "kill" };
export const anomalyRule: AnomalyRuleArgs = { projectId: text, credentialId: text, metric: "active_hours", sigmaThreshold: nullable, floor: nullable, enabled: flag };

// @ts-expect-error a string is no value of an enumeration
export const mode: PolicyProfileArgs = { projectId: text, accessMode: text };
// @ts-expect-error the API has no such event type
export const events: WebhookEndpointArgs = { projectId: text, url: text, eventTypes: ["blocked"] };
// @ts-expect-error entries with labels cannot be the value of an output
export const outputEntries: ProjectArgs = { orgId: text, allowedCidrs: pulumi.output(entries) };
// @ts-expect-error not an input
export const rate: ProjectArgs = { orgId: text, queriesPerSecond: 100 };
// @ts-expect-error not an input
export const burst: ProjectArgs = { orgId: text, burstSize: 100 };
// @ts-expect-error not an input
export const connections: ProjectArgs = { orgId: text, maxConnections: 100 };

// Outputs.
type Text = pulumi.Output<string>;
type MaybeText = pulumi.Output<string | undefined>;
type MaybeTexts = pulumi.Output<string[] | undefined>;
type MaybeFlag = pulumi.Output<boolean | undefined>;
type Count = pulumi.Output<number | null>;

export function outputs(
    project: Project, database: Database, replica: Replica, domain: CustomDomain, cacheRule: CacheRule, limit: SpendLimit, agent: AgentCredential,
    policy: PolicyProfile, webhook: WebhookEndpoint, enrollment: SelfHostEnrollment, honeytoken: Honeytoken, rule: AnomalyRule,
) {
    const texts: Text[] = [
        project.orgId, project.name, project.primaryDatabaseId, database.projectId, database.host, database.name, database.username,
        replica.databaseId, replica.host, domain.projectId, domain.domain, agent.projectId, agent.policyProfileId, agent.name,
        policy.projectId, policy.name, webhook.projectId, webhook.url, enrollment.orgId, honeytoken.projectId,
        honeytoken.relationName, honeytoken.action, rule.projectId, rule.metric, agent.mcpUrl, agent.connectionString, agent.mcpToken, enrollment.token,
    ];
    const maybeTexts: MaybeText[] = [
        project.description, project.cloud, project.proxyHost, project.defaultPolicyProfileId, project.residency, project.status, project.createdAt, project.updatedAt,
        database.connectionString, database.sslMode, database.role, database.poolRegion, database.createdAt, database.updatedAt,
        replica.sslMode, replica.createdAt, replica.updatedAt,
        domain.verifiedAt, domain.tlsCertExpiry, domain.dnsVerificationToken, domain.createdAt, domain.updatedAt,
        cacheRule.queryHash, cacheRule.normalizedSql, cacheRule.queryType, cacheRule.recommendation, cacheRule.firstSeenAt, cacheRule.lastSeenAt,
        limit.orgId, limit.plan, limit.billingProvider, limit.subscriptionStatus, limit.currentPeriodEnd, limit.spendCappedAt, limit.createdAt, limit.updatedAt,
        agent.pgUsername, agent.status, agent.principalType, agent.authMethod, agent.lastUsedAt, agent.expiresAt, agent.createdAt, agent.updatedAt,
        policy.accessMode, policy.writeMode, policy.approvalMode, policy.migrationSafety, policy.contentScanMode, policy.createdAt, policy.updatedAt,
        webhook.format, webhook.description, webhook.secret, webhook.createdAt, webhook.updatedAt,
        enrollment.regionLabel, enrollment.description, enrollment.createdBy, enrollment.createdAt, enrollment.lastSeenAt, enrollment.expiresAt,
        honeytoken.schemaName, honeytoken.createdAt, honeytoken.updatedAt, rule.credentialId, rule.createdAt, rule.updatedAt,
    ];
    const maybeLists: MaybeTexts[] = [project.tags, policy.tableAllowlist, policy.tableDenylist, webhook.eventTypes];
    const maybeFlags: MaybeFlag[] = [
        project.selfHosted, project.agentsDisabled, database.autoReadRouting, domain.verified, limit.enabled, limit.customPricing, limit.spendCapped, webhook.enabled, rule.enabled,
    ];
    const flag: pulumi.Output<boolean> = cacheRule.cacheEnabled;
    const ports: pulumi.Output<number>[] = [database.port, replica.port];
    const counts: Count[] = [
        project.queriesPerSecond, project.burstSize, project.maxConnections, project.databaseCount, project.activeConnections,
        cacheRule.callCount, cacheRule.avgLatencyMs, cacheRule.p95LatencyMs, cacheRule.avgResponseBytes, cacheRule.stabilityRate,
    ];
    const cache: pulumi.Output<{ enabled: boolean; ttlSeconds: number; maxEntries: number; swrSeconds: number } | undefined> = database.cacheConfig;
    const pool: pulumi.Output<{ poolSize: number; minPoolSize: number; poolMode: string; maxActive?: number } | undefined> = database.poolConfig;
    const instructions: pulumi.Output<{ cnameHost?: string; txtValue?: string; acmeCnameTarget?: string } | undefined> = domain.dnsInstructions;
    const limits: pulumi.Output<{ queriesPerDay: number; maxProjects: number; includedSeats: number } | undefined> = limit.limits;
    const statements: pulumi.Output<{ allow?: string[]; deny?: string[] } | undefined> = policy.statementRules;
    const masks: pulumi.Output<MaskingRule[] | undefined> = policy.maskingRules;
    const filters: pulumi.Output<RowFilter[] | undefined> = policy.rowFilters;

    // A number that the program omits is undefined instead of null.
    // @ts-expect-error
    const number1: Count = database.queryTimeoutMs;
    // @ts-expect-error
    const number2: Count = cacheRule.cacheTtlSeconds;
    // @ts-expect-error
    const number3: Count = cacheRule.cacheSwrSeconds;
    // @ts-expect-error
    const number4: Count = limit.spendLimit;
    // @ts-expect-error
    const number5: Count = policy.maxRows;
    // @ts-expect-error
    const number6: Count = rule.sigmaThreshold;
    // @ts-expect-error
    const number7: Count = rule.floor;
    // An imported database has no password in the state.
    // @ts-expect-error
    const password: Text = database.password;
    // A program can stop to manage the primary database.
    // @ts-expect-error
    const primary: pulumi.Output<{ host: string }> = project.database;
    // The labels are in cidrLabels.
    // @ts-expect-error
    const entries: pulumi.Output<CidrEntry[] | undefined> = project.allowedCidrs;
    // A revoked enrollment is not in the state.
    // @ts-expect-error
    enrollment.revokedAt;

    return [texts, maybeTexts, maybeLists, maybeFlags, flag, ports, counts, cache, pool, instructions, limits, statements, masks, filters];
}

export { pgbeam };
