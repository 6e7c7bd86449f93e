// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Creates every resource with nested inputs three times: with plain inputs, with an output that is unknown during preview
// for every leaf, and with one for every property.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const orgId = config.require("orgId");
const password = "hunter2-canary";

const database = {
    host: "db.example.com",
    port: 5432,
    name: "shop",
    username: "pgbeam",
    password,
    sslMode: "require",
    poolRegion: "us-east-1",
    queryTimeoutMs: 1000,
    autoReadRouting: true,
    cacheConfig: { enabled: true, ttlSeconds: 60, maxEntries: 100, swrSeconds: 30 },
    poolConfig: { poolSize: 20, minPoolSize: 5, poolMode: "session", maxActive: 50 },
};
const policy = {
    accessMode: "read_write",
    statementRules: { allow: ["select", "insert"], deny: ["copy"] },
    tableAllowlist: ["public.orders"],
    tableDenylist: ["public.payments"],
    maskingRules: [{ table: "users", column: "email", kind: "redact" }],
    rowFilters: [{ table: "orders", predicate: "total < 100" }],
    budgetQueriesPerHour: 10,
    budgetQueriesPerDay: 100,
    maxRows: 5,
    maxAffectedRows: 6,
    statementTimeoutMs: 700,
    writeMode: "sandbox",
    approvalMode: "writes",
    approvalAutoMaxRows: 8,
    approvalTimeoutSeconds: 60,
    migrationSafety: "warn",
    egressBytesPerDay: 9000,
    contentScanMode: "annotate",
    contentScanMaxBytes: 2048,
};
const webhook = {
    url: "https://example.com/hooks",
    secret: "whsec-canary",
    format: "datadog",
    eventTypes: ["query_blocked", "canary_tripped"],
    enabled: false,
    description: "For the team",
};
const agent = { expiresAt: "2099-01-01T00:00:00Z", status: "disabled", principalType: "human", rotationTriggers: { quarter: "1" } };
const project = {
    description: "A shop",
    tags: ["production"],
    allowedCidrs: ["203.0.113.0/24", "198.51.100.10/32"],
    cidrLabels: { "203.0.113.0/24": "office" },
    residency: "eu",
    agentsDisabled: true,
};

const first = new pgbeam.Project("first", { orgId, database: { host: "db.example.com", port: 5432, name: "a", username: "a", password } });
const profile = new pgbeam.PolicyProfile("profile", { projectId: first.id });

// The examples check the types of these inputs.
type Inputs = any;

function unknown(value: Inputs): pulumi.Output<Inputs> {
    return first.id.apply(() => value);
}

function leaves(value: Inputs): Inputs {
    if (Array.isArray(value)) {
        return value.map(leaves);
    }
    if (typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, leaves(inner)]));
    }
    return unknown(value);
}

function properties(value: Inputs): Inputs {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unknown(inner)]));
}

for (const [form, convert] of Object.entries({ plain: (value: Inputs) => value, leaves, properties })) {
    new pgbeam.Project(`project-${form}`, { orgId, ...convert({ ...project, database }) });
    new pgbeam.Database(`database-${form}`, { projectId: first.id, ...convert({ ...database, role: "replica" }) });
    new pgbeam.PolicyProfile(`policy-${form}`, { projectId: first.id, ...convert(policy) });
    new pgbeam.WebhookEndpoint(`webhook-${form}`, { projectId: first.id, ...convert(webhook) });
    new pgbeam.AgentCredential(`agent-${form}`, { projectId: first.id, policyProfileId: profile.id, ...convert(agent) });
    new pgbeam.Replica(`replica-${form}`, { databaseId: first.primaryDatabaseId, ...convert({ host: "r.example.com", port: 6432, sslMode: "require" }) });

    const parts = convert({ ...project, database, policy, webhook, agent });
    new pgbeam.SecureAgentProject(`component-${form}`, {
        ...parts,
        orgId: form === "plain" ? orgId : unknown(orgId),
        // The number of replicas must be known during preview.
        replicas: [form === "plain" ? { host: "r.example.com", port: 6432 } : leaves({ host: "r.example.com", port: 6432 })],
    });
}
