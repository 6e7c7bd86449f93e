# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# What marks the secrets in the inputs of resources, given values of every form. It fails where the values or the marks are wrong.

import asyncio
import inspect
import json
from typing import Any, Dict

import pulumi
import pulumi_pgbeam as pgbeam
from pulumi_pgbeam._secrets import mark_secrets

secrets = {"password": True, "server": {"key": True}, "list": {"password": True}, "map": {"*": {"password": True}}}


def full() -> Dict[str, Any]:
    return {
        "host": "h",
        "password": "p",
        "server": {"key": "k", "port": 1},
        "list": [{"user": "u", "password": "p"}, None, {"user": "v"}],
        "map": {"a": {"password": "p", "user": "u"}, "b": None},
    }


marked = {
    "host": "h",
    "password": 'secret:"p"',
    "server": {"key": 'secret:"k"', "port": 1},
    "list": [{"user": "u", "password": 'secret:"p"'}, None, {"user": "v"}],
    "map": {"a": {"password": 'secret:"p"', "user": "u"}, "b": None},
}


async def written(value: Any) -> Any:
    """The value with every secret written as `secret:` and its value."""
    if isinstance(value, pulumi.Output):
        inner = await written(await value.future())
        return f"secret:{json.dumps(inner)}" if await value.is_secret() else inner
    if inspect.isawaitable(value):
        return await written(await value)
    if isinstance(value, dict):
        return {name: await written(v) for name, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [await written(v) for v in value]
    if getattr(type(value), "_pulumi_input_type", False):
        return {name: await written(v) for name, v in value.__dict__.items() if v is not None}
    return value


async def later(value: Any) -> Any:
    return value


def same(got: Any, expected: Any) -> None:
    if got != expected:
        raise AssertionError(f"got {got!r}, expected {expected!r}")


async def check() -> str:
    own = full()
    same(await written(mark_secrets(own, secrets)), marked)
    same(own, full())
    same(await written(mark_secrets(pulumi.Output.from_input(full()), secrets)), marked)
    same(await written(mark_secrets(later(full()), secrets)), marked)
    same(await written(mark_secrets(asyncio.ensure_future(later(full())), secrets)), marked)
    leaves = {
        **full(),
        "password": pulumi.Output.from_input("p"),
        "server": later(full()["server"]),
        "list": pulumi.Output.from_input(full()["list"]),
    }
    same(await written(mark_secrets(leaves, secrets)), marked)
    args = pgbeam.SecureAgentProjectWebhookArgs(url="u", secret="s")
    expected = {"url": "u", "secret": 'secret:"s"'}
    same(await written(mark_secrets(args, {"secret": True})), expected)
    same(args.secret, "s")
    same(await written(mark_secrets([args, pulumi.Output.from_input(args)], {"secret": True})), [expected, expected])
    same(mark_secrets(None, secrets), None)
    same(await written(mark_secrets({"password": None, "server": None}, secrets)), {"password": None, "server": None})
    same(await written(mark_secrets(pulumi.Output.from_input(None), secrets)), None)
    same(mark_secrets("text", secrets), "text")
    return "right"


pulumi.export("result", check())
