import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

interface Agent {
  connectionString: string;
  mcpUrl: string;
  mcpToken: string;
}

const organization = new pulumi.Config().require("organization");

// The stack of the same environment.
const environment = new pulumi.StackReference(`${organization}/environments/${pulumi.getStack()}`);
const agents = environment.requireOutput("agents") as pulumi.Output<Record<string, Agent>>;

// The output of the other stack is a secret, and so is everything that is made of it.
const configuration = pgbeam.mcpClientConfigOutput({
  client: "claude-code",
  serverName: `shop-${pulumi.getStack()}`,
  mcpUrl: agents.support.mcpUrl,
  mcpToken: agents.support.mcpToken,
});

export const claudeCodeConfig = configuration.json;
