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
    Configures the provider for all PgBeam resources, components and functions of the program, except those with a
    provider in their options or inherited from their parent.

    Settings that are omitted come from the stack configuration (``pgbeam:apiKey``, …) or from the environment
    (``PGBEAM_API_KEY``, …), in this order. The API key is stored as a secret in the state.

    Call this function before creating the first PgBeam resource and calling the first other function. It raises an
    error if that has already been done without these settings. If it is called more than once, the settings are merged,
    and later calls take precedence. A call without settings has no effect.

    The settings apply to the stack whose program calls this function. Stacks that run in the same process, as with the
    Automation API, do not share them.

    :param api_key: API key of the organization (``pbo_…``) or of a user (``pbu_…``).
    :param base_url: URL of the PgBeam API.
    :param max_retries: Maximum number of retries of a request that failed with a transient error.
    :param max_concurrency: Maximum number of concurrent requests.
    :param request_timeout: Timeout of a single attempt of a request, such as ``30s`` or ``2m``.
    """
    settings = {
        "api_key": api_key,
        "base_url": base_url,
        "max_retries": max_retries,
        "max_concurrency": max_concurrency,
        "request_timeout": request_timeout,
    }
    defined = {name: value for name, value in settings.items() if value is not None}
    if not defined:
        return
    program = _current_program()
    if program.first_use is not None:
        raise RuntimeError(
            f"pulumi_pgbeam.configure() was called after {program.first_use} without these "
            "settings: call it before the first PgBeam resource and the first function, or pass a Provider to those that "
            "need other settings"
        )
    program.settings.update(defined)


class _Program:
    """The configuration of one program."""

    def __init__(self, settings: typing.Optional[typing.Dict[str, typing.Any]] = None) -> None:
        self.settings = dict(settings or {})
        self.provider: typing.Optional[Provider] = None
        # What used the configuration first, which is final since then, such as 'the resource "shop" was created'.
        self.first_use: typing.Optional[str] = None


# A process can run the programs of several stacks concurrently. The root resource of a stack identifies its program.
_programs: "weakref.WeakKeyDictionary[pulumi.Resource, _Program]" = weakref.WeakKeyDictionary()

# In unit tests, there may be no stack, and one process runs several programs in turn. Calls are never too late then.
_without_stack = _Program()


def _current_program() -> _Program:
    global _without_stack
    stack = get_root_resource()
    if stack is None:
        _without_stack = _Program(_without_stack.settings)
        return _without_stack
    return _programs.setdefault(stack, _Program())


def with_configured_provider(name: str, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Adds the provider that configure() defines to the options of a resource without a provider."""
    if isinstance(opts.providers, typing.Mapping):
        providers = list(opts.providers.values())
    else:
        providers = list(opts.providers or [])
    explicit = [opts.provider, *providers]
    if (
        opts.urn is not None
        or any(provider is not None and provider.package == "pgbeam" for provider in explicit)
        or (opts.parent is not None and opts.parent.get_provider("pgbeam:index:") is not None)
    ):
        return opts
    provider = _configured_provider(f'the resource "{name}" was created')
    if provider is None:
        return opts
    # The options are a copy. `opts.provider` may be for another package if a component passes it on to its children.
    if opts.provider is None:
        opts.provider = provider
    else:
        opts.providers = [*providers, provider]
    return opts


_Options = typing.TypeVar("_Options", bound=pulumi.InvokeOptions)


def with_configured_invoke(name: str, opts: _Options) -> _Options:
    """Adds the provider that configure() defines to the options of a call of a function without a provider."""
    if opts.provider is None and (opts.parent is None or opts.parent.get_provider("pgbeam:index:") is None):
        opts.provider = _configured_provider(f"the function {name} was called")  # the options are a copy
    return opts


def _configured_provider(use: str) -> typing.Optional[Provider]:
    """Returns the provider that configure() defines, if it does. From now on, the settings are final."""
    program = _current_program()
    if program.first_use is None:
        program.first_use = use
    if program.settings and program.provider is None:
        program.provider = Provider("pgbeam-configure", **program.settings)
    return program.provider
