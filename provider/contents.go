// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build !bootstrap

package provider

import (
	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

// goImportPath is the import path of the Go SDK.
const goImportPath = "github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"

// functionList returns the functions of the provider.
func functionList() []kind.Function { return functions.All() }

// componentList returns the components of the provider.
func componentList() []kind.Component { return components.All() }
