import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const shop = new pgbeam.SecureAgentProject("shop", {
  orgId: config.require("orgId"),
  description: "The shop's database, for the support agent",
  database: {
    host: "shop.example.com",
    name: "shop",
    username: "pgbeam",
    password: config.requireSecret("dbPassword"),
  },
  replicas: [{ host: "replica-1.shop.example.com" }, { host: "replica-2.shop.example.com" }],
  policy: {
    tableAllowlist: ["public.orders", "public.customers"],
    maskingRules: [
      { table: "customers", column: "email", kind: "redact" },
      { table: "customers", column: "phone", kind: "null" },
    ],
    rowFilters: [{ table: "orders", predicate: "created_at > now() - interval '1 year'" }],
  },
  agent: {
    name: "Support bot",
    expiresAt: "2099-01-01T00:00:00Z",
  },
  webhook: {
    url: "https://example.com/hooks/pgbeam",
    secret: config.requireSecret("webhookSecret"),
    eventTypes: ["query_blocked", "canary_tripped"],
  },
});

export const projectId = shop.projectId;
export const proxyHost = shop.proxyHost;
export const agentUsername = shop.agentUsername;
export const mcpUrl = shop.mcpUrl;
export const agentConnectionString = shop.agentConnectionString;
export const mcpToken = shop.mcpToken;
