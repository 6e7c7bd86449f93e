import * as pgbeam from "@pgbeam/pulumi";

const res = new pgbeam.SpendLimit("example", {
  orgId: "org_abc123",
  spendLimit: 500,
});

export const plan = res.plan;
