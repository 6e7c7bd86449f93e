// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Deploys the same as ../../yaml/every-component.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const orgId = config.require("orgId");
const password = config.requireSecret("dbPassword");
const secret = config.requireSecret("webhookSecret");
const reduced = config.getBoolean("reduced") ?? false;

const shop = new pgbeam.SecureAgentProject("shop", {
    orgId,
    description: "The shop's database and its AI agents",
    tags: ["shop", "production"],
    allowedCidrs: ["203.0.113.0/24", "198.51.100.10/32"],
    cidrLabels: { "203.0.113.0/24": "Office", "198.51.100.10/32": "Build server" },
    database: {
        host: "shop.example.com",
        name: "shop",
        username: "pgbeam",
        password,
        poolConfig: { poolSize: 20, minPoolSize: 2, poolMode: pgbeam.PoolMode.Transaction },
    },
    replicas: [
        { name: "frankfurt", host: "frankfurt.shop.example.com" },
        ...(reduced ? [] : [{ name: "dublin", host: "dublin.shop.example.com", port: 6432, sslMode: pgbeam.SSLMode.VerifyCa }]),
    ],
    policy: {
        tableAllowlist: ["public.orders", "public.customers"],
        maskingRules: [
            { table: "customers", column: "email", kind: pgbeam.MaskingKind.Redact },
            { table: "customers", column: "phone", kind: pgbeam.MaskingKind.Null },
        ],
        rowFilters: [{ table: "orders", predicate: "created_at > now() - interval '1 year'" }],
    },
    policyTests: [
        {
            name: "sees no addresses",
            sql: "select email from customers",
            expect: pgbeam.PolicyVerdict.Mask,
            maskedColumns: ["email", "phone"],
        },
        { name: "does not write", sql: "delete from orders where id = 1", expect: pgbeam.PolicyVerdict.Block, rule: "read_only" },
    ],
    agent: { name: "Support bot", expiresAt: "2099-01-01T00:00:00Z" },
    anomalyRules: {
        volume: { metric: pgbeam.AnomalyMetric.BytesPerHour, sigmaThreshold: 4 },
        errors: { metric: pgbeam.AnomalyMetric.ErrorsPerHour, enabled: false },
    },
    webhook: {
        url: "https://example.com/hooks/shop",
        secret,
        eventTypes: [pgbeam.WebhookEventType.QueryBlocked, pgbeam.WebhookEventType.CanaryTripped],
        format: pgbeam.WebhookFormat.Elastic,
    },
});
const projectId = shop.projectId;

const reporting = new pgbeam.AgentAccess("reporting", {
    projectId,
    policy: {
        maskDetectedPii: { databaseId: shop.primaryDatabaseId, minConfidence: 0.8, except: ["users.phone"] },
        contentScanMode: pgbeam.ContentScanMode.Annotate,
        statementRules: { allow: ["select", "explain"], deny: ["copy"] },
    },
    policyTests: [
        { name: "reads orders", sql: "select id from orders", expect: pgbeam.PolicyVerdict.Allow },
        { name: "sees no addresses", sql: "select email from users", expect: pgbeam.PolicyVerdict.Mask, maskedColumns: ["email"] },
    ],
    agent: { name: "Reporting agent", rotationTriggers: { quarter: "2027-Q1", team: "reporting" } },
    anomalyRules: {
        queries: { metric: pgbeam.AnomalyMetric.QueriesPerHour, sigmaThreshold: 3, floor: 100 },
        ...(reduced ? {} : { hours: { metric: pgbeam.AnomalyMetric.ActiveHours } }),
    },
});

const fleet = new pgbeam.AgentFleet("fleet", {
    projectId,
    tiers: {
        support: { tableAllowlist: ["public.orders", "public.customers"], budgetQueriesPerHour: 500 },
        operations: {
            accessMode: pgbeam.AccessMode.ReadWrite,
            approvalMode: pgbeam.ApprovalMode.Writes,
            tableAllowlist: ["public.orders"],
            maxAffectedRows: 100,
        },
    },
    policyTests: {
        support: [
            {
                name: "does not write",
                sql: "update orders set total = 0 where id = 1",
                expect: pgbeam.PolicyVerdict.Block,
                rule: "read_only",
            },
        ],
        operations: [
            { name: "corrects an order", sql: "update orders set total = 0 where id = 1", expect: pgbeam.PolicyVerdict.Allow },
        ],
    },
    agents: {
        "chat-bot": { tier: "support", expiresAt: "2099-01-01T00:00:00Z" },
        ...(reduced ? {} : { "email-bot": { tier: "support", budgetQueriesPerHour: 100 } }),
        "refund-bot": { tier: "operations", rotationTriggers: { quarter: "2027-Q1" } },
    },
    webhooks: {
        security: { url: "https://example.com/hooks/security", secret, eventTypes: [pgbeam.WebhookEventType.KillSwitch] },
        audit: { url: "https://example.com/hooks/audit", format: pgbeam.WebhookFormat.Datadog, secret },
    },
    orgId,
    spendLimit: 500,
});

