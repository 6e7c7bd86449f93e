// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Deploys compiled programs as inline programs of the Automation API. Each line of the input is a request, and each line
// of file descriptor 3 the answer to one. Requests run at the same time, in this one process.

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
        return { ...require(file) };
    };
    const stack = await LocalWorkspace.selectStack(
        { stackName: request.stack, projectName: request.project, program },
        { workDir: request.dir, envVars: request.env },
    );
    let printed = "";
    const onOutput = (text: string) => (printed += text);
    try {
        const options = { onOutput, onError: onOutput, expectNoChanges: request.expectNoChanges };
        const result = request.command === "up" ? await stack.up(options) : await stack.preview(options);
        return { printed, changes: "summary" in result ? result.summary.resourceChanges : result.changeSummary };
    } catch (e) {
        return { printed, error: String(e) };
    }
}

createInterface({ input: process.stdin }).on("line", async (line) => {
    const request: Request = JSON.parse(line);
    let answer: object;
    try {
        answer = await run(request);
    } catch (e) {
        answer = { error: String(e) };
    }
    writeSync(3, JSON.stringify({ id: request.id, ...answer }) + "\n");
});
