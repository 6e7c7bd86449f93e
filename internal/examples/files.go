// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build !bootstrap

package examples

import "embed"

//go:embed *.md
var files embed.FS
