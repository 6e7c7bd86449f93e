// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build !bootstrap

package provider

import (
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"

	"github.com/pgbeam/pulumi-pgbeam/components"
)

// componentList lists every component that the plugin serves.
func componentList() []kind.Component { return components.All() }
