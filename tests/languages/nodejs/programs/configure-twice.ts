// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

pgbeam.configure({ apiKey: "pbo_other_organization", maxRetries: 0 });
pgbeam.configure({ apiKey: config.requireSecret("key"), baseUrl: undefined });
pgbeam.configure();

new pgbeam.SpendLimit("limit", { orgId: config.require("orgId"), spendLimit: 1 });

// A call without settings is never too late.
pgbeam.configure({});
