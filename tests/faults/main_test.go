// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package faults injects faults into the requests of the plugin, and interrupts the
// plugin and the CLI in the middle of an operation.
package faults

import (
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m) }
