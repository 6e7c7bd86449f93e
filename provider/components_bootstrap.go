// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build bootstrap

package provider

import "github.com/pgbeam/pulumi-pgbeam/internal/kind"

// componentList is empty in a build that makes the first schema. Components are
// written against the Go SDK, and the SDK is generated from a schema.
func componentList() []kind.Component { return nil }
