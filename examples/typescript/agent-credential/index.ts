import * as pgbeam from "@pgbeam/pulumi";

const res = new pgbeam.AgentCredential("example", {
  projectId: "prj_01h455vb4pex5vsknk084sn02q",
  policyProfileId: "pol_01h455vb4pex5vsknk084sn02q",
  name: "Claude Code (analytics)",
  status: "active",
  principalType: "agent",
  expiresAt: "2099-01-01T00:00:00Z",
});

export const pgUsername = res.pgUsername;
export const connectionString = res.connectionString;
export const mcpUrl = res.mcpUrl;
export const mcpToken = res.mcpToken;
