// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package main is the same plugin as cmd/pulumi-resource-pgbeam. The Pulumi CLI
// builds it from the root of the repository if a program refers to the repository
// as a package (see PulumiPlugin.yaml).
package main

import "github.com/pgbeam/pulumi-pgbeam/provider"

func main() { provider.Serve() }
