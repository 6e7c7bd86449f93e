// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build bootstrap

package provider

import "github.com/pgbeam/pulumi-pgbeam/internal/kind"

// componentList returns no components when the plugin is built with the tag bootstrap,
// which generates the schema for the first Go SDK. The components import that SDK.
func componentList() []kind.Component { return nil }
