import * as pgbeam from "@pgbeam/pulumi";

pgbeam.configure({ apiKey: "pgb_your_api_key" });

// Resources created after this call use the key.
const limit = new pgbeam.SpendLimit("limit", {
  orgId: "org_abc123",
  spendLimit: 500,
});

export const plan = limit.plan;
