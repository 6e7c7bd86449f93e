import * as pgbeam from "@pgbeam/pulumi";
import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const repository = config.require("repository");

const shop = new pgbeam.SecureAgentProject("shop", {
  orgId: config.require("orgId"),
  database: {
    host: "shop.example.com",
    name: "shop",
    username: "pgbeam",
    password: config.requireSecret("dbPassword"),
  },
  policy: { tableAllowlist: ["public.orders"] },
});

new github.ActionsSecret("database-url", {
  repository,
  secretName: "DATABASE_URL",
  value: shop.agentConnectionString,
});

new github.ActionsSecret("mcp-token", {
  repository,
  secretName: "PGBEAM_MCP_TOKEN",
  value: shop.mcpToken,
});

// The URL is not a secret: anyone who can read the repository may see it.
new github.ActionsVariable("mcp-url", {
  repository,
  variableName: "PGBEAM_MCP_URL",
  value: shop.mcpUrl,
});
