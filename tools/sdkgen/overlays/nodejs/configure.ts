// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pulumi from "@pulumi/pulumi";
import { Provider, ProviderArgs } from "./provider";

/**
 * Sets how every PgBeam resource and component of this program reaches the API, unless it is given a provider of its own
 * or has a parent that was. What is left out comes from the stack's configuration (`pgbeam:apiKey`, …), then from the
 * environment (`PGBEAM_API_KEY`, …). The API key is a secret in the state.
 *
 * Call it before the first PgBeam resource: a call that would come too late for some resources is an error. Of several
 * calls, a later one adds to the former ones and takes precedence. A call without settings changes nothing.
 *
 * The settings belong to the stack whose program calls this: several stacks in one process, as the Automation API runs
 * them, do not see each other's.
 *
 * @example
 * pgbeam.configure({ apiKey: config.requireSecret("pgbeamKey") });
 */
export function configure(settings: ProviderArgs = {}): void {
    const given = Object.entries(settings).filter(([, value]) => value !== undefined);
    if (given.length === 0) {
        return;
    }
    const program = currentProgram();
    if (program.settled !== undefined) {
        throw new Error(
            `pgbeam.configure() was called after the resource "${program.settled}" had been made without these settings: ` +
                "call it before the first PgBeam resource, or give those that need other settings a pgbeam.Provider",
        );
    }
    program.settings = { ...program.settings, ...Object.fromEntries(given) };
}

/** What configure() was told by one program. */
interface Program {
    settings?: ProviderArgs;
    provider?: Provider;
    /** The first resource that took what was configured until then. */
    settled?: string;
}

// A process can run the programs of several stacks, even at the same time. What tells them apart is their root resource.
const programs = new WeakMap<object, Program>();

// In unit tests there may be no stack at all, and one process runs many programs in turn: there, no call is too late.
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
 * Adds the provider that configure() asked for to the options of a resource, if they name none.
 *
 * @internal
 */
export function withConfiguredProvider<T extends pulumi.ComponentResourceOptions>(name: string, opts: T): T {
    const providers = Object.values(opts.providers ?? {});
    if (opts.urn || [opts.provider, ...providers].some((p) => Provider.isInstance(p)) || opts.parent?.getProvider("pgbeam:index:")) {
        return opts;
    }
    const program = currentProgram();
    program.settled ??= name;
    if (program.settings === undefined) {
        return opts;
    }
    program.provider ??= new Provider("pgbeam-configure", program.settings);
    // A provider of another package is one that a component's children are to inherit.
    return opts.provider === undefined
        ? { ...opts, provider: program.provider }
        : { ...opts, providers: [...providers, program.provider] };
}
