# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

import asyncio
import copy
import inspect
import typing

import pulumi

# Where the secrets are in a value: True is a secret, a dictionary names fields that are secrets or have some, and "*" is
# every entry of a map. Items of a list are like the list.
Secrets = typing.Union[bool, typing.Mapping[str, typing.Any]]


def mark_secrets(value: typing.Any, secrets: Secrets) -> typing.Any:
    """
    Marks the secrets in the input of a resource, which may be an output or an awaitable, or have some in it. Nothing else
    in it becomes a secret, and the value that the program has is not changed.
    """
    if value is None:
        return None
    if isinstance(secrets, bool):
        return pulumi.Output.secret(value)
    if isinstance(value, pulumi.Output):
        return value.apply(lambda v: mark_secrets(v, secrets))
    if inspect.isawaitable(value):
        return asyncio.ensure_future(_mark_awaited(value, secrets))
    if isinstance(value, typing.Mapping):
        marked = dict(value)
        for name in _names(marked, secrets):
            marked[name] = mark_secrets(marked[name], secrets.get("*", secrets.get(name)))
        return marked
    if isinstance(value, typing.Sequence) and not isinstance(value, (str, bytes)):
        return [mark_secrets(item, secrets) for item in value]
    if getattr(type(value), "_pulumi_input_type", False):
        # Its fields are its attributes.
        clone = copy.copy(value)
        for name in _names(clone.__dict__, secrets):
            clone.__dict__[name] = mark_secrets(clone.__dict__[name], secrets.get("*", secrets.get(name)))
        return clone
    return value  # for the provider to refuse


def _names(fields: typing.Mapping[str, typing.Any], secrets: typing.Mapping[str, typing.Any]) -> typing.List[str]:
    return [name for name in fields if name in secrets or "*" in secrets]


async def _mark_awaited(value: typing.Awaitable[typing.Any], secrets: Secrets) -> typing.Any:
    return mark_secrets(await value, secrets)
