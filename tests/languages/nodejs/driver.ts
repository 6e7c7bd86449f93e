// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Deploys compiled programs as inline programs of the Automation API. It reads requests from its standard input and writes
// responses to file descriptor 3, as lines of JSON. Requests run concurrently.

import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

interface Request {
    id: number;
    command: "up" | "preview";
    program: string;
    project: string;
    stack: string;
    dir: string;
    env: Record<string, string>;
    expectNoChanges: boolean;
}

async function run(request: Request): Promise<object> {
    const program = async () => {
        const file = require.resolve(request.program);
        delete require.cache[file];
        const exported = require(file);
        return typeof exported === "function" ? exported() : { ...exported };
    };
    const stack = await LocalWorkspace.selectStack(
        { stackName: request.stack, projectName: request.project, program },
        { workDir: request.dir, envVars: request.env },
    );
    let output = "";
    const onOutput = (text: string) => (output += text);
    try {
        const options = { onOutput, onError: onOutput, expectNoChanges: request.expectNoChanges };
        const result = request.command === "up" ? await stack.up(options) : await stack.preview(options);
        return { output, changes: "summary" in result ? result.summary.resourceChanges : result.changeSummary };
    } catch (e) {
        return { output, error: String(e) };
    }
}

createInterface({ input: process.stdin }).on("line", async (line) => {
    const request: Request = JSON.parse(line);
    let response: object;
    try {
        response = await run(request);
    } catch (e) {
        response = { error: String(e) };
    }
    writeSync(3, JSON.stringify({ id: request.id, ...response }) + "\n");
});
