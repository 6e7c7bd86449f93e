// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// A component, a resource that depends on it, and a resource that does not.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const orgId = config.require("orgId");

new pgbeam.SpendLimit("beside", { orgId, spendLimit: 3 });
const shop = new pgbeam.SecureAgentProject(
    "shop",
    {
        orgId,
        database: { host: "db.example.com", name: "shop", username: "pgbeam", password: config.requireSecret("password") },
        webhook: { url: "https://example.com/hooks" },
    },
    { retainOnDelete: config.getBoolean("retain") },
);
new pgbeam.Honeytoken("after", { projectId: shop.projectId, relationName: "users", action: "kill" });

export const token = shop.mcpToken;
