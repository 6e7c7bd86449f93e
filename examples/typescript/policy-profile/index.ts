import * as pgbeam from "@pgbeam/pulumi";

const res = new pgbeam.PolicyProfile("example", {
  projectId: "prj_01h455vb4pex5vsknk084sn02q",
  name: "Read-only analytics",
  accessMode: "read_only",
  statementRules: {
    allow: ["select"],
    deny: ["copy"],
  },
  tableAllowlist: ["public.orders"],
  tableDenylist: ["public.payments"],
  maskingRules: [{ table: "users", column: "email", kind: "redact" }],
  budgetQueriesPerHour: 0,
  budgetQueriesPerDay: 0,
  maxRows: 0,
  statementTimeoutMs: 0,
  rowFilters: [{ table: "orders", predicate: "created_at > now() - interval '1 year'" }],
  writeMode: "normal",
  approvalMode: "off",
  approvalAutoMaxRows: 0,
  approvalTimeoutSeconds: 300,
  migrationSafety: "off",
  egressBytesPerDay: 0,
});