const tenants = new pgbeam.TenantAccess("tenants", {
    projectId,
    tables: { orders: "tenant_id", "billing.invoices": "Tenant ID" },
    tenants: { acme: "42", ...(reduced ? {} : { globex: "43" }) },
    policy: { maskingRules: [{ table: "orders", column: "address", kind: pgbeam.MaskingKind.Hash }] },
    policyTests: [
        { name: "sees orders of the tenant", sql: "select id, total from orders", expect: pgbeam.PolicyVerdict.RowFilter },
        {
            name: "sees no table of all tenants",
            sql: "select * from plans",
            expect: pgbeam.PolicyVerdict.Block,
            rule: "table_not_allowed",
        },
    ],
    agent: { name: "Tenant bot" },
});

const people = new pgbeam.HumanAccess("people", {
    projectId,
    baseline: { tableAllowlist: ["public.orders", "public.products"], maxRows: 100 },
    roles: {
        support: {
            policy: { tableAllowlist: ["public.orders", "public.customers"] },
            people: ["ada", ...(reduced ? [] : ["grace"])],
        },
        operations: {
            policy: {
                accessMode: pgbeam.AccessMode.ReadWrite,
                approvalMode: pgbeam.ApprovalMode.All,
                tableAllowlist: ["public.orders"],
            },
            people: ["linus"],
            expiresAt: "2099-01-01T00:00:00Z",
        },
    },
    approvals: {
        refunds: { schemaName: "billing", relationName: "refunds" },
        prices: {
            name: "Changes of prices",
            relationName: "prices",
            statementKinds: [pgbeam.StatementKind.Update, pgbeam.StatementKind.Delete],
            minAffectedRows: 10,
        },
    },
    webhook: { url: "https://example.com/hooks/people", secret },
});

const migrations = new pgbeam.SafeMigrations("migrations", {
    projectId,
    tables: ["public.orders", "billing.invoices"],
    approvals: {
        timeoutSeconds: 7200,
        statementKinds: [pgbeam.StatementKind.Ddl, pgbeam.StatementKind.Delete],
        webhook: reduced ? undefined : { url: "https://example.com/hooks/migrations", secret },
    },
    sandbox: {
        policyTests: [
            { name: "backfill", sql: "update orders set note = '' where id < 100", expect: pgbeam.PolicyVerdict.Allow },
        ],
    },
    production: {
        policy: { maskingRules: [{ table: "invoices", column: "iban", kind: pgbeam.MaskingKind.Redact }] },
        policyTests: [
            { name: "add a column", sql: "alter table orders add column note text", expect: pgbeam.PolicyVerdict.Allow },
            {
                name: "backfill",
                sql: "update orders set note = '' where id < 100",
                expect: pgbeam.PolicyVerdict.Block,
                rule: "statement_not_allowed",
            },
        ],
    },
});

const tripwires = new pgbeam.Tripwires("tripwires", {
    projectId,
    decoys: {
        passwords: { relationName: "admin_passwords", action: pgbeam.HoneytokenAction.Kill },
        ...(reduced
            ? {}
            : { ssns: { schemaName: "hr", relationName: "customer_ssns", action: pgbeam.HoneytokenAction.AuditOnly } }),
    },
    anomalies: {
        exfiltration: { metric: pgbeam.AnomalyMetric.BytesPerHour, sigmaThreshold: 4, floor: 10_000_000 },
        errors: { metric: pgbeam.AnomalyMetric.ErrorsPerHour },
    },
    sinks: {
        security: { url: "https://example.com/hooks/decoys", secret },
        splunk: {
            url: "https://example.com/hooks/splunk",
            secret,
            format: pgbeam.WebhookFormat.SplunkHec,
            eventTypes: [pgbeam.WebhookEventType.AnomalyAlert],
        },
    },
});

