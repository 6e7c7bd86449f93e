// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package e2e deploys programs with the built plugin and the real Pulumi CLI.
package e2e

import (
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m) }
