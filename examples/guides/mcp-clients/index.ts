import * as pgbeam from "@pgbeam/pulumi";
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
});

// A file for the repository. It names an environment variable instead of the token.
const shared = pgbeam.mcpClientConfigOutput({
  client: "claude-code",
  serverName: "shop",
  mcpUrl: shop.mcpUrl,
  mcpTokenEnvVar: "PGBEAM_MCP_TOKEN",
});

// A file for the home directory of a user. It contains the token, so this output is a secret.
const personal = pgbeam.mcpClientConfigOutput({
  client: "cursor",
  serverName: "shop",
  mcpUrl: shop.mcpUrl,
  mcpToken: shop.mcpToken,
});

export const claudeCodePath = shared.path;
export const claudeCodeConfig = shared.json;
export const cursorPath = personal.path;
export const cursorConfig = personal.json;
export const mcpToken = shop.mcpToken;
