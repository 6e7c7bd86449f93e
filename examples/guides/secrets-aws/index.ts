import * as pgbeam from "@pgbeam/pulumi";
import * as aws from "@pulumi/aws";
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

const secret = new aws.secretsmanager.Secret("support-bot", {
  description: "How the support bot connects to the shop's database",
});

new aws.secretsmanager.SecretVersion("support-bot", {
  secretId: secret.id,
  secretString: pulumi.jsonStringify({
    connectionString: shop.agentConnectionString,
    mcpUrl: shop.mcpUrl,
    mcpToken: shop.mcpToken,
  }),
});

export const secretArn = secret.arn;
