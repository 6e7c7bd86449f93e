import * as pgbeam from "@pgbeam/pulumi";

const res = new pgbeam.Project("example", {
  orgId: "org_abc123",
  name: "my-app",
  description: "Production database proxy",
  tags: ["production", "us-east-1"],
  allowedCidrs: ["203.0.113.0/24", "198.51.100.10/32"],
  defaultPolicyProfileId: "pol_01h455vb4pex5vsknk084sn02q",
  agentsDisabled: false,
  status: "active",
});
