# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# Exports whole resources and components whose secrets are plain strings.

import asyncio
from typing import Any, Callable, Dict

import pulumi
import pulumi_pgbeam as pgbeam

org_id = pulumi.Config().require("orgId")


async def resolve(value: Any) -> Any:
    return value


forms: Dict[str, Callable[[Dict[str, Any], Any], Any]] = {
    "plain": lambda value, _: value,
    "class": lambda value, args: args(**value),
    "output": lambda value, _: pulumi.Output.from_input(value),
    "classes": lambda value, args: pulumi.Output.from_input(args(**value)),
    "promise": lambda value, _: asyncio.ensure_future(resolve(value)),
    "coroutine": lambda value, args: resolve(args(**value)),
    "leaves": lambda value, _: {name: pulumi.Output.from_input(v) for name, v in value.items()},
}

for form, convert in forms.items():
    database = {"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam"}
    project = pgbeam.Project(
        f"project-{form}",
        org_id=org_id,
        database=convert({**database, "password": f"canary-{form}-project"}, pgbeam.DatabaseSettingsArgs),
    )
    inputs = {**database, "password": f"canary-{form}-component"}
    component = pgbeam.SecureAgentProject(
        f"component-{form}",
        pgbeam.SecureAgentProjectArgs(
            org_id=org_id,
            database=convert(inputs, pgbeam.PrimaryDatabaseArgs),
            webhook=convert(
                {"url": "https://example.com/hooks", "secret": f"canary-{form}-webhook"}, pgbeam.WebhookSettingsArgs
            ),
        ),
    )
    if not isinstance(inputs["password"], str):
        raise AssertionError("the SDK modified a value of the program")
    pulumi.export(f"project-{form}", project)
    pulumi.export(f"component-{form}", component)
    pulumi.export(f"list-{form}", [project, {"component": component}])
    if form == "plain":
        pulumi.export(
            "database",
            pgbeam.Database(
                "database",
                project_id=project.id,
                host="archive.example.com",
                port=5432,
                name="archive",
                username="pgbeam",
                password="canary-database",
            ),
        )
        pulumi.export(
            "webhook",
            pgbeam.WebhookEndpoint("webhook", project_id=project.id, url="https://example.com/more", secret="canary-endpoint"),
        )
