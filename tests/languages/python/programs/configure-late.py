# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()

provider = pgbeam.Provider("explicit", api_key=config.require_secret("key"))
pgbeam.SpendLimit(
    "unaffected",
    org_id=config.require("orgId"),
    spend_limit=1,
    opts=pulumi.ResourceOptions(provider=provider),
)
pgbeam.SpendLimit("early", org_id=config.require("orgId"), spend_limit=1)

pgbeam.configure(api_key=config.require_secret("key"))
