import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const projectId = config.require("projectId");

const policy = new pgbeam.PolicyProfile("support", {
  projectId,
  tableAllowlist: config.requireObject<string[]>("tables"),
  maskingRules: [{ table: "customers", column: "email", kind: "redact" }],
  maxRows: 1000,
  budgetQueriesPerHour: 1000,
});

const test = new pgbeam.PolicyTest("support", {
  projectId,
  policyProfileId: policy.id,
  cases: [
    { name: "reads orders", sql: "SELECT id, total FROM orders", expect: "allow" },
    { name: "sees no addresses", sql: "SELECT id, email FROM customers", expect: "mask", maskedColumns: ["email"] },
    { name: "reads no cards", sql: "SELECT card_number FROM payments", expect: "block", rule: "table_not_allowed" },
    { name: "deletes nothing", sql: "DELETE FROM orders WHERE id = 1", expect: "block", rule: "read_only" },
  ],
});

// Neither created nor changed unless the policy passes the test.
const credential = new pgbeam.AgentCredential("support", { projectId, policyProfileId: policy.id }, { dependsOn: test });

export const agentCredentialId = credential.id;
export const mcpToken = credential.mcpToken;
