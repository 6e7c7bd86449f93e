# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# Components whose optional inputs are None, in every form that a program can pass.

import asyncio
from typing import Any, Callable

import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()
org_id = config.require("orgId")
database = {"host": "db.example.com", "name": "shop", "username": "pgbeam", "password": config.require_secret("password")}
limit = pgbeam.SpendLimit("limit", org_id=org_id)


async def resolve_none() -> None:
    return None


forms: dict[str, Callable[[], Any]] = {
    "plain": lambda: None,
    "applied": lambda: limit.id.apply(lambda _: None),
    "secret": lambda: pulumi.Output.secret(None),
    "both": lambda: pulumi.Output.secret(limit.id.apply(lambda _: None)),
    "promised": lambda: asyncio.ensure_future(resolve_none()),
}

for form, none_value in forms.items():
    pgbeam.SecureAgentProject(
        f"leaves-{form}",
        org_id=org_id,
        name=f"leaves-{form}",
        description=none_value(),
        tags=none_value(),
        agents_disabled=none_value(),
        database=pgbeam.PrimaryDatabaseArgs(
            **database,  # type: ignore[arg-type]
            port=none_value(),
            ssl_mode=none_value(),
            auto_read_routing=none_value(),
            cache_config=none_value(),
            pool_config=none_value(),
        ),
        replicas=[{"host": "replica.example.com", "port": none_value(), "ssl_mode": none_value()}],
        policy={
            "access_mode": none_value(),
            "max_rows": none_value(),
            "statement_timeout_ms": none_value(),
            "budget_queries_per_hour": none_value(),
            "migration_safety": none_value(),
            "masking_rules": none_value(),
            "statement_rules": {"allow": none_value(), "deny": ["DROP"]},
        },
        agent={"status": none_value(), "expires_at": none_value(), "rotation_triggers": {"quarter": none_value()}},
        webhook={"url": "https://example.com/hooks", "enabled": none_value(), "secret": none_value(), "event_types": none_value()},
        allow_unapproved_writes=none_value(),
    )
    pgbeam.SecureAgentProject(
        f"objects-{form}",
        org_id=org_id,
        name=f"objects-{form}",
        database=database,  # type: ignore[arg-type]
        policy=none_value(),
        agent=none_value(),
        webhook=none_value(),
    )
