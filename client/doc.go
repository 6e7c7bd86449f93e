// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package client is a Go client for the PgBeam API.
//
// [New] returns a [Client]. Each kind of object has a collection, such as
// [Client.Honeytokens], whose methods create, get, list, update and delete its
// objects. An operation that is not about an object of a collection, such as
// [Client.EvaluatePolicy], is a method of the Client. A Client is safe for concurrent use.
//
// # Requests
//
// Every request passes through a chain of handlers, outermost first:
//
//	progress      reports requests that take long
//	sharing       sends one of several equal requests, if their contexts say so
//	retry         repeats requests that fail with a transient error
//	rate limit    delays requests to stay within the API's rate limit
//	concurrency   limits the number of requests in flight
//	tracing       records a span for each attempt that belongs to an OpenTelemetry trace
//	errors        turns responses into results or errors
//	http          sends the request
//
// # Errors
//
// Methods return an [*Error] for a response with an error status, an
// [*InvalidResponseError] for a response that violates the API contract, and a
// [*ConnectionError] when there is no response. Errors, progress messages and spans
// never contain a request body, a response body or the API key.
//
// # Fields
//
// Timestamps are strings in RFC 3339 format. In requests, a nil field is omitted
// unless its comment says otherwise. In responses, a nil pointer or slice means
// that the API omitted the field or returned null.
package client
