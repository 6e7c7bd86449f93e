import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";
import * as vercel from "@pulumiverse/vercel";

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

const variables = {
  DATABASE_URL: shop.agentConnectionString,
  PGBEAM_MCP_URL: shop.mcpUrl,
  PGBEAM_MCP_TOKEN: shop.mcpToken,
};
for (const [key, value] of Object.entries(variables)) {
  new vercel.ProjectEnvironmentVariable(key, {
    projectId: config.require("vercelProjectId"),
    key,
    value,
    targets: ["production", "preview"],
    sensitive: key !== "PGBEAM_MCP_URL",
  });
}
