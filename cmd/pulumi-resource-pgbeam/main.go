// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command pulumi-resource-pgbeam is the resource plugin that the Pulumi engine
// runs.
package main

import "github.com/pgbeam/pulumi-pgbeam/provider"

func main() { provider.Serve() }
