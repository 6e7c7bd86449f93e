// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pulumi from "@pulumi/pulumi";

/**
 * Where the secrets are in a value: `true` is a secret, an object names fields that are secrets or have some, and `"*"`
 * is every entry of a map. Items of a list are like the list.
 *
 * @internal
 */
export type Secrets = true | { [field: string]: Secrets };

/**
 * Marks the secrets in the input of a resource, which may be an output or a promise, or have some in it. Nothing else in
 * it becomes a secret, and the value that the program has is not changed.
 *
 * @internal
 */
export function markSecrets(value: any, secrets: Secrets): any {
    if (value === undefined || value === null) {
        return value;
    }
    if (secrets === true) {
        return pulumi.secret(value);
    }
    if (pulumi.Output.isInstance(value)) {
        return value.apply((v) => markSecrets(v, secrets));
    }
    if (typeof value.then === "function") {
        return Promise.resolve(value).then((v) => markSecrets(v, secrets));
    }
    if (Array.isArray(value)) {
        return value.map((item) => markSecrets(item, secrets));
    }
    if (typeof value !== "object") {
        return value; // for the provider to refuse
    }
    const marked = { ...value };
    for (const name of "*" in secrets ? Object.keys(marked) : Object.keys(secrets)) {
        if (name in marked) {
            marked[name] = markSecrets(marked[name], secrets["*"] ?? secrets[name]);
        }
    }
    return marked;
}
