import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

function credential(color: string): pgbeam.AgentCredential {
  return new pgbeam.AgentCredential(`support-${color}`, {
    projectId: config.require("projectId"),
    policyProfileId: config.require("policyProfileId"),
    rotationTriggers: { generation: config.require(color) },
  });
}
const credentials: Record<string, pgbeam.AgentCredential> = { blue: credential("blue"), green: credential("green") };

const active = credentials[config.require("active")];
if (!active) {
  throw new pulumi.RunError("active must be blue or green");
}

// Everything that needs the secrets gets them from the active credential.
export const mcpUrl = active.mcpUrl;
export const mcpToken = active.mcpToken;
export const connectionString = active.connectionString;
