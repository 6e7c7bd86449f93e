# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

import pulumi
import pulumi_pgbeam as pgbeam

pgbeam.get_plans()

pgbeam.configure(api_key=pulumi.Config().require_secret("key"))
