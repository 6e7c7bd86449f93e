# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

import pulumi
import pulumi_pgbeam as pgbeam

project = pgbeam.get_project_output(org_id=pulumi.Config().require("orgId"), name="missing")

pgbeam.PolicyProfile("policy", project_id=project.id)
