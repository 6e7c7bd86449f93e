// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Unit tests of markSecrets with values of every form. The program fails if a test fails.

import * as pulumi from "@pulumi/pulumi";
import { strict as assert } from "node:assert";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;

// The function is internal, so the SDK does not declare it.
const { markSecrets } = require("@pgbeam/pulumi/secrets") as { markSecrets: (value: Any, secrets: Any) => Any };

const secrets = { password: true, server: { key: true }, list: { password: true }, map: { "*": { password: true } } } as const;

const full = () => ({
    host: "h",
    password: "p",
    server: { key: "k", port: 1 },
    list: [{ user: "u", password: "p" }, undefined, { user: "v" }],
    map: { a: { password: "p", user: "u" }, b: null },
});

/** Resolves outputs and promises in a value, and replaces secrets by strings with the prefix `secret:`. */
async function resolve(value: Any): Promise<Any> {
    if (pulumi.Output.isInstance(value)) {
        const inner = await resolve(await (value as Any).promise());
        return (await pulumi.isSecret(value)) ? `secret:${JSON.stringify(inner)}` : inner;
    }
    if (value && typeof value.then === "function") {
        return resolve(await value);
    }
    if (Array.isArray(value)) {
        return Promise.all(value.map(resolve));
    }
    if (value && typeof value === "object") {
        return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await resolve(v)])));
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
    assert.deepEqual(await resolve(markSecrets(frozen, secrets)), marked);
    assert.deepEqual(frozen, full(), "the value of the program is not modified");
    assert.deepEqual(await resolve(markSecrets(pulumi.output(full()), secrets)), marked);
    assert.deepEqual(await resolve(markSecrets(Promise.resolve(full()), secrets)), marked);
    const leaves = { ...full(), password: pulumi.output("p"), server: Promise.resolve(full().server), list: pulumi.output(full().list) };
    assert.deepEqual(await resolve(markSecrets(leaves, secrets)), marked);
    for (const empty of [undefined, null]) {
        assert.equal(markSecrets(empty, secrets), empty);
        assert.deepEqual(await resolve(markSecrets({ password: empty, server: empty }, secrets)), { password: empty, server: empty });
        assert.equal(await resolve(markSecrets(pulumi.output(empty), secrets)), empty);
    }
    assert.equal(markSecrets("text", secrets), "text");
    assert.deepEqual(await resolve(markSecrets(pulumi.secret(full()), { host: true })), `secret:${JSON.stringify({ ...full(), host: 'secret:"h"' })}`);
    return "passed";
}

export const result = check();
