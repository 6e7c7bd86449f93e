// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// What marks the secrets in the inputs of resources, given values of every form. It fails where the values or the marks are wrong.

import * as pulumi from "@pulumi/pulumi";
import { strict as assert } from "node:assert";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;

// It is internal, and so in no declaration.
const { markSecrets } = require("@pgbeam/pulumi/secrets") as { markSecrets: (value: Any, secrets: Any) => Any };

const secrets = { password: true, server: { key: true }, list: { password: true }, map: { "*": { password: true } } } as const;

const full = () => ({
    host: "h",
    password: "p",
    server: { key: "k", port: 1 },
    list: [{ user: "u", password: "p" }, undefined, { user: "v" }],
    map: { a: { password: "p", user: "u" }, b: null },
});

/** The value with every secret written as `secret:` and its value. */
async function written(value: Any): Promise<Any> {
    if (pulumi.Output.isInstance(value)) {
        const inner = await written(await (value as Any).promise());
        return (await pulumi.isSecret(value)) ? `secret:${JSON.stringify(inner)}` : inner;
    }
    if (value && typeof value.then === "function") {
        return written(await value);
    }
    if (Array.isArray(value)) {
        return Promise.all(value.map(written));
    }
    if (value && typeof value === "object") {
        return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await written(v)])));
    }
    return value;
}

const marked = {
    host: "h",
    password: 'secret:"p"',
    server: { key: 'secret:"k"', port: 1 },
    list: [{ user: "u", password: 'secret:"p"' }, undefined, { user: "v" }],
    map: { a: { password: 'secret:"p"', user: "u" }, b: null },
};

async function check() {
    const frozen = Object.freeze(full());
    assert.deepEqual(await written(markSecrets(frozen, secrets)), marked);
    assert.deepEqual(frozen, full(), "the program's own value is not changed");
    assert.deepEqual(await written(markSecrets(pulumi.output(full()), secrets)), marked);
    assert.deepEqual(await written(markSecrets(Promise.resolve(full()), secrets)), marked);
    const leaves = { ...full(), password: pulumi.output("p"), server: Promise.resolve(full().server), list: pulumi.output(full().list) };
    assert.deepEqual(await written(markSecrets(leaves, secrets)), marked);
    for (const nothing of [undefined, null]) {
        assert.equal(markSecrets(nothing, secrets), nothing);
        assert.deepEqual(await written(markSecrets({ password: nothing, server: nothing }, secrets)), { password: nothing, server: nothing });
        assert.equal(await written(markSecrets(pulumi.output(nothing), secrets)), nothing);
    }
    assert.equal(markSecrets("text", secrets), "text");
    assert.deepEqual(await written(markSecrets(pulumi.secret(full()), { host: true })), `secret:${JSON.stringify({ ...full(), host: 'secret:"h"' })}`);
    return "right";
}

export const result = check();
