# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()

pgbeam.configure(api_key="pbo_other_organization", max_retries=0)
pgbeam.configure(api_key=config.require_secret("key"), base_url=None)
pgbeam.configure()

pgbeam.SpendLimit("limit", org_id=config.require("orgId"), spend_limit=1)

# A call without settings is never too late.
pgbeam.configure()
