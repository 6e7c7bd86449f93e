# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()

pgbeam.configure(**(config.get_object("settings") or {}))

pgbeam.SpendLimit("limit", org_id=config.require("orgId"), spend_limit=1)
