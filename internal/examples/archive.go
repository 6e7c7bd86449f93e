// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build !bootstrap

package examples

import _ "embed"

//go:embed examples.json.gz
var archive []byte
