// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package e2e deploys programs with the built plugin and the real Pulumi CLI.
package e2e

import (
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m) }

// shopProject is a program with a project that other resources can belong to. They can be added
// to it. Its password is planted: see AddCanary.
const shopProject = `
name: shop
runtime: yaml
resources:
  shop:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
`
