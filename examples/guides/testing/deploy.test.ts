import * as pgbeam from "@pgbeam/pulumi";
import { InlineProgramArgs, LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import program = require("./index");

const api = spawn("pgbeam-local", { stdio: ["ignore", "pipe", "inherit"] });
let backend: string;
let envVars: Record<string, string>;
let shop: Stack;

function createStack(stackName: string, run: InlineProgramArgs["program"]): Promise<Stack> {
  return LocalWorkspace.createStack({ stackName, projectName: "testing", program: run }, { envVars });
}

before(async () => {
  // pgbeam-local listening on http://127.0.0.1:…
  const [line] = await once(createInterface(api.stdout), "line");
  backend = await mkdtemp(join(tmpdir(), "pgbeam-test-"));
  envVars = {
    PGBEAM_API_URL: line.split(" ").pop(),
    PGBEAM_API_KEY: "pbo_local",
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
  };
  shop = await createStack("test", program);
  await shop.setAllConfig({ orgId: { value: "org_local" }, dbPassword: { value: "hunter2", secret: true } });
});

after(async () => {
  api.kill();
  await rm(backend, { recursive: true, force: true });
});

test("the program deploys, and a second update changes nothing", async () => {
  const { outputs } = await shop.up();
  assert.match(outputs.mcpUrl.value, /^https:/);
  assert.ok(outputs.mcpToken.secret);
  await shop.up({ expectNoChanges: true });
});

test("the policy does what it must", async () => {
  const outputs = await shop.outputs();
  const expected = {
    "SELECT id, total FROM orders": "allow",
    "SELECT id, email FROM customers": "mask",
    "SELECT card_number FROM payments": "block",
    "DELETE FROM orders WHERE id = 1": "block",
  };
  const checks = await createStack("checks", async () => {
    const { results } = await pgbeam.evaluatePolicy({
      projectId: outputs.projectId.value,
      policyProfileId: outputs.policyProfileId.value,
      statements: Object.keys(expected),
    });
    return { verdicts: Object.fromEntries(results.map(({ sql, verdict }) => [sql, verdict])) };
  });
  const result = await checks.up();
  assert.deepEqual(result.outputs.verdicts.value, expected);
});

test("everything can be removed again", async () => {
  await shop.destroy();
});
