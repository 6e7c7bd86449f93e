// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package functions has a file for each function of the provider, and the list of
// them. A function reads from the API without managing an object. What functions
// have in common is in package lifecycle.
package functions

import "github.com/pgbeam/pulumi-pgbeam/internal/kind"

// All returns every function of the provider.
func All() []kind.Function { return nil }
