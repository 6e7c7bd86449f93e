import * as pgbeam from "@pgbeam/pulumi";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const namespace = config.require("namespace");

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

// The metadata has no name, so that a rotation creates a Secret with another one.
const secret = new kubernetes.core.v1.Secret("support-bot", {
  metadata: { namespace },
  stringData: {
    DATABASE_URL: shop.agentConnectionString,
    PGBEAM_MCP_URL: shop.mcpUrl,
    PGBEAM_MCP_TOKEN: shop.mcpToken,
  },
});

const labels = { app: "support-bot" };
const deployment = new kubernetes.apps.v1.Deployment("support-bot", {
  metadata: { namespace },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            name: "support-bot",
            image: config.require("image"),
            envFrom: [{ secretRef: { name: secret.metadata.name } }],
          },
        ],
      },
    },
  },
});

export const deploymentName = deployment.metadata.name;
export const secretName = secret.metadata.name;
