// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// The program former.ts on a stack whose state the former package has written, with the lines that
// `pgbeam-migrate dynamic --alias` prints.

import * as pulumi from "@pulumi/pulumi";

// Before the first resource of the program. It can be removed after a pulumi up of every stack.
const pgbeamTypes = new Set([
    "pgbeam:index:AgentCredential",
    "pgbeam:index:AnomalyRule",
    "pgbeam:index:CacheRule",
    "pgbeam:index:CustomDomain",
    "pgbeam:index:Database",
    "pgbeam:index:Honeytoken",
    "pgbeam:index:PolicyProfile",
    "pgbeam:index:Project",
    "pgbeam:index:Replica",
    "pgbeam:index:SelfHostEnrollment",
    "pgbeam:index:SpendLimit",
    "pgbeam:index:WebhookEndpoint",
]);
pulumi.runtime.registerStackTransformation(({ type, props, opts }) =>
    pgbeamTypes.has(type) ? { props, opts: pulumi.mergeOptions(opts, { aliases: [{ type: "pulumi-nodejs:dynamic:Resource" }] }) } : undefined,
);

const file = require.resolve("./former");
delete require.cache[file];
module.exports = require(file);
