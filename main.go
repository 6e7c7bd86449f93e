// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package main is the plugin once more, at the root, where the Pulumi CLI
// builds it when a program names this repository (see PulumiPlugin.yaml).
package main

import "github.com/pgbeam/pulumi-pgbeam/provider"

func main() { provider.Serve() }
