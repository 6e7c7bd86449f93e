// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const provider = new pgbeam.Provider("explicit", { apiKey: config.requireSecret("key") });
new pgbeam.SpendLimit("unaffected", { orgId: config.require("orgId"), spendLimit: 1 }, { provider });
new pgbeam.SpendLimit("early", { orgId: config.require("orgId"), spendLimit: 1 });

pgbeam.configure({ apiKey: config.requireSecret("key") });
