// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build !bootstrap

package provider

import (
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/components"
)

// componentList returns the components of the provider.
func componentList() []infer.InferredComponent { return components.All() }
