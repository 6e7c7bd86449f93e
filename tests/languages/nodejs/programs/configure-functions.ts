// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Calls functions with an API key that only configure has, and with that of an explicit provider.

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const provider = new pgbeam.Provider("b", { apiKey: config.requireSecret("keyB") });
export const explicit = pgbeam.getOrganizationsOutput({ provider }).organizations.apply(([organization]) => organization.id);
const team = new pulumi.ComponentResource("test:index:Team", "team", {}, { providers: [provider] });
export const inherited = pgbeam.getOrganizationsOutput({ parent: team }).organizations.apply(([organization]) => organization.id);

// The calls above do not use the configuration.
pgbeam.configure({ apiKey: config.requireSecret("keyA") });

export const output = pgbeam.getOrganizationsOutput().organizations.apply(([organization]) => organization.id);
export const plain = pgbeam.getOrganizations().then(({ organizations }) => organizations[0].id);
