// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

// object is a set of inputs, or an object of the API.
type object = map[string]any