const analytics = new pgbeam.ReplicatedDatabase("analytics", {
    projectId,
    primary: {
        host: "analytics.example.com",
        name: "analytics",
        username: "pgbeam",
        password,
        cacheConfig: { enabled: true, ttlSeconds: 60, maxEntries: 10_000, swrSeconds: 30 },
    },
    replicas: {
        frankfurt: { host: "frankfurt.analytics.example.com" },
        ...(reduced ? {} : { dublin: { host: "dublin.analytics.example.com", port: 6432, sslMode: pgbeam.SSLMode.Require } }),
    },
    customDomain: { domain: "db.shop.example.com" },
});

const proxies = new pgbeam.SelfHostedGateway(
    "proxies",
    {
        orgId: config.require("proxyOrgId"),
        image: "registry.example.com/pgbeam-proxy:1.2",
        environment: { LOG_LEVEL: "info", LOG_FORMAT: "json" },
        regions: {
            frankfurt: { description: "Proxies beside the warehouse", rotateAfter: "90d" },
            ...(reduced ? {} : { virginia: { rotationTriggers: { quarter: "2027-Q1" } } }),
        },
        project: {
            description: "The warehouse",
            residency: pgbeam.Residency.Eu,
            database: { host: "warehouse.internal.example.com", name: "warehouse", username: "pgbeam", password },
        },
    },
    { provider: new pgbeam.Provider("proxyProvider", { apiKey: config.requireSecret("proxyApiKey") }) },
);

const nightly = new pgbeam.RotatingAgentCredential("nightly", {
    projectId,
    policyProfileId: fleet.tierPolicyProfileIds.apply((ids) => ids.support),
    name: "Nightly report",
    everyDays: 30,
    overlapDays: 3,
});

/** Gives out the outputs of a component. */
function give<T>(name: string, component: T, outputs: (keyof T & string)[]) {
    for (const output of outputs) {
        exports[`${name}.${output}`] = component[output];
    }
}

give("shop", shop, [
    "agentConnectionString",
    "agentCredentialId",
    "agentUsername",
    "anomalyRuleIds",
    "mcpClientConfig",
    "mcpToken",
    "mcpUrl",
    "policyProfileId",
    "policyTestId",
    "primaryDatabaseId",
    "projectId",
    "proxyHost",
    "replicaIds",
    "webhookEndpointId",
]);
give("reporting", reporting, [
    "agentCredentialId",
    "anomalyRuleIds",
    "connectionString",
    "mcpClientConfig",
    "mcpToken",
    "mcpUrl",
    "policyProfileId",
    "policyTestId",
    "username",
]);
give("fleet", fleet, [
    "agentCredentialIds",
    "connectionStrings",
    "mcpClientConfigs",
    "mcpTokens",
    "mcpUrls",
    "policyProfileIds",
    "policyTestIds",
    "tierPolicyProfileIds",
    "usernames",
    "webhookEndpointIds",
]);
give("tenants", tenants, [
    "agentCredentialIds",
    "connectionStrings",
    "mcpClientConfigs",
    "mcpTokens",
    "mcpUrls",
    "policyProfileIds",
    "policyTestIds",
    "usernames",
]);
give("people", people, [
    "approvalRuleIds",
    "baselinePolicyProfileId",
    "connectionStrings",
    "credentialIds",
    "policyProfileIds",
    "usernames",
    "webhookEndpointId",
]);
give("migrations", migrations, [
    "approvalRuleIds",
    "mcpUrl",
    "productionConnectionString",
    "productionCredentialId",
    "productionMcpToken",
    "productionPolicyProfileId",
    "productionPolicyTestId",
    "productionUsername",
    "sandboxConnectionString",
    "sandboxCredentialId",
    "sandboxMcpToken",
    "sandboxPolicyProfileId",
    "sandboxPolicyTestId",
    "sandboxUsername",
    "webhookEndpointId",
]);
give("tripwires", tripwires, [
    "anomalyRuleIds",
    "honeytokenIds",
    "webhookEndpointIds",
]);
give("analytics", analytics, [
    "connectionString",
    "customDomainId",
    "databaseId",
    "dnsInstructions",
    "projectId",
    "proxyHost",
    "replicaIds",
]);
give("proxies", proxies, [
    "composeFiles",
    "enrollmentIds",
    "environments",
    "helmValues",
    "primaryDatabaseId",
    "projectId",
    "proxyHost",
]);
give("nightly", nightly, [
    "agentCredentialIds",
    "current",
    "nextRotation",
    "previousValidUntil",
]);
