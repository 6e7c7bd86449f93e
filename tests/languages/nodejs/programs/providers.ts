// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Resources in two organizations with different API keys: a resource that uses the wrong provider fails.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const password = config.requireSecret("password");

pgbeam.configure({ apiKey: config.requireSecret("keyA") });
const b = new pgbeam.Provider("b", { apiKey: config.requireSecret("keyB") });

function project(name: string, orgId: string, opts?: pulumi.CustomResourceOptions) {
    return new pgbeam.Project(name, { orgId, database: { host: "db.example.com", port: 5432, name, username: "pgbeam", password } }, opts);
}

function agent(name: string, orgId: string, opts?: pulumi.ComponentResourceOptions) {
    return new pgbeam.SecureAgentProject(name, { orgId, database: { host: "db.example.com", name, username: "pgbeam", password } }, opts);
}

const configured = project("a-configured", "org_a");
project("b-explicit", "org_b", { provider: b });
agent("a-agent", "org_a");
agent("b-agent", "org_b", { provider: b });
agent("b-agents", "org_b", { providers: [b] });
agent("b-map", "org_b", { providers: { pgbeam: b } });

const plain = new pulumi.ComponentResource("test:index:Team", "plain");
project("a-child", "org_a", { parent: plain });
agent("a-agent-child", "org_a", { parent: plain });

const team = new pulumi.ComponentResource("test:index:Team", "team", {}, { providers: [b] });
project("b-child", "org_b", { parent: team });
agent("b-agent-child", "org_b", { parent: team });

// A child of a configured resource inherits its provider.
project("a-grandchild", "org_a", { parent: configured });
pgbeam.Project.get("a-read", configured.id);
