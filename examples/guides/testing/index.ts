import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

// Pulumi calls an exported function, and so does the test, as often as it needs to.
export = async () => {
  const config = new pulumi.Config();
  const shop = new pgbeam.SecureAgentProject("shop", {
    orgId: config.require("orgId"),
    database: {
      host: "shop.example.com",
      name: "shop",
      username: "pgbeam",
      password: config.requireSecret("dbPassword"),
    },
    policy: {
      tableAllowlist: ["public.orders", "public.customers"],
      maskingRules: [{ table: "customers", column: "email", kind: "redact" }],
    },
  });
  return {
    projectId: shop.projectId,
    policyProfileId: shop.policyProfileId,
    mcpUrl: shop.mcpUrl,
    mcpToken: shop.mcpToken,
  };
};
