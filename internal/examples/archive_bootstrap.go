// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build bootstrap

package examples

// archive is empty: the schema that is generated with the tag bootstrap comes before the examples.
var archive []byte
