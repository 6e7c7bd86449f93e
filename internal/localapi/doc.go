// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package localapi serves the PgBeam API from memory, as a test double for the provider and for programs that use PgBeam.
//
// It is as strict as the contract of the API. It rejects invalid input with the documented problem documents, enforces IDs and
// unique names, paginates lists, replays requests with an Idempotency-Key, returns secrets only once and guards writes with ETags.
// Behaviour selects among the responses that the contract leaves open. Faults, changes outside of the API and a rate limit can be
// added at any time.
//
// The table in kinds.go describes every kind of object. The ordinary operations follow from it; handlers exist only where a kind is
// special.
//
// The schemas of this package are deliberately separate from the property table of the provider, and are written from the contract
// of the API. They are an independent oracle in the tests: an error in the property table is not repeated here. The tests of
// this package compare the schemas with the contract.
package localapi
