# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

import inspect
import typing

import pulumi

__all__: typing.List[str] = []


def as_class(cls: typing.Any, value: typing.Any) -> typing.Any:
    """
    Returns an object in the arguments of a function as an instance of its class, if it is a dictionary with the names
    of Python. Pulumi translates these names in the arguments of resources, but not in those of functions.
    """
    if isinstance(value, pulumi.Output) or inspect.isawaitable(value):
        return pulumi.Output.from_input(value).apply(lambda v: as_class(cls, v))
    if isinstance(value, dict) and value.keys() <= inspect.signature(cls).parameters.keys():
        return cls(**value)
    return value
