import * as pgbeam from "@pgbeam/pulumi";
import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const shop = new pgbeam.SecureAgentProject("shop", {
  orgId: config.require("orgId"),
  database: {
    host: "shop.example.com",
    name: "shop",
    username: "pgbeam",
    password: config.requireSecret("dbPassword"),
  },
  policy: { tableAllowlist: ["public.orders"] },
  agent: { rotateAfter: "90d", rotationTriggers: { onDemand: config.require("rotation") } },
});

// Updated by the same `pulumi up` that rotates the credential.
new github.ActionsSecret("mcp-token", {
  repository: config.require("repository"),
  secretName: "PGBEAM_MCP_TOKEN",
  value: shop.mcpToken,
});

export const mcpToken = shop.mcpToken;
