// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const project = pgbeam.getProjectOutput({ orgId: new pulumi.Config().require("orgId"), name: "missing" });

new pgbeam.PolicyProfile("policy", { projectId: project.id });
