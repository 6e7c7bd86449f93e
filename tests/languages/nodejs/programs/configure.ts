// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

pgbeam.configure(config.getObject<pgbeam.ProviderArgs>("settings"));

new pgbeam.SpendLimit("limit", { orgId: config.require("orgId"), spendLimit: 1 });
