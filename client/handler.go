// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/google/uuid"
)

// handler processes a request, usually by passing it to the next handler of the
// chain. The response is valid also if the error is an *Error.
type handler func(ctx context.Context, req *request) (response, error)

// newHandler builds the chain of handlers, outermost first.
//
// A request waits for the rate limit before it takes a concurrency slot, so that
// waiting requests do not block others. Once it has waited for a slot, it must
// pass the rate limit again. The tracing handler comes after both, when an attempt is
// sent. The errors handler lets the rate limiter observe
// each response while the request still holds its slot, so that the next request
// cannot miss a pause.
func (c *Client) newHandler() handler {
	limiter := newRateLimiter(c.initialBackoff)
	return progressHandler(c.notify,
		sharingHandler(&sharedResponses{},
			retryHandler(retryPolicy{c.maxRetries, c.initialBackoff, c.maxBackoff}, c.notify,
				rateLimitHandler(limiter,
					concurrencyHandler(c.maxConcurrency, limiter.ready,
						tracingHandler(c.tracerProvider, c.baseURL,
							errorsHandler(c.baseURL, c.requestTimeout, c.redact, limiter.observe,
								deprecationHandler(c.onDeprecation, c.redact,
									httpHandler(c.http, c.baseURL, c.apiKey, c.userAgent, c.requestTimeout)))))))))
}

// request is a call of the API. The retry handler may send it several times.
type request struct {
	method string
	// path is the path and the query, escaped.
	path string
	// body is a JSON document, or nil for a request without a body.
	body []byte
	// readOnly is set for a POST that changes nothing. It is as safe to repeat as a GET,
	// and needs no idempotency key.
	readOnly bool
	// idempotencyKey is empty for requests that are idempotent by themselves.
	idempotencyKey string
	// successStatus is the only status that the API contract allows for a success.
	successStatus int
	// decode decodes the body of a successful response. It returns the problem of
	// the body, or "". It is nil if the response has no body.
	decode func(body []byte) (problem string)
	// progress is set by the progress handler.
	progress *reporter
	// sent is set by the rate limit handler.
	sent sending
	// attempt is the number of the attempt, beginning with 1. It is set by the retry handler.
	attempt int
	// waits is set by the retry, the rate limit and the concurrency handler.
	waits waits
}

func (r *request) String() string { return r.method + " " + r.path }

// writes reports whether the request may change something.
func (r *request) writes() bool { return r.method != http.MethodGet && !r.readOnly }

// response describes a response whose body has been decoded.
type response struct {
	// requestID identifies the request to PgBeam's support. It may be empty.
	requestID string
	// size is the length of the body in bytes.
	size int
	// replayed reports whether an error response is a stored response to an earlier
	// request with the same idempotency key.
	replayed replayState
}

// replayState reports whether a response is replayed.
type replayState int

const (
	replayUnknown replayState = iota
	replayYes
	replayNo
)

// do sends a request through the chain. A POST or PATCH that may change something and
// has no idempotency key gets a random one, which all its retries share.
func (c *Client) do(ctx context.Context, req request) (response, error) {
	if !req.writes() {
		return c.handler(ctx, &req)
	}
	if req.idempotencyKey == "" && (req.method == http.MethodPost || req.method == http.MethodPatch) {
		req.idempotencyKey = uuid.NewString()
	}
	c.listCache.invalidate(req.method, req.path)
	defer c.listCache.invalidate(req.method, req.path) // a snapshot taken during the write may lack it
	return c.handler(ctx, &req)
}

// encodeBody encodes a request body as JSON. A nil body is none.
func encodeBody(method, path string, body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: encoding the request: %w", method, path, err)
	}
	return encoded, nil
}
