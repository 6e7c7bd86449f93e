// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build driver

package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"
)

// missing looks up a project that does not exist.
func missing(ctx *pulumi.Context) error {
	project := pgbeam.LookupProjectOutput(ctx, pgbeam.LookupProjectOutputArgs{
		OrgId: pulumi.String(config.Require(ctx, "orgId")), Name: pulumi.String("missing"),
	})
	_, err := pgbeam.NewPolicyProfile(ctx, "policy", &pgbeam.PolicyProfileArgs{ProjectId: project.Id()})
	return err
}
