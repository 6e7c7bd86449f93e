// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const domain = new pgbeam.CustomDomain("domain", { projectId: new pulumi.Config().require("projectId"), domain: "db.example.com" });
const provider = new pgbeam.Provider("other", {});

const ids = pulumi.all([domain.projectId, domain.id]);
export const positional = ids.apply(([projectId, domainId]) => pgbeam.verifyCustomDomain(projectId, domainId));
export const positionalWithOptions = ids.apply(([projectId, domainId]) => pgbeam.verifyCustomDomain(projectId, domainId, { provider }));
export const named = ids.apply(([projectId, domainId]) => pgbeam.verifyCustomDomain({ projectId, domainId }, { provider }));
export const output = pgbeam.verifyCustomDomainOutput({ projectId: domain.projectId, domainId: domain.id });
