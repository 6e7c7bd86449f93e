// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pulumi from "@pulumi/pulumi";

/**
 * The locations of the secrets in a value. `true` means that the value is a secret. An object contains the locations in
 * each field, or under `"*"`, the locations in each value of a map. For an array, it applies to each item.
 *
 * @internal
 */
export type Secrets = true | { [field: string]: Secrets };

/**
 * Marks the secrets in an input of a resource, and nothing else. The input may be or contain outputs and promises. The
 * value of the caller is not modified.
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
        return value; // the provider reports an invalid value
    }
    const marked = { ...value };
    for (const name of "*" in secrets ? Object.keys(marked) : Object.keys(secrets)) {
        if (name in marked) {
            marked[name] = markSecrets(marked[name], secrets["*"] ?? secrets[name]);
        }
    }
    return marked;
}
