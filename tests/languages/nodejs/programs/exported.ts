// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Exports whole resources and components whose secrets are plain strings.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const orgId = new pulumi.Config().require("orgId");

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const forms: Record<string, (value: any) => any> = {
    plain: (value) => value,
    output: (value) => pulumi.output(value),
    promise: (value) => Promise.resolve(value),
    leaves: (value) => Object.fromEntries(Object.entries(value).map(([name, v]) => [name, pulumi.output(v)])),
};

for (const [form, convert] of Object.entries(forms)) {
    const database = { host: "db.example.com", port: 5432, name: "shop", username: "pgbeam" };
    const project = new pgbeam.Project(`project-${form}`, {
        orgId,
        database: convert({ ...database, password: `canary-${form}-project` }),
    });
    const inputs = { database: { ...database, password: `canary-${form}-component` } };
    const component = new pgbeam.SecureAgentProject(`component-${form}`, {
        orgId,
        database: convert(inputs.database),
        webhook: convert({ url: "https://example.com/hooks", secret: `canary-${form}-webhook` }),
    });
    if (typeof inputs.database.password !== "string") {
        throw new Error("the SDK modified a value of the program");
    }
    exports[`project-${form}`] = project;
    exports[`component-${form}`] = component;
    exports[`list-${form}`] = [project, { component }];
}

exports.database = new pgbeam.Database("database", {
    projectId: exports["project-plain"].id,
    host: "archive.example.com",
    port: 5432,
    name: "archive",
    username: "pgbeam",
    password: "canary-database",
});
exports.webhook = new pgbeam.WebhookEndpoint("webhook", {
    projectId: exports["project-plain"].id,
    url: "https://example.com/more",
    secret: "canary-endpoint",
});
