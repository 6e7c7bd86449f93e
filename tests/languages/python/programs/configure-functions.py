# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# Calls functions with an API key that only configure has, and with that of an explicit provider.

import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()


def first_id(result: pgbeam.GetOrganizationsResult) -> str:
    return result.organizations[0].id


provider = pgbeam.Provider("b", api_key=config.require_secret("keyB"))
explicit = pgbeam.get_organizations_output(opts=pulumi.InvokeOutputOptions(provider=provider))
pulumi.export("explicit", explicit.apply(first_id))
team = pulumi.ComponentResource("test:index:Team", "team", {}, pulumi.ResourceOptions(providers=[provider]))
inherited = pgbeam.get_organizations_output(opts=pulumi.InvokeOutputOptions(parent=team))
pulumi.export("inherited", inherited.apply(first_id))

# The calls above do not use the configuration.
pgbeam.configure(api_key=config.require_secret("keyA"))

pulumi.export("output", pgbeam.get_organizations_output().apply(first_id))
pulumi.export("plain", first_id(pgbeam.get_organizations()))
