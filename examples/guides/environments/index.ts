import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const protect = config.requireBoolean("protect");
const syntheticData = config.requireBoolean("syntheticData");

const personalData = [
  { table: "customers", column: "email", kind: pgbeam.MaskingKind.Redact },
  { table: "customers", column: "phone", kind: pgbeam.MaskingKind.Null },
];

const project = new pgbeam.Project(
  "shop",
  {
    orgId: config.require("orgId"),
    tags: [pulumi.getStack()],
    database: {
      host: config.require("databaseHost"),
      port: 5432,
      name: "shop",
      username: "pgbeam",
      password: config.requireSecret("dbPassword"),
    },
  },
  { protect },
);

interface Agent {
  connectionString: pulumi.Output<string>;
  mcpUrl: pulumi.Output<string>;
  mcpToken: pulumi.Output<string>;
}

export const agents: Record<string, Agent> = {};
for (const [name, tables] of Object.entries(config.requireObject<Record<string, string[]>>("agents"))) {
  const policy = new pgbeam.PolicyProfile(name, {
    projectId: project.id,
    accessMode: "read_only",
    tableAllowlist: tables,
    maskingRules: personalData.filter((rule) => !syntheticData && tables.includes(`public.${rule.table}`)),
    maxRows: 1000,
    budgetQueriesPerHour: config.requireNumber("queriesPerHour"),
  });
  const credential = new pgbeam.AgentCredential(name, { projectId: project.id, policyProfileId: policy.id });
  agents[name] = {
    connectionString: credential.connectionString,
    mcpUrl: credential.mcpUrl,
    mcpToken: credential.mcpToken,
  };
}
