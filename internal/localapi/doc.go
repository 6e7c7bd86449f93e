// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package localapi serves the PgBeam API from memory: a test double for programs that talk to PgBeam and for the provider itself.
//
// It is as strict as the contract. Malformed input gets the documented problem document, IDs and unique names are enforced,
// lists are cut into pages, Idempotency-Key replays, one-time secrets are returned once and ETags guard writes. What the contract
// leaves open is a switch of Behaviour. Faults, out-of-band changes and a rate limit can be added while it runs.
//
// Each kind of object is a table of fields with a few hooks, in a file of its own; routing, authentication, validation, paging,
// preconditions, idempotency and errors are written once.
package localapi
