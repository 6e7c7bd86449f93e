// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const orgId = config.require("orgId");
const password = config.requireSecret("password");
const name = config.require("name");

const first = new pgbeam.Project("first", {
    orgId,
    database: { host: "db.example.com", port: 5432, name: "first", username: "pgbeam", password },
});

new pgbeam.SecureAgentProject(
    name,
    { orgId, database: { host: "db.example.com", name: "shop", username: "pgbeam", password } },
    {
        dependsOn: first,
        protect: config.getBoolean("protect"),
        aliases: name === "shop" ? [{ name: "store" }] : [],
        transforms: [
            (args) => {
                if (args.type === "pgbeam:index:Project") {
                    return { props: { ...args.props, description: "transformed" }, opts: args.opts };
                }
                return undefined;
            },
        ],
    },
);
