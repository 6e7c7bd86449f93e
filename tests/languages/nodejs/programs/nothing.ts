// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Components whose optional inputs turn out to be nothing, in every way that a program can say that.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const orgId = config.require("orgId");
const database = { host: "db.example.com", name: "shop", username: "pgbeam", password: config.requireSecret("password") };
const limit = new pgbeam.SpendLimit("limit", { orgId });

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const ways: Record<string, () => any> = {
    plain: () => undefined,
    applied: () => limit.id.apply(() => undefined),
    secret: () => pulumi.secret(undefined),
    both: () => pulumi.secret(limit.id.apply(() => undefined)),
    promised: () => Promise.resolve(undefined),
};

for (const [way, nothing] of Object.entries(ways)) {
    new pgbeam.SecureAgentProject(`leaves-${way}`, {
        orgId,
        name: `leaves-${way}`,
        description: nothing(),
        tags: nothing(),
        agentsDisabled: nothing(),
        database: { ...database, port: nothing(), sslMode: nothing(), autoReadRouting: nothing(), cacheConfig: nothing(), poolConfig: nothing() },
        replicas: [{ host: "replica.example.com", port: nothing(), sslMode: nothing() }],
        policy: {
            accessMode: nothing(),
            maxRows: nothing(),
            statementTimeoutMs: nothing(),
            budgetQueriesPerHour: nothing(),
            migrationSafety: nothing(),
            maskingRules: nothing(),
            statementRules: { allow: nothing(), deny: ["DROP"] },
        },
        agent: { status: nothing(), expiresAt: nothing(), rotationTriggers: { quarter: nothing() } },
        webhook: { url: "https://example.com/hooks", enabled: nothing(), secret: nothing(), eventTypes: nothing() },
        allowUnapprovedWrites: nothing(),
    });
    new pgbeam.SecureAgentProject(`wholes-${way}`, {
        orgId,
        name: `wholes-${way}`,
        database,
        policy: nothing(),
        agent: nothing(),
        webhook: nothing(),
    });
}
