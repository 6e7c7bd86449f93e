// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Exports whole resources and components that were given their secrets as plain strings.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const orgId = new pulumi.Config().require("orgId");

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const ways: Record<string, (value: any) => any> = {
    plain: (value) => value,
    output: (value) => pulumi.output(value),
    promise: (value) => Promise.resolve(value),
    leaves: (value) => Object.fromEntries(Object.entries(value).map(([name, v]) => [name, pulumi.output(v)])),
};

for (const [way, as] of Object.entries(ways)) {
    const database = { host: "db.example.com", port: 5432, name: "shop", username: "pgbeam" };
    const project = new pgbeam.Project(`project-${way}`, {
        orgId,
        database: as({ ...database, password: `planted-${way}-project` }),
    });
    const given = { database: { ...database, password: `planted-${way}-component` } };
    const component = new pgbeam.SecureAgentProject(`component-${way}`, {
        orgId,
        database: as(given.database),
        webhook: as({ url: "https://example.com/hooks", secret: `planted-${way}-webhook` }),
    });
    if (typeof given.database.password !== "string") {
        throw new Error("the program's own value was changed");
    }
    exports[`project-${way}`] = project;
    exports[`component-${way}`] = component;
    exports[`list-${way}`] = [project, { component }];
}

exports.database = new pgbeam.Database("database", {
    projectId: exports["project-plain"].id,
    host: "archive.example.com",
    port: 5432,
    name: "archive",
    username: "pgbeam",
    password: "planted-database",
});
exports.webhook = new pgbeam.WebhookEndpoint("webhook", {
    projectId: exports["project-plain"].id,
    url: "https://example.com/more",
    secret: "planted-endpoint",
});
