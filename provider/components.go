// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build !bootstrap

package provider

import (
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/components"
)

// componentList lists every component that the plugin serves.
func componentList() []infer.InferredComponent { return components.All() }
