# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

import asyncio
import copy
import inspect
import typing

import pulumi

# The locations of the secrets in a value. True means that the value is a secret. A dictionary contains the locations in
# each field, or under "*", the locations in each value of a map. For a list, it applies to each item.
Secrets = typing.Union[bool, typing.Mapping[str, typing.Any]]


def mark_secrets(value: typing.Any, secrets: Secrets) -> typing.Any:
    """
    Marks the secrets in an input of a resource, and nothing else. The input may be or contain outputs and awaitables. The
    value of the caller is not modified.
    """
    if value is None:
        return None
    if isinstance(secrets, bool):
        return pulumi.Output.secret(value)
    if isinstance(value, pulumi.Output):
        return value.apply(lambda v: mark_secrets(v, secrets))
    if inspect.isawaitable(value):
        return asyncio.ensure_future(_mark_awaitable(value, secrets))
    if isinstance(value, typing.Mapping):
        marked = dict(value)
        for name in _secret_fields(marked, secrets):
            marked[name] = mark_secrets(marked[name], secrets.get("*", secrets.get(name)))
        return marked
    if isinstance(value, typing.Sequence) and not isinstance(value, (str, bytes)):
        return [mark_secrets(item, secrets) for item in value]
    if getattr(type(value), "_pulumi_input_type", False):
        # An args class stores its fields as attributes.
        clone = copy.copy(value)
        for name in _secret_fields(clone.__dict__, secrets):
            clone.__dict__[name] = mark_secrets(clone.__dict__[name], secrets.get("*", secrets.get(name)))
        return clone
    return value  # the provider reports an invalid value


def _secret_fields(fields: typing.Mapping[str, typing.Any], secrets: typing.Mapping[str, typing.Any]) -> typing.List[str]:
    return [name for name in fields if name in secrets or "*" in secrets]


async def _mark_awaitable(value: typing.Awaitable[typing.Any], secrets: Secrets) -> typing.Any:
    return mark_secrets(await value, secrets)
