import * as pgbeam from "@pgbeam/pulumi";

const res = new pgbeam.CustomDomain("example", {
  projectId: "prj_01h455vb4pex5vsknk084sn02q",
  domain: "db.example.com",
});

export const dnsInstructions = res.dnsInstructions;
