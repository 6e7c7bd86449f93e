// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Components whose optional inputs are undefined, in every form that a program can pass.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const orgId = config.require("orgId");
const database = { host: "db.example.com", name: "shop", username: "pgbeam", password: config.requireSecret("password") };
const limit = new pgbeam.SpendLimit("limit", { orgId });

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const forms: Record<string, () => any> = {
    plain: () => undefined,
    applied: () => limit.id.apply(() => undefined),
    secret: () => pulumi.secret(undefined),
    both: () => pulumi.secret(limit.id.apply(() => undefined)),
    promised: () => Promise.resolve(undefined),
};

for (const [form, undefinedValue] of Object.entries(forms)) {
    new pgbeam.SecureAgentProject(`leaves-${form}`, {
        orgId,
        name: `leaves-${form}`,
        description: undefinedValue(),
        tags: undefinedValue(),
        agentsDisabled: undefinedValue(),
        database: { ...database, port: undefinedValue(), sslMode: undefinedValue(), autoReadRouting: undefinedValue(), cacheConfig: undefinedValue(), poolConfig: undefinedValue() },
        replicas: [{ host: "replica.example.com", port: undefinedValue(), sslMode: undefinedValue() }],
        policy: {
            accessMode: undefinedValue(),
            maxRows: undefinedValue(),
            statementTimeoutMs: undefinedValue(),
            budgetQueriesPerHour: undefinedValue(),
            migrationSafety: undefinedValue(),
            maskingRules: undefinedValue(),
            statementRules: { allow: undefinedValue(), deny: ["DROP"] },
        },
        agent: { status: undefinedValue(), expiresAt: undefinedValue(), rotationTriggers: { quarter: undefinedValue() } },
        webhook: { url: "https://example.com/hooks", enabled: undefinedValue(), secret: undefinedValue(), eventTypes: undefinedValue() },
        allowUnapprovedWrites: undefinedValue(),
    });
    new pgbeam.SecureAgentProject(`objects-${form}`, {
        orgId,
        name: `objects-${form}`,
        database,
        policy: undefinedValue(),
        agent: undefinedValue(),
        webhook: undefinedValue(),
    });
}
