// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command pulumi-resource-pgbeam is the plugin. The Pulumi engine starts it.
package main

import "github.com/pgbeam/pulumi-pgbeam/provider"

func main() { provider.Serve() }
