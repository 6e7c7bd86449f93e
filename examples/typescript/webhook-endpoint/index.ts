import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const secret = { value: config.requireSecret("webhookSecret") };

const res = new pgbeam.WebhookEndpoint("example", {
  projectId: "prj_01h455vb4pex5vsknk084sn02q",
  url: "https://example.com/hooks/pgbeam",
  format: "json",
  eventTypes: ["query_blocked", "canary_tripped"],
  enabled: true,
  description: "Audit events for the security team",
  secret: secret.value,
});
