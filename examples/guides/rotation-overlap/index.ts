import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const color = config.require("active");
if (color !== "blue" && color !== "green") {
  throw new pulumi.RunError("active must be blue or green");
}

function credential(own: string): pgbeam.AgentCredential {
  return new pgbeam.AgentCredential(`support-${own}`, {
    projectId: config.require("projectId"),
    policyProfileId: config.require("policyProfileId"),
    standby: own !== color,
    rotateAfter: "7d", // after it was put on standby
  });
}
const credentials = { blue: credential("blue"), green: credential("green") };
const active = credentials[color];

// Everything that needs the secrets gets them from the active credential.
export const mcpUrl = active.mcpUrl;
export const mcpToken = active.mcpToken;
export const connectionString = active.connectionString;
