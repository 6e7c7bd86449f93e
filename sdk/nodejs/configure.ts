// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pulumi from "@pulumi/pulumi";
import { Provider, ProviderArgs } from "./provider";

/**
 * Configures the provider for all PgBeam resources, components and functions of the program, except those with a provider
 * in their options or inherited from their parent.
 *
 * Settings that are omitted come from the stack configuration (`pgbeam:apiKey`, …) or from the environment
 * (`PGBEAM_API_KEY`, …), in this order. The API key is stored as a secret in the state.
 *
 * Call this function before creating the first PgBeam resource and calling the first other function. It throws an error if
 * that has already been done without these settings. If it is called more than once, the settings are merged, and later calls take precedence. A call
 * without settings has no effect.
 *
 * The settings apply to the stack whose program calls this function. Stacks that run in the same process, as with the
 * Automation API, do not share them.
 *
 * @example
 * pgbeam.configure({ apiKey: config.requireSecret("pgbeamKey") });
 */
export function configure(settings: ProviderArgs = {}): void {
    const defined = Object.entries(settings).filter(([, value]) => value !== undefined);
    if (defined.length === 0) {
        return;
    }
    const program = currentProgram();
    if (program.firstUse !== undefined) {
        throw new Error(
            `pgbeam.configure() was called after ${program.firstUse} without these settings: ` +
                "call it before the first PgBeam resource and the first function, or pass a pgbeam.Provider to those that need other settings",
        );
    }
    program.settings = { ...program.settings, ...Object.fromEntries(defined) };
}

/** The configuration of one program. */
interface Program {
    settings?: ProviderArgs;
    provider?: Provider;
    /** What used the configuration first, which is final since then, such as `the resource "shop" was created`. */
    firstUse?: string;
}

// A process can run the programs of several stacks concurrently. The root resource of a stack identifies its program.
const programs = new WeakMap<object, Program>();

// In unit tests, there may be no stack, and one process runs several programs in turn. Calls are never too late then.
let withoutStack: Program = {};

function currentProgram(): Program {
    const stack = pulumi.runtime.getStackResource();
    if (stack === undefined) {
        withoutStack = { settings: withoutStack.settings };
        return withoutStack;
    }
    let program = programs.get(stack);
    if (program === undefined) {
        program = {};
        programs.set(stack, program);
    }
    return program;
}

/**
 * Adds the provider that configure() defines to the options of a resource without a provider.
 *
 * @internal
 */
export function withConfiguredProvider<T extends pulumi.ComponentResourceOptions>(name: string, opts: T): T {
    const providers = Object.values(opts.providers ?? {});
    if (opts.urn || [opts.provider, ...providers].some((p) => Provider.isInstance(p)) || opts.parent?.getProvider("pgbeam:index:")) {
        return opts;
    }
    const provider = configuredProvider(`the resource "${name}" was created`);
    if (provider === undefined) {
        return opts;
    }
    // `opts.provider` may be for another package if a component passes it on to its children.
    return opts.provider === undefined ? { ...opts, provider } : { ...opts, providers: [...providers, provider] };
}

/**
 * Adds the provider that configure() defines to the options of a call of a function without a provider.
 *
 * @internal
 */
export function withConfiguredInvoke<T extends pulumi.InvokeOptions>(name: string, opts: T): T {
    if (opts.provider !== undefined || opts.parent?.getProvider("pgbeam:index:")) {
        return opts;
    }
    const provider = configuredProvider(`the function ${name} was called`);
    return provider === undefined ? opts : { ...opts, provider };
}

/** Returns the provider that configure() defines, if it does. From now on, the settings are final. */
function configuredProvider(use: string): Provider | undefined {
    const program = currentProgram();
    program.firstUse ??= use;
    if (program.settings !== undefined) {
        program.provider ??= new Provider("pgbeam-configure", program.settings);
    }
    return program.provider;
}
