// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build !bootstrap

package provider

import (
	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

// componentList returns the components of the provider.
func componentList() []kind.Component { return components.All() }
