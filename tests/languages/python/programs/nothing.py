# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# Components whose optional inputs turn out to be nothing, in every way that a program can say that.

import asyncio
from typing import Any, Callable

import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()
org_id = config.require("orgId")
database = {"host": "db.example.com", "name": "shop", "username": "pgbeam", "password": config.require_secret("password")}
limit = pgbeam.SpendLimit("limit", org_id=org_id)


async def promised() -> None:
    return None


ways: dict[str, Callable[[], Any]] = {
    "plain": lambda: None,
    "applied": lambda: limit.id.apply(lambda _: None),
    "secret": lambda: pulumi.Output.secret(None),
    "both": lambda: pulumi.Output.secret(limit.id.apply(lambda _: None)),
    "promised": lambda: asyncio.ensure_future(promised()),
}

for way, nothing in ways.items():
    pgbeam.SecureAgentProject(
        f"leaves-{way}",
        org_id=org_id,
        name=f"leaves-{way}",
        description=nothing(),
        tags=nothing(),
        agents_disabled=nothing(),
        database=pgbeam.SecureAgentProjectDatabaseArgs(
            **database,  # type: ignore[arg-type]
            port=nothing(),
            ssl_mode=nothing(),
            auto_read_routing=nothing(),
            cache_config=nothing(),
            pool_config=nothing(),
        ),
        replicas=[{"host": "replica.example.com", "port": nothing(), "ssl_mode": nothing()}],
        policy={
            "access_mode": nothing(),
            "max_rows": nothing(),
            "statement_timeout_ms": nothing(),
            "budget_queries_per_hour": nothing(),
            "migration_safety": nothing(),
            "masking_rules": nothing(),
            "statement_rules": {"allow": nothing(), "deny": ["DROP"]},
        },
        agent={"status": nothing(), "expires_at": nothing(), "rotation_triggers": {"quarter": nothing()}},
        webhook={"url": "https://example.com/hooks", "enabled": nothing(), "secret": nothing(), "event_types": nothing()},
        allow_unapproved_writes=nothing(),
    )
    pgbeam.SecureAgentProject(
        f"wholes-{way}",
        org_id=org_id,
        name=f"wholes-{way}",
        database=database,  # type: ignore[arg-type]
        policy=nothing(),
        agent=nothing(),
        webhook=nothing(),
    )
