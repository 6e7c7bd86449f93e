# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# Resources in two organizations with different API keys: a resource that uses the wrong provider fails.

import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()
password = config.require_secret("password")

pgbeam.configure(api_key=config.require_secret("keyA"))
b = pgbeam.Provider("b", api_key=config.require_secret("keyB"))


def project(name: str, org_id: str, **options: object) -> pgbeam.Project:
    return pgbeam.Project(
        name,
        org_id=org_id,
        database={"host": "db.example.com", "port": 5432, "name": name, "username": "pgbeam", "password": password},
        opts=pulumi.ResourceOptions(**options),  # type: ignore[arg-type]
    )


def agent(name: str, org_id: str, **options: object) -> pgbeam.SecureAgentProject:
    return pgbeam.SecureAgentProject(
        name,
        org_id=org_id,
        database={"host": "db.example.com", "name": name, "username": "pgbeam", "password": password},
        opts=pulumi.ResourceOptions(**options),  # type: ignore[arg-type]
    )


configured = project("a-configured", "org_a")
project("b-explicit", "org_b", provider=b)
agent("a-agent", "org_a")
agent("b-agent", "org_b", provider=b)
agent("b-agents", "org_b", providers=[b])
agent("b-map", "org_b", providers={"pgbeam": b})

plain = pulumi.ComponentResource("test:index:Team", "plain")
project("a-child", "org_a", parent=plain)
agent("a-agent-child", "org_a", parent=plain)

team = pulumi.ComponentResource("test:index:Team", "team", {}, pulumi.ResourceOptions(providers=[b]))
project("b-child", "org_b", parent=team)
agent("b-agent-child", "org_b", parent=team)

# A child of a configured resource inherits its provider.
project("a-grandchild", "org_a", parent=configured)
pgbeam.Project.get("a-read", configured.id)
