// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package migrate finds the PgBeam objects of a state or an account, and writes them in
// the forms that Pulumi can take over without creating or changing anything: a state
// (dynamic.go, and terraform.go with passwords) or an import file (terraform.go and
// account.go).
package migrate
