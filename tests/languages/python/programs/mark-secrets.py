# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# Unit tests of mark_secrets with values of every form. The program fails if a test fails.

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


async def resolve(value: Any) -> Any:
    """Resolves outputs and awaitables in a value, and replaces secrets by strings with the prefix `secret:`."""
    if isinstance(value, pulumi.Output):
        inner = await resolve(await value.future())
        return f"secret:{json.dumps(inner)}" if await value.is_secret() else inner
    if inspect.isawaitable(value):
        return await resolve(await value)
    if isinstance(value, dict):
        return {name: await resolve(v) for name, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [await resolve(v) for v in value]
    if getattr(type(value), "_pulumi_input_type", False):
        return {name: await resolve(v) for name, v in value.__dict__.items() if v is not None}
    return value


async def later(value: Any) -> Any:
    return value


def assert_equal(got: Any, expected: Any) -> None:
    if got != expected:
        raise AssertionError(f"got {got!r}, expected {expected!r}")


async def check() -> str:
    original = full()
    assert_equal(await resolve(mark_secrets(original, secrets)), marked)
    assert_equal(original, full())
    assert_equal(await resolve(mark_secrets(pulumi.Output.from_input(full()), secrets)), marked)
    assert_equal(await resolve(mark_secrets(later(full()), secrets)), marked)
    assert_equal(await resolve(mark_secrets(asyncio.ensure_future(later(full())), secrets)), marked)
    leaves = {
        **full(),
        "password": pulumi.Output.from_input("p"),
        "server": later(full()["server"]),
        "list": pulumi.Output.from_input(full()["list"]),
    }
    assert_equal(await resolve(mark_secrets(leaves, secrets)), marked)
    args = pgbeam.WebhookSettingsArgs(url="u", secret="s")
    expected = {"url": "u", "secret": 'secret:"s"'}
    assert_equal(await resolve(mark_secrets(args, {"secret": True})), expected)
    assert_equal(args.secret, "s")
    assert_equal(await resolve(mark_secrets([args, pulumi.Output.from_input(args)], {"secret": True})), [expected, expected])
    assert_equal(mark_secrets(None, secrets), None)
    assert_equal(await resolve(mark_secrets({"password": None, "server": None}, secrets)), {"password": None, "server": None})
    assert_equal(await resolve(mark_secrets(pulumi.Output.from_input(None), secrets)), None)
    assert_equal(mark_secrets("text", secrets), "text")
    return "passed"


pulumi.export("result", check())
