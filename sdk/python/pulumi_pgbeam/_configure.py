# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

import typing
import weakref

import pulumi
from pulumi.runtime.settings import get_root_resource

from .provider import Provider

__all__ = ["configure"]


def configure(
    *,
    api_key: typing.Optional[pulumi.Input[str]] = None,
    base_url: typing.Optional[pulumi.Input[str]] = None,
    max_retries: typing.Optional[pulumi.Input[int]] = None,
    max_concurrency: typing.Optional[pulumi.Input[int]] = None,
    request_timeout: typing.Optional[pulumi.Input[str]] = None,
) -> None:
    """
    Sets how every PgBeam resource and component of this program reaches the API, unless it is given a provider of its
    own or has a parent that was. What is left out comes from the stack's configuration (``pgbeam:apiKey``, …), then
    from the environment (``PGBEAM_API_KEY``, …). The API key is a secret in the state.

    Call it before the first PgBeam resource: a call that would come too late for some resources is an error. Of several
    calls, a later one adds to the former ones and takes precedence. A call without settings changes nothing.

    The settings belong to the stack whose program calls this: several stacks in one process, as the Automation API runs
    them, do not see each other's.

    :param api_key: API key of the organization (``pbo_…``) or of a user (``pbu_…``).
    :param base_url: Address of the PgBeam API.
    :param max_retries: Tries after the first for a request that failed in passing.
    :param max_concurrency: Requests in flight at one time.
    :param request_timeout: Time that one try of a request may take, such as ``30s`` or ``2m``.
    """
    settings = {
        "api_key": api_key,
        "base_url": base_url,
        "max_retries": max_retries,
        "max_concurrency": max_concurrency,
        "request_timeout": request_timeout,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    if not given:
        return
    program = _current_program()
    if program.settled is not None:
        raise RuntimeError(
            f'pulumi_pgbeam.configure() was called after the resource "{program.settled}" had been made without these '
            "settings: call it before the first PgBeam resource, or give those that need other settings a Provider"
        )
    program.settings.update(given)


class _Program:
    """What configure() was told by one program."""

    def __init__(self, settings: typing.Optional[typing.Dict[str, typing.Any]] = None) -> None:
        self.settings = dict(settings or {})
        self.provider: typing.Optional[Provider] = None
        # The first resource that took what was configured until then.
        self.settled: typing.Optional[str] = None


# A process can run the programs of several stacks, even at the same time. What tells them apart is their root resource.
_programs: "weakref.WeakKeyDictionary[pulumi.Resource, _Program]" = weakref.WeakKeyDictionary()

# In unit tests there may be no stack at all, and one process runs many programs in turn: there, no call is too late.
_without_stack = _Program()


def _current_program() -> _Program:
    global _without_stack
    stack = get_root_resource()
    if stack is None:
        _without_stack = _Program(_without_stack.settings)
        return _without_stack
    return _programs.setdefault(stack, _Program())


def with_configured_provider(name: str, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Adds the provider that configure() asked for to the options of a resource, if they name none."""
    if isinstance(opts.providers, typing.Mapping):
        providers = list(opts.providers.values())
    else:
        providers = list(opts.providers or [])
    named = [opts.provider, *providers]
    if (
        opts.urn is not None
        or any(provider is not None and provider.package == "pgbeam" for provider in named)
        or (opts.parent is not None and opts.parent.get_provider("pgbeam:index:") is not None)
    ):
        return opts
    program = _current_program()
    if program.settled is None:
        program.settled = name
    if not program.settings:
        return opts
    if program.provider is None:
        program.provider = Provider("pgbeam-configure", **program.settings)
    # These options are a copy. A provider of another package is one that a component's children are to inherit.
    if opts.provider is None:
        opts.provider = program.provider
    else:
        opts.providers = [*providers, program.provider]
    return opts
