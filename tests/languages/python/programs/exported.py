# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# Exports whole resources and components that were given their secrets as plain strings.

import asyncio
from typing import Any, Callable, Dict

import pulumi
import pulumi_pgbeam as pgbeam

org_id = pulumi.Config().require("orgId")


async def promised(value: Any) -> Any:
    return value


ways: Dict[str, Callable[[Dict[str, Any], Any], Any]] = {
    "plain": lambda value, _: value,
    "class": lambda value, args: args(**value),
    "output": lambda value, _: pulumi.Output.from_input(value),
    "classes": lambda value, args: pulumi.Output.from_input(args(**value)),
    "promise": lambda value, _: asyncio.ensure_future(promised(value)),
    "coroutine": lambda value, args: promised(args(**value)),
    "leaves": lambda value, _: {name: pulumi.Output.from_input(v) for name, v in value.items()},
}

for way, given_as in ways.items():
    database = {"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam"}
    project = pgbeam.Project(
        f"project-{way}",
        org_id=org_id,
        database=given_as({**database, "password": f"planted-{way}-project"}, pgbeam.DatabaseSettingsArgs),
    )
    given = {**database, "password": f"planted-{way}-component"}
    component = pgbeam.SecureAgentProject(
        f"component-{way}",
        pgbeam.SecureAgentProjectArgs(
            org_id=org_id,
            database=given_as(given, pgbeam.SecureAgentProjectDatabaseArgs),
            webhook=given_as(
                {"url": "https://example.com/hooks", "secret": f"planted-{way}-webhook"}, pgbeam.SecureAgentProjectWebhookArgs
            ),
        ),
    )
    if not isinstance(given["password"], str):
        raise AssertionError("the program's own value was changed")
    pulumi.export(f"project-{way}", project)
    pulumi.export(f"component-{way}", component)
    pulumi.export(f"list-{way}", [project, {"component": component}])
    if way == "plain":
        pulumi.export(
            "database",
            pgbeam.Database(
                "database",
                project_id=project.id,
                host="archive.example.com",
                port=5432,
                name="archive",
                username="pgbeam",
                password="planted-database",
            ),
        )
        pulumi.export(
            "webhook",
            pgbeam.WebhookEndpoint("webhook", project_id=project.id, url="https://example.com/more", secret="planted-endpoint"),
        )
