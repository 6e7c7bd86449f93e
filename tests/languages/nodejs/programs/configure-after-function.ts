// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

pgbeam.getPlansOutput();

pgbeam.configure({ apiKey: new pulumi.Config().requireSecret("key") });
